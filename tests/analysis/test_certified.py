"""Certified top-k: bounds hold, and what is found is what scoring everything finds."""

from dataclasses import dataclass, fields
from functools import cache
from typing import Any

import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from torch import Tensor

from app.analysis.baselines import Baselines, baselines, settle
from app.analysis.bounds import (
    landmarks,
    lower,
    measure,
    others_spread,
    spread,
    tight_lower,
    tight_upper,
    tightest_lower,
    upper,
)
from app.analysis.candidates import candidates
from app.analysis.certified import ENDS, End, Selection, certified, exhaustive
from app.analysis.contributions import contributions, level_baselines
from app.analysis.lens import LNS, Ln
from app.analysis.parts import Norm, NormKind, StreamAt, Unembedding
from app.analysis.subvalues import LEVELS, Family, Level, RowFamily, families
from app.errors import BadInput, NotFinite
from tests.analysis.brute import SHAPES, Brute, Shape, random_brute
from tests.analysis.laws import QUICK

seeds = st.integers(0, 2**31)


@cache
def model(shape: Shape) -> Brute:
    return random_brute(shape)


@dataclass(frozen=True)
class Problem:
    """Random families in a random vocabulary."""

    families: list[Family]
    base: Baselines

    @property
    def total(self) -> int:
        return sum(family.coefficients.numel() for family in self.families)

    @property
    def vectors(self) -> list[Tensor]:
        made = []
        for family in self.families:
            rows = family.take(torch.arange(len(family.coefficients))).double()
            made.append((family.coefficients.double()[:, :, None] * rows[:, None]).flatten(0, 1))
        return made


def problem(
    seed: int,
    *,
    size: float = 1.0,
    ln: Ln = "frozen",
    kind: NormKind = "layer",
    dtype: torch.dtype = torch.float64,
    sharpness: float = 1.0,
    repeats: int = 1,
    resting: float = 0.0,
) -> Problem:
    """Three modules of 40 rows and 2 copies; `repeats` of each row, some coefficients zero."""
    g = torch.Generator().manual_seed(seed)
    width, vocab = 8, 150

    def draw(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=g, dtype=torch.float64).to(dtype)

    norm = Norm(draw(width), draw(width) if kind == "layer" else None, 1e-5, kind)
    unembedding = Unembedding(sharpness * draw(vocab, width), norm)
    x, final = draw(3, width), draw(width)
    made: list[Family] = []
    for layer in range(3):
        rows = draw(40 // repeats, width).repeat_interleave(repeats, dim=0)
        coefficients = size * draw(40 // repeats, 2).repeat_interleave(repeats, dim=0)
        still = torch.rand(coefficients.shape, generator=g) < resting
        made.append(RowFamily(layer, coefficients.masked_fill(still, 0), rows))
    return Problem(made, baselines(x, final, unembedding, 3, ln=ln))


problems = st.fixed_dictionaries(
    {
        "seed": seeds,
        "size": st.sampled_from([1e-6, 0.01, 0.3, 3.0, 100.0]),
        "ln": st.sampled_from(LNS),
        "kind": st.sampled_from(["layer", "rms"]),
        "dtype": st.sampled_from([torch.float32, torch.float64]),
        "sharpness": st.sampled_from([0.1, 1.0, 5.0]),
        "repeats": st.sampled_from([1, 2, 5]),
        "resting": st.sampled_from([0.0, 0.5, 0.97, 1.0]),
    }
)


def sorted_out(problem: Problem, k: int, end: End) -> list[tuple[int, int]]:
    """(layer, index) of the k best by float64 scores, ties to float32 by layer and index."""
    scores = [
        (float(score.float()), layer, index)
        for layer, vectors in enumerate(problem.vectors)
        for index, score in enumerate(
            settle(problem.base, torch.full((len(vectors),), layer), vectors)
        )
    ]
    sign = -1 if end == "helpful" else 1
    return [(layer, index) for _, layer, index in sorted(
        (sign * score, layer, index) for score, layer, index in scores
    )][:k]  # fmt: skip


def names(selection: Selection) -> list[tuple[int, int]]:
    return [(item.layer, item.index) for item in selection.items]


@QUICK
@given(options=problems, k=st.integers(1, 240), end=st.sampled_from(ENDS))
@example({"seed": 0}, 240, "helpful")
@example({"seed": 0, "repeats": 5, "resting": 0.97}, 1, "unhelpful")
def test_certified_is_exhaustive(options: dict[str, Any], k: int, end: End) -> None:
    made = problem(**options)
    found = certified(made.families, made.base, k=k, end=end)
    every = exhaustive(made.families, made.base, k=k, end=end)
    assert names(found) == names(every) == sorted_out(made, k, end)
    for one, other in zip(found.items, every.items, strict=True):
        assert one.contribution == pytest.approx(other.contribution, rel=1e-9, abs=1e-18)
        family = made.families[one.layer]
        assert one.coefficient == float(family.coefficients.flatten()[one.index])
    assert found.certificate.total == made.total
    assert found.certificate.scored <= made.total


@QUICK
@given(options=problems, k=st.integers(1, 30), end=st.sampled_from(ENDS))
def test_nothing_left_out_beats_the_certificates_bound(
    options: dict[str, Any], k: int, end: End
) -> None:
    made = problem(**options)
    found = certified(made.families, made.base, k=k, end=end)
    if found.certificate.bound is None:
        assert found.certificate.scored <= made.total
        return
    best = found.items[-1].contribution
    sign = 1 if end == "helpful" else -1
    slack = 1e-5 * (abs(best) + abs(found.certificate.bound))
    assert sign * found.certificate.bound <= sign * best + slack


@QUICK
@given(options=problems, n=st.sampled_from([1, 8, 32, 149]))
def test_every_score_lies_between_its_bounds(options: dict[str, Any], n: int) -> None:
    made = problem(**options)
    base, marks = made.base, landmarks(made.base, n)
    every = spread(base, base.log_p.exp(), base.mean_rows)
    others = others_spread(base, marks)
    for i, (family, vectors) in enumerate(zip(made.families, made.vectors, strict=True)):
        flat = torch.arange(family.coefficients.numel())
        exact = settle(base, torch.full_like(flat, i), vectors)
        measured = measure(family, base, marks, i)
        above = upper(measured, flat, base)
        tight = tight_upper(measured, flat, base, marks)
        slack = above.margin + 1e-12
        assert (exact <= above.limit + slack).all()
        assert (exact <= tight.limit + slack).all()
        assert (tight.limit <= above.limit + slack).all()
        below = lower(measured, flat, base, every)
        tighter = tight_lower(measured, flat, base, marks, others)
        assert (exact >= below.limit - slack).all()
        tightest = tightest_lower(measured, flat, base, marks, others, vectors)
        assert (exact >= tighter.limit - slack).all()
        assert (exact >= tightest.limit - slack).all()
        assert (tightest.limit >= tighter.limit - slack).all()
        assert torch.equal(above.jensen, below.jensen)


@QUICK
@given(options=problems, k=st.integers(1, 30), end=st.sampled_from(ENDS))
def test_candidates_are_chosen_block_by_block_as_they_would_be_at_once(
    options: dict[str, Any], k: int, end: End
) -> None:
    """What is scored first, and what the k-th best is known to reach before anything is scored."""
    made = problem(**options)
    found = candidates(made.families, made.base, end, k=k, first=k)
    marks, sign = landmarks(made.base), 1 if end == "helpful" else -1
    measured = [measure(family, made.base, marks, i) for i, family in enumerate(made.families)]
    rough = [upper(one, torch.arange(len(one)), made.base) for one in measured]
    guess = sign * torch.cat([one.jensen for one in rough])
    margin = torch.cat([one.margin for one in rough])
    assert torch.equal(found.margins(torch.arange(made.total)), margin)
    assert torch.equal(found.open, margin > 0)
    best = guess[margin > 0].sort(descending=True).values[:k]
    assert torch.equal(guess[found.first], best)
    if end == "unhelpful":
        assert found.reached == float((guess - margin).topk(k).values[-1])
    else:
        assert found.reached == -torch.inf


@QUICK
@given(seed=seeds, kind=st.sampled_from(["layer", "rms"]), sharpness=st.sampled_from([0.1, 5.0]))
def test_moments_are_the_vocabularys_variance_along_a_vector(
    seed: int, kind: NormKind, sharpness: float
) -> None:
    """yᵀ M y = Σ_j (t_j − their mean)², t_j = r_j · y."""
    for dtype, tolerance in ((torch.float64, 1e-9), (torch.float32, 1e-4)):
        unembedding = problem(seed, kind=kind, dtype=dtype, sharpness=sharpness).base.unembedding
        y = unembedding.norm.centre(torch.linspace(-1, 2, 8, dtype=torch.float64).square())
        reads = unembedding.rows(torch.arange(150)) @ y
        expected = float((reads - reads.mean()).square().sum())
        assert float(y @ unembedding.moments @ y) == pytest.approx(expected, rel=tolerance)


@QUICK
@given(seed=seeds, size=st.sampled_from([0.1, 10.0]))
def test_with_every_token_exact_the_bound_is_the_score(seed: int, size: float) -> None:
    made = problem(seed, size=size)
    marks = landmarks(made.base, 149)  # the 150th is alone, so Jensen is exact for it
    flat = torch.arange(80)
    measured = measure(made.families[1], made.base, marks, 1)
    tight = tight_upper(measured, flat, made.base, marks)
    exact = settle(made.base, torch.ones_like(flat), made.vectors[1])
    inside = tight.limit > tight.jensen - 600
    assert torch.allclose(tight.limit[inside], exact[inside], atol=1e-8)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("ln", LNS)
@pytest.mark.parametrize("end", ENDS)
def test_on_a_model_it_finds_what_brute_force_finds(
    shape: Shape, level: Level, ln: Ln, end: End
) -> None:
    brute, target = model(shape), 6
    last = len(brute.ids) - 1
    weights, stream = brute.weights(), brute.stream(last)
    made = families(level, None, weights, stream)
    base = level_baselines(level, made, stream, weights.unembedding, target, ln=ln)
    k = min(10, sum(family.coefficients.numel() for family in made))
    found = certified(made, base, k=k, end=end)
    scores = [
        (float(score), layer, index)
        for layer, one in enumerate(brute.level(level, last, target, ln))
        for index, score in enumerate(one)
    ]
    scores.sort(reverse=end == "helpful")
    for item, (score, layer, index) in zip(found.items, scores, strict=False):
        assert item.contribution == pytest.approx(score, abs=1e-11)
        assert (item.layer, item.index) == (layer, index)


def test_layers_can_be_chosen() -> None:
    brute = model(SHAPES[1])
    weights, stream = brute.weights(), brute.stream(6)
    made = families("ffn", [2, 0], weights, stream)
    base = level_baselines("ffn", made, stream, weights.unembedding, 5)
    found = certified(made, base, k=48)
    assert {item.layer for item in found.items} == {0, 2}
    scores = contributions(made, base)
    best = max((float(score), layer) for one, layer in zip(scores, (0, 2), strict=True)
               for score in one)  # fmt: skip
    assert (found.items[0].contribution, found.items[0].layer) == pytest.approx(best)


@pytest.mark.parametrize("budget", [1, 100_000])
@pytest.mark.parametrize("end", ENDS)
def test_a_smaller_budget_finds_the_same(budget: int, end: End) -> None:
    made = problem(3)
    whole = certified(made.families, made.base, k=7, end=end)
    assert names(certified(made.families, made.base, k=7, end=end, budget=budget)) == names(whole)
    assert names(exhaustive(made.families, made.base, k=7, end=end, budget=budget)) == names(whole)


@pytest.mark.parametrize("k", [0, -3, 241])
def test_a_k_that_cannot_be_is_refused(k: int) -> None:
    made = problem(0)
    for search in (certified, exhaustive):
        with pytest.raises(BadInput, match="1 to 240") as caught:
            search(made.families, made.base, k=k)
        assert caught.value.field == "top"


@pytest.mark.parametrize("value", [torch.nan, torch.inf])
def test_numbers_that_overflowed_are_refused(value: float) -> None:
    made = problem(0)
    made.families[1].coefficients[3, 0] = value
    for search in (certified, exhaustive):
        with pytest.raises(NotFinite):
            search(made.families, made.base, k=3)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("end", ENDS)
def test_weights_of_half_precision_are_multiplied_in_float32(level: Level, end: End) -> None:
    brute = random_brute(SHAPES[1])
    for weight in brute.model.parameters():
        weight.copy_(weight.bfloat16().double())
    half = brute.stream(6, torch.bfloat16)
    full = StreamAt(*(getattr(half, field.name).float() for field in fields(half)))
    found = []
    for dtype, stream in ((torch.bfloat16, half), (torch.float32, full)):
        weights = brute.weights(dtype)
        made = families(level, None, weights, stream)
        base = level_baselines(level, made, stream, weights.unembedding, 5)
        found.append(certified(made, base, k=5, end=end))
    assert names(found[0]) == names(found[1])
    for one, other in zip(found[0].items, found[1].items, strict=True):
        assert one.contribution == pytest.approx(other.contribution, rel=1e-4)


@pytest.mark.parametrize("end", ENDS)
def test_few_are_scored_when_few_matter(end: End) -> None:
    """Many small subvalues beside some large ones: the small ones' bounds rule them out."""
    g = torch.Generator().manual_seed(0)
    norm = Norm(torch.ones(16), torch.zeros(16), 1e-5)
    unembedding = Unembedding(torch.randn(300, 16, generator=g), norm)
    x = torch.randn(1, 16, generator=g)
    coefficients = torch.full((5000, 1), 0.01)
    coefficients[::200] = 1.0
    made: list[Family] = [RowFamily(0, coefficients, torch.randn(5000, 16, generator=g))]
    base = baselines(x, x[0], unembedding, 3)
    found = certified(made, base, k=5, end=end)
    assert found.certificate.scored < 200
    assert names(found) == names(exhaustive(made, base, k=5, end=end))


@pytest.mark.parametrize("ln", LNS)
@pytest.mark.parametrize("level", ["ffn", "attn_head_position"])
def test_on_the_demo_model_few_are_scored_and_none_is_missed(
    demo: Brute, level: Level, ln: Ln
) -> None:
    last = len(demo.ids) - 1
    target = int(demo.logits[last].argmax())
    weights, stream = demo.weights(torch.float32), demo.stream(last, torch.float32)
    made = families(level, None, weights, stream)
    base = level_baselines(level, made, stream, weights.unembedding, target, ln=ln)
    every = contributions(made, base)
    for end in ENDS:
        found = certified(made, base, k=10, end=end)
        ends = torch.cat(every).topk(10, largest=end == "helpful").values
        scores = [item.contribution for item in found.items]
        assert scores == pytest.approx(ends.tolist(), rel=1e-4, abs=1e-5)
        assert found.certificate.scored < found.certificate.total / (40 if level == "ffn" else 5)
        for item in found.items[:3]:  # against the float64 model itself
            x = demo.seen[f"{'mid' if level == 'ffn' else 'pre'}{item.layer}"][last]
            if level == "ffn":
                v = demo.ffn_subvalues(item.layer, last)[item.index]
            else:
                head, source = divmod(item.index, len(demo.ids))
                z = torch.zeros(1, demo.heads, x.shape[0] // demo.heads, dtype=torch.float64)
                weight = demo.patterns[item.layer][head, last, source]
                z[0, head] = weight * demo.values(item.layer)[source, head]
                projection = demo.blocks[item.layer].attn.c_proj
                v = projection(z.flatten(1))[0] - projection.bias
            exact = demo.contributions(v[None], x, last, target, ln, "include")
            assert item.contribution == pytest.approx(float(exact), rel=1e-3, abs=1e-4)
