"""What is checked on random models, once more on the bundled one and a fact that it knows."""

import pytest
import torch

from app.analysis.case import LN_STDS, RECOMPUTES, LnStd, Recompute, pair_by_layer, subtractions
from app.analysis.contributions import layer_scores
from app.analysis.keys import ffn_keys
from app.analysis.lens import LN_BIASES, LNS, Ln, LnBias, read
from app.analysis.parts import AttentionInput
from app.analysis.queries import FfnValue, cross_layer, queries
from tests.analysis import attending
from tests.analysis.brute import Brute


def pair(demo: Brute) -> tuple[int, int]:
    """The two likeliest next tokens."""
    a, b = demo.logits[-1].topk(2).indices.tolist()
    return a, b


@pytest.mark.parametrize("ln", LNS)
@pytest.mark.parametrize("ln_bias", LN_BIASES)
def test_layers_and_the_stream(demo: Brute, ln: Ln, ln_bias: LnBias) -> None:
    last, target = len(demo.ids) - 1, pair(demo)[0]
    weights, stream = demo.weights(), demo.stream(last)
    found = layer_scores(weights, stream, target, ln=ln, ln_bias=ln_bias)
    for layer in range(demo.layers):
        for module, before, got in (("attn", "pre", found.attn), ("mlp", "mid", found.ffn)):
            x, v = demo.seen[f"{before}{layer}"][last], demo.at(module, last)[layer : layer + 1]
            expected = demo.contributions(v, x, last, target, ln, ln_bias)
            assert float(got[layer]) == pytest.approx(float(expected), abs=1e-9)
    along = read(stream, weights.unembedding, torch.tensor([target]), ln=ln, ln_bias=ln_bias)
    for point, name in enumerate(along.points[:-1]):
        at, half = name.split("_")
        there = demo.log_p(demo.seen[f"{half}{at}"][last][None], last, ln, ln_bias)
        found_there = float(along.log_probabilities[0, point])
        assert found_there == pytest.approx(float(there[0, target]), abs=1e-9)


@pytest.mark.parametrize("recompute", RECOMPUTES)
@pytest.mark.parametrize("ln_std", LN_STDS)
def test_the_case_study(demo: Brute, recompute: Recompute, ln_std: LnStd) -> None:
    last, layer = len(demo.ids) - 1, demo.layers - 2
    source, two = last - 1, pair(demo)
    weights, stream = demo.weights(), demo.stream(last)
    traced = pair_by_layer(stream, weights.unembedding, two)
    every = attending.delta(demo, demo.at("attn", last), last, two, "frozen")
    assert torch.allclose(traced.attn, every, atol=1e-9)
    parts = attending.parts(demo, layer)
    given = AttentionInput(
        demo.seen[f"pre{layer}"], tuple(parts), (source,),
        torch.stack(list(parts.values()))[:, [source]],
    )  # fmt: skip
    found = subtractions(
        given, weights.attention[layer], stream, weights.unembedding, two, source,
        recompute=recompute, ln_std=ln_std,
    )  # fmt: skip
    now, changes = attending.taken_out(
        demo, layer, last, two, source,
        recompute=recompute, taken="source", ln_std=ln_std, ln="frozen",
    )  # fmt: skip
    assert (found.now.output, found.now.subvalue) == pytest.approx(now, abs=1e-8)
    assert found.names == tuple(changes)
    for i, expected in enumerate(changes.values()):
        got = (float(found.output[i]), float(found.subvalue[i]))
        assert got == pytest.approx(expected, abs=1e-8)


def test_queries_and_the_cross_layer_curve(demo: Brute) -> None:
    """A neuron's contribution is divided as its pre-activation is made up."""
    last, layer, neuron = len(demo.ids) - 1, demo.layers - 2, 617
    weights, stream = demo.weights(), demo.stream(last)
    value = FfnValue(layer, neuron, 0.7)
    found = queries(weights, {last: stream}, last, [value]).by_position[last]
    block = demo.blocks[layer]
    key = block.ln_2.weight * block.mlp.c_fc.weight[:, neuron]
    key = key - key.mean()
    whole = float(demo.seen[f"mid{layer}"][last] @ key)
    for below in range(layer):
        share = 0.7 * float(demo.seen[f"mlp{below}"][last] @ key) / whole
        assert float(found.ffn[below]) == pytest.approx(share, abs=1e-9)
    c = torch.randn(len(stream.coefficients[layer]), dtype=torch.float64)
    curve = cross_layer(weights, stream, layer, c)
    keys = ffn_keys(weights.ffn[layer], torch.arange(len(c)), "centred")
    folded = (block.ln_2.weight[:, None] * block.mlp.c_fc.weight).T
    assert torch.allclose(keys, folded - folded.mean(dim=1, keepdim=True), atol=1e-10)
    helped = (folded - folded.mean(dim=1, keepdim=True))[c > 0].sum(dim=0)
    r = demo.seen["mlp0"][last]
    assert float(curve.helpful[curve.names.index("0_ffn")]) == pytest.approx(float(r @ helped))
