"""What third-party libraries hand us: names for their untyped objects, and their noise kept out."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

HFConfig: TypeAlias = Any
"""A `transformers` configuration."""
HFModel: TypeAlias = Any
"""A `transformers` model for causal language modelling."""
HFTokenizer: TypeAlias = Any
"""A `transformers` tokenizer, backed by the `tokenizers` library."""
HFModule: TypeAlias = Any
"""A part of a `transformers` model."""
Bridge: TypeAlias = Any
"""A TransformerLens `TransformerBridge`."""


@contextmanager
def quiet() -> Iterator[None]:
    """Third-party loading without its progress bars and warnings; our refusals say what matters."""
    from transformers.utils import logging as transformers_logging

    shown = transformers_logging.is_progress_bar_enabled()
    transformers_logging.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        if shown:
            transformers_logging.enable_progress_bar()


def first_line(error: BaseException) -> str:
    """The first line of an error's message, or its kind when it has none."""
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__
