"""A sample of a corpus: texts from all through it, in small batches."""

from itertools import count

from app.corpus.store import Corpus

TOKENS = 8192
TOKENS_PER_BATCH = 512
"""While a visitor waits, the model is never held longer than such a batch takes."""
GOLDEN = (5**0.5 - 1) / 2
"""The step from text to text, round and round: its stops lie evenly however many there are, and
keep no time with a corpus in which kinds of texts take turns."""


def sample(corpus: Corpus, tokens: int = TOKENS) -> list[list[int]]:
    """Indices of texts that hold at least so many tokens (BOS not counted), or of all texts.

    More by less than one text. A text without any is left out.
    """
    lengths = corpus.lengths(0, corpus.n_texts) - corpus.skip
    chosen: set[int] = set()
    held = 0
    for step in count():
        if held >= min(tokens, corpus.n_tokens):
            break
        text = int(step * GOLDEN % 1 * corpus.n_texts)
        if text not in chosen:
            chosen.add(text)
            held += int(lengths[text])
    batches: list[list[int]] = [[]]
    held = 0
    for text in sorted(text for text in chosen if lengths[text]):
        batches[-1].append(text)
        held += int(lengths[text])
        if held >= TOKENS_PER_BATCH:
            batches.append([])
            held = 0
    return [batch for batch in batches if batch]


def rows_of(corpus: Corpus, texts: list[int]) -> tuple[tuple[int, ...], ...]:
    """The token ids of those texts, BOS included."""
    return tuple(corpus.row(text) for text in texts)
