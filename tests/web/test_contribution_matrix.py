"""POST models/{m}/contributions/matrix: every subvalue of a level, none left out."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from transformers import GPT2LMHeadModel

from app.web.api import contributions
from tests.analysis.brute import Brute
from tests.web.conftest import TEXT, Running
from tests.web.contributing import FRANCE, around_demo, around_llama, ask, fault

PATH = "/contributions/matrix"
LEVELS = ("attn_head", "attn_position", "attn_head_position", "ffn")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    yield from around_demo(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def llama_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    yield from around_llama(tmp_path_factory.mktemp("llama"))


@pytest.mark.parametrize("ln", ["frozen", "exact"])
@pytest.mark.parametrize("level", LEVELS)
def test_it_is_what_transformers_makes_of_every_subvalue(
    web: Running, tiny_gpt2_dir: Path, level: str, ln: str
) -> None:
    body = ask(web, PATH, text=TEXT, level=level, position=4, ln=ln)
    model = GPT2LMHeadModel.from_pretrained(tiny_gpt2_dir, attn_implementation="eager")
    brute = Brute(model, [token["id"] for token in body["tokens"]])
    expected = brute.level(level, 4, body["target"]["id"], ln)
    shape = {
        "attn_head": (4,), "attn_position": (5,), "attn_head_position": (4, 5), "ffn": (192,),
    }[level]  # fmt: skip
    for one, other in zip(body["values"], expected, strict=True):
        np.testing.assert_allclose(one, other.view(shape), atol=1e-4, rtol=1e-3)
    assert body["level"] == level
    assert body["layers"] == [0, 1, 2]
    assert body["heads"] == ([0, 1, 2, 3] if "head" in level else None)
    assert len(body["biases"]) == 3
    assert body["position"] == 4


def test_the_classic_example_on_the_bundled_model(demo: Running) -> None:
    """The two strongest heads × positions look at " France"; their heads are the strongest."""
    cells = ask(demo, PATH, **FRANCE, level="attn_head_position")
    found = np.array(cells["values"])
    assert found.shape == (6, 8, 6)
    for flat in found.ravel().argsort()[::-1][:2]:
        source = int(np.unravel_index(flat, found.shape)[2])
        assert cells["tokens"][source]["text"] == " France"
    heads = np.array(ask(demo, PATH, **FRANCE, level="attn_head")["values"])
    best = np.unravel_index(found.max(axis=2).argmax(), heads.shape)
    assert heads[best] == heads.max()


@pytest.mark.parametrize("level", LEVELS)
def test_its_strongest_is_the_certified_one(demo: Running, level: str) -> None:
    layers = [2, 4, 5]
    asked = {**FRANCE, "level": level, "layers": layers}
    matrix = np.array(ask(demo, PATH, **asked)["values"])
    (best,) = ask(demo, "/contributions/subvalues", **asked, top=1)["items"]
    assert best["contribution"] == pytest.approx(float(matrix.max()), abs=1e-6)
    flat = int(matrix.reshape(3, -1).argmax())
    assert divmod(flat, matrix[0].size) == (layers.index(best["layer"]), best["index"])


def test_layers_and_heads_are_chosen(web: Running) -> None:
    whole = np.array(ask(web, PATH, text=TEXT, level="attn_head_position")["values"])
    body = ask(web, PATH, text=TEXT, level="attn_head_position", layers=[2, 0, 2], heads=[3, 1])
    assert (body["layers"], body["heads"]) == ([0, 2], [1, 3])
    np.testing.assert_allclose(body["values"], whole[[0, 2]][:, [1, 3]], atol=1e-6)


def test_the_position_looks_at_nothing_after_it(web: Running) -> None:
    whole = ask(web, PATH, text=TEXT, position=0, level="attn_position")
    assert [len(row) for row in whole["values"]] == [1, 1, 1]


def test_a_stored_prompt_is_as_good_as_a_text(web: Running, prompt_ids: list[int]) -> None:
    assert ask(web, PATH, prompt_id=prompt_ids[0], level="attn_head")["values"]


def test_large_ones_let_others_go_first_and_small_ones_do_not_wait(
    web: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    batcher = web.services.hub.get(web.model).batcher
    seen: list[list[Any]] = []
    whole = batcher.ask_slowly

    async def counted(jobs: Any) -> Any:  # noqa: ANN401
        seen.append(jobs)
        await asyncio.sleep(0)
        return await whole(jobs)

    monkeypatch.setattr(batcher, "ask_slowly", counted)
    small = ask(web, PATH, text=TEXT, level="ffn", layers=[1])
    assert seen == []
    large = ask(web, PATH, text=TEXT, level="ffn", layers=[0, 1])
    assert [job.layers for job in seen[0]] == [(0,), (1,)]
    np.testing.assert_allclose(large["values"][1], small["values"][0], atol=1e-6)
    assert large["biases"][1] == pytest.approx(small["biases"][0], abs=1e-6)


def test_a_large_layer_is_scored_in_pieces(web: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks for something small meanwhile waits for one of them at most."""
    batcher = web.services.hub.get(web.model).batcher
    seen: list[list[Any]] = []
    whole = batcher.ask_slowly

    async def counted(jobs: Any) -> Any:  # noqa: ANN401
        seen.append(jobs)
        return await whole(jobs)

    asked = {"text": TEXT, "level": "ffn", "layers": [1, 2]}
    at_once = ask(web, PATH, **asked)
    monkeypatch.setattr(batcher, "ask_slowly", counted)
    monkeypatch.setattr(contributions, "AT_ONCE", 100)
    in_pieces = ask(web, PATH, **asked)
    assert [(job.layers, job.span) for job in seen[0]] == [
        ((1,), (0, 100)), ((1,), (100, 200)), ((2,), (0, 100)), ((2,), (100, 200)),
    ]  # fmt: skip
    np.testing.assert_allclose(in_pieces["values"], at_once["values"], atol=1e-6)
    np.testing.assert_allclose(in_pieces["biases"], at_once["biases"], atol=1e-6)


# What cannot be used


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"level": "attn_neuron"}, "level"), ({"level": "heads"}, "level"),
        ({"level": None}, "level"), ({"layers": [3]}, "layers"), ({"layers": []}, "layers"),
        ({"layers": [0, -1]}, "layers.1"), ({"heads": [4]}, "heads"), ({"heads": []}, "heads"),
        ({"heads": [0, -1]}, "heads.1"), ({"heads": [0], "level": "ffn"}, "heads"),
        ({"heads": [0], "level": "attn_position"}, "heads"), ({"position": 99}, "position"),
        ({"target": {"id": 10**6}}, "target"), ({"target": {"text": "Paris France"}}, "target"),
        ({"ln": "cold"}, "ln"), ({"ln_bias": "x"}, "ln_bias"), ({"top": 3}, "top"),
        ({"text": ""}, "text"), ({"text": "x " * 80}, "text"),
    ],
)  # fmt: skip
def test_each_field_is_named_that_cannot_be_used(
    web: Running, changed: dict[str, Any], field: str
) -> None:
    body = {"text": "The capital of France", "level": "attn_head"} | changed
    assert fault(web, PATH, **body)["field"] == field


def test_too_much_is_refused_with_what_to_ask_for(
    web: Running, demo: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = fault(demo, PATH, **FRANCE, level="ffn")
    assert found["field"] == "layers"
    assert "6,144 subvalues" in found["message"]
    assert "at most 4 in `layers`" in found["message"]
    assert ask(demo, PATH, **FRANCE, level="ffn", layers=[0, 1, 2, 3])["values"]
    monkeypatch.setattr(contributions, "MAX_MATRIX", 10)
    asked = {"text": TEXT, "level": "attn_head_position"}
    assert "some of its `heads`" in fault(web, PATH, **asked)["message"]
    ask(web, PATH, **asked, layers=[1], heads=[2], position=4)
    found = fault(web, PATH, text=TEXT, level="ffn", layers=[1])
    assert "contributions/subvalues" in found["message"]


def test_a_model_that_it_does_not_fit_is_refused_with_the_reason(llama_site: Running) -> None:
    found = fault(llama_site, PATH, text="The capital", level="attn_head")
    assert found["field"] == "model"
    assert "RMSNorm" in found["message"] and "gated" in found["message"]
