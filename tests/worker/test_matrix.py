"""Matrix jobs beside a float64 loop over `transformers`, which knows nothing of them."""

import numpy as np
import pytest
import torch

from app.analysis.lens import LN_BIASES, LNS, Ln, LnBias
from app.errors import BadInput
from app.worker.contribution_jobs import (
    LayersFound,
    LayersJob,
    MatrixFound,
    MatrixJob,
    MatrixLevel,
    SubvaluesFound,
    SubvaluesJob,
)
from app.worker.engines import LocalEngine
from app.worker.matrix_runs import joined, pieces
from tests.analysis.brute import Brute
from tests.worker.asking import IDS, POSITION, TARGET

LEVELS: tuple[MatrixLevel, ...] = ("attn_head", "attn_position", "attn_head_position", "ffn")


def matrix(
    engine: LocalEngine,
    level: MatrixLevel,
    layers: tuple[int, ...] = (0, 1, 2),
    heads: tuple[int, ...] | None = None,
    ln: Ln = "frozen",
    ln_bias: LnBias = "include",
) -> MatrixFound:
    job = MatrixJob(
        tokens=IDS, position=POSITION, target=TARGET, level=level, layers=layers, heads=heads,
        ln=ln, ln_bias=ln_bias,
    )  # fmt: skip
    (outcome,) = engine.run([job])
    if isinstance(outcome, Exception):
        raise outcome
    assert isinstance(outcome, MatrixFound)
    return outcome


@pytest.mark.parametrize("ln_bias", LN_BIASES)
@pytest.mark.parametrize("ln", LNS)
@pytest.mark.parametrize("level", LEVELS)
def test_every_subvalue_has_its_brute_force_score(
    tiny_engine: LocalEngine, brute: Brute, level: MatrixLevel, ln: Ln, ln_bias: LnBias
) -> None:
    found = matrix(tiny_engine, level, ln=ln, ln_bias=ln_bias)
    expected = brute.level(level, POSITION, TARGET, ln, ln_bias)
    for one, other in zip(found.values, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5, rtol=1e-3)
    at, module = ("mid", "mlp") if level == "ffn" else ("pre", "attn")
    for layer, bias in enumerate(found.biases):
        b = getattr(brute.blocks[layer], module).c_proj.bias
        x = brute.at(at, POSITION)[layer]
        exact = brute.contributions(b[None], x, POSITION, TARGET, ln, ln_bias)
        assert bias == pytest.approx(float(exact), abs=1e-5)


def test_biases_are_those_of_the_layers_view(tiny_engine: LocalEngine) -> None:
    (layers,) = tiny_engine.run([LayersJob(tokens=IDS, position=POSITION, target=TARGET)])
    assert isinstance(layers, LayersFound)
    attn, ffn = matrix(tiny_engine, "attn_head"), matrix(tiny_engine, "ffn")
    assert attn.biases == pytest.approx(layers.bias_attn, abs=1e-5)
    assert ffn.biases == pytest.approx(layers.bias_ffn, abs=1e-5)


def test_chosen_layers_and_heads_are_parts_of_the_whole(tiny_engine: LocalEngine) -> None:
    length = POSITION + 1
    heads = torch.tensor(matrix(tiny_engine, "attn_head").values)
    some = matrix(tiny_engine, "attn_head", (0, 2), (1, 3))
    np.testing.assert_allclose(some.values, heads[[0, 2]][:, [1, 3]], atol=1e-7)
    whole = torch.tensor(matrix(tiny_engine, "attn_head_position").values).view(3, 4, length)
    some = matrix(tiny_engine, "attn_head_position", (1,), (3,))
    np.testing.assert_allclose(some.values, whole[1:2, 3], atol=1e-7)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("at_once", [5, 7, 1000])
def test_piece_by_piece_is_the_same(
    tiny_engine: LocalEngine, level: MatrixLevel, at_once: int
) -> None:
    whole = matrix(tiny_engine, level)
    job = MatrixJob(tokens=IDS, position=POSITION, target=TARGET, level=level, layers=(0, 1, 2))
    jobs = pieces(job, len(whole.values[0]), at_once)
    found = [outcome for one in jobs for outcome in tiny_engine.run([one])]
    done = [part for part in found if isinstance(part, MatrixFound)]
    assert all(len(row) <= at_once for part in done for row in part.values)
    parts = joined(jobs, done)
    assert parts.target == whole.target
    assert parts.biases == pytest.approx(whole.biases, abs=1e-7)
    for one, other in zip(parts.values, whole.values, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-7)


@pytest.mark.parametrize("level", LEVELS)
def test_the_strongest_of_a_matrix_are_those_found_with_a_certificate(
    tiny_engine: LocalEngine, level: MatrixLevel
) -> None:
    scores = torch.tensor(matrix(tiny_engine, level).values)
    job = SubvaluesJob(tokens=IDS, position=POSITION, target=TARGET, level=level, top=8)
    (best,) = tiny_engine.run([job])
    assert isinstance(best, SubvaluesFound)
    for item in best.items:
        expected = float(scores[item.place.layer, item.place.index])
        assert item.contribution == pytest.approx(expected, abs=1e-6)
    assert best.items[-1].contribution == pytest.approx(
        float(scores.flatten().topk(8).values[-1]), abs=1e-6
    )


def test_a_layer_that_is_not_there_is_refused(tiny_engine: LocalEngine) -> None:
    with pytest.raises(BadInput) as caught:
        matrix(tiny_engine, "ffn", (3,))
    assert caught.value.field == "layers"


@pytest.mark.parametrize(
    ("level", "heads"),
    [
        ("attn_head", (4,)), ("attn_head_position", (0, -1)), ("ffn", (0,)),
        ("attn_position", (0,)),
    ],
)  # fmt: skip
def test_heads_that_are_not_there_are_refused(
    tiny_engine: LocalEngine, level: MatrixLevel, heads: tuple[int, ...]
) -> None:
    with pytest.raises(BadInput) as caught:
        matrix(tiny_engine, level, heads=heads)
    assert caught.value.field == "heads"
