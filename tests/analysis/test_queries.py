"""Keys, activations and query scores beside naive loops over every part and every value."""

from functools import cache

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from app.analysis.keys import (
    KEY_KINDS,
    KeyKind,
    StreamParts,
    attention_keys,
    ffn_keys,
    stream_parts,
)
from app.analysis.parts import Norm
from app.analysis.queries import (
    METHODS,
    AttentionValue,
    FfnValue,
    Method,
    Value,
    cross_layer,
    queries,
    role,
)
from app.errors import BadInput
from tests.analysis.brute import SHAPES, Brute, Shape, random_brute
from tests.analysis.laws import QUICK

DEEP = Shape(3, 12, 3, 20, 31, 5)


@cache
def model(shape: Shape = DEEP) -> Brute:
    return random_brute(shape)


def written(brute: Brute, position: int) -> list[tuple[str, Tensor]]:
    """What was added to the stream at a position, in order: ("token", -), ("0_attn", -), …"""
    body = brute.model.transformer
    made = [
        ("token", body.wte.weight[brute.ids[position]]),
        ("position", body.wpe.weight[position]),
    ]
    for layer in range(brute.layers):
        made.append((f"{layer}_attn", brute.seen[f"attn{layer}"][position]))
        made.append((f"{layer}_ffn", brute.seen[f"mlp{layer}"][position]))
    return made


def key(brute: Brute, value: Value, kind: KeyKind) -> Tensor:
    """γ ⊙ a column of W_in or of W_V, less its mean if centred."""
    block = brute.blocks[value.layer]
    if isinstance(value, FfnValue):
        made: Tensor = block.ln_2.weight * block.mlp.c_fc.weight[:, value.neuron]
    else:
        d = brute.w_u.shape[1]
        column = 2 * d + value.head * (d // brute.heads) + value.dim
        made = block.ln_1.weight * block.attn.c_attn.weight[:, column]
    return made - made.mean() if kind == "centred" else made


def activation(
    parts: StreamParts, keys: Tensor, columns: Tensor, constant: Tensor, x: Tensor, norm: Norm
) -> tuple[Tensor, Tensor]:
    """What each part gave the pre-activations of those columns (parts, k), and what no part did."""
    assert norm.bias is not None
    return parts.vectors @ keys.T / norm.std(x), constant + norm.bias @ columns


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_parts_give_an_ffn_neuron_its_activation(shape: Shape) -> None:
    """The centred key's shares and the bias sum to the pre-activation, exactly."""
    brute = model(shape)
    last = len(brute.ids) - 1
    neurons = torch.arange(shape.ffn)
    for layer in range(brute.layers):
        weights = brute.weights().ffn[layer]
        stream = brute.stream(last)
        parts = stream_parts(stream, layer, "ffn")
        shares, bias = activation(
            parts, ffn_keys(weights, neurons), weights.w_in, weights.b_in,
            stream.resid_mid[layer], weights.norm,
        )  # fmt: skip
        expected = brute.seen[f"act{layer}"][last]
        assert torch.allclose(shares.sum(dim=0) + bias, expected, atol=1e-10)
        assert parts.names == tuple(name for name, _ in written(brute, last))[: 3 + 2 * layer]
        s = (brute.seen[f"mid{layer}"][last].var(correction=0) + weights.norm.eps).sqrt()
        k = key(brute, FfnValue(layer, 3, 0.0), "centred")
        for row, (_, vector) in enumerate(written(brute, last)[: 3 + 2 * layer]):
            assert float(shares[row, 3]) == pytest.approx(float(vector @ k / s))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_parts_give_an_attention_value_its_size(shape: Shape) -> None:
    brute = model(shape)
    heads = torch.arange(shape.heads).repeat_interleave(shape.width // shape.heads)
    dims = torch.arange(shape.width // shape.heads).repeat(shape.heads)
    for source in range(len(brute.ids)):
        for layer in range(brute.layers):
            weights = brute.weights().attention[layer]
            stream = brute.stream(source)
            shares, bias = activation(
                stream_parts(stream, layer, "attn"), attention_keys(weights, heads, dims),
                weights.w_v[heads, :, dims].T, weights.b_v[heads, dims],
                stream.resid_pre[layer], weights.norm,
            )  # fmt: skip
            expected = brute.values(layer)[source][heads, dims]
            assert torch.allclose(shares.sum(dim=0) + bias, expected, atol=1e-10)


def test_parts_sum_to_the_stream() -> None:
    brute = model()
    for layer in range(3):
        stream = brute.stream(2)
        for module, x in (("attn", stream.resid_pre), ("ffn", stream.resid_mid)):
            parts = stream_parts(stream, layer, "attn" if module == "attn" else "ffn")
            assert torch.allclose(parts.vectors.sum(dim=0), x[layer])


VALUES: list[Value] = [
    FfnValue(2, 3, 0.5), FfnValue(2, 11, -0.2), FfnValue(1, 7, 0.3), FfnValue(0, 0, 1.0),
    AttentionValue(2, 1, 2, 1, 0.4), AttentionValue(2, 0, 0, 4, 0.7),
    AttentionValue(1, 2, 3, 1, -0.6), AttentionValue(1, 2, 3, 3, 0.1),
]  # fmt: skip


def naive(
    brute: Brute, kind: KeyKind, method: Method, sources: int | None = None
) -> dict[tuple[int, str], float]:
    """S of every layer vector at every position, by loops over values in falling order.

    `sources`: at that position only, of what each source brought through each attention layer.
    """
    last = len(brute.ids) - 1

    def place(value: Value) -> int:  # in the order of `written`
        return 2 + 2 * value.layer + isinstance(value, FfnValue)

    def reads(value: Value) -> int:
        return last if isinstance(value, FfnValue) else value.source_position

    def vector(value: Value) -> Tensor:
        if isinstance(value, FfnValue):
            return brute.ffn_subvalues(value.layer, last)[value.neuron]
        neurons = brute.attention_neurons(value.layer, last)
        return neurons[value.head, value.dim, value.source_position]

    def share(r: Tensor, value: Value) -> float:
        before = "mid" if isinstance(value, FfnValue) else "pre"
        x = brute.seen[f"{before}{value.layer}"][reads(value)]
        k = key(brute, value, kind)
        return float((r @ k) / (x @ k))

    weight: dict[Value, float] = {}
    for value in sorted(VALUES, key=place, reverse=True):
        weight[value] = value.contribution
        if method == "iterative":
            above = [v for v in weight if place(v) > place(value) and reads(v) == last]
            weight[value] += sum(weight[v] * share(vector(value), v) for v in above)

    def score(position: int, at: int, r: Tensor) -> float:
        above = [v for v in VALUES if reads(v) == position and place(v) > at]
        return sum(weight[v] * share(r, v) for v in above)

    if sources is not None:
        return {
            (sources, f"{i}_attn_{name}"): score(sources, 2 + 2 * i, r)
            for i in range(brute.layers)
            for name, r in brought(brute, i, sources).items()
        }
    return {
        (position, name): score(position, at, r)
        for position in {reads(v) for v in VALUES}
        for at, (name, r) in enumerate(written(brute, position))
    }


def brought(brute: Brute, layer: int, position: int) -> dict[str, Tensor]:
    """What each source position brought through that attention layer, and its bias."""
    found = dict(enumerate(brute.attention_neurons(layer, position).sum(dim=(0, 1))))
    named = {str(source): r for source, r in found.items()}
    return named | {"bias": brute.blocks[layer].attn.c_proj.bias}


@pytest.mark.parametrize("kind", KEY_KINDS)
@pytest.mark.parametrize("method", METHODS)
def test_query_scores_are_the_naive_ones(kind: KeyKind, method: Method) -> None:
    brute = model()
    streams = {p: brute.stream(p) for p in range(5)}
    found = queries(brute.weights(), streams, 4, VALUES, keys=kind, method=method)
    assert found.undefined == 0
    assert set(found.by_position) == {1, 3, 4}
    expected = naive(brute, kind, method)
    for position, scores in found.by_position.items():
        named = {"token": scores.token, "position": scores.position}
        named |= {f"{i}_attn": float(value) for i, value in enumerate(scores.attn)}
        named |= {f"{i}_ffn": float(value) for i, value in enumerate(scores.ffn)}
        for name, value in named.items():
            assert value == pytest.approx(expected[position, name], rel=1e-8, abs=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_subvalues_and_biases_sum_to_their_layers_query_score(method: Method) -> None:
    """Query scores are linear, so a layer's is the sum over its subvalues, and its bias's."""
    brute = model()
    weights, streams = brute.weights(), {p: brute.stream(p) for p in range(5)}
    scores = queries(weights, streams, 4, VALUES, method=method).by_position[4]
    assert float(scores.ffn[:2].abs().min()) > 0
    assert float(scores.ffn[2]) == 0  # nothing above it
    unbiased = random_brute(DEEP)
    for block in unbiased.blocks:
        block.attn.c_proj.bias.zero_()
        block.mlp.c_proj.bias.zero_()
    unbiased = Brute(unbiased.model, unbiased.ids)
    streams = {p: unbiased.stream(p) for p in range(5)}
    scores = queries(unbiased.weights(), streams, 4, VALUES, method=method).by_position[4]
    assert torch.allclose(scores.ffn_subvalues.sum(dim=1), scores.ffn)
    assert torch.allclose(scores.attn_heads.sum(dim=1), scores.attn)


@pytest.mark.parametrize("kind", KEY_KINDS)
@pytest.mark.parametrize("method", METHODS)
def test_source_positions_and_biases_sum_to_the_layers_query_scores(
    kind: KeyKind, method: Method
) -> None:
    """Each source's share alone: every attention value of its own that reached the position."""
    brute = model()
    streams = {p: brute.stream(p) for p in range(5)}
    found = queries(brute.weights(), streams, 4, VALUES, keys=kind, method=method)
    for position, scores in found.by_position.items():
        assert scores.attn_positions.shape == (position + 1,)
        total = float(scores.attn_positions.sum()) + scores.attn_bias
        assert total == pytest.approx(float(scores.attn.sum()), abs=1e-10)
        shares = naive(brute, kind, method, sources=position)
        for source, share in enumerate(scores.attn_positions.tolist()):
            expected = sum(shares[position, f"{i}_attn_{source}"] for i in range(brute.layers))
            assert share == pytest.approx(expected, rel=1e-8, abs=1e-12)
        biases = sum(shares[position, f"{i}_attn_bias"] for i in range(brute.layers))
        assert scores.attn_bias == pytest.approx(biases, rel=1e-8, abs=1e-12)


@QUICK
@given(contributions=st.lists(st.floats(-5, 5), min_size=20, max_size=20))
def test_direct_shares_of_one_layer_sum_to_the_contributions(contributions: list[float]) -> None:
    """The parts of x_mid are all of it, so what they are credited with is Σ C_k."""
    brute = model()
    values: list[Value] = [FfnValue(2, k, c) for k, c in enumerate(contributions)]
    scores = queries(brute.weights(), {4: brute.stream(4)}, 4, values).by_position[4]
    total = scores.token + scores.position + float(scores.attn.sum() + scores.ffn.sum())
    assert total == pytest.approx(sum(contributions), abs=1e-8)


def test_a_share_of_nothing_is_undefined_and_counted() -> None:
    brute = model()
    brute_weights = brute.weights()
    brute_weights.ffn[2].w_in[:, 3] = 0
    values: list[Value] = [FfnValue(2, 3, 1.0), FfnValue(2, 4, 0.5)]
    found = queries(brute_weights, {4: brute.stream(4)}, 4, values)
    assert found.undefined == 1
    alone = queries(brute_weights, {4: brute.stream(4)}, 4, values[1:])
    assert found.by_position[4].token == pytest.approx(alone.by_position[4].token)


def test_a_position_without_activations_is_refused() -> None:
    brute = model()
    with pytest.raises(BadInput, match="position 1") as caught:
        queries(brute.weights(), {4: brute.stream(4)}, 4, VALUES)
    assert caught.value.field == "position"


@pytest.mark.parametrize("kind", KEY_KINDS)
def test_the_cross_layer_curve_splits_helpful_from_unhelpful(kind: KeyKind) -> None:
    brute = model()
    c = torch.linspace(-1, 1, DEEP.ffn, dtype=torch.float64)
    c[4] = 0
    found = cross_layer(brute.weights(), brute.stream(4), 1, c, keys=kind)
    for row, (name, r) in enumerate(written(brute, 4)[:5]):
        assert found.names[row] == name
        for curve, sign in ((found.helpful, 1), (found.unhelpful, -1)):
            chosen = [k for k in range(DEEP.ffn) if sign * c[k] > 0]
            expected = sum(float(r @ key(brute, FfnValue(1, k, 0.0), kind)) for k in chosen)
            assert float(curve[row]) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("c", "s", "expected"),
    [(2.0, 0.1, "value"), (0.0, 1.5, "query"), (2.0, 1.5, "both"), (0.0, 0.0, "neither")],
)
def test_a_neuron_is_a_value_a_query_or_both(c: float, s: float, expected: str) -> None:
    assert role(c, s, value_bar=1.0, query_bar=1.0) == expected


@pytest.mark.parametrize(
    ("c", "s", "expected"),
    [(-2.0, 0.1, "value"), (-0.5, 1.5, "query"), (-2.0, 1.5, "both"), (-0.5, 0.0, "neither")],
)
def test_a_neuron_that_lowers_is_measured_against_those_that_lower(
    c: float, s: float, expected: str
) -> None:
    assert role(c, s, value_bar=-1.0, query_bar=1.0) == expected


def test_a_score_that_is_not_above_zero_reaches_no_bar() -> None:
    assert role(0.0, 0.0, value_bar=-1.0, query_bar=-0.0) == "neither"
    assert role(0.0, 0.0, value_bar=1.0, query_bar=-0.0) == "neither"
