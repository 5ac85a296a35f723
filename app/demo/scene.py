"""Filling a template: every slot is drawn once, remembered, and distinct from its like."""

import random
from collections.abc import Sequence
from typing import TypeVar

from app.demo.words import BANK, HE, SHE

T = TypeVar("T")

PRONOUNS = {
    "she": ("she", "her", "her", "herself", "woman", "girl", "daughter"),
    "he": ("he", "his", "him", "himself", "man", "boy", "son"),
}
PRONOUN_SLOTS = ("she", "her", "him", "herself", "woman", "girl", "daughter")
VOWEL_EXCEPTIONS = ("uni", "use", "usu", "eur", "one")
SILENT_H = ("hour", "honest")


def an(phrase: str) -> str:
    """Return the phrase with the article that its first sound takes."""
    lower = phrase.lower()
    vowel = lower[0] in "aeiou" and not lower.startswith(VOWEL_EXCEPTIONS)
    return f"an {phrase}" if vowel or lower.startswith(SILENT_H) else f"a {phrase}"


def capitalised(text: str) -> str:
    """Return the text with its first letter large, the rest untouched."""
    return text[:1].upper() + text[1:]


def pick(rng: random.Random, options: Sequence[T]) -> T:
    """One of the options; faster than `Random.choice`, which matters for 20,000 texts."""
    return options[int(rng.random() * len(options))]


class Scene(dict[str, str]):
    """Slots of one text, drawn when a template first asks for them.

    `{n}` is a person, whose pronouns are `{she}`, `{her}` (possessive), `{him}`, `{herself}`,
    whatever the person's gender; `{n2}`, `{she2}` … are a second person. `{thing}` and
    `{thing2}` differ. `{an_thing}` carries its article, and `{Thing}` a capital letter.
    """

    def __init__(self, rng: random.Random) -> None:
        super().__init__()
        self.rng = rng

    def __missing__(self, key: str) -> str:
        value = self._make(key)
        self[key] = value
        return value

    def say(self, *templates: Sequence[str]) -> str:
        """One template of each group, filled and joined into a line."""
        return " ".join(pick(self.rng, group).format_map(self) for group in templates)

    def _make(self, key: str) -> str:
        if key.startswith("an_"):
            return an(self[key[3:]])
        if key[0].isupper():
            return capitalised(self[key[0].lower() + key[1:]])
        name = key.rstrip("23456789")
        if name == "n" or name in PRONOUN_SLOTS:
            self._cast(key[len(name) :])
            return self[key]
        return self._draw(BANK[name])

    def _draw(self, words: Sequence[str]) -> str:
        taken = self.values()
        for _ in range(20):
            word = pick(self.rng, words)
            if word not in taken:
                break
        return word

    def _cast(self, suffix: str) -> None:
        gender = "she" if self.rng.random() < 0.5 else "he"
        self[f"n{suffix}"] = self._draw(SHE if gender == "she" else HE)
        for slot, word in zip(PRONOUN_SLOTS, PRONOUNS[gender], strict=True):
            self[f"{slot}{suffix}"] = word
