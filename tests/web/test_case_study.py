"""POST models/{m}/contributions/case and cross-layer: what a difference and neurons rest on."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from transformers import GPT2LMHeadModel

from tests.analysis import attending
from tests.analysis.brute import Brute
from tests.web.conftest import TEXT, Running
from tests.web.contributing import FRANCE, around_demo, around_llama, ask, fault

CASE, CURVE = "/contributions/case", "/contributions/cross-layer"
ASKED = {"text": TEXT, "pair": [{"id": 300}, {"id": 301}], "layer": 2, "source_position": 1}
ITALY = {
    "text": FRANCE["text"],
    "pair": [{"text": " Paris"}, {"text": " Rome"}],
    "source_position": 4,
}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    yield from around_demo(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def llama_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    yield from around_llama(tmp_path_factory.mktemp("llama"))


@pytest.mark.parametrize("recompute", ["everything", "values"])
@pytest.mark.parametrize("taken", ["source", "all"])
@pytest.mark.parametrize("ln_std", ["recomputed", "frozen"])
def test_parts_taken_out_change_what_transformers_says(
    web: Running, tiny_gpt2_dir: Path, recompute: str, taken: str, ln_std: str
) -> None:
    choices = {"recompute": recompute, "taken": taken, "ln_std": ln_std}
    body = ask(web, CASE, **ASKED, **choices, position=4)
    model = GPT2LMHeadModel.from_pretrained(tiny_gpt2_dir, attn_implementation="eager")
    brute = Brute(model, [token["id"] for token in body["tokens"]])
    now, changes = attending.taken_out(brute, 2, 4, (300, 301), 1, **choices)
    assert (body["output"], body["subvalue"]) == pytest.approx(now, abs=1e-4)
    assert [part["name"] for part in body["parts"]] == list(changes)
    for part in body["parts"]:
        expected = changes[part["name"]]
        assert (part["output"], part["subvalue"]) == pytest.approx(expected, abs=2e-4, rel=1e-4)
    assert [token["id"] for token in body["pair"]] == [300, 301]
    assert (body["position"], body["layer"], body["source_position"]) == (4, 2, 1)


def test_parts_have_a_kind_and_a_layer(web: Running) -> None:
    parts = ask(web, CASE, **ASKED)["parts"]
    assert [(part["name"], part["kind"], part["layer"]) for part in parts] == [
        ("token", "token", None), ("position", "position", None), ("0_attn", "attn", 0),
        ("0_ffn", "ffn", 0), ("1_attn", "attn", 1), ("1_ffn", "ffn", 1),
    ]  # fmt: skip
    assert len(ask(web, CASE, **ASKED | {"layer": 0})["parts"]) == 2


def test_the_planted_fact_rests_on_the_country(demo: Running) -> None:
    """What " France" brings to the strongest layer speaks for " Paris", and rests on layers below.

    Everything taken out of a position leaves nothing of its subvalue but biases.
    """
    pair = ask(demo, "/bs-values", text=ITALY["text"], pair=ITALY["pair"])["pair"]
    best = max(pair["carriers"], key=lambda carrier: carrier["value"])
    assert best["source_position"] == ITALY["source_position"]
    body = ask(demo, CASE, **ITALY, layer=best["layer"], recompute="values", ln_std="frozen")
    carried = [
        one["value"]
        for one in pair["carriers"]
        if (one["layer"], one["source_position"]) == (best["layer"], best["source_position"])
    ]
    assert body["tokens"][4]["text"] == " France"
    assert body["output"] == pytest.approx(pair["layers"][best["layer"]]["attn"], abs=1e-4)
    assert body["subvalue"] > 0.5 * sum(carried) > 0
    left = body["subvalue"] + sum(part["subvalue"] for part in body["parts"])
    assert abs(left) < 0.2 * body["subvalue"]


def test_the_same_token_twice_differs_in_nothing(web: Running) -> None:
    body = ask(web, CASE, **ASKED | {"pair": [{"id": 300}, {"id": 300}]})
    assert body["output"] == body["subvalue"] == 0


def test_the_cross_layer_curve_counts_as_the_matrix_does(demo: Running) -> None:
    body = ask(demo, CURVE, **FRANCE, layer=4)
    (values,) = ask(demo, "/contributions/matrix", **FRANCE, layers=[4], level="ffn")["values"]
    assert body["n_helpful"] == sum(value > 0 for value in values)
    assert body["n_unhelpful"] == sum(value < 0 for value in values)
    assert body["scored"] < len(values) / 2
    assert body["layer"] == 4
    assert [part["name"] for part in body["parts"]][-2:] == ["3_ffn", "4_attn"]
    assert body["parts"][0] | {"helpful": 0, "unhelpful": 0} == {
        "name": "token", "kind": "token", "layer": None, "helpful": 0, "unhelpful": 0,
    }  # fmt: skip
    paper = ask(demo, CURVE, **FRANCE, layer=4, keys="paper")
    assert paper["n_helpful"] == body["n_helpful"]
    assert paper["parts"] != body["parts"]


def test_stored_prompts_are_as_good_as_texts(web: Running, prompt_ids: list[int]) -> None:
    by_id = {name: value for name, value in ASKED.items() if name != "text"}
    assert ask(web, CASE, prompt_id=prompt_ids[0], **by_id)["parts"]
    assert ask(web, CURVE, prompt_id=prompt_ids[0], layer=1)["parts"]


# What cannot be used


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"layer": 3}, "layer"), ({"layer": -1}, "layer"), ({"layer": None}, "layer"),
        ({"source_position": 50}, "source_position"),
        ({"source_position": 3, "position": 2}, "source_position"),
        ({"source_position": -1}, "source_position"), ({"position": 99}, "position"),
        ({"pair": [{"id": 1}]}, "pair"), ({"pair": [{"id": 1}, {"id": 10**6}]}, "pair.1"),
        ({"pair": [{"text": "Paris France"}, {"id": 1}]}, "pair.0"),
        ({"pair": [{"id": 1}, {}]}, "pair.1"), ({"pair": None}, "pair"),
        ({"recompute": "keys"}, "recompute"), ({"taken": "some"}, "taken"),
        ({"ln_std": "exact"}, "ln_std"), ({"ln": "cold"}, "ln"), ({"colour": 1}, "colour"),
        ({"text": ""}, "text"),
    ],
)  # fmt: skip
def test_each_field_of_a_case_is_named_that_cannot_be_used(
    web: Running, changed: dict[str, Any], field: str
) -> None:
    assert fault(web, CASE, **ASKED | changed)["field"] == field


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"layer": 3}, "layer"), ({"layer": -1}, "layer"), ({"layer": "1"}, "layer"),
        ({"keys": "own"}, "keys"), ({"position": 99}, "position"),
        ({"target": {"id": 10**6}}, "target"), ({"target": {"text": "Paris France"}}, "target"),
        ({"pair": [{"id": 1}, {"id": 2}]}, "pair"), ({"ln_bias": "x"}, "ln_bias"),
    ],
)  # fmt: skip
def test_each_field_of_a_curve_is_named_that_cannot_be_used(
    web: Running, changed: dict[str, Any], field: str
) -> None:
    assert fault(web, CURVE, **{"text": TEXT, "layer": 1} | changed)["field"] == field


def test_what_has_no_default_must_be_given(web: Running) -> None:
    for name in ("pair", "layer", "source_position"):
        body = {key: value for key, value in ASKED.items() if key != name}
        assert fault(web, CASE, **body)["field"] == name
    assert fault(web, CURVE, text=TEXT)["field"] == "layer"


def test_a_model_that_it_does_not_fit_is_refused_with_the_reason(llama_site: Running) -> None:
    bodies = {CASE: ASKED | {"layer": 0}, CURVE: {"text": TEXT, "layer": 0}}
    for path, body in bodies.items():
        found = fault(llama_site, path, **body)
        assert found["field"] == "model"
        assert "RMSNorm" in found["message"]
