"""Contribution jobs beside a float64 loop over `transformers`, which knows nothing of them."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import torch

from app.analysis.lens import LN_BIASES, LNS, Ln, LnBias
from app.analysis.queries import METHODS, AttentionValue, FfnValue, Method, queries
from app.analysis.subvalues import LEVELS, Level, Place
from app.errors import BadInput, MethodRefused, NotFinite, PromptTooLong
from app.model.capture import Sink
from app.model.gpt2 import GPT2Trunk
from app.model.loading import LoadedModel, load_named
from app.model.sites import ModelShape
from app.worker.contribution_jobs import (
    BsValuesFound,
    BsValuesJob,
    End,
    LayersFound,
    LayersJob,
    QueriesFound,
    QueriesJob,
    SubvaluesFound,
    SubvaluesJob,
    per_layer,
)
from app.worker.contributions import merged
from app.worker.engines import LocalEngine
from app.worker.jobs import Job, PredictJob
from tests.analysis.brute import Brute
from tests.model.test_loading import neox
from tests.models import byte_level_tokenizer, save
from tests.worker.asking import IDS, POSITION, TARGET, answer


@pytest.mark.parametrize("ln_bias", LN_BIASES)
@pytest.mark.parametrize("ln", LNS)
def test_layers_and_biases(tiny_engine: LocalEngine, brute: Brute, ln: Ln, ln_bias: LnBias) -> None:
    job = LayersJob(tokens=IDS, position=POSITION, target=TARGET, ln=ln, ln_bias=ln_bias)
    found = answer(tiny_engine, job)
    assert isinstance(found, LayersFound)

    def expected(v: torch.Tensor, x: torch.Tensor) -> float:
        return float(brute.contributions(v[None], x, POSITION, TARGET, ln, ln_bias)[0])

    modules = {"attn": (found.attn, found.bias_attn), "mlp": (found.ffn, found.bias_ffn)}
    for name, (scores, biases) in modules.items():
        for layer, block in enumerate(brute.blocks):
            x = brute.at("pre" if name == "attn" else "mid", POSITION)[layer]
            out = brute.at(name, POSITION)[layer]
            assert scores[layer] == pytest.approx(expected(out, x), abs=1e-4)
            bias = getattr(block, name).c_proj.bias
            assert biases[layer] == pytest.approx(expected(bias, x), abs=1e-4)
    total = found.start + sum(found.attn) + sum(found.ffn)
    assert total == pytest.approx(found.end, abs=1e-9)
    own = torch.log_softmax(brute.logits[POSITION], dim=0)[TARGET]
    assert found.target.log_probability == pytest.approx(float(own), abs=1e-4)
    if ln_bias == "include":
        assert found.end == pytest.approx(float(own), abs=1e-4)


def test_the_target_is_by_default_what_the_model_predicts(
    tiny_engine: LocalEngine, brute: Brute
) -> None:
    for position in range(len(IDS)):
        found = answer(tiny_engine, LayersJob(tokens=IDS, position=position))
        assert isinstance(found, LayersFound)
        assert found.target.id == int(brute.logits[position].argmax())


@pytest.mark.parametrize("end", ["helpful", "unhelpful"])
@pytest.mark.parametrize("level", LEVELS)
def test_subvalues(tiny_engine: LocalEngine, brute: Brute, level: Level, end: End) -> None:
    """Certified, exhaustive, layer by layer and brute force find the same ones."""
    asked = SubvaluesJob(
        tokens=IDS, position=POSITION, target=TARGET, level=level, top=9, end=end,
        method="certified",
    )  # fmt: skip
    found = answer(tiny_engine, asked)
    exhaustive = answer(tiny_engine, _with(asked, method="exhaustive"))
    assert isinstance(found, SubvaluesFound) and isinstance(exhaustive, SubvaluesFound)
    assert [item.place for item in found.items] == [item.place for item in exhaustive.items]
    parts = []
    for layer in range(3):
        part = answer(tiny_engine, _with(asked, method="exhaustive", layers=(layer,)))
        assert isinstance(part, SubvaluesFound)
        parts.append(part)
    whole = merged(parts, asked)
    assert [item.place for item in whole.items] == [item.place for item in exhaustive.items]
    assert whole.certificate == exhaustive.certificate
    scores = torch.stack(brute.level(level, POSITION, TARGET, "frozen"))  # (layers, n)
    sign = 1 if end == "helpful" else -1
    best = (sign * scores.flatten()).topk(9).indices
    for item, flat in zip(found.items, best.tolist(), strict=True):
        layer, index = divmod(flat, scores.shape[1])
        assert (item.place.layer, item.place.index) == (layer, index)
        assert item.contribution == pytest.approx(float(scores[layer, index]), abs=1e-4)
    assert found.certificate.total == scores.numel()
    if found.certificate.bound is not None:
        assert sign * found.certificate.bound <= sign * found.items[-1].contribution + 1e-4
    n = scores.shape[1]
    shape = tiny_engine.model.shape
    assert per_layer(level, shape, POSITION + 1) == n


def _with(job: SubvaluesJob, **changed: object) -> SubvaluesJob:
    return dataclasses.replace(job, **changed)  # type: ignore[arg-type]


def test_what_a_subvalue_says_is_read_off_its_unscaled_row(
    tiny_engine: LocalEngine, brute: Brute
) -> None:
    job = SubvaluesJob(tokens=IDS, position=POSITION, target=TARGET, level="attn_neuron", top=20)
    found = answer(tiny_engine, job)
    assert isinstance(found, SubvaluesFound)
    for item in found.items:
        assert item.place.head is not None and item.place.dim is not None
        number = item.place.head * 12 + item.place.dim
        row = brute.blocks[item.place.layer].attn.c_proj.weight[number]
        bs = brute.bs(row[None], POSITION, "frozen")[0]
        assert [id_ for id_, _ in item.said.top] == bs.topk(10).indices.tolist()
        assert [id_ for id_, _ in item.said.bottom] == bs.topk(10, largest=False).indices.tolist()
        np.testing.assert_allclose([v for _, v in item.said.top], bs.topk(10).values, rtol=1e-3)
        assert item.said.swapped == (item.coefficient < 0)
    assert any(item.said.swapped for item in found.items)


def test_asking_for_more_than_there_are_gives_all(tiny_engine: LocalEngine) -> None:
    job = SubvaluesJob(tokens=IDS, position=1, level="attn_position", layers=(2,), top=50)
    found = answer(tiny_engine, job)
    assert isinstance(found, SubvaluesFound)
    assert {item.place for item in found.items} == {Place(2, i, source_position=i) for i in (0, 1)}


@pytest.mark.parametrize("method", METHODS)
def test_queries_are_those_of_float64(
    tiny_engine: LocalEngine, brute: Brute, method: Method
) -> None:
    """The worker's wiring: contributions of the values, streams at their sources."""
    values = (
        FfnValue(2, 5, 0.0), FfnValue(1, 7, 0.0), FfnValue(2, 150, 0.0),
        AttentionValue(2, 3, 4, 3, 0.0), AttentionValue(1, 0, 11, POSITION, 0.0),
    )  # fmt: skip
    job = QueriesJob(
        tokens=IDS, position=POSITION, target=TARGET, values=values, method=method, top=12,
    )  # fmt: skip
    found = answer(tiny_engine, job)
    assert isinstance(found, QueriesFound)
    ffn = brute.level("ffn", POSITION, TARGET, "frozen")
    neurons = brute.level("attn_neuron", POSITION, TARGET, "frozen")
    for value in found.values:
        if isinstance(value, FfnValue):
            expected = ffn[value.layer][value.neuron]
        else:
            row = value.head * 12 + value.dim
            expected = neurons[value.layer][row * (POSITION + 1) + value.source_position]
        assert value.contribution == pytest.approx(float(expected), abs=1e-5)
    streams = {p: brute.stream(p) for p in (POSITION, 3)}
    exact = queries(brute.weights(), streams, POSITION, found.values, method=method)
    assert [at.position for at in found.at] == [POSITION, 3]
    assert found.undefined == exact.undefined
    for at in found.at:
        scores = exact.by_position[at.position]
        np.testing.assert_allclose(at.attn, scores.attn, atol=1e-4, rtol=1e-3)
        np.testing.assert_allclose(at.ffn, scores.ffn, atol=1e-4, rtol=1e-3)
        np.testing.assert_allclose(at.heads, scores.attn_heads, atol=1e-4, rtol=1e-3)
        np.testing.assert_allclose(at.by_position, scores.attn_positions, atol=1e-4, rtol=1e-3)
        assert sum(at.by_position) + at.attn_bias == pytest.approx(sum(at.attn), abs=1e-4)
        assert at.token == pytest.approx(scores.token, abs=1e-4, rel=1e-3)
        best = scores.ffn_subvalues.flatten().topk(12).values
        np.testing.assert_allclose(
            [query.score for query in at.subvalues], best[best > 0], atol=1e-5, rtol=1e-3
        )


@pytest.mark.parametrize("raises", [True, False])
def test_a_neurons_role_is_judged_among_those_at_its_end(
    tiny_engine: LocalEngine, brute: Brute, raises: bool
) -> None:
    """The strongest neuron at either end is a value; the middling one of that end is none."""
    every = torch.stack(brute.level("ffn", POSITION, TARGET, "frozen"))
    merit = every if raises else -every
    hundredth = float(every.flatten()[merit.flatten().argsort(descending=True)[99]])
    strongest = int(merit.argmax())
    weak = int(torch.where(merit > 0, merit, torch.inf).argmin())
    roles = {}
    for flat in (strongest, weak):
        layer, index = divmod(flat, every.shape[1])
        job = QueriesJob(tokens=IDS, position=POSITION, target=TARGET, neuron=(layer, index))
        found = answer(tiny_engine, job)
        assert isinstance(found, QueriesFound) and found.neuron is not None
        contribution = float(every[layer, index])
        assert found.neuron.contribution == pytest.approx(contribution, abs=1e-5)
        assert found.neuron.value_bar == pytest.approx(hundredth, abs=1e-5)
        roles[flat] = found.neuron.role
    assert roles[strongest] in ("value", "both")
    assert roles[weak] in ("query", "neither")


def test_the_values_are_by_default_the_most_helpful(tiny_engine: LocalEngine) -> None:
    asked = {"tokens": IDS, "position": POSITION, "target": TARGET}
    found = answer(tiny_engine, QueriesJob(**asked, top=4))  # type: ignore[arg-type]
    best = answer(tiny_engine, SubvaluesJob(**asked, level="ffn", top=4))  # type: ignore[arg-type]
    assert isinstance(found, QueriesFound) and isinstance(best, SubvaluesFound)
    assert found.values == tuple(
        FfnValue(item.place.layer, item.place.index, item.contribution) for item in best.items
    )


@pytest.mark.parametrize("ln", LNS)
def test_bs_values(tiny_engine: LocalEngine, brute: Brute, ln: Ln) -> None:
    targets = (TARGET, 5, 446)
    job = BsValuesJob(tokens=IDS, position=POSITION, targets=targets, ln=ln, pair=(5, 446))
    found = answer(tiny_engine, job)
    assert isinstance(found, BsValuesFound)
    before, between = brute.at("pre", POSITION), brute.at("mid", POSITION)
    u = torch.stack([before, between], dim=1).flatten(0, 1)
    u = torch.cat([u, brute.seen["final"][POSITION][None]])
    names = ("0_pre", "0_mid", "1_pre", "1_mid", "2_pre", "2_mid", "final")
    assert found.points == names
    bs, log_p = brute.bs(u, POSITION, ln), brute.log_p(u, POSITION, ln, "include")
    ids = list(targets)
    np.testing.assert_allclose(found.values, bs[:, ids].T, atol=1e-3, rtol=1e-4)
    np.testing.assert_allclose(found.log_probabilities, log_p[:, ids].T, atol=1e-3, rtol=1e-4)
    ranks = [[int((row > row[i]).sum()) + 1 for row in log_p] for i in ids]
    assert [list(row) for row in found.ranks] == ranks
    assert found.pair is not None
    np.testing.assert_allclose(found.pair.difference, bs[:, 5] - bs[:, 446], atol=1e-3, rtol=1e-4)
    if ln == "frozen":
        parts = [found.pair.token, found.pair.position_embedding, *found.pair.attn, *found.pair.ffn]
        assert sum(parts) == pytest.approx(found.pair.difference[-1], abs=1e-3)
        rows = [brute.subvalues("attn_head_position", i, POSITION) for i in range(3)]
        carried = [brute.bs(each, POSITION, ln) for each in rows]
        exact = torch.stack([each[:, 5] - each[:, 446] for each in carried])
        best = exact.abs().flatten().topk(20).indices
        found_at = [(c.place.layer, c.place.index) for c in found.pair.carriers]
        assert found_at == [divmod(i, exact.shape[1]) for i in best.tolist()]


@pytest.mark.parametrize("ln_bias", LN_BIASES)
@pytest.mark.parametrize("ln", LNS)
def test_a_pairs_difference_and_bias_is_that_of_its_log_probabilities(
    tiny_engine: LocalEngine, brute: Brute, ln: Ln, ln_bias: LnBias
) -> None:
    """At every point, sign included: what is drawn agrees with log p, also where bs does not."""
    constant = brute.weights().unembedding.constant.double()
    end = brute.bs(brute.seen["final"][POSITION][None], POSITION, ln)[0].double()
    apart = end[:, None] - end
    turned = (apart * (apart + constant[:, None] - constant)).argmin()
    pair_turned = divmod(int(turned), len(end))
    signs = 0
    for a, b in [pair_turned, (TARGET, 5), (446, 12)]:
        found = answer(
            tiny_engine,
            BsValuesJob(
                tokens=IDS, position=POSITION, targets=(a, b), pair=(a, b), ln=ln, ln_bias=ln_bias
            ),
        )
        assert isinstance(found, BsValuesFound) and found.pair is not None
        first, second = (np.array(row) for row in found.log_probabilities)
        drawn = np.array(found.pair.difference) + found.pair.bias
        np.testing.assert_allclose(drawn, first - second, atol=1e-4)
        clear = np.abs(first - second) > 1e-4
        assert (np.sign(drawn) == np.sign(first - second))[clear].all()
        exact = float(constant[a] - constant[b]) if ln_bias == "include" else 0.0
        assert found.pair.bias == pytest.approx(exact, abs=1e-6)
        signs += int((np.sign(found.pair.difference) != np.sign(drawn)).sum())
        if ln == "frozen":
            parts = [found.pair.token, found.pair.position_embedding, found.pair.bias]
            total = sum([*parts, *found.pair.attn, *found.pair.ffn])
            assert total == pytest.approx(float(drawn[-1]), abs=1e-3)
    if ln_bias == "include":
        assert signs > 0, "no pair here whose lead the bias turns: the law was not tried"


def test_no_targets_means_the_prediction(tiny_engine: LocalEngine, brute: Brute) -> None:
    found = answer(tiny_engine, BsValuesJob(tokens=IDS, position=2))
    assert isinstance(found, BsValuesFound)
    assert found.targets == (int(brute.logits[2].argmax()),)
    assert found.ranks[0][-1] == 1


def test_one_pass_serves_all_questions_about_a_text(
    tiny_model: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes: list[int] = []
    run = GPT2Trunk.run

    def counted(trunk: GPT2Trunk, ids: torch.Tensor, sinks: Mapping[str, Sink]) -> None:
        passes.append(ids.shape[1])
        run(trunk, ids, sinks)

    monkeypatch.setattr(GPT2Trunk, "run", counted)
    engine = LocalEngine(tiny_model)
    value = AttentionValue(1, 0, 0, 2, 0.0)
    jobs: list[Job] = [
        LayersJob(tokens=IDS, position=5), SubvaluesJob(tokens=IDS, position=5, target=9),
        BsValuesJob(tokens=(*IDS[:6], 1, 1), position=5), QueriesJob(tokens=IDS, position=5),
        QueriesJob(tokens=IDS, position=5, values=(value,)), LayersJob(tokens=IDS, position=5),
        LayersJob(tokens=IDS, position=4), LayersJob(tokens=(9, *IDS[1:]), position=4),
    ]  # fmt: skip
    for job in jobs:
        answer(engine, job)
    assert passes == [6, 6, 5, 5]


def test_jobs_of_every_kind_run_together(tiny_engine: LocalEngine) -> None:
    jobs: list[Job] = [
        PredictJob(IDS, 3), LayersJob(tokens=IDS, position=1),
        BsValuesJob(tokens=IDS, position=6), PredictJob(IDS[:4], 3),
    ]  # fmt: skip
    outcomes = tiny_engine.run(jobs)
    assert [type(outcome).__name__ for outcome in outcomes] == [
        "Predictions", "LayersFound", "BsValuesFound", "Predictions",
    ]  # fmt: skip


def test_a_bad_job_fails_alone(tiny_engine: LocalEngine) -> None:
    long = (1,) * 65
    jobs: list[Job] = [
        LayersJob(tokens=long, position=3), LayersJob(tokens=IDS, position=1, target=10**6),
        SubvaluesJob(tokens=IDS, position=1, layers=(3,)), LayersJob(tokens=IDS, position=1),
    ]  # fmt: skip
    outcomes = tiny_engine.run(jobs)
    assert isinstance(outcomes[0], PromptTooLong)
    assert isinstance(outcomes[1], BadInput) and outcomes[1].field == "target"
    assert isinstance(outcomes[2], BadInput) and outcomes[2].field == "layers"
    assert isinstance(outcomes[3], LayersFound)


def test_numbers_that_overflow_are_refused(tiny_model: LoadedModel) -> None:
    trunk = tiny_model.trunk
    assert isinstance(trunk, GPT2Trunk)
    broken = dataclasses.replace(trunk, position_embedding=trunk.position_embedding * torch.inf)
    engine = LocalEngine(dataclasses.replace(tiny_model, trunk=broken))
    (outcome,) = engine.run([LayersJob(tokens=IDS, position=1)])
    assert isinstance(outcome, NotFinite)


def test_another_architecture_is_refused(tmp_path: Path) -> None:
    model = load_named(str(save(neox(), byte_level_tokenizer(), tmp_path / "neox")))
    (outcome,) = LocalEngine(model).run([LayersJob(tokens=(1, 2, 3), position=1)])
    assert isinstance(outcome, MethodRefused) and outcome.field == "model"


def test_subvalues_per_layer() -> None:
    shape = ModelShape(12, 768, 12, 64, 3072, 50257, 1024)
    counts = {level: per_layer(level, shape, 10) for level in LEVELS}
    assert counts == {
        "ffn": 3072, "attn_head": 12, "attn_position": 10, "attn_head_position": 120,
        "attn_neuron": 7680,
    }  # fmt: skip
