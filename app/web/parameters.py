"""Readers of what an address says: each takes a parameter's text and gives its value.

They raise BadInput, whose detail says what was expected.
"""

import re
from collections.abc import Callable
from typing import TypeVar

from app.errors import BadInput

T = TypeVar("T")


def whole(what: str, low: int, high: int) -> Callable[[str], int]:
    """A reader of whole numbers within bounds."""

    def read(given: str) -> int:
        if not re.fullmatch(r"[0-9]{1,10}", given) or not low <= int(given) <= high:
            raise BadInput(f"{what} is a whole number from {low} to {high:,}.")
        return int(given)

    return read


def one_of(words: tuple[T, ...]) -> Callable[[str], T]:
    """A reader of one of a few words."""

    def read(given: str) -> T:
        for word in words:
            if word == given:
                return word
        raise BadInput("expected " + ", ".join(map(str, words)) + ".")

    return read


def flag(given: str) -> bool:
    """Whether something is on: 1 or 0."""
    if given not in ("0", "1"):
        raise BadInput("expected 1 or 0.")
    return given == "1"
