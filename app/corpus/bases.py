"""Fitted bases on disk: one sealed file per site, with where each basis came from."""

import hashlib
import logging
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import torch
from torch import Tensor

from app.corpus.files import Array, damaged, remove, seal, unseal
from app.corpus.store import Corpus, ModelKey, model_folder
from app.errors import DamagedFile, NotFitted
from app.worker.jobs import Basis, Site

log = logging.getLogger(__name__)

BYTES_IN_MEMORY = 512 * 2**20


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a basis was fitted to. `fingerprint` changes whenever the components do."""

    model: str
    revision: str
    site: str
    head: int | None
    corpus: str
    corpus_hash: str
    n_tokens: int
    standardised: bool
    fitted_at: str
    fingerprint: str

    def as_json(self) -> dict[str, Any]:
        """The same as plain JSON values."""
        return asdict(self)


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """A basis and where it came from."""

    basis: Basis
    provenance: Provenance


def fit_folder(data_dir: Path, model: ModelKey, corpus: Corpus) -> Path:
    """Where everything derived from this model on this corpus is kept."""
    return model_folder(data_dir, model) / "fits" / corpus.hash[:16]


class BasisStore:
    """Bases by model revision, corpus hash, site and head; the last used are kept in memory."""

    def __init__(self, data_dir: Path, *, bytes_in_memory: int = BYTES_IN_MEMORY) -> None:
        self._data_dir = data_dir
        self._limit = bytes_in_memory
        self._lock = Lock()
        self._held: OrderedDict[Path, tuple[int, int, tuple[Fitted, ...]]] = OrderedDict()

    def put(self, model: ModelKey, corpus: Corpus, site: Site, bases: Sequence[Basis]) -> None:
        """Save a site's bases, one for each head, or a single one; replaces what was there."""
        first = bases[0]
        arrays = {name: _stack(bases, name) for name in _ARRAYS}
        if first.scale is not None:
            arrays["scale"] = _stack(bases, "scale")
        about = {
            "model": model.name,
            "revision": model.revision,
            "site": site.name,
            "n_heads": site.n_heads,
            "corpus": corpus.manifest.name,
            "corpus_hash": corpus.hash,
            "n_tokens": first.n_tokens,
            "standardised": first.standardised,
            "fitted_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "fingerprint": hashlib.sha256(arrays["components"].tobytes()).hexdigest()[:16],
        }
        seal(self._path(model, corpus, site.name), arrays, about)

    def get(self, model: ModelKey, corpus: Corpus, site: Site, head: int | None) -> Fitted:
        """The basis of a site and head.

        Raises what `Site.check_head` raises, or NotFitted when there is none or its file was
        damaged; a damaged file is deleted, so that the next fit makes it again.
        """
        head = site.check_head(head)
        path = self._path(model, corpus, site.name)
        try:
            fitted = self._load(path)
            if len(fitted) != (site.n_heads or 1):
                raise damaged(path)
        except FileNotFoundError:
            raise _not_fitted(site, "No basis has been fitted") from None
        except DamagedFile as error:
            log.warning("%s", error.detail)
            remove(path)
            raise _not_fitted(site, "The basis was damaged on disk and has been removed") from error
        return fitted[head or 0]

    def fitted(self, model: ModelKey, corpus: Corpus) -> frozenset[str]:
        """The names of the sites that have a basis on this corpus."""
        folder = self._path(model, corpus, "x").parent
        return frozenset(path.stem for path in folder.glob("[!.]*.npz"))

    def _path(self, model: ModelKey, corpus: Corpus, site: str) -> Path:
        return fit_folder(self._data_dir, model, corpus) / "bases" / f"{site}.npz"

    def _load(self, path: Path) -> tuple[Fitted, ...]:
        """A site's bases, from memory while the file is the one they were read from."""
        stat = path.stat()
        with self._lock:
            held = self._held.get(path)
            if held is not None and held[:2] == (stat.st_mtime_ns, stat.st_size):
                self._held.move_to_end(path)
                return held[2]
        fitted = _read(path)
        with self._lock:
            self._held[path] = (stat.st_mtime_ns, stat.st_size, fitted)
            self._held.move_to_end(path)
            while len(self._held) > 1 and sum(h[1] for h in self._held.values()) > self._limit:
                self._held.popitem(last=False)
        return fitted


_ARRAYS = ("mean", "components", "eigenvalues", "explained_variance_ratio", "std")


def _stack(bases: Sequence[Basis], name: str) -> Array:
    """One array of all heads: (heads, ...)."""
    return np.stack([getattr(basis, name).numpy() for basis in bases])


def _read(path: Path) -> tuple[Fitted, ...]:
    """The bases in a file; raises FileNotFoundError or DamagedFile."""
    arrays, about = unseal(path)
    try:
        n_heads = about.pop("n_heads")
        scales: Sequence[Tensor | None] = (
            list(torch.from_numpy(arrays["scale"])) if "scale" in arrays
            else [None] * len(arrays["mean"])
        )  # fmt: skip
        return tuple(
            Fitted(
                Basis(
                    **{name: torch.from_numpy(arrays[name][head]) for name in _ARRAYS},
                    n_tokens=about["n_tokens"],
                    scale=scale,
                ),
                Provenance(**about, head=None if n_heads is None else head),
            )
            for head, scale in enumerate(scales)
        )
    except (KeyError, TypeError) as error:
        raise damaged(path) from error


def _not_fitted(site: Site, why: str) -> NotFitted:
    """The error that says what to do about a missing basis."""
    return NotFitted(
        f"{why} for {site.label} ({site.name}). Fit it from the page, or with "
        f"`python -m app fit --sites {site.name}`.",
        field="site",
    )
