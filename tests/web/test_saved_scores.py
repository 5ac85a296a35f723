"""Saved directions, by their ids, wherever a direction can be asked for."""

from typing import Any

import numpy as np
import pytest

from tests.web.conftest import FITTED, SITE, TEXT, Running
from tests.web.saving import Person, ok, person, refused


@pytest.fixture
def ada(web: Running) -> Person:
    return person(web, "ada")


def test_a_saved_direction_scores_as_its_vector_does(web: Running, ada: Person) -> None:
    saved = ada.save()
    vector = ada.get(f"directions/{saved['id']}/vector").json()
    other = ada.save(component=2)
    body = {
        "site": SITE,
        "texts": [TEXT],
        "directions": [
            {"id": saved["id"]},
            {"vector": vector},
            {"component": 2},
            {"combination": [{"id": other["id"], "weight": 5}]},
            {"combination": [{"id": saved["id"], "weight": 3}, {"component": 2, "weight": 1}]},
        ],
    }
    scores = np.array(ok(web.post("/scores", body))["prompts"][0]["scores"])
    np.testing.assert_allclose(scores[0], scores[1], atol=1e-4)
    np.testing.assert_allclose(scores[2], scores[3], rtol=1e-4, atol=1e-4)
    rows = np.array(web.get(f"/sites/{SITE}/basis", components=3).json()["components"])
    length = np.linalg.norm(3 * np.array(vector) + rows[2])
    np.testing.assert_allclose(scores[4], (3 * scores[0] + scores[2]) / length, atol=1e-3)


def test_a_saved_direction_is_looked_at_in_every_way(web: Running, ada: Person) -> None:
    saved = ada.save(component=1)
    direction = {"id": saved["id"]}
    by_component = {"site": SITE, "direction": {"component": 1}}
    for path, body in (("/histogram", {"bins": 8}), ("/top-tokens", {"k": 2})):
        expected = ok(web.post(path, {**by_component, **body}))
        assert ok(web.post(path, {"site": SITE, "direction": direction, **body})) == expected
    heat = {"text": TEXT, "site": SITE, "direction": direction, "across": "direction"}
    rows = ok(web.post("/heatmap", heat))
    component = {**heat, "direction": {"component": 1}}
    assert rows["scores"] == ok(web.post("/heatmap", component))["scores"]
    refused(web.post("/heatmap", {**heat, "across": "component"}), 422, field="direction")
    parts = {"combination": [{"id": saved["id"], "weight": 1}]}
    refused(web.post("/heatmap", {**heat, "direction": parts, "across": "component"}), 422)


def test_a_direction_of_another_place_is_refused_with_what_was_expected(
    web: Running, ada: Person
) -> None:
    at_head = ada.save(site=FITTED[2], head=1, vector=[1.0] * 12)["id"]
    here = ada.save()["id"]
    elsewhere = "blocks.2.hook_resid_pre"
    for site, head, id_, says in (
        (elsewhere, None, here, SITE),
        (SITE, None, at_head, "head 1"),
        (FITTED[2], 2, at_head, "head 1"),
    ):
        body: dict[str, Any] = {"site": site, "texts": [TEXT], "directions": [{"id": id_}]}
        if head is not None:
            body["head"] = head
        problem = refused(web.post("/scores", body), 422, field="directions.0.id", says=says)
        assert site in problem["detail"]
        assert problem["title"] == "This direction cannot be used"


def test_a_direction_that_is_not_there_is_named(web: Running, ada: Person) -> None:
    gone = ada.save()["id"]
    ada.delete(f"directions/{gone}")
    for id_ in (gone, 9_999_999):
        direction = {"combination": [{"component": 0, "weight": 1}, {"id": id_, "weight": 1}]}
        body = {"site": SITE, "texts": [TEXT], "directions": [{"component": 0}, direction]}
        problem = refused(web.post("/scores", body), 404, field="directions.1.combination.1.id")
        assert str(id_) in problem["detail"]


def test_more_saved_directions_than_one_request_may_name_are_refused(web: Running) -> None:
    parts = [{"id": id_, "weight": 1} for id_ in range(1, 258)]
    body = {"site": SITE, "texts": [TEXT], "directions": [{"combination": parts}]}
    refused(web.post("/scores", body), 422, says="256")


def test_however_many_are_named_the_database_is_asked_as_often(web: Running, ada: Person) -> None:
    ids = [ada.save()["id"] for _ in range(9)]
    asked = []
    for named in (ids[:2], ids):
        body = {"site": SITE, "texts": [TEXT], "directions": [{"id": id_} for id_ in named]}
        with web.statements() as sent:
            assert len(ok(web.post("/scores", body))["prompts"][0]["scores"]) == len(named)
        asked.append(len(sent))
    assert asked[0] == asked[1]
