"""Contribution scores beside differences of log-probabilities, and the laws that they obey."""

from functools import cache

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from app.analysis.baselines import baselines, score, settle
from app.analysis.contributions import (
    batch_rows,
    chosen_scores,
    contributions,
    layer_scores,
    level_baselines,
)
from app.analysis.lens import LN_BIASES, LNS, Ln, LnBias
from app.analysis.parts import Norm, Unembedding
from app.analysis.subvalues import LEVELS, Level, families, family, place, rows_of, vectors
from app.errors import BadInput
from tests.analysis.brute import SHAPES, Brute, Shape, random_brute
from tests.analysis.laws import QUICK

seeds = st.integers(0, 2**31)


@cache
def model(shape: Shape) -> Brute:
    return random_brute(shape)


@pytest.fixture(params=SHAPES, ids=str)
def brute(request: pytest.FixtureRequest) -> Brute:
    return model(request.param)


@pytest.mark.parametrize("level", LEVELS)
def test_subvalues_are_the_modules_own(brute: Brute, level: Level) -> None:
    for position in {0, len(brute.ids) - 1}:
        stream = brute.stream(position)
        for layer in range(brute.layers):
            one = family(level, layer, brute.weights(), stream)
            every = torch.arange(one.coefficients.numel())
            made = vectors(one, every)
            assert torch.allclose(made, brute.subvalues(level, layer, position), atol=1e-12)
            assert torch.allclose(one.coefficients.reshape(-1, 1) * rows_of(one, every), made)


@pytest.mark.parametrize("level", LEVELS)
def test_subvalues_and_the_bias_sum_to_the_modules_output(brute: Brute, level: Level) -> None:
    last = len(brute.ids) - 1
    weights, stream = brute.weights(), brute.stream(last)
    for layer in range(brute.layers):
        one = family(level, layer, weights, stream)
        total = vectors(one, torch.arange(one.coefficients.numel())).sum(dim=0)
        if level == "ffn":
            assert torch.allclose(total + weights.ffn[layer].b_out, brute.seen[f"mlp{layer}"][last])
        else:
            bias = weights.attention[layer].b_o
            assert torch.allclose(total + bias, brute.seen[f"attn{layer}"][last])


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("ln", LNS)
@pytest.mark.parametrize("ln_bias", LN_BIASES)
def test_contributions_are_the_brute_force_ones(
    brute: Brute, level: Level, ln: Ln, ln_bias: LnBias
) -> None:
    last, target = len(brute.ids) - 1, 7
    expected = brute.level(level, last, target, ln, ln_bias)
    for dtype, tolerance in ((torch.float64, 1e-10), (torch.float32, 2e-5)):
        weights, stream = brute.weights(dtype), brute.stream(last, dtype)
        made = families(level, None, weights, stream)
        base = level_baselines(
            level, made, stream, weights.unembedding, target, ln=ln, ln_bias=ln_bias
        )
        found = contributions(made, base)
        for one, other in zip(found, expected, strict=True):
            assert torch.allclose(one, other, atol=tolerance, rtol=10 * tolerance)


@pytest.mark.parametrize("ln", LNS)
@pytest.mark.parametrize("ln_bias", LN_BIASES)
def test_layers_contributions_sum_to_what_the_model_says(
    brute: Brute, ln: Ln, ln_bias: LnBias
) -> None:
    last, target = len(brute.ids) - 1, 4
    stream = brute.stream(last)
    found = layer_scores(brute.weights(), stream, target, ln=ln, ln_bias=ln_bias)
    assert found.start + float((found.attn + found.ffn).sum()) == pytest.approx(found.end)
    if ln_bias == "include":
        output = torch.log_softmax(brute.logits[last], dim=0)[target]
        assert found.end == pytest.approx(float(output))
    for layer in range(brute.layers):
        for scores, before, name in ((found.attn, "pre", "attn"), (found.ffn, "mid", "mlp")):
            v, x = brute.seen[f"{name}{layer}"][last], brute.seen[f"{before}{layer}"][last]
            exact = brute.contributions(v[None], x, last, target, ln, ln_bias)
            assert float(scores[layer]) == pytest.approx(float(exact), abs=1e-10)


@pytest.mark.parametrize("ln", LNS)
def test_biases_contribute_apart(brute: Brute, ln: Ln) -> None:
    last, target = len(brute.ids) - 1, 2
    weights, stream = brute.weights(), brute.stream(last)
    found = layer_scores(weights, stream, target, ln=ln)
    for layer in range(brute.layers):
        for scores, bias, x in (
            (found.bias_attn, weights.attention[layer].b_o, stream.resid_pre[layer]),
            (found.bias_ffn, weights.ffn[layer].b_out, stream.resid_mid[layer]),
        ):
            exact = brute.contributions(bias[None], x, last, target, ln, "include")
            assert float(scores[layer]) == pytest.approx(float(exact), abs=1e-12)


@pytest.mark.parametrize("budget", [1, 1_000_000_000])
@pytest.mark.parametrize("ln", LNS)
def test_chosen_subvalues_have_the_scores_they_have_among_all(ln: Ln, budget: int) -> None:
    """In any order, none of a layer too, and layers that share a pass over the vocabulary."""
    brute = model(SHAPES[1])
    weights, stream = brute.weights(), brute.stream(6)
    made = families("attn_head_position", None, weights, stream)
    base = level_baselines("attn_head_position", made, stream, weights.unembedding, 7, ln=ln)
    chosen = [torch.tensor([13, 0, 5]), torch.tensor([], dtype=torch.long), torch.arange(14)]
    found = chosen_scores(made, base, chosen, budget=budget)
    expected = brute.level("attn_head_position", 6, 7, ln)
    assert [len(one) for one in found] == [3, 0, 14]
    for one, index, every in zip(found, chosen, expected, strict=True):
        assert torch.allclose(one, every[index], atol=1e-10)


@pytest.mark.parametrize("budget", [1, 10_000, 1_000_000])
def test_a_smaller_budget_changes_nothing(budget: int) -> None:
    brute = model(SHAPES[1])
    weights, stream = brute.weights(), brute.stream(6)
    made = families("ffn", None, weights, stream)
    base = level_baselines("ffn", made, stream, weights.unembedding, 5)
    assert batch_rows(base, 1) == 1
    whole = contributions(made, base)
    parts = contributions(made, base, budget=budget)
    assert torch.allclose(torch.cat(whole), torch.cat(parts), atol=1e-13)


def plain(width: int, vocab: int, seed: int, dtype: torch.dtype) -> tuple[Unembedding, Tensor]:
    """A random unembedding, and two stream vectors."""
    g = torch.Generator().manual_seed(seed)
    weight, gain, bias = (
        torch.randn(size, generator=g, dtype=torch.float64).to(dtype)
        for size in ((vocab, width), (width,), (width,))
    )
    x = torch.randn(2, width, generator=g, dtype=torch.float64).to(dtype)
    return Unembedding(weight, Norm(gain, bias, 1e-5)), x


@QUICK
@given(seed=seeds, exponent=st.integers(-12, -3), ln=st.sampled_from(LNS))
def test_a_tiny_vectors_score_keeps_its_digits(seed: int, exponent: int, ln: Ln) -> None:
    """To first order C = v · gradient, whose digits a difference of logarithms would lose."""
    unembedding, x = plain(10, 60, seed, torch.float32)
    v = torch.randn(3, 10, generator=torch.Generator().manual_seed(seed + 1)) * 10.0**exponent
    base = baselines(x, x[1], unembedding, 5, ln=ln)
    of = torch.zeros(3, dtype=torch.long)
    doubled = Unembedding(
        unembedding.weight.double(),
        Norm(unembedding.norm.gain.double(), torch.zeros(10).double(), 1e-5),
    )
    expected = torch.stack([_series(base.log_p[0], doubled, x, one, ln) for one in v])
    size = expected.abs().max()
    assert torch.allclose(score(base, of, v), expected, rtol=1e-4, atol=1e-4 * float(size))
    assert torch.allclose(settle(base, of, v), expected, rtol=1e-6, atol=1e-9 * float(size))


def _series(log_p: Tensor, unembedding: Unembedding, x: Tensor, v: Tensor, ln: Ln) -> Tensor:
    """C to third order in δ for target 5, from cumulants of δ under p."""
    norm = unembedding.norm
    x0, w = x[0].double(), v.double()
    if ln == "frozen":
        y = norm.centre(w) / norm.std(x[1])
    else:
        more = 2 * (norm.centre(x0) * norm.centre(w)).mean() + norm.variance(w)
        s, after = norm.std(x0), norm.std(x0 + w)
        y = norm.centre(w) / after - norm.centre(x0) * more / (s * after * (s + after))
    delta, p = unembedding.weight @ (norm.gain * y), log_p.exp()
    mean = p @ delta
    t = delta - mean
    return delta[5] - mean - (p @ t**2) / 2 - (p @ t**3) / 6


@QUICK
@given(seed=seeds, size=st.sampled_from([30.0, 1e3, 1e5]), ln=st.sampled_from(LNS))
def test_a_huge_vector_overflows_nothing(seed: int, size: float, ln: Ln) -> None:
    unembedding, x = plain(10, 60, seed, torch.float32)
    v = torch.randn(3, 10, generator=torch.Generator().manual_seed(seed + 1)) * size
    base = baselines(x, x[1], unembedding, 5, ln=ln)
    of = torch.zeros(3, dtype=torch.long)
    y = base.change(of, v)
    delta = (unembedding.norm.gain.double() * y) @ unembedding.weight.double().T
    expected = delta[:, 5] - torch.logsumexp(base.log_p[0] + delta, dim=1)
    assert torch.allclose(score(base, of, v), expected, rtol=1e-5, atol=1e-4)
    assert torch.allclose(settle(base, of, v), expected, rtol=1e-9, atol=1e-9)


def test_the_papers_toy_example() -> None:
    """bs x = [1, 2, 3]: what is the same for every token changes nothing (arXiv 2312.12141)."""
    norm = Norm(torch.ones(3, dtype=torch.float64), None, 0.0, "rms")
    unembedding = Unembedding(torch.eye(3, dtype=torch.float64), norm)
    x, final = torch.tensor([[1.0, 2.0, 3.0]]).double(), torch.ones(3).double()
    base = baselines(x, final, unembedding, 2)
    added = torch.tensor([[5, 5, 5], [1, 1, 1], [1, 4, 5], [4, 1, 5.0]]).double()
    p = (base.log_p[0, 2] + score(base, torch.zeros(4, dtype=torch.long), added)).exp()
    assert p.tolist() == pytest.approx([0.665, 0.665, 0.8785, 0.946], abs=5e-4)


def test_places_name_what_the_index_stands_for() -> None:
    brute = model(SHAPES[0])
    stream = brute.stream(4)  # 5 positions, 3 heads, 4 wide
    found = place("attn_neuron", 1, (2 * 4 + 3) * 5 + 1, stream)
    assert (found.head, found.dim, found.source_position) == (2, 3, 1)
    found = place("attn_head_position", 0, 2 * 5 + 4, stream)
    assert (found.head, found.dim, found.source_position) == (2, None, 4)
    assert place("attn_head", 0, 2, stream).head == 2
    assert place("attn_position", 0, 3, stream).source_position == 3
    assert place("ffn", 1, 3, stream).index == 3


@pytest.mark.parametrize("layers", [[2], [-1], []])
def test_layers_that_are_not_there_are_refused(layers: list[int]) -> None:
    brute = model(SHAPES[0])
    with pytest.raises(BadInput, match="layer") as caught:
        families("ffn", layers, brute.weights(), brute.stream(0))
    assert caught.value.field == "layers"
