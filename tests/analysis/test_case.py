"""The case study beside `transformers`' own attention, recomputed with a part taken out."""

from functools import cache

import pytest
import torch
from torch import Tensor

from app.analysis.case import (
    LN_STDS,
    RECOMPUTES,
    TAKEN,
    AttentionInput,
    LnStd,
    Recompute,
    Taken,
    carriers,
    pair_by_layer,
    pair_of_subvalues,
    subtractions,
)
from app.analysis.lens import LNS, Ln
from app.analysis.subvalues import LEVELS, Level, family
from app.errors import BadInput
from tests.analysis.brute import Brute, Shape, random_brute

SHAPE = Shape(3, 12, 3, 20, 31, 5)
PAIR = (4, 9)
LAYER = 2


@cache
def model() -> Brute:
    return random_brute(SHAPE)


def delta(brute: Brute, u: Tensor, ln: Ln = "frozen") -> Tensor:
    """bs_a − bs_b of every row."""
    bs = brute.bs(u, 4, ln)
    return bs[:, PAIR[0]] - bs[:, PAIR[1]]


def attention_input(brute: Brute) -> AttentionInput:
    body = brute.model.transformer
    parts = [body.wte.weight[brute.ids], body.wpe.weight[: len(brute.ids)]]
    names = ["token", "position"]
    for layer in range(LAYER):
        parts += [brute.seen[f"attn{layer}"], brute.seen[f"mlp{layer}"]]
        names += [f"{layer}_attn", f"{layer}_ffn"]
    return AttentionInput(brute.seen[f"pre{LAYER}"], tuple(names), torch.stack(parts))


@pytest.mark.parametrize("ln", LNS)
def test_a_pairs_difference_is_traced_to_layers(ln: Ln) -> None:
    brute = model()
    found = pair_by_layer(brute.stream(4), brute.weights().unembedding, PAIR, ln=ln)
    assert torch.allclose(found.attn, delta(brute, brute.at("attn", 4), ln))
    assert torch.allclose(found.ffn, delta(brute, brute.at("mlp", 4), ln))
    if ln == "frozen":
        total = found.token + found.position + float((found.attn + found.ffn).sum())
        assert total == pytest.approx(float(delta(brute, brute.seen["final"][4:5])))


def test_carriers_are_the_head_position_subvalues_differences() -> None:
    brute = model()
    found = carriers(brute.weights(), brute.stream(4), PAIR)
    for layer in range(3):
        expected = delta(brute, brute.subvalues("attn_head_position", layer, 4))
        assert torch.allclose(found[layer].flatten(), expected)
        bias = delta(brute, brute.weights().attention[layer].b_o[None])
        whole = delta(brute, brute.seen[f"attn{layer}"][4:5])
        assert float(found[layer].sum() + bias) == pytest.approx(float(whole))


@pytest.mark.parametrize("level", LEVELS)
def test_every_subvalue_has_its_pairs_difference(level: Level) -> None:
    brute = model()
    stream, unembedding = brute.stream(4), brute.weights().unembedding
    for layer in range(3):
        one = family(level, layer, brute.weights(), stream)
        found = pair_of_subvalues(one, stream, unembedding, PAIR)
        assert torch.allclose(found.flatten(), delta(brute, brute.subvalues(level, layer, 4)))


def attend(brute: Brute, normed: Tensor, pattern: Tensor | None) -> tuple[Tensor, Tensor]:
    """The attention output at the last position, and each source's share, by loops."""
    attn = brute.blocks[LAYER].attn
    h, d = brute.heads, brute.w_u.shape[1]
    q, k, v = attn.c_attn(normed).view(len(normed), 3, h, d // h).unbind(1)
    shares = []
    for p in range(len(normed)):
        z = torch.zeros(h, d // h, dtype=torch.float64)
        for head in range(h):
            scores = k[:, head] @ q[-1, head] / (d // h) ** 0.5
            weight = torch.softmax(scores, dim=0)[p] if pattern is None else pattern[head, p]
            z[head] = weight * v[p, head]
        shares.append(attn.c_proj(z.view(1, d))[0] - attn.c_proj.bias)
    by_source = torch.stack(shares)
    return by_source.sum(dim=0) + attn.c_proj.bias, by_source


@pytest.mark.parametrize("recompute", RECOMPUTES)
@pytest.mark.parametrize("taken", TAKEN)
@pytest.mark.parametrize("ln_std", LN_STDS)
def test_taking_a_part_out_is_the_brute_force_change(
    recompute: Recompute, taken: Taken, ln_std: LnStd
) -> None:
    brute, source = model(), 1
    given = attention_input(brute)
    found = subtractions(
        given, brute.weights().attention[LAYER], brute.stream(4), brute.weights().unembedding,
        PAIR, source, recompute=recompute, taken=taken, ln_std=ln_std,
    )  # fmt: skip
    ln_1 = brute.blocks[LAYER].ln_1
    output, shares = attend(brute, ln_1(given.x), None)
    assert torch.allclose(output, brute.seen[f"attn{LAYER}"][4])
    pattern = brute.patterns[LAYER][:, 4] if recompute == "values" else None
    assert found.names == given.names
    for row, part in enumerate(given.parts):
        x = given.x.clone()
        for p in range(5) if taken == "all" else [source]:
            x[p] -= part[p]
        if ln_std == "recomputed":
            normed = ln_1(x)
        else:
            std = (given.x.var(dim=1, correction=0, keepdim=True) + ln_1.eps).sqrt()
            normed = ln_1.weight * (x - x.mean(dim=1, keepdim=True)) / std + ln_1.bias
        new_output, new_shares = attend(brute, normed, pattern)
        change = delta(brute, (new_output - output)[None])
        assert float(found.output[row]) == pytest.approx(float(change), abs=1e-10)
        change = delta(brute, (new_shares - shares)[source][None])
        assert float(found.subvalue[row]) == pytest.approx(float(change), abs=1e-10)


@pytest.mark.parametrize("taken", TAKEN)
def test_with_all_frozen_the_changes_add_up_over_parts(taken: Taken) -> None:
    """Linear in the values: taking everything out at once changes as much as part by part."""
    brute = model()
    given = attention_input(brute)
    whole = AttentionInput(given.x, ("all",), given.parts.sum(dim=0, keepdim=True))
    one, all_of_it = (
        subtractions(
            some, brute.weights().attention[LAYER], brute.stream(4), brute.weights().unembedding,
            PAIR, 2, recompute="values", taken=taken, ln_std="frozen",
        )
        for some in (given, whole)
    )  # fmt: skip
    assert float(one.output.sum()) == pytest.approx(float(all_of_it.output))
    assert float(one.subvalue.sum()) == pytest.approx(float(all_of_it.subvalue))


@pytest.mark.parametrize("source", [-1, 5])
def test_a_source_that_is_not_there_is_refused(source: int) -> None:
    brute = model()
    with pytest.raises(BadInput, match="no position") as caught:
        subtractions(
            attention_input(brute), brute.weights().attention[LAYER], brute.stream(4),
            brute.weights().unembedding, PAIR, source,
        )  # fmt: skip
    assert caught.value.field == "source"
