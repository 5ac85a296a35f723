"""POST models/{m}/contributions/… and bs-values: what raised a token's log-probability."""

import asyncio
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import GPT2LMHeadModel

from app.analysis.subvalues import LEVELS
from app.web.api import contributions
from tests.analysis.brute import Brute
from tests.web.conftest import TEXT, Running
from tests.web.contributing import FRANCE, around_demo, around_llama, ask, fault

ENDPOINTS = ("layers", "subvalues", "queries")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    yield from around_demo(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def llama_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    yield from around_llama(tmp_path_factory.mktemp("llama"))


def test_layers_lead_from_the_embedding_to_the_models_own_output(demo: Running) -> None:
    body = ask(demo, "/contributions/layers", **FRANCE)
    assert [layer["layer"] for layer in body["layers"]] == list(range(6))
    steps = sum(layer["attn"] + layer["ffn"] for layer in body["layers"])
    assert body["start_logprob"] + steps == pytest.approx(body["target"]["logprob"], abs=1e-5)
    assert body["end_logprob"] == pytest.approx(body["target"]["logprob"], abs=1e-5)
    assert body["target"]["text"] == " Paris"
    assert body["position"] == len(body["tokens"]) - 1
    own = ask(demo, "/predictions", text=FRANCE["text"], top=1)["predictions"][-1][0]
    assert own["text"] == " Paris"
    assert own["p"] == pytest.approx(math.exp(body["target"]["logprob"]), rel=1e-4)


def test_the_planted_fact_is_found(demo: Running) -> None:
    """Heads that look at " France" and say " Paris", and neurons that know capitals."""
    heads = ask(demo, "/contributions/subvalues", **FRANCE, level="attn_head_position", top=3)
    for item in heads["items"][:2]:
        assert heads["tokens"][item["source_position"]]["text"] == " France"
        assert " Paris" in [token["text"] for token in item["top_tokens"]]
    neurons = ask(demo, "/contributions/subvalues", **FRANCE, level="ffn", top=5)
    assert neurons["items"][0]["contribution"] > 0.3
    assert neurons["scored"] < neurons["total"] / 10
    assert neurons["bound"] <= neurons["items"][-1]["contribution"]
    curve = ask(demo, "/bs-values", text=FRANCE["text"], targets=[{"text": " Paris"}])
    assert curve["ranks"][0][0] > 100
    assert curve["ranks"][0][-1] == 1
    assert curve["probabilities"][0][-1] > 0.8
    queries = ask(demo, "/contributions/queries", **FRANCE, method="iterative")
    assert queries["undefined"] == 0
    assert len(queries["values"]) == 10
    top_layer = max(value["layer"] for value in queries["values"])
    assert all(query["layer"] < top_layer for query in queries["subvalues"])
    attention = sum(layer["attn"] for layer in queries["layers"])
    assert attention > 0
    assert sum(queries["by_position"]) + queries["attn_bias"] == pytest.approx(attention, abs=1e-5)
    france = [token["text"] for token in queries["tokens"]].index(" France")
    earlier = queries["by_position"][:-1]
    assert earlier.index(max(earlier)) == france


@pytest.mark.parametrize("order", ["helpful", "unhelpful"])
@pytest.mark.parametrize("level", LEVELS)
def test_certified_is_exhaustive(demo: Running, level: str, order: str) -> None:
    asked = {**FRANCE, "level": level, "order": order, "top": 20, "ln": "exact"}
    certified = ask(demo, "/contributions/subvalues", **asked)
    exhaustive = ask(demo, "/contributions/subvalues", **asked, method="exhaustive")
    assert len(certified["items"]) == 20
    for one, other in zip(certified["items"], exhaustive["items"], strict=True):
        for number in ("contribution", "coefficient"):
            assert one[number] == pytest.approx(other[number], rel=1e-4, abs=1e-9)
        places = ("layer", "index", "head", "dim", "source_position")
        assert [one.get(p) for p in places] == [other.get(p) for p in places]
        assert [t["id"] for t in one["top_tokens"]] == [t["id"] for t in other["top_tokens"]]
    assert certified["total"] == exhaustive["total"]
    assert exhaustive["bound"] is None


def test_subvalues_are_what_transformers_makes_of_them(web: Running, tiny_gpt2_dir: Path) -> None:
    body = ask(web, "/contributions/subvalues", text=TEXT, level="ffn", position=3, layers=[2, 0])
    model = GPT2LMHeadModel.from_pretrained(tiny_gpt2_dir, attn_implementation="eager")
    brute = Brute(model, [token["id"] for token in body["tokens"]])
    target = int(brute.logits[3].argmax())
    assert body["target"]["id"] == target
    scores = brute.level("ffn", 3, target, "frozen")
    best = torch.cat([scores[0], scores[2]]).topk(10)
    got = [(item["layer"], item["index"]) for item in body["items"]]
    assert got == [((0, 2)[flat // 192], flat % 192) for flat in best.indices.tolist()]
    for item, expected in zip(body["items"], best.values.tolist(), strict=True):
        assert item["contribution"] == pytest.approx(expected, abs=1e-4)


def test_without_top_small_levels_are_given_whole(web: Running) -> None:
    asked = {"text": TEXT, "level": "attn_head", "layers": [1]}
    assert len(ask(web, "/contributions/subvalues", **asked)["items"]) == 4


def test_queries_of_chosen_values_at_their_sources(web: Running) -> None:
    values = [
        {"layer": 2, "index": 9},
        {"layer": 2, "head": 1, "dim": 3, "source_position": 2},
    ]
    body = ask(
        web, "/contributions/queries", text=TEXT, values=values, neuron={"layer": 1, "index": 0}
    )
    assert [
        {k: v for k, v in one.items() if k != "contribution"} for one in body["values"]
    ] == values
    assert [at["position"] for at in body["sources"]] == [2]
    assert len(body["layers"]) == len(body["sources"][0]["layers"]) == 3
    assert len(body["by_position"]) == body["position"] + 1
    assert len(body["sources"][0]["by_position"]) == 3
    assert body["layers"][2]["ffn"] == 0  # nothing at the top activated a value at the top
    assert body["neuron"]["role"] in ("value", "query", "both", "neither")


def test_bs_values_of_a_pair_add_up(web: Running) -> None:
    pair = [{"id": 300}, {"id": 301}]
    body = ask(web, "/bs-values", text=TEXT, targets=pair, pair=pair, position=4)
    assert body["points"][0] == "0_pre" and body["points"][-1] == "final"
    assert [len(row) for row in body["values"]] == [7, 7]
    difference = [a - b for a, b in zip(*body["values"], strict=True)]
    assert body["pair"]["difference"] == pytest.approx(difference, abs=1e-4)
    layers = sum(layer["attn"] + layer["ffn"] for layer in body["pair"]["layers"])
    start = body["pair"]["token"] + body["pair"]["position_embedding"]
    assert start + layers == pytest.approx(difference[-1], abs=1e-4)
    odds = body["logprobs"][0][-1] - body["logprobs"][1][-1]
    assert start + layers + body["pair"]["bias"] == pytest.approx(odds, abs=1e-4)
    bare = ask(web, "/bs-values", text=TEXT, targets=pair, pair=pair, position=4, ln_bias="omit")
    assert bare["pair"]["bias"] == 0


def test_the_position_looks_at_nothing_after_it(web: Running) -> None:
    whole = ask(web, "/contributions/layers", text=TEXT, position=2, target={"id": 5})
    text = "".join(token["text"] for token in whole["tokens"][1:3])
    alone = ask(web, "/contributions/layers", text=text, target={"id": 5})
    for one, other in zip(whole["layers"], alone["layers"], strict=True):
        assert one["ffn"] == pytest.approx(other["ffn"], abs=1e-4)


def test_a_stored_prompt_is_as_good_as_a_text(web: Running, prompt_ids: list[int]) -> None:
    assert ask(web, "/contributions/layers", prompt_id=prompt_ids[0])["layers"]


def test_an_exhaustive_search_lets_others_go_first(
    demo: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    batcher = demo.services.hub.get("demo").batcher
    seen: list[int] = []
    whole = batcher.ask_slowly

    async def counted(jobs: Any) -> Any:  # noqa: ANN401
        seen.append(len(jobs))
        await asyncio.sleep(0)
        return await whole(jobs)

    monkeypatch.setattr(batcher, "ask_slowly", counted)
    asked = {**FRANCE, "level": "ffn", "layers": [1, 4], "method": "exhaustive", "top": 2}
    assert ask(demo, "/contributions/subvalues", **asked)["scored"] <= 2048
    assert seen == [2]


# What cannot be used


def test_a_target_of_several_tokens_is_refused_with_the_tokens(demo: Running) -> None:
    for endpoint in ENDPOINTS:
        extra = {"level": "ffn"} if endpoint == "subvalues" else {}
        found = fault(
            demo, f"/contributions/{endpoint}", text="x", target={"text": " Paris France"}, **extra
        )
        assert found["field"] == "target"
        assert "' Paris', ' France'" in found["message"]
    found = fault(demo, "/bs-values", text="x", targets=[{"id": 3}, {"text": " Paris France"}])
    assert found["field"] == "targets.1"
    pair = [{"text": " Paris"}, {"text": "Paris France"}]
    assert fault(demo, "/bs-values", text="x", pair=pair)["field"] == "pair.1"


@pytest.mark.parametrize(
    ("target", "field"),
    [
        ({"id": 10**6}, "target"), ({"id": -1}, "target.id"), ({}, "target"),
        ({"id": 1, "text": "a"}, "target"), ({"text": ""}, "target"), ("a", "target"),
        ({"id": "1"}, "target.id"), ({"id": 1, "x": 2}, "target.x"),
    ],
)  # fmt: skip
def test_a_target_that_is_none_is_refused(web: Running, target: Any, field: str) -> None:  # noqa: ANN401
    assert fault(web, "/contributions/layers", text="x", target=target)["field"] == field


def test_a_target_that_is_half_a_character_is_refused(web: Running) -> None:
    content = rb'{"text": "x", "target": {"text": "\ud800"}}'
    headers = {"Content-Type": "application/json"}
    response = web.client.post(f"{web.api}/contributions/layers", content=content, headers=headers)
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == "target.text"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"position": 99}, "position"), ({"position": -1}, "position"),
        ({"position": 1.5}, "position"), ({"layers": [3]}, "layers"), ({"layers": []}, "layers"),
        ({"layers": [0, -1]}, "layers.1"), ({"top": 0}, "top"), ({"top": -3}, "top"),
        ({"top": 101}, "top"), ({"level": "attn_head", "top": 13}, "top"),
        ({"level": "attn_head", "layers": [1, 1], "top": 5}, "top"),
        ({"level": "neuron"}, "level"), ({"level": None}, "level"), ({"order": "best"}, "order"),
        ({"method": "fast"}, "method"), ({"ln": "cold"}, "ln"), ({"ln_bias": "x"}, "ln_bias"),
        ({"colour": 1}, "colour"), ({"text": "x " * 80}, "text"), ({"text": ""}, "text"),
    ],
)  # fmt: skip
def test_each_field_is_named_that_cannot_be_used(
    web: Running, changed: dict[str, Any], field: str
) -> None:
    body = {"text": "The capital of France", "level": "ffn"} | changed
    assert fault(web, "/contributions/subvalues", **body)["field"] == field


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"values": []}, "values"), ({"values": [{"layer": 0}]}, "values.0"),
        ({"values": [{"layer": 0, "index": 0}, {"layer": 3, "index": 0}]}, "values.1.layer"),
        ({"values": [{"layer": 0, "index": 192}]}, "values.0.index"),
        ({"values": [{"layer": 0, "index": 1, "head": 1}]}, "values.0"),
        ({"values": [{"layer": 0, "head": 4, "dim": 0, "source_position": 0}]}, "values.0.head"),
        ({"values": [{"layer": 0, "head": 0, "dim": 12, "source_position": 0}]}, "values.0.dim"),
        (
            {"values": [{"layer": 0, "head": 0, "dim": 0, "source_position": 3}], "position": 2},
            "values.0.source_position",
        ),
        ({"neuron": {"layer": 0, "index": 192}}, "neuron.index"), ({"keys": "own"}, "keys"),
        ({"method": "certified"}, "method"),
    ],
)  # fmt: skip
def test_values_that_are_not_there_are_refused(
    web: Running, changed: dict[str, Any], field: str
) -> None:
    body = {"text": "The capital of France", **changed}
    assert fault(web, "/contributions/queries", **body)["field"] == field


def test_an_exhaustive_search_of_too_much_is_refused(
    web: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contributions, "MAX_EXHAUSTIVE", 500)
    asked = {"text": TEXT, "level": "ffn", "method": "exhaustive"}
    assert fault(web, "/contributions/subvalues", **asked)["field"] == "method"
    ask(web, "/contributions/subvalues", **asked, layers=[0, 1])


@pytest.mark.parametrize("endpoint", [*(f"contributions/{e}" for e in ENDPOINTS), "bs-values"])
def test_a_model_that_it_does_not_fit_is_refused_with_the_reason(
    llama_site: Running, endpoint: str
) -> None:
    extra = {"level": "ffn"} if endpoint.endswith("subvalues") else {}
    found = fault(llama_site, f"/{endpoint}", text="The capital", **extra)
    assert found["field"] == "model"
    assert "RMSNorm" in found["message"] and "gated" in found["message"]
