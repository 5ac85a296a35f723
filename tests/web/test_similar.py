"""GET directions/{id}/similar: the closest saved directions and components, by |cosine|."""

import numpy as np
import pytest

from app.db import directions
from tests.web.conftest import SITE, Running
from tests.web.saving import Person, ok, person


@pytest.fixture
def ada(web: Running) -> Person:
    return person(web, "ada")


def test_the_closest_stand_first_by_either_sign(web: Running, ada: Person) -> None:
    site = "ln_final.hook_normalized"
    rows = web.get(f"/sites/{site}/basis", components=48).json()["components"]
    base = ada.save("base", site=site, vector=(3 * np.array(rows[7]) + rows[8]).tolist())
    other = ada.save("opposite", site=site, vector=(-3 * np.array(rows[7]) - rows[9]).tolist())
    hidden = ada.save("hidden", site=site, vector=rows[7], visibility="unlisted")
    items = ok(ada.get(f"directions/{base['id']}/similar", limit=4))["items"]
    assert len(items) == 4
    assert [abs(item["cosine"]) for item in items] == sorted(
        (abs(item["cosine"]) for item in items), reverse=True
    )
    assert items[0]["component"] == 7 and items[0]["direction"] is None
    assert items[0]["label"] == "Output · component 7"
    assert items[0]["cosine"] == pytest.approx(3 / 10**0.5, abs=1e-5)
    assert items[1]["direction"]["id"] == other["id"]
    assert items[1]["label"] == "opposite"
    assert items[1]["cosine"] == pytest.approx(-0.9, abs=1e-5)
    found = [item["direction"]["id"] for item in items if item["direction"]]
    assert base["id"] not in found and hidden["id"] not in found


def test_a_component_is_not_similar_to_itself_nor_shown_twice(web: Running, ada: Person) -> None:
    found = ok(web.get(f"/sites/{SITE}/components/11"))
    ada.explain(found["id"])
    own = ada.save("of it", component=11)
    items = ok(ada.get(f"directions/{found['id']}/similar"))["items"]
    assert 11 not in [item["component"] for item in items]
    assert items[0]["direction"]["id"] == own["id"]
    of_own = ok(ada.get(f"directions/{own['id']}/similar"))["items"]
    assert [item["component"] for item in of_own[:2]].count(11) == 1
    assert found["id"] not in [item["direction"]["id"] for item in of_own if item["direction"]]


def test_a_deleted_direction_is_similar_to_nothing_any_more(ada: Person) -> None:
    site = "blocks.0.hook_resid_post"
    first, second = (ada.save(str(i), site=site) for i in range(2))
    path = f"directions/{first['id']}/similar"
    assert [item["direction"]["id"] for item in ok(ada.get(path))["items"]] == [second["id"]]
    ada.delete(f"directions/{second['id']}")
    assert ok(ada.get(path))["items"] == []
    ok(ada.send("POST", f"directions/{second['id']}/restore"))
    assert len(ok(ada.get(path))["items"]) == 1


def test_however_many_are_similar_the_database_is_asked_as_often(web: Running, ada: Person) -> None:
    site = "blocks.0.hook_mlp_out"
    first, *_ = [ada.save(f"near {i}", site=site) for i in range(12)]
    asked = {}
    for limit in (2, 2, 12):
        with web.statements() as sent:
            items = ok(ada.get(f"directions/{first['id']}/similar", limit=limit))["items"]
        asked[limit] = len(sent)
    assert len(items) == 11
    assert asked[12] == asked[2]


def test_a_model_that_is_not_served_has_similar_directions_too(web: Running, ada: Person) -> None:
    first, second = (ada.save(f"elsewhere {i}") for i in range(2))
    with web.services.writers.begin() as session:
        for saved in (first, second):
            directions.by_id(session, saved["id"]).model = "a model of this test"
    items = ok(ada.get(f"directions/{first['id']}/similar"))["items"]
    assert [item["direction"]["id"] for item in items] == [second["id"]]
