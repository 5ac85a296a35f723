"""The type checker that jaxtyping's import hook puts on every function of the checked packages."""

from collections.abc import Callable
from typing import Any

from beartype import BeartypeConf, beartype
from beartype.roar import BeartypeDecorHintException

_checked = beartype(conf=BeartypeConf(is_pep484_tower=True))  # as for mypy, an int is a float


def checked(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with its annotations checked at every call, where they can be."""
    try:
        return _checked(function)
    except BeartypeDecorHintException:
        return function  # Self, names that only type checkers import
