"""The order in which a pass goes over a corpus: always the same, with little padding.

Rows are taken a window at a time and sorted by length within it, so that batches hold rows of
like lengths while memory stays that of one window, however long the corpus is.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.corpus.store import Corpus
from app.worker.jobs import Job

ROWS_PER_WINDOW = 4096

Submit = Callable[[Job], "Future[Any]"]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Portion:
    """The first `n_tokens` tokens of a corpus (BOS not counted), the last text cut to fit."""

    corpus: Corpus
    n_texts: int
    n_tokens: int

    @classmethod
    def of(cls, corpus: Corpus, budget: int | None = None) -> "Portion":
        """The corpus up to a budget of tokens, or all of it."""
        if budget is None or budget >= corpus.n_tokens:
            return cls(corpus, corpus.n_texts, corpus.n_tokens)
        texts = range(corpus.n_texts + 1)
        return cls(corpus, bisect_left(texts, budget, key=corpus.first_token), budget)

    def row(self, index: int) -> tuple[int, ...]:
        """The token ids of one text, BOS included."""
        ids = self.corpus.row(index)
        end = self.n_tokens - self.corpus.first_token(index) + self.corpus.skip
        return ids[:end]

    def batches(self, tokens_per_batch: int) -> Iterator[list[int]]:
        """Indices of rows of like lengths, each batch holding about that many tokens."""
        for start in range(0, self.n_texts, ROWS_PER_WINDOW):
            stop = min(start + ROWS_PER_WINDOW, self.n_texts)
            lengths = self.corpus.lengths(start, stop)
            batch: list[int] = []
            held = 0
            for row in np.argsort(lengths, kind="stable").tolist():
                batch.append(start + row)
                held += int(lengths[row])
                if held >= tokens_per_batch:
                    yield batch
                    batch, held = [], 0
            if batch:
                yield batch
