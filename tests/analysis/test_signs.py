"""Signs of contributions: bounds and scores together say what scoring everything says."""

from typing import Any

import pytest
import torch
from hypothesis import example, given
from torch import Tensor

from app.analysis.baselines import settle
from app.analysis.contributions import level_baselines
from app.analysis.lens import LN_BIASES, LNS, Ln, LnBias
from app.analysis.signs import signs
from app.analysis.subvalues import RowFamily, families
from app.errors import NotFinite
from tests.analysis.brute import SHAPES, Shape, random_brute
from tests.analysis.laws import QUICK
from tests.analysis.test_certified import Problem, problem, problems


def exact(made: Problem, of: int) -> Tensor:
    """The signs of C, each score in float64 by itself."""
    v = made.vectors[of]
    return settle(made.base, torch.full((len(v),), of), v).sign()


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("ln", LNS)
@pytest.mark.parametrize("ln_bias", LN_BIASES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_signs_are_those_of_the_brute_force_scores(
    shape: Shape, ln: Ln, ln_bias: LnBias, dtype: torch.dtype
) -> None:
    brute = random_brute(shape)
    last = shape.tokens - 1
    weights, stream = brute.weights(dtype), brute.stream(last, dtype)
    expected = brute.level("ffn", last, 7, ln, ln_bias)
    made = families("ffn", None, weights, stream)
    base = level_baselines("ffn", made, stream, weights.unembedding, 7, ln=ln, ln_bias=ln_bias)
    for of, (family, scores) in enumerate(zip(made, expected, strict=True)):
        found = signs(family, base, of)
        clear = scores.abs() > (1e-5 if dtype == torch.float32 else 1e-12)
        assert torch.equal(found.signs[clear], scores.sign()[clear])
        assert 0 <= found.scored <= len(scores)


@QUICK
@given(options=problems)
@example({"seed": 0, "resting": 0.97})
def test_signs_are_those_of_scoring_everything(options: dict[str, Any]) -> None:
    made = problem(**options)
    for of, family in enumerate(made.families):
        found = signs(family, made.base, of, budget=10_000)
        assert torch.equal(found.signs, exact(made, of))


def test_most_signs_are_proved_without_a_score() -> None:
    """Small subvalues: bounds from both sides are close to what they bound."""
    made = problem(1, size=0.01)
    found = signs(made.families[0], made.base, 0)
    assert found.scored < len(found.signs) / 4


def test_what_changes_nothing_is_neither() -> None:
    made = problem(2, resting=1.0)
    found = signs(made.families[1], made.base, 1)
    assert found.scored == 0
    assert not found.signs.any()


def test_numbers_that_overflow_are_refused() -> None:
    made = problem(3)
    one = made.families[0]
    broken = RowFamily(0, one.coefficients * torch.inf, one.take(torch.arange(40)))
    with pytest.raises(NotFinite):
        signs(broken, made.base, 0)
