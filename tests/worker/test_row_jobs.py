"""Rows of weights are those of `transformers`, and asking for them disturbs no other job."""

from pathlib import Path

import pytest
import torch
from transformers import GPT2LMHeadModel

from app.errors import MethodRefused
from app.model.loading import LoadedModel, load_named
from app.worker.batching import Batcher
from app.worker.contribution_jobs import Said
from app.worker.engines import LocalEngine
from app.worker.jobs import Job, Predictions, PredictJob, SaysJob, WeightRowJob
from tests.model.test_loading import llama
from tests.models import byte_level_tokenizer, save


def rows(engine: LocalEngine, *jobs: WeightRowJob) -> list[torch.Tensor]:
    outcomes = engine.run(jobs)
    return [outcome for outcome in outcomes if isinstance(outcome, torch.Tensor)]


def test_rows_are_those_of_the_projections_weights(
    tiny_gpt2_dir: Path, tiny_engine: LocalEngine
) -> None:
    blocks = GPT2LMHeadModel.from_pretrained(tiny_gpt2_dir).transformer.h
    ffn = [(layer, index) for layer in range(3) for index in (0, 7, 191)]
    found = rows(tiny_engine, *(WeightRowJob(layer, index) for layer, index in ffn))
    assert torch.equal(
        torch.stack(found), torch.stack([blocks[i].mlp.c_proj.weight[k] for i, k in ffn])
    )
    for head in range(4):
        found = rows(tiny_engine, *(WeightRowJob(1, dim, head) for dim in range(12)))
        mine = blocks[1].attn.c_proj.weight[12 * head : 12 * head + 12]
        assert torch.equal(torch.stack(found), mine)


def test_a_row_is_a_copy(tiny_engine: LocalEngine) -> None:
    (before,) = rows(tiny_engine, WeightRowJob(0, 3))
    (spoiled,) = rows(tiny_engine, WeightRowJob(0, 3))
    spoiled.zero_()
    assert torch.equal(rows(tiny_engine, WeightRowJob(0, 3))[0], before)


def test_a_vector_and_its_opposite_say_the_same_the_other_way_round(
    tiny_engine: LocalEngine,
) -> None:
    (row,) = rows(tiny_engine, WeightRowJob(1, 4))
    one, other = tiny_engine.run([SaysJob(row, 5), SaysJob(-row, 5)])
    assert isinstance(one, Said) and isinstance(other, Said)
    assert [id_ for id_, _ in one.top] == [id_ for id_, _ in other.bottom]
    assert [-value for _, value in one.bottom] == [value for _, value in other.top]
    values = [value for _, value in one.top]
    assert len(values) == 5 and values == sorted(values, reverse=True)


def test_a_row_is_answered_among_jobs_with_texts(tiny_model: LoadedModel) -> None:
    jobs: list[Job] = [PredictJob((1, 2, 3)), WeightRowJob(2, 5), PredictJob((4, 5))]
    batcher = Batcher(LocalEngine(tiny_model), token_budget=4)
    first, row, last = (future.result(timeout=60) for future in batcher.submit_all(jobs))
    batcher.close()
    assert isinstance(first, Predictions) and isinstance(last, Predictions)
    assert row.shape == (48,)


def test_another_architecture_has_no_rows(tmp_path: Path) -> None:
    model = load_named(str(save(llama(), byte_level_tokenizer(), tmp_path / "llama")))
    (outcome,) = LocalEngine(model).run([WeightRowJob(0, 0)])
    with pytest.raises(MethodRefused, match="gated"):
        raise outcome if isinstance(outcome, Exception) else AssertionError(outcome)
