"""What an address says: its parameters, and readers that turn their texts into values.

Readers raise BadInput, whose detail says what was expected.
"""

import re
from collections.abc import Callable
from typing import TypeVar

from starlette.datastructures import QueryParams

from app.errors import BadInput

T = TypeVar("T")


class Parameters:
    """An address's parameters, read one by one; `problems` says which could not be, and why."""

    def __init__(self, params: QueryParams) -> None:
        self._params = params
        self.problems: list[str] = []

    def take(self, name: str, read: Callable[[str], T], default: T) -> T:
        """A parameter's value; the default where it is missing, empty or cannot be read."""
        given = self._params.get(name)
        return default if given is None or given == "" else self.read(name, given, read, default)

    def read(self, name: str, given: str, read: Callable[[str], T], default: T) -> T:
        """The value of one text given for a parameter; the default where it cannot be read."""
        try:
            return read(given)
        except BadInput as refusal:
            short = given if len(given) <= 40 else given[:40] + "…"
            self.problems.append(f"{name}={short}: {refusal.detail}")
            return default


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
