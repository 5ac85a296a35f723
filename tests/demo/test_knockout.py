"""Contribution scores find what the demo model really uses: without it the facts are lost."""

import pytest

from tests.demo.knockout import METHODS, MODULES, knockout


@pytest.fixture(scope="module")
def table() -> tuple[float, dict[str, dict[str, float]]]:
    return knockout()


@pytest.mark.parametrize("module", MODULES)
def test_zeroing_by_log_probability_increase_lowers_the_answer_most(
    table: tuple[float, dict[str, dict[str, float]]], module: str
) -> None:
    before, after = table
    best = after[METHODS[0]][module]
    for method in METHODS[1:]:
        assert best < after[method][module], (method, after)
    assert before - best > 0.03
    assert before - after["random"][module] < 0.01
