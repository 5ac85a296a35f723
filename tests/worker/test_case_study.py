"""The case study's jobs beside a float64 loop over `transformers`."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from app.analysis.case import LN_STDS, RECOMPUTES, TAKEN, LnStd, Recompute, Taken
from app.analysis.keys import KEY_KINDS, KeyKind
from app.analysis.lens import LNS, Ln
from app.errors import BadInput, MethodRefused, NotFinite
from app.model.gpt2 import GPT2Trunk
from app.model.loading import LoadedModel, load_named
from app.worker.contribution_jobs import CaseFound, CaseJob, CrossLayerFound, CrossLayerJob
from app.worker.engines import LocalEngine
from app.worker.jobs import Job
from tests.analysis import attending
from tests.analysis.brute import Brute
from tests.model.test_loading import neox
from tests.models import byte_level_tokenizer, save
from tests.worker.asking import IDS, POSITION, TARGET, answer

PAIR = (5, 446)
CASE = CaseJob(tokens=IDS, position=POSITION, pair=PAIR, layer=2, source_position=3)


@pytest.mark.parametrize("ln", LNS)
@pytest.mark.parametrize("ln_std", LN_STDS)
@pytest.mark.parametrize("taken", TAKEN)
@pytest.mark.parametrize("recompute", RECOMPUTES)
def test_parts_taken_out(
    tiny_engine: LocalEngine,
    brute: Brute,
    recompute: Recompute,
    taken: Taken,
    ln_std: LnStd,
    ln: Ln,
) -> None:
    for layer, source in ((2, 3), (1, POSITION), (0, 0)):
        job = dataclasses.replace(
            CASE, layer=layer, source_position=source, recompute=recompute, taken=taken,
            ln_std=ln_std, ln=ln,
        )  # fmt: skip
        found = answer(tiny_engine, job)
        assert isinstance(found, CaseFound)
        now, changes = attending.taken_out(
            brute, layer, POSITION, PAIR, source, recompute=recompute, taken=taken,
            ln_std=ln_std, ln=ln,
        )  # fmt: skip
        assert (found.output, found.subvalue) == pytest.approx(now, abs=1e-4)
        assert [change.part.name for change in found.parts] == list(changes)
        for part, change in zip(found.parts, changes.values(), strict=True):
            assert (part.output, part.subvalue) == pytest.approx(change, abs=2e-4, rel=1e-4)


def test_two_tokens_that_are_one_differ_in_nothing(tiny_engine: LocalEngine) -> None:
    found = answer(tiny_engine, dataclasses.replace(CASE, pair=(7, 7)))
    assert isinstance(found, CaseFound)
    assert found.output == found.subvalue == 0
    assert all(part.output == part.subvalue == 0 for part in found.parts)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"pair": (1, 10**6)}, "pair"), ({"source_position": 6}, "source_position"),
        ({"layer": 3}, "layer"), ({"layer": -1}, "layer"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_refused(
    tiny_engine: LocalEngine, changed: dict[str, object], field: str
) -> None:
    with pytest.raises(BadInput) as caught:
        answer(tiny_engine, dataclasses.replace(CASE, **changed))  # type: ignore[arg-type]
    assert caught.value.field == field


@pytest.mark.parametrize("kind", KEY_KINDS)
@pytest.mark.parametrize("ln", LNS)
def test_the_cross_layer_curve(
    tiny_engine: LocalEngine, brute: Brute, ln: Ln, kind: KeyKind
) -> None:
    scores = brute.level("ffn", POSITION, TARGET, ln)
    for layer, block in enumerate(brute.blocks):
        job = CrossLayerJob(
            tokens=IDS, position=POSITION, target=TARGET, ln=ln, layer=layer, keys=kind
        )
        found = answer(tiny_engine, job)
        assert isinstance(found, CrossLayerFound)
        helpful, unhelpful = scores[layer] > 0, scores[layer] < 0
        assert float(scores[layer].abs().min()) > 1e-9  # so that rounding turns no sign
        assert (found.n_helpful, found.n_unhelpful) == (int(helpful.sum()), int(unhelpful.sum()))
        assert found.scored <= len(helpful)
        keys = block.ln_2.weight[:, None] * block.mlp.c_fc.weight  # (d, n)
        if kind == "centred":
            keys = keys - keys.mean(dim=0)
        parts = attending.parts(brute, layer) | {f"{layer}_attn": brute.seen[f"attn{layer}"]}
        assert [part.name for part in found.parts] == list(parts)
        read = torch.stack([part[POSITION] @ keys for part in parts.values()])  # (parts, n)
        for mine, of in ((found.helpful, helpful), (found.unhelpful, unhelpful)):
            np.testing.assert_allclose(mine, read[:, of].sum(dim=1), atol=1e-3, rtol=1e-4)


def test_a_layer_that_is_not_there_is_refused(tiny_engine: LocalEngine) -> None:
    with pytest.raises(BadInput) as caught:
        answer(tiny_engine, CrossLayerJob(tokens=IDS, position=1, layer=3))
    assert caught.value.field == "layers"


def test_another_architecture_is_refused(tmp_path: Path) -> None:
    model = load_named(str(save(neox(), byte_level_tokenizer(), tmp_path / "neox")))
    jobs: list[Job] = [
        CaseJob(tokens=(1, 2, 3), position=1, pair=(1, 2), layer=0, source_position=0),
        CrossLayerJob(tokens=(1, 2, 3), position=1, layer=0),
    ]
    for outcome in LocalEngine(model).run(jobs):
        assert isinstance(outcome, MethodRefused) and outcome.field == "model"


def test_numbers_that_overflow_are_refused(tiny_model: LoadedModel) -> None:
    trunk = tiny_model.trunk
    assert isinstance(trunk, GPT2Trunk)
    broken = dataclasses.replace(trunk, position_embedding=trunk.position_embedding * torch.inf)
    (outcome,) = LocalEngine(dataclasses.replace(tiny_model, trunk=broken)).run([CASE])
    assert isinstance(outcome, NotFinite)
