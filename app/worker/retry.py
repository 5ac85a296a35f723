"""Running a batch so that one bad job fails alone, and one too big for memory is cut in half."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import torch

from app.worker.jobs import Result

Outcome = Result | Exception

Given = TypeVar("Given")
Got = TypeVar("Got")


def run_gently(
    batch: Sequence[Given], run: Callable[[Sequence[Given]], Sequence[Got]]
) -> list[Got | Exception]:
    """What `run` makes of each member of the batch, or the exception that it alone fails with.

    Out of memory: the halves are tried. Any other failure: each member by itself.
    """
    try:
        return list(run(batch))
    except Exception as error:  # whatever it is, it must reach the one job that caused it
        if len(batch) <= 1:
            return [error] * len(batch)
        step = (len(batch) + 1) // 2 if is_out_of_memory(error) else 1
    # Outside the handler: the traceback would keep the failed batch's tensors alive.
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    parts = (batch[start : start + step] for start in range(0, len(batch), step))
    return [outcome for part in parts for outcome in run_gently(part, run)]


def is_out_of_memory(error: Exception) -> bool:
    """Whether the failure is a lack of memory, on the device or on the host."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and (
        "out of memory" in text or "can't allocate memory" in text
    )
