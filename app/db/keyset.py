"""Keyset pagination: a page of rows, and the opaque cursor at which the next one begins.

A page is found by where the last one ended and not by counting rows, so that the thousandth costs
what the first does, and a row that comes or goes moves no other.
"""

import math
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from app.errors import BadInput

MAX_ID = 2**31 - 1
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows, and the cursor that continues their list (None at its end)."""

    items: list[Row]
    next: str | None


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a list: after the row of that id, and of that score where scores order it."""

    id: int
    score: float | None = None


def askable(id_: int) -> bool:
    """Whether a row may have that id; a number beyond would be an error in the database."""
    return 0 < id_ <= MAX_ID


def cut(rows: list[Row], limit: int, place_of: Callable[[Row], Place]) -> Page[Row]:
    """The page that one row more than the limit was asked for."""
    more = len(rows) > limit
    return Page(rows[:limit], write(place_of(rows[limit - 1])) if more else None)


def write(place: Place) -> str:
    """The place as a cursor."""
    if place.score is None:
        return f"n{place.id}"
    return f"t{struct.pack('>d', place.score).hex()}-{place.id}"


def read(cursor: str, *, scored: bool) -> Place:
    """The place that a cursor names; raises BadInput for one of another list."""
    kind, rest = cursor[:1], cursor[1:]
    if kind != ("t" if scored else "n"):
        raise _foreign()
    if not scored:
        return Place(_id(rest))
    score, dash, id_ = rest.partition("-")
    if not dash or len(score) != 16 or not set(score) <= set("0123456789abcdef"):
        raise _foreign()
    (number,) = struct.unpack(">d", bytes.fromhex(score))
    if not math.isfinite(number):
        raise _foreign()
    return Place(_id(id_), number)


def _id(digits: str) -> int:
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 10):
        raise _foreign()
    if not askable(int(digits)):
        raise _foreign()
    return int(digits)


def _foreign() -> BadInput:
    return BadInput(
        "This cursor does not belong to this list; start again without one.", field="cursor"
    )
