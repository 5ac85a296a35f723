"""Every corpus token's score on one direction: from stored columns, or kept from a pass.

A direction in the span of a site's stored components is put together from their columns; any
other is scored by a pass over the corpus, and the result is kept on disk.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from app.corpus.bases import fit_folder
from app.corpus.columns import Floats, SiteColumns
from app.corpus.files import remove, seal, unseal
from app.corpus.store import Corpus, ModelKey
from app.errors import DamagedFile
from app.worker.jobs import Basis, Site

SPAN_TOLERANCE = 3e-6
DIRECTIONS_ON_DISK = 2**30


@dataclass(frozen=True, slots=True, eq=False)
class DirectionScores:
    """dot: every token's dot product with one unit direction; norms: the vectors' lengths."""

    dot: Floats
    norms: Floats


def weights_in_span(vector: Tensor, components: Tensor) -> Tensor | None:
    """Weights (k,) with Σ w_i v_i = vector (d,), or None when it is not in the rows' span.

    Weights that are nothing but float32 rounding are made zero, so that a component is itself.
    """
    rows = components.to(torch.float64)
    v = vector.to(torch.float64)
    weights = torch.linalg.lstsq(rows.T, v[:, None], driver="gelsd").solution[:, 0]
    weights = torch.where(weights.abs() < 1e-6, 0.0, weights)
    if float((weights @ rows - v).norm()) > SPAN_TOLERANCE:
        return None
    if int(weights.count_nonzero()) == 1:
        weights = weights.round(decimals=6)
    return weights


def from_columns(
    vector: Tensor, basis: Basis, columns: SiteColumns, head: int
) -> DirectionScores | None:
    """Scores along `vector` from the stored columns, or None when it is not in their span.

    Raises DamagedFile.
    """
    weights = weights_in_span(vector, basis.components[: columns.k])
    if weights is None:
        return None
    used = [(k, w) for k, w in enumerate(weights.tolist()) if w != 0]
    if len(used) == 1 and used[0][1] == 1.0:
        dot = columns.column(head, used[0][0])
    else:
        dot = np.zeros(columns.scores.shape[1], dtype=np.float32)
        for k, weight in used:
            dot += np.float32(weight) * columns.column(head, k)
    return DirectionScores(dot, columns.norm(head))


class DirectionCache:
    """Scores of single directions over the corpus, kept on disk; the oldest make room."""

    def __init__(self, data_dir: Path, *, limit_bytes: int = DIRECTIONS_ON_DISK) -> None:
        self._data_dir = data_dir
        self._limit = limit_bytes

    def get(self, path: Path, n_tokens: int) -> DirectionScores | None:
        """What is kept at that path, if it is there and whole."""
        try:
            arrays, _ = unseal(path)
            scores = DirectionScores(arrays["dot"], arrays["norms"])
        except FileNotFoundError:
            return None
        except (DamagedFile, KeyError):
            remove(path)
            return None
        return scores if len(scores.dot) == len(scores.norms) == n_tokens else None

    def put(self, path: Path, scores: DirectionScores) -> None:
        """Keep scores, deleting the oldest while all take more than the limit."""
        seal(path, {"dot": scores.dot, "norms": scores.norms}, {})
        kept = sorted(path.parent.glob("[!.]*.npz"), key=lambda p: p.stat().st_mtime)
        total = sum(p.stat().st_size for p in kept)
        for old in kept:
            if total <= self._limit or old == path:
                break
            total -= old.stat().st_size
            remove(old)

    def path(
        self, model: ModelKey, corpus: Corpus, site: Site, head: int | None, vector: Tensor
    ) -> Path:
        """Where the scores of this vector at this site and head are kept."""
        digest = hashlib.sha256(vector.to(torch.float32).numpy().tobytes()).hexdigest()[:24]
        name = site.name if head is None else f"{site.name}.{head}"
        folder = fit_folder(self._data_dir, model, corpus) / "directions"
        return folder / f"{name}-{digest}.npz"
