"""bs-values and the distribution along the stream, beside `transformers` itself."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from app.analysis.lens import (
    LN_BIASES,
    LNS,
    Ln,
    LnBias,
    bs_of,
    bs_values,
    logits,
    pair_difference,
    points,
    read,
    scales,
)
from app.analysis.says import says
from app.errors import BadInput
from tests.analysis.brute import SHAPES, Brute, Shape, random_brute
from tests.analysis.laws import QUICK

shapes = st.sampled_from(SHAPES)
seeds = st.integers(0, 2**31)


@pytest.fixture(scope="module", params=SHAPES, ids=str)
def brute(request: pytest.FixtureRequest) -> Brute:
    return random_brute(request.param)


@pytest.mark.parametrize("ln", LNS)
@pytest.mark.parametrize("ln_bias", LN_BIASES)
def test_a_reading_is_the_brute_force_one(brute: Brute, ln: Ln, ln_bias: LnBias) -> None:
    last = len(brute.ids) - 1
    targets = torch.tensor([3, 11, 0])
    reading = read(brute.stream(last), brute.weights().unembedding, targets, ln=ln, ln_bias=ln_bias)
    stream = [brute.seen["final"][last]]
    for layer in reversed(range(brute.layers)):
        stream = [brute.seen[f"pre{layer}"][last], brute.seen[f"mid{layer}"][last], *stream]
    assert len(reading.points) == len(stream) == 2 * brute.layers + 1
    assert reading.points[:2] == ("0_pre", "0_mid")
    assert reading.points[-1] == "final"
    u = torch.stack(stream)
    log_p = brute.log_p(u, last, ln, ln_bias)
    assert torch.allclose(reading.bs, brute.bs(u, last, ln)[:, targets].T)
    assert torch.allclose(reading.log_probabilities, log_p[:, targets].T)
    for row, target in enumerate(targets.tolist()):
        order = log_p.argsort(dim=1, descending=True).tolist()
        assert reading.ranks[row].tolist() == [1 + tokens.index(target) for tokens in order]


@pytest.mark.parametrize("ln", LNS)
def test_the_last_point_is_the_models_output(brute: Brute, ln: Ln) -> None:
    last = len(brute.ids) - 1
    unembedding, stream = brute.weights().unembedding, brute.stream(last)
    final = stream.final[None]
    scale = scales(final, stream.final, unembedding, ln)
    assert torch.allclose(logits(final, scale, unembedding, "include")[0], brute.logits[last])
    omitted = logits(final, scale, unembedding, "omit")
    assert not torch.allclose(omitted[0], brute.logits[last])


@QUICK
@given(seed=seeds, shape=shapes, a=st.floats(-3, 3))
def test_bs_is_linear_where_the_scale_is_frozen(seed: int, shape: Shape, a: float) -> None:
    brute = random_brute(shape)
    unembedding, final = brute.weights().unembedding, brute.stream(0).final
    u, v = torch.randn(2, 1, shape.width, generator=torch.Generator().manual_seed(seed)).double()
    scale = scales(u, final, unembedding, "frozen")
    bs = [bs_values(one, scale, unembedding) for one in (u + a * v, u, v)]
    assert torch.allclose(bs[0], bs[1] + a * bs[2], atol=1e-9)
    every = torch.arange(shape.vocab)
    assert torch.allclose(bs_of(u, scale, unembedding, every), bs[1])
    pair = pair_difference(u, scale, unembedding, (3, 5))
    assert torch.allclose(pair, bs[1][:, 3] - bs[1][:, 5])


def test_a_constant_vector_has_no_bs_value(brute: Brute) -> None:
    unembedding = brute.weights().unembedding
    ones = torch.ones(1, unembedding.weight.shape[1], dtype=torch.float64)
    scale = torch.ones(1, dtype=torch.float64)
    assert torch.allclose(bs_values(ones, scale, unembedding), torch.zeros(()).double())


def test_float32_agrees_with_float64(brute: Brute) -> None:
    exact, rough = (
        read(brute.stream(0, dtype), brute.weights(dtype).unembedding, torch.tensor([1, 2]))
        for dtype in (torch.float64, torch.float32)
    )
    assert torch.allclose(exact.log_probabilities, rough.log_probabilities, atol=1e-4)


@pytest.mark.parametrize("token", [-1, 10**6])
def test_a_token_out_of_the_vocabulary_is_refused(brute: Brute, token: int) -> None:
    with pytest.raises(BadInput, match="no token") as caught:
        read(brute.stream(0), brute.weights().unembedding, torch.tensor([token]))
    assert caught.value.field == "target"


def test_what_a_row_says_trades_ends_under_a_negative_coefficient(brute: Brute) -> None:
    unembedding = brute.weights().unembedding
    rows = brute.weights().ffn[0].w_out[:2]
    scale = torch.tensor(2.0, dtype=torch.float64)
    found = says(rows, torch.tensor([1.5, -0.5]), scale, unembedding, n=4)
    bs = brute.bs(2 * rows, 0, "exact")  # the order does not depend on the scale
    order = bs.argsort(dim=1, descending=True)
    assert found.top.tolist() == order[:, :4].tolist()
    assert found.last.tolist() == order.flip(1)[:, :4].tolist()
    assert found.swapped.tolist() == [False, True]
    assert found.raised.tolist() == [order[0, :4].tolist(), order.flip(1)[1, :4].tolist()]
    assert found.lowered.tolist() == [order.flip(1)[0, :4].tolist(), order[1, :4].tolist()]
    ln_f = brute.model.transformer.ln_f
    value = brute.w_u[found.top[0, 0]] @ (ln_f.weight * (rows[0] - rows[0].mean())) / 2
    assert float(found.top_bs[0, 0]) == pytest.approx(float(value))
    assert says(rows, torch.ones(2), scale, unembedding, n=10**6).top.shape[1] == len(brute.w_u)


def test_the_points_are_the_streams_own(brute: Brute) -> None:
    names, u = points(brute.stream(0))
    assert torch.equal(u[names.index("0_mid")], brute.seen["mid0"][0])
