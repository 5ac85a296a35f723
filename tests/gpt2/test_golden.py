"""GPT-2 small says what others have published of it."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from app.model.capture import LOGITS
from app.model.loading import LoadedModel
from app.worker.engines import LocalEngine
from app.worker.jobs import Predictions, PredictJob

pytestmark = pytest.mark.gpt2

GOLDEN: dict[str, Any] = json.loads((Path(__file__).parent / "golden.json").read_text("utf-8"))


def logits_of(model: LoadedModel, ids: tuple[int, ...]) -> Tensor:
    got: list[Tensor] = []
    model.trunk.run(torch.tensor([ids]), {LOGITS: lambda value: got.append(value[0])})
    return got[0]


def difference(model: LoadedModel, prompt: str, right: str, wrong: str) -> float:
    """The logit difference of two next tokens after a prompt with BOS."""
    last = logits_of(model, model.tokenizer.encode(prompt))[-1]
    return float(last[model.tokenizer.single(right)] - last[model.tokenizer.single(wrong)])


def test_it_has_gpt2_smalls_shape(gpt2: LoadedModel) -> None:
    shape = gpt2.shape
    assert (shape.n_layers, shape.d_model, shape.n_heads, shape.d_mlp) == (12, 768, 12, 3072)
    assert (shape.d_vocab, shape.n_ctx, gpt2.tokenizer.bos_id) == (50257, 1024, 50256)


@pytest.mark.parametrize("case", GOLDEN["next_token"]["prompts"], ids=lambda case: case["prompt"])
def test_next_tokens_are_those_of_transformer_explainer(
    gpt2: LoadedModel, case: dict[str, Any]
) -> None:
    ids = gpt2.tokenizer.encode(case["prompt"], prepend_bos=False)
    assert list(ids) == case["token_ids"]
    (outcome,) = LocalEngine(gpt2).run([PredictJob(ids, top=10)])
    assert isinstance(outcome, Predictions)
    p = dict(zip(outcome.ids[-1].tolist(), outcome.probabilities[-1].tolist(), strict=True))
    for token in case["top"]:
        assert p[token["id"]] == pytest.approx(token["prob"], rel=0.05)


@pytest.mark.parametrize("case", GOLDEN["ioi"]["prompts"], ids=lambda case: case["prompt"])
def test_logit_differences_are_those_of_the_ioi_demo(
    gpt2: LoadedModel, case: dict[str, Any]
) -> None:
    got = difference(gpt2, case["prompt"], case["correct"], case["wrong"])
    assert got == pytest.approx(case["logit_diff"], abs=2e-3)


def test_a_single_logit_difference_is_the_published_one(gpt2: LoadedModel) -> None:
    case = GOLDEN["ioi_single"][0]
    assert difference(gpt2, case["prompt"], " John", " Mary") == pytest.approx(4.276, abs=2e-3)


def test_the_indirect_object_gets_its_published_probability(gpt2: LoadedModel) -> None:
    case = GOLDEN["ioi_single"][1]
    p = logits_of(gpt2, gpt2.tokenizer.encode(case["prompt"]))[-1].softmax(-1)
    for text, expected in case["top"]:
        assert float(p[gpt2.tokenizer.single(text)]) == pytest.approx(expected, abs=2e-4)


def test_the_loss_of_hello_world_is_the_published_one(gpt2: LoadedModel) -> None:
    ids = gpt2.tokenizer.encode(GOLDEN["loss"]["text"])
    log_p = logits_of(gpt2, ids)[:-1].log_softmax(-1)
    loss = -log_p[range(len(ids) - 1), list(ids[1:])].mean()
    assert float(loss) == pytest.approx(GOLDEN["loss"]["value"], abs=1e-4)
