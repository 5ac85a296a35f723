"""Jobs about weights alone, run: a few matrix products each."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from app.analysis.kurtosis import BasisSums, random_rotation
from app.analysis.parts import ModelWeights
from app.analysis.says import says
from app.analysis.weights import (
    LayerPair,
    Readers,
    Writers,
    compose_layers,
    input_output_cosines,
    own_layer,
    reading_rows,
)
from app.errors import BadInput, NotFinite
from app.model.capture import Sink
from app.worker.contribution_jobs import Said
from app.worker.moments import kept_positions
from app.worker.weights_jobs import (
    WRITERS_HELD,
    CompositionJob,
    CosinesJob,
    KurtosisFound,
    KurtosisJob,
    NeuronsFound,
    NeuronsJob,
    NeuronWords,
    WeightsFound,
    WeightsJob,
)


class WeightsRuns:
    """Runs jobs about one model's weights, which it is given when the first job needs them."""

    def __init__(self, weights: Callable[[], ModelWeights]) -> None:
        self._weights = weights
        self._writers = lru_cache(WRITERS_HELD)(lambda layer: Writers.of(weights(), layer))
        self._readers = lru_cache(1)(lambda layer: Readers.of(weights(), layer))

    @torch.inference_mode()
    def run(self, job: WeightsJob) -> WeightsFound:
        """The job's answer. Raises MethodRefused."""
        weights = self._weights()
        match job:
            case CompositionJob():
                return self._composition(weights, job)
            case CosinesJob():
                return input_output_cosines(weights.ffn[job.layer]).float().cpu()
            case NeuronsJob():
                return _words(weights, job)

    def _composition(self, weights: ModelWeights, job: CompositionJob) -> LayerPair:
        if job.writer == job.reader:  # these come last: what is held is not needed any more
            self._writers.cache_clear()
            self._readers.cache_clear()
            return own_layer(weights, job.writer).cpu()
        return compose_layers(self._writers(job.writer), self._readers(job.reader)).cpu()


def _words(weights: ModelWeights, job: NeuronsJob) -> NeuronsFound:
    if not job.neurons:
        return NeuronsFound(())
    reads, writes = [], []
    for layer, index in job.neurons:
        at = torch.tensor([index], device=weights.ffn[layer].w_in.device)
        reads.append(reading_rows(weights.ffn[layer], at))
        writes.append(weights.ffn[layer].w_out[at].double())
    # One product for both: the vocabulary is gone through once.
    said = _said(weights, torch.cat(reads + writes), job.n)
    half = len(job.neurons)
    return NeuronsFound(tuple(map(NeuronWords, said[:half], said[half:])))


def _said(weights: ModelWeights, rows: Float64[Tensor, "k d"], n: int) -> list[Said]:
    """The tokens at both ends of each row's direction."""
    unembedding = weights.unembedding
    unit = torch.nn.functional.normalize(rows, dim=1)
    one = rows.new_ones(())
    found = says(unit.to(unembedding.dtype), one.expand(len(rows)), one, unembedding, n=n)
    ends = zip(found.top, found.top_bs, found.last, found.last_bs, strict=True)
    return [Said(_pairs(top, high), _pairs(last, low), swapped=False)
            for top, high, last, low in ends]  # fmt: skip


def _pairs(ids: Tensor, values: Float[Tensor, " n"]) -> tuple[tuple[int, float], ...]:
    return tuple(zip(ids.tolist(), values.tolist(), strict=True))


_rotation = lru_cache(2)(random_rotation)


class KurtosisRun:
    """A KurtosisJob under way: each site's vectors are reduced to sums as the pass reaches it."""

    def __init__(self, job: KurtosisJob) -> None:
        if job.shifts is not None and len(job.shifts) != len(job.sites):
            raise BadInput(f"{len(job.sites)} sites need as many shifts, not {len(job.shifts)}.")
        self._job = job
        self._shifts = list(job.shifts or [])
        self._sums: list[BasisSums] = []

    @contextmanager
    def batch(self, lengths: Sequence[int]) -> Iterator[dict[str, Sink]]:
        """The sinks for one pass over rows of these lengths; what they took counts on leaving."""
        kept = kept_positions(lengths, self._job.skip)
        taken: dict[str, BasisSums] = {}

        def sink_for(at: int, name: str) -> Sink:
            def take(value: Tensor) -> None:
                x = value[kept.to(value.device)].float()
                shift = self._shifts[at] if self._shifts else x.double().mean(dim=0).cpu()
                rotation = _rotation(x.shape[1]).float()
                taken[name] = BasisSums.of(x, shift, rotation)

            return take

        sites = self._job.sites
        yield {s.name: sink_for(i, s.name) for i, s in enumerate(sites)} if kept.any() else {}
        if not taken:
            return
        new = [taken[site.name] for site in sites]
        if self._sums:
            new = [before.merge(more) for before, more in zip(self._sums, new, strict=True)]
        self._sums = new
        self._shifts = [sums.own.shift for sums in new]

    def result(self) -> KurtosisFound:
        """The sums of everything taken.

        Raises BadInput when no token was left to count, NotFinite where numbers overflowed.
        """
        if not self._sums:
            raise BadInput("These rows hold no tokens to count.")
        held = [one.sums for each in self._sums for one in (each.own, each.rotated)]
        if not all(bool(sums.isfinite().all()) for sums in held):
            raise NotFinite(
                "On these texts the model's numbers overflow its number format. "
                "Serve the model in float32."
            )
        return KurtosisFound(tuple(self._sums))
