"""What is read off the scores of a whole corpus: how they are spread, and the extreme tokens.

Exact over all ingested tokens, BOS left out.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from app.corpus.columns import Floats
from app.corpus.store import Corpus

QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)


@dataclass(frozen=True, slots=True)
class Histogram:
    """How the corpus's scores are spread: counts between edges, in one unit."""

    edges: list[float]
    counts: list[int]
    n_tokens: int
    unit: str
    quantiles: dict[str, float]

    def as_json(self) -> dict[str, Any]:
        """The same as plain JSON values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Extreme:
    """One token with an extreme score, in its context.

    position counts from 0 and includes BOS, which `ids` and `scores`, the tokens from position
    `start` on, leave out; `at` is the token's index among them.
    """

    text_index: int
    position: int
    score: float
    start: int
    at: int
    ids: list[int]
    scores: list[float]


@dataclass(frozen=True, slots=True)
class Extremes:
    """The corpus's highest and lowest tokens along a direction, each in falling extremity."""

    highest: list[Extreme]
    lowest: list[Extreme]
    n_tokens: int
    unit: str
    corpus: str
    corpus_hash: str


def histogram(scores: Floats, unit: str, bins: int) -> Histogram:
    """How scores (tokens,) fall into `bins` equal bins, from the lowest score to the highest."""
    counts, edges = np.histogram(scores, bins=bins)
    values = np.quantile(scores, QUANTILES)
    return Histogram(
        edges=edges.tolist(),
        counts=counts.tolist(),
        n_tokens=len(scores),
        unit=unit,
        quantiles={str(q): float(v) for q, v in zip(QUANTILES, values, strict=True)},
    )


def extremes(corpus: Corpus, scores: Floats, unit: str, k: int, context: int) -> Extremes:
    """The `k` highest and `k` lowest scores (tokens,), with `context` tokens on either side."""
    return Extremes(
        highest=[_in_context(corpus, scores, t, context) for t in _highest(scores, k)],
        lowest=[_in_context(corpus, scores, t, context) for t in _highest(-scores, k)],
        n_tokens=len(scores),
        unit=unit,
        corpus=corpus.manifest.name,
        corpus_hash=corpus.hash,
    )


def _highest(scores: Floats, k: int) -> list[int]:
    """Indices of the k highest scores, highest first; of equal ones the earliest in the corpus."""
    k = min(k, len(scores))
    if k < 1:
        return []
    kth = np.partition(scores, len(scores) - k)[len(scores) - k]
    above = np.flatnonzero(scores > kth)
    level = np.flatnonzero(scores == kth)[: k - len(above)]
    chosen = np.concatenate([above, level])
    order = np.lexsort((chosen, -scores[chosen]))
    return [int(index) for index in chosen[order]]


def _in_context(corpus: Corpus, scores: Floats, token: int, context: int) -> Extreme:
    """One token with its neighbours in the same text."""
    text, position = corpus.locate(token)
    row = corpus.row(text)
    start = max(corpus.skip, position - context)
    stop = min(len(row), position + context + 1)
    first = token - (position - start)
    return Extreme(
        text_index=text,
        position=position,
        score=float(scores[token]),
        start=start,
        at=position - start,
        ids=list(row[start:stop]),
        scores=scores[first : first + stop - start].tolist(),
    )
