"""A failed batch is tried again: in halves when memory ran out, else member by member."""

from collections.abc import Sequence

import pytest
import torch

from app.worker.retry import is_out_of_memory, run_gently


def test_a_batch_that_succeeds_runs_once() -> None:
    calls: list[list[int]] = []

    def run(batch: Sequence[int]) -> list[int]:
        calls.append(list(batch))
        return [2 * number for number in batch]

    assert run_gently([1, 2, 3], run) == [2, 4, 6]
    assert calls == [[1, 2, 3]]


def test_one_bad_member_fails_alone() -> None:
    def run(batch: Sequence[int]) -> list[int]:
        return [6 // number for number in batch]

    first, second, third = run_gently([1, 0, 3], run)
    assert (first, third) == (6, 2)
    assert isinstance(second, ZeroDivisionError)


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory"),
        MemoryError(),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: 12 bytes"),
    ],
)
def test_out_of_memory_halves_the_batch_until_it_fits(error: Exception) -> None:
    sizes: list[int] = []

    def run(batch: Sequence[int]) -> list[int]:
        sizes.append(len(batch))
        if len(batch) > 2:
            raise error
        return list(batch)

    assert run_gently(list(range(7)), run) == list(range(7))
    assert sizes == [7, 4, 2, 2, 3, 2, 1]


def test_a_single_job_too_big_for_memory_fails() -> None:
    def run(batch: Sequence[int]) -> list[int]:
        raise MemoryError(f"{len(batch)}")

    outcomes = run_gently([1, 2], run)
    assert all(isinstance(outcome, MemoryError) for outcome in outcomes)


def test_other_runtime_errors_are_not_a_lack_of_memory() -> None:
    assert not is_out_of_memory(RuntimeError("shapes differ"))
    assert not is_out_of_memory(ValueError("out of memory, it says, but is not"))


def test_an_empty_batch_has_no_outcomes() -> None:
    assert run_gently([], lambda batch: list(batch)) == []
