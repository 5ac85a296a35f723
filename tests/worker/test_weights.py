"""Jobs about weights alone, beside the mathematics done at once, and what refuses them."""

import itertools
from pathlib import Path
from typing import Any

import pytest
import torch

from app.analysis.weights import READS, input_output_cosines
from app.errors import BadInput, MethodRefused, NotFinite
from app.model.loading import load_named
from app.model.weights import model_weights
from app.worker.engines import LocalEngine
from app.worker.jobs import Captured, CaptureJob, Job, Read
from app.worker.weights_jobs import (
    CompositionJob,
    CosinesJob,
    KurtosisFound,
    KurtosisJob,
    LayerPair,
    NeuronsFound,
    NeuronsJob,
    WeightsJob,
    assemble,
    layer_pairs,
)
from app.worker.weights_runs import KurtosisRun
from tests.analysis.at_once import basis_kurtosis, composition
from tests.model.test_loading import neox
from tests.models import byte_level_tokenizer, save

ROWS = ((0, 250, 17, 33, 400, 9, 77), (0, 5, 6), (0, 44, 45, 46, 47, 48, 49, 50, 51), (0, 91, 2))


def answer(engine: LocalEngine, job: Job) -> Any:  # noqa: ANN401
    (outcome,) = engine.run([job])
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def test_pairs_of_layers_put_together_are_the_whole_models_composition(
    tiny_engine: LocalEngine,
) -> None:
    pairs: dict[tuple[int, int], LayerPair] = {}
    for writer, reader in layer_pairs(3):
        pairs[writer, reader] = answer(tiny_engine, CompositionJob(writer, reader))
    found = assemble(pairs)
    whole = composition(model_weights(tiny_engine.model))
    for reads in READS:
        assert torch.equal(found.heads[reads], whole.heads[reads])
        assert torch.equal(found.ffn_to_heads[reads], whole.ffn_to_heads[reads])
    assert torch.equal(found.heads_to_ffn, whole.heads_to_ffn)
    assert torch.equal(found.ffn, whole.ffn)


@pytest.mark.parametrize("n", [1, 3, 4, 5, 12, 13])
def test_every_pair_of_layers_is_asked_for_once_and_own_ones_last(n: int) -> None:
    pairs = layer_pairs(n)
    assert set(pairs) == set(itertools.combinations_with_replacement(range(n), 2))
    assert len(pairs) == n * (n + 1) // 2
    assert pairs[-n:] == [(layer, layer) for layer in range(n)]


def test_cosines_of_a_layer(tiny_engine: LocalEngine) -> None:
    found = answer(tiny_engine, CosinesJob(1))
    expected = input_output_cosines(model_weights(tiny_engine.model).ffn[1])
    torch.testing.assert_close(found, expected.float())


def test_what_neurons_read_and_write_is_said_by_the_vocabulary(tiny_engine: LocalEngine) -> None:
    found = answer(tiny_engine, NeuronsJob(((2, 7), (0, 3)), n=4))
    assert isinstance(found, NeuronsFound)
    weights = model_weights(tiny_engine.model)
    for (layer, index), words in zip(((2, 7), (0, 3)), found.neurons, strict=True):
        ffn, unembedding = weights.ffn[layer], weights.unembedding
        read = ffn.norm.gain.double() * ffn.w_in[:, index].double()
        read = read - read.mean()
        for vector, said in ((read, words.reads), (ffn.w_out[index].double(), words.writes)):
            unit = vector / vector.norm()
            normed = unembedding.norm.gain.double() * (unit - unit.mean())
            logits = unembedding.weight.double() @ normed
            order = logits.argsort(descending=True)
            assert [token for token, _ in said.top] == order[:4].tolist()
            assert [token for token, _ in said.bottom] == order.flip(0)[:4].tolist()
            assert [bs for _, bs in said.top] == pytest.approx(logits[order[:4]].tolist(), abs=1e-4)


def test_no_neurons_say_nothing(tiny_engine: LocalEngine) -> None:
    assert answer(tiny_engine, NeuronsJob(())).neurons == ()


def test_kurtosis_over_jobs_is_that_of_all_the_vectors(tiny_engine: LocalEngine) -> None:
    sites = tuple(
        tiny_engine.model.sites[name]
        for name in (
            "blocks.0.hook_resid_pre",
            "blocks.1.hook_resid_mid",
            "blocks.2.hook_resid_post",
        )
    )
    first = answer(tiny_engine, KurtosisJob(ROWS[:1], sites))
    assert isinstance(first, KurtosisFound)
    shifts = tuple(sums.own.shift for sums in first.sums)
    second = answer(tiny_engine, KurtosisJob(ROWS[1:], sites, shifts=shifts))
    for at, site in enumerate(sites):
        vectors = []
        for row in ROWS:
            captured = answer(tiny_engine, CaptureJob(row, (Read(site),)))
            assert isinstance(captured, Captured)
            vectors.append(captured.vectors[0][1:])  # BOS is left out
        whole = first.sums[at].merge(second.sums[at])
        assert whole.own.n == sum(map(len, vectors))
        direct = basis_kurtosis(torch.cat(vectors))
        torch.testing.assert_close(whole.own.kurtosis, direct.own, rtol=1e-3, atol=0)
        torch.testing.assert_close(whole.rotated.kurtosis, direct.rotated, rtol=1e-3, atol=0)


@pytest.mark.parametrize("bad", [float("inf"), float("nan")])
def test_a_kurtosis_of_numbers_that_overflowed_is_refused(
    tiny_engine: LocalEngine, bad: float
) -> None:
    site = tiny_engine.model.sites["blocks.0.hook_resid_pre"]
    run = KurtosisRun(KurtosisJob(((0, 1, 2),), (site,)))
    with run.batch([3]) as sinks:
        x = torch.ones(1, 3, site.width)
        x[0, 2, 1] = bad
        sinks[site.name](x)
    with pytest.raises(NotFinite):
        run.result()


def test_kurtosis_jobs_that_cannot_be_run(tiny_engine: LocalEngine) -> None:
    site = tiny_engine.model.sites["blocks.0.hook_resid_pre"]
    with pytest.raises(BadInput, match="no tokens to count"):
        answer(tiny_engine, KurtosisJob(((0,),), (site,)))
    with pytest.raises(BadInput, match="as many shifts"):
        answer(tiny_engine, KurtosisJob(ROWS, (site,), shifts=()))
    with pytest.raises(BadInput, match="Token ids"):
        answer(tiny_engine, KurtosisJob(((0, 10**6),), (site,)))


@pytest.mark.parametrize("job", [CompositionJob(0, 1), CosinesJob(0), NeuronsJob(())])
def test_a_model_of_another_architecture_is_refused(job: WeightsJob, tmp_path: Path) -> None:
    model = load_named(str(save(neox(), byte_level_tokenizer(), tmp_path / "neox")))
    with pytest.raises(MethodRefused, match="GPT-2's architecture"):
        answer(LocalEngine(model), job)
