"""Scores of a request's texts along directions: one matrix for all of them, and how it is sent."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from app.errors import NotFinite
from app.web.texts import TokenText
from app.worker.hub import ServedModel
from app.worker.jobs import Projection, Read, ScoreJob, Site

HALF_LARGEST = 65_504.0
HALF_FINE = 1 / 16
"""A float16 column whose largest value is below this would lose digits of its small values."""


@dataclass(frozen=True, slots=True)
class ScoreMatrix:
    """Dot products of every token of several texts, one text after another.

    scores: (tokens, directions) and norms: (tokens,), float32; offsets[i] is text i's first row.
    """

    scores: NDArray[np.float32]
    norms: NDArray[np.float32]
    offsets: tuple[int, ...]

    def of_text(self, index: int) -> slice:
        """The rows of one text."""
        end = self.offsets[index + 1] if index + 1 < len(self.offsets) else len(self.norms)
        return slice(self.offsets[index], end)


async def score(
    model: ServedModel, site: Site, head: int | None, texts: Sequence[TokenText], vectors: Tensor
) -> ScoreMatrix:
    """The score matrix of some texts along unit vectors (directions, width).

    Raises what the worker raises, and NotFinite when the model overflows.
    """
    projection = Projection(Read(site, head), vectors)
    results = await model.batcher.ask_all([ScoreJob(text.ids, (projection,)) for text in texts])
    scores = torch.cat([result[0].scores for result in results]).to(torch.float32)
    norms = torch.cat([result[0].norms for result in results]).to(torch.float32)
    if not (bool(torch.isfinite(scores).all()) and bool(torch.isfinite(norms).all())):
        raise NotFinite(
            f"At {site.label} the model's numbers leave the range of {model.info.dtype}; "
            "serve it with RSV_DTYPE=float32."
        )
    lengths = [len(text.ids) for text in texts]
    offsets = tuple(int(n) for n in np.cumsum([0, *lengths[:-1]]))
    return ScoreMatrix(scores.cpu().numpy(), norms.cpu().numpy(), offsets)


def to_half(
    columns: NDArray[np.float32],
) -> tuple[NDArray[np.float16], list[float]]:
    """A matrix (tokens, columns) as little-endian float16, and each column's scale.

    value = float16 × scale. The scale is 1 where the column fits float16 well, and otherwise the
    power of two that brings its largest magnitude to 16,384–32,768: nothing overflows, and small
    values keep their digits.
    """
    largest = np.abs(columns).max(axis=0, initial=0.0)
    scale = np.ones(columns.shape[1])
    off = (largest > HALF_LARGEST) | ((largest < HALF_FINE) & (largest > 0))
    scale[off] = np.exp2(np.floor(np.log2(largest[off])) - 14)
    half = (columns / scale).astype("<f2")
    return half, scale.tolist()


def rounded(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Numbers at 7 significant digits, what float32 holds, so that JSON writes no more."""
    exact = values.astype(np.float64)
    size = np.abs(exact)
    exponent = np.floor(np.log10(size, out=np.zeros_like(size), where=size > 0))
    places = np.clip(6 - exponent, -300, 300)
    power = 10.0 ** np.abs(places)  # of a positive exponent: 10, 100, ... are exact, 0.1 is not
    kept: NDArray[np.float64] = np.where(
        places >= 0, np.round(exact * power) / power, np.round(exact / power) * power
    )
    return kept


def binary(header: dict[str, object], matrix: NDArray[np.float16]) -> bytes:
    """A matrix with its header: uint32 LE length, UTF-8 JSON padded to 4 bytes, then the rows."""
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    text += b" " * (-len(text) % 4)
    return len(text).to_bytes(4, "little") + text + matrix.tobytes()
