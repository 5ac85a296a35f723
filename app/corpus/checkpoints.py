"""Checkpoints: what a fit has added up so far, on disk, so that an interrupted one goes on."""

import hashlib
import json
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from app.corpus.files import Array, remove, seal, unseal
from app.corpus.plan import Portion
from app.errors import DamagedFile
from app.worker.jobs import Moments, Site

log = logging.getLogger(__name__)

SiteMoments = tuple[tuple[Moments, ...], ...]


@dataclass(frozen=True, slots=True)
class State:
    """What has been added up: whole batches, never part of one. moments: per site, per head."""

    batches: int
    tokens: int
    moments: SiteMoments


class Checkpoint:
    """A pass's state on disk, written now and then, valid only for exactly this pass."""

    def __init__(
        self,
        folder: Path,
        portion: Portion,
        sites: Sequence[Site],
        *,
        tokens_per_batch: int,
        every_s: float,
    ) -> None:
        self._plan = {
            "corpus": portion.corpus.hash,
            "n_tokens": portion.n_tokens,
            "sites": [site.name for site in sites],
            "tokens_per_batch": tokens_per_batch,
        }
        digest = hashlib.sha256(json.dumps(self._plan).encode()).hexdigest()[:12]
        self._path = folder / f"checkpoint-{digest}.npz"
        self.tokens_per_batch = tokens_per_batch
        self._every_s = every_s
        self._due = time.monotonic() + every_s

    def load(self) -> State | None:
        """The state to go on from, if there is a whole one."""
        try:
            arrays, about = unseal(self._path)
            if about["plan"] != self._plan:
                return None
            moments = tuple(
                tuple(_moments(arrays, site, head, n) for head, n in enumerate(counts))
                for site, counts in enumerate(about["counts"])
            )
            return State(about["batches"], about["tokens"], moments)
        except FileNotFoundError:
            return None
        except (DamagedFile, KeyError) as error:
            log.warning("Starting over: the checkpoint %s is damaged (%s).", self._path, error)
            return None

    def save_when_due(self, state: State) -> None:
        """Save, if the last time was long enough ago for saving to cost little."""
        if time.monotonic() >= self._due:
            self.save(state)

    def save(self, state: State) -> None:
        """Write the state, atomically."""
        started = time.monotonic()
        arrays: dict[str, Array] = {}
        for site, of_site in enumerate(state.moments):
            for head, moments in enumerate(of_site):
                for name in ("shift", "first", "second"):
                    arrays[f"{site}.{head}.{name}"] = getattr(moments, name).numpy()
        seal(
            self._path,
            arrays,
            {
                "plan": self._plan,
                "batches": state.batches,
                "tokens": state.tokens,
                "counts": [[m.n for m in of_site] for of_site in state.moments],
            },
        )
        now = time.monotonic()
        self._due = now + max(self._every_s, 50 * (now - started))

    def remove(self) -> None:
        """Delete it: the pass is complete."""
        remove(self._path)


def _moments(arrays: dict[str, Array], site: int, head: int, n: int) -> Moments:
    """One head's moments out of a checkpoint's arrays."""
    shift, first, second = (
        torch.from_numpy(arrays[f"{site}.{head}.{name}"]) for name in ("shift", "first", "second")
    )
    return Moments(n, shift, first, second)
