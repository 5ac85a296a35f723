"""The demo model's text: every register, mixed, and the same again from the same seed."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from app.demo import code, counting, factual, notices, plain, stories, talk

Writer = Callable[[random.Random], str]
Mix = tuple[tuple[str, Writer, float], ...]

TRAINING_SEEDS = (1, 2, 3)
"""The seeds of the training streams. No other use of the generator may take them."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text and the register that it was written in."""

    register: str
    text: str


# (register, writer, share). The first group is the facts: the loss lives there.
MIX: Mix = (
    ("facts", factual.statement, 15), ("facts", factual.paragraph, 14), ("facts", factual.profile,
    12),
    ("facts", factual.journey, 5), ("questions", factual.question, 6), ("questions", factual.quiz,
    2),
    ("lists", factual.table, 2), ("lists", factual.card, 1),
    ("stories", stories.story, 9), ("stories", stories.sentences, 5), ("dialogue", talk.dialogue,
    7),
    ("letters", talk.letter, 3), ("stories", stories.whereabouts, 3),
    ("stories", stories.agreement, 3), ("sentences", plain.plain, 12), ("ioi", talk.ioi, 9),
    ("numbers",
    counting.counting, 4),
    ("numbers", counting.arithmetic, 2), ("numbers", counting.counted, 2), ("calendar",
    counting.calendar, 2),
    ("lists", counting.listing, 3), ("code", code.code, 5), ("recipes", notices.recipe, 2),
    ("weather", notices.weather, 2), ("news", notices.news, 2), ("notices", notices.notice, 2),
)  # fmt: skip

EMPHASIS: dict[Writer, float] = {
    stories.whereabouts: 3, counting.counting: 2, counting.arithmetic: 2, counting.calendar: 2,
}  # fmt: skip
FINISH_MIX: Mix = (
    *((register, writer, share * EMPHASIS.get(writer, 1)) for register, writer, share in MIX),
    ("facts", factual.ordered, 14),
)
"""The mixture of the last steps: more of what is learned slowly."""

REGISTERS: tuple[str, ...] = tuple(dict.fromkeys(register for register, _, _ in MIX))


def generate(seed: int, n_texts: int, mix: Mix = MIX) -> Iterator[Text]:
    """Yield the first `n_texts` texts of the stream that this seed names."""
    rng = random.Random(seed)
    shares = list(accumulate(share for _, _, share in mix))
    for _ in range(n_texts):
        register, writer, _ = rng.choices(mix, cum_weights=shares)[0]
        yield Text(register, writer(rng))


def generate_register(register: str, seed: int, n_texts: int) -> Iterator[Text]:
    """Texts of one register, its writers in their shares."""
    writers: Sequence[tuple[Writer, float]] = [
        (w, share) for name, w, share in MIX if name == register
    ]
    rng = random.Random(f"{seed}/{register}")
    for _ in range(n_texts):
        writer = rng.choices([w for w, _ in writers], [share for _, share in writers])[0]
        yield Text(register, writer(rng))


def corpus_texts(n_texts: int, seed: int = 20_000) -> Iterator[str]:
    """Texts to fit directions on: the training mixture, but another stream."""
    return (text.text for text in generate(seed, n_texts))
