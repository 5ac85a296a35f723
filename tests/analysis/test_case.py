"""The case study beside `transformers`' own attention, recomputed with a part taken out."""

from collections.abc import Sequence
from functools import cache

import pytest
import torch
from torch import Tensor

from app.analysis.case import (
    LN_STDS,
    RECOMPUTES,
    TAKEN,
    LnStd,
    Recompute,
    Subtraction,
    Taken,
    carriers,
    pair_by_layer,
    subtractions,
)
from app.analysis.lens import LNS, Ln
from app.analysis.parts import AttentionInput
from app.errors import BadInput
from tests.analysis import attending
from tests.analysis.brute import Brute, Shape, random_brute

SHAPE = Shape(3, 12, 3, 20, 31, 5)
PAIR = (4, 9)
LAYER, LAST = 2, 4


@cache
def model() -> Brute:
    return random_brute(SHAPE)


def delta(brute: Brute, u: Tensor, ln: Ln = "frozen") -> Tensor:
    """bs_a − bs_b of every row."""
    return attending.delta(brute, u, LAST, PAIR, ln)


def attention_input(brute: Brute, layer: int, positions: Sequence[int]) -> AttentionInput:
    found = attending.parts(brute, layer)
    parts = torch.stack(list(found.values()))[:, list(positions)]
    return AttentionInput(brute.seen[f"pre{layer}"], tuple(found), tuple(positions), parts)


def subtracted(
    given: AttentionInput,
    source: int,
    *,
    layer: int = LAYER,
    recompute: Recompute = "values",
    ln_std: LnStd = "frozen",
    ln: Ln = "frozen",
) -> Subtraction:
    brute = model()
    weights = brute.weights()
    return subtractions(
        given, weights.attention[layer], brute.stream(LAST), weights.unembedding, PAIR, source,
        recompute=recompute, ln_std=ln_std, ln=ln,
    )  # fmt: skip


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


@pytest.mark.parametrize("ln", LNS)
@pytest.mark.parametrize("recompute", RECOMPUTES)
@pytest.mark.parametrize("taken", TAKEN)
@pytest.mark.parametrize("ln_std", LN_STDS)
def test_taking_a_part_out_is_the_brute_force_change(
    recompute: Recompute, taken: Taken, ln_std: LnStd, ln: Ln
) -> None:
    brute = model()
    for layer, source in ((0, 3), (LAYER, 1), (LAYER, LAST)):  # the last asks the queries too
        given = attention_input(brute, layer, range(LAST + 1) if taken == "all" else [source])
        found = subtracted(given, source, layer=layer, recompute=recompute, ln_std=ln_std, ln=ln)
        now, changes = attending.taken_out(
            brute, layer, LAST, PAIR, source, recompute=recompute, taken=taken, ln_std=ln_std,
            ln=ln,
        )  # fmt: skip
        assert (found.now.output, found.now.subvalue) == pytest.approx(now, abs=1e-10)
        assert found.names == tuple(changes)
        got = zip(found.output.tolist(), found.subvalue.tolist(), strict=True)
        for one, expected in zip(got, changes.values(), strict=True):
            assert one == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("taken", TAKEN)
def test_with_all_frozen_the_changes_add_up_over_parts(taken: Taken) -> None:
    """Linear in the values: taking everything out at once changes as much as part by part."""
    positions = range(LAST + 1) if taken == "all" else [2]
    given = attention_input(model(), LAYER, positions)
    whole = AttentionInput(given.x, ("all",), given.positions, given.parts.sum(dim=0, keepdim=True))
    one, all_of_it = subtracted(given, 2), subtracted(whole, 2)
    assert float(one.output.sum()) == pytest.approx(float(all_of_it.output))
    assert float(one.subvalue.sum()) == pytest.approx(float(all_of_it.subvalue))


def test_taking_nothing_out_changes_nothing() -> None:
    given = attention_input(model(), LAYER, [1])
    nothing = AttentionInput(given.x, given.names, given.positions, torch.zeros_like(given.parts))
    for recompute in RECOMPUTES:
        found = subtracted(nothing, 1, recompute=recompute, ln_std="recomputed")
        assert float(found.output.abs().max()) < 1e-12
        assert float(found.subvalue.abs().max()) < 1e-12


def test_the_pair_turned_round_turns_every_sign() -> None:
    brute = model()
    given = attention_input(brute, LAYER, range(LAST + 1))
    found = subtracted(given, 1)
    weights = brute.weights()
    turned = subtractions(
        given, weights.attention[LAYER], brute.stream(LAST), weights.unembedding, PAIR[::-1], 1,
        recompute="values", ln_std="frozen",
    )  # fmt: skip
    assert turned.now.output == pytest.approx(-found.now.output)
    assert torch.allclose(turned.subvalue, -found.subvalue)


@pytest.mark.parametrize("source", [-1, 5])
def test_a_source_that_is_not_there_is_refused(source: int) -> None:
    with pytest.raises(BadInput, match="no position") as caught:
        subtracted(attention_input(model(), LAYER, [0]), source)
    assert caught.value.field == "source"
