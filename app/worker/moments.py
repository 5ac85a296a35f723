"""A MomentsJob under way: every batch's vectors are reduced to sums as the pass reaches them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from jaxtyping import Bool
from torch import Tensor

from app.analysis.moments import Part, RunningMoments
from app.errors import BadInput
from app.model.capture import Sink
from app.worker.jobs import MomentsJob, MomentsResult, Read


class MomentsRun:
    """The running moments of one job: per read, one for each head read, or a single one."""

    def __init__(self, job: MomentsJob) -> None:
        if job.shifts is not None and len(job.shifts) != len(job.reads):
            raise BadInput(f"{len(job.reads)} reads need as many shifts, not {len(job.shifts)}.")
        self._job = job
        self._sums = [self._start(at, read) for at, read in enumerate(job.reads)]

    def _start(self, at: int, read: Read) -> list[RunningMoments]:
        heads = read.site.n_heads if read.head is None else None
        if self._job.shifts is None:
            return [RunningMoments() for _ in range(heads or 1)]
        return [RunningMoments(shift) for shift in self._job.shifts[at].reshape(heads or 1, -1)]

    @contextmanager
    def batch(self, lengths: Sequence[int]) -> Iterator[dict[str, Sink]]:
        """The sinks for one pass over rows of these lengths; what they took counts on leaving.

        A pass that fails part of the way therefore leaves nothing behind.
        """
        parts: list[tuple[RunningMoments, Part]] = []
        kept = kept_positions(lengths, self._job.skip)
        reads: dict[str, list[int]] = {}
        for at, read in enumerate(self._job.reads):
            reads.setdefault(read.site.name, []).append(at)

        def sink_for(places: list[int]) -> Sink:
            def take(value: Tensor) -> None:
                x = value[kept.to(value.device)]  # (counted tokens[, heads], width)
                for at in places:
                    columns = _heads_of(x, self._job.reads[at])
                    for sums, column in zip(self._sums[at], columns, strict=True):
                        parts.append((sums, sums.part(column)))

            return take

        yield {name: sink_for(places) for name, places in reads.items()} if kept.any() else {}
        for sums, part in parts:
            sums.add(part)

    def result(self) -> MomentsResult:
        """The moments of everything taken; raises BadInput when no token was left to count."""
        return MomentsResult(
            tuple(tuple(sums.moments() for sums in places) for places in self._sums)
        )


def _heads_of(x: Tensor, read: Read) -> list[Tensor]:
    """(tokens, width) for the head read, or for every head, or for a site without heads."""
    if x.ndim == 2:
        return [x]
    return [x[:, read.head]] if read.head is not None else list(x.unbind(1))


def kept_positions(lengths: Sequence[int], skip: int) -> Bool[Tensor, "batch pos"]:
    """Which of a padded batch's positions count: real ones beyond the first `skip`."""
    position = torch.arange(max(lengths))
    real = position[None, :] < torch.tensor(lengths)[:, None]
    return real & (position >= skip)[None, :]
