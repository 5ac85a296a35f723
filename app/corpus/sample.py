"""A sample of a corpus: texts at even distances through all of it, in small batches."""

from app.corpus.store import Corpus

TOKENS = 8192
TOKENS_PER_BATCH = 512
"""While a visitor waits, the model is never held longer than such a batch takes."""
AT_LEAST = 4
"""Tokens below which a statistic of the fourth order says nothing."""


def sample(corpus: Corpus, tokens: int = TOKENS) -> list[list[int]]:
    """Indices of texts that hold about that many tokens (BOS not counted), or of all texts.

    A text without any is left out.
    """
    step = max(1, corpus.n_tokens // tokens)
    lengths = corpus.lengths(0, corpus.n_texts) - corpus.skip
    batches: list[list[int]] = [[]]
    held = 0
    for text in range(0, corpus.n_texts, step):
        if lengths[text] == 0:
            continue
        batches[-1].append(text)
        held += int(lengths[text])
        if held >= TOKENS_PER_BATCH:
            batches.append([])
            held = 0
    return [batch for batch in batches if batch]


def rows_of(corpus: Corpus, texts: list[int]) -> tuple[tuple[int, ...], ...]:
    """The token ids of those texts, BOS included."""
    return tuple(corpus.row(text) for text in texts)
