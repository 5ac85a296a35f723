"""Laws of directions and of the units of a score."""

import math

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import Tensor

from app.analysis.directions import check_vector, combine, score_in_unit, unit
from app.errors import BadDirection

settings.register_profile("quick", deadline=None, max_examples=25)
settings.load_profile("quick")

seeds = st.integers(0, 2**31)
weights = st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=3)


def vectors(seed: int, k: int = 3, d: int = 7) -> Tensor:
    return torch.randn(k, d, generator=torch.Generator().manual_seed(seed))


@given(seed=seeds, scale=st.sampled_from([1e-30, 1e-3, 1.0, 1e30]))
def test_a_direction_has_length_1_and_keeps_its_way(seed: int, scale: float) -> None:
    v = vectors(seed)[0]
    direction = unit(v * scale)
    assert direction.dtype == torch.float32
    assert math.isclose(float(direction.norm()), 1, abs_tol=1e-6)
    assert torch.allclose(direction, v / v.norm(), atol=1e-5)


@given(value=st.sampled_from([1e-200, 1e300]))
def test_numbers_whose_squares_leave_float64_still_make_a_direction(value: float) -> None:
    assert unit(check_vector([value, 0.0, -value], 3)).tolist() == pytest.approx(
        [math.sqrt(0.5), 0, -math.sqrt(0.5)]
    )


@given(seed=seeds, w=weights, a=st.floats(-10, 10))
def test_scores_are_linear_in_the_direction(seed: int, w: list[float], a: float) -> None:
    v, x = vectors(seed).double(), vectors(seed + 1, 20).double()
    scale = torch.tensor(w, dtype=torch.float64)
    mixed = x @ (a * (scale @ v))
    assert torch.allclose(mixed, a * ((x @ v.T) @ scale), atol=1e-6 * (1 + abs(a) * 1e3))


@given(seed=seeds, w=weights)
def test_a_combination_scores_as_the_sum_of_its_parts(seed: int, w: list[float]) -> None:
    assume(max(map(abs, w)) > 1e-3)
    v, x = vectors(seed), vectors(seed + 1, 20)
    total = torch.tensor(w, dtype=torch.float64) @ v.double()
    assume(total.norm() > 1e-3 * max(map(abs, w)))
    scores = x.double() @ combine(v, w).double()
    parts = (x.double() @ v.double().T) @ torch.tensor(w, dtype=torch.float64) / total.norm()
    assert torch.allclose(scores, parts, atol=1e-5)


@given(seed=seeds, weight=st.floats(1e-6, 1e6), k=st.integers(0, 2))
def test_a_combination_of_one_is_itself(seed: int, weight: float, k: int) -> None:
    v = vectors(seed)
    one = [weight if i == k else 0.0 for i in range(3)]
    assert torch.allclose(combine(v, one), unit(v[k]), atol=1e-7)
    assert torch.allclose(combine(v, [-w for w in one]), -unit(v[k]), atol=1e-7)


@pytest.mark.parametrize(
    ("given_weights", "why"),
    [
        ([0.0, 0.0, 0.0], "Every weight is zero"),
        ([math.nan, 1.0, 0.0], "NaN or infinity"),
        ([math.inf, 1.0, 0.0], "NaN or infinity"),
        ([1.0, 2.0], "2 weights for 3 vectors"),
        ([], "0 weights for 3 vectors"),
    ],
)
def test_a_combination_refuses(given_weights: list[float], why: str) -> None:
    with pytest.raises(BadDirection, match=why):
        combine(vectors(0), given_weights)


def test_a_combination_that_cancels_is_refused() -> None:
    v = vectors(0)[0]
    with pytest.raises(BadDirection, match="cancel"):
        combine(torch.stack([v, v]), [0.3, -0.3])
    with pytest.raises(BadDirection, match="0 weights|Every weight"):
        combine(torch.zeros(0, 3), [])


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ([1.0, 2.0], "The vector has 2 numbers; a direction at this site has 3"),
        (torch.ones(1, 3), "shape 1x3"),
        (torch.tensor(5.0), "a single number"),
        ([1.0, math.nan, 0.0], "NaN or infinity"),
        ([1.0, -math.inf, 0.0], "NaN or infinity"),
        ([0.0, 0.0, 0.0], "zero has no direction"),
    ],
)
def test_a_vector_is_refused_with_what_was_expected(values: list[float] | Tensor, why: str) -> None:
    with pytest.raises(BadDirection, match=why) as caught:
        check_vector(values, 3)
    assert caught.value.field == "vector"


@given(seed=seeds)
def test_each_unit_is_what_it_says(seed: int) -> None:
    x, v = vectors(seed, 50) + 2, unit(vectors(seed + 1)[0])
    mean, dot, norms = x.mean(0), x @ v, x.norm(dim=1)
    mean_score, std = float(mean @ v), float((x @ v).std())
    assert score_in_unit(dot, norms, "dot", mean_score, std) is dot
    assert torch.allclose(score_in_unit(dot, norms, "centred", mean_score, std), (x - mean) @ v,
                          atol=1e-5)  # fmt: skip
    cosine = torch.nn.functional.cosine_similarity(x, v[None], dim=1)
    assert torch.allclose(score_in_unit(dot, norms, "cosine", mean_score, std), cosine, atol=1e-6)
    z = score_in_unit(dot, norms, "z", mean_score, std)
    assert math.isclose(float(z.std()), 1, rel_tol=1e-5)


def test_a_zero_vector_has_cosine_0() -> None:
    assert score_in_unit(torch.zeros(2), torch.zeros(2), "cosine", 0.0, 1.0).tolist() == [0, 0]
