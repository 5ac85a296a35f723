"""Directions made from components, combinations, tokens and differences, each with its recipe."""

from typing import Any

import numpy as np
import pytest

from app.worker.jobs import CaptureJob, Read
from tests.web.conftest import FITTED, SITE, TEXT, Running
from tests.web.saving import Person, new_vector, ok, person, refused

Array = np.ndarray[Any, Any]
HEADS = FITTED[2]


@pytest.fixture
def ada(web: Running) -> Person:
    return person(web, "ada")


@pytest.fixture
def grace(web: Running) -> Person:
    return person(web, "grace")


def _unit(vector: object) -> Array:
    exact = np.asarray(vector, dtype=np.float64)
    return exact / np.linalg.norm(exact)


def _stored(who: Person, direction: dict[str, Any]) -> Array:
    return np.array(_vector(who, f"directions/{direction['id']}/vector"))


def _vector(who: Person, path: str) -> list[float]:
    found: Any = ok(who.get(path))
    return list(found)


def _captured(web: Running, text: str, site: str = SITE, head: int | None = None) -> Array:
    """The model's own vectors: (tokens, width)."""
    model = web.services.hub.get(web.model)
    job = CaptureJob(model.tokenizer.encode(text), (Read(model.sites[site], head),))
    vectors: Array = model.batcher.submit(job).result().vectors[0].double().numpy()
    return vectors


def _components(web: Running, site: str = SITE, **params: int) -> Array:
    return np.array(web.get(f"/sites/{site}/basis", components=48, **params).json()["components"])


def test_a_vector_is_stored_at_length_one(ada: Person) -> None:
    vector = [1000.0 * number for number in new_vector()]
    saved = ada.save(vector=vector)
    np.testing.assert_allclose(_stored(ada, saved), _unit(vector), atol=1e-7)


def test_a_component_saved_is_that_row_of_the_basis(web: Running, ada: Person) -> None:
    saved = ada.save(component=3)
    assert saved["provenance"]["kind"] == "component"
    assert saved["provenance"]["component"] == 3
    assert saved["provenance"]["basis"]
    assert saved["origin"] == "user"
    np.testing.assert_allclose(_stored(ada, saved), _components(web)[3], atol=1e-6)


def test_a_combination_keeps_its_recipe(web: Running, ada: Person) -> None:
    parts = [{"component": 1, "weight": 0.8}, {"component": 3, "weight": -0.4}]
    saved = ada.save("mixed", combination=parts)
    assert saved["provenance"]["kind"] == "combination"
    assert saved["provenance"]["parts"] == parts
    assert saved["provenance"]["basis"] == ada.save("c", component=0)["provenance"]["basis"]
    rows = _components(web)
    expected = _unit(0.8 * rows[1] - 0.4 * rows[3])
    np.testing.assert_allclose(_stored(ada, saved), expected, atol=1e-6)


def test_saved_directions_are_parts_of_others(web: Running, ada: Person, grace: Person) -> None:
    first = ada.save("first")
    both = grace.save(
        "both", combination=[{"id": first["id"], "weight": 2.0}, {"component": 2, "weight": -1.0}]
    )
    assert both["provenance"]["parts"] == [
        {"id": first["id"], "name": "first", "weight": 2.0},
        {"component": 2, "weight": -1.0},
    ]
    expected = _unit(2 * _stored(ada, first) - _components(web)[2])
    np.testing.assert_allclose(_stored(grace, both), expected, atol=1e-6)


def test_a_combination_of_saved_directions_needs_no_basis(ada: Person) -> None:
    site = "blocks.2.hook_mlp_out"
    first = ada.save("one of a site without a basis", site=site)
    again = ada.save("again", site=site, combination=[{"id": first["id"], "weight": -3}])
    assert again["provenance"]["basis"] is None
    np.testing.assert_allclose(_stored(ada, again), -_stored(ada, first), atol=1e-6)


def test_a_token_gives_its_own_vector(web: Running, ada: Person) -> None:
    saved = ada.save(token={"text": TEXT, "position": 4})
    recipe = saved["provenance"]
    assert (recipe["kind"], recipe["text"], recipe["position"]) == ("token", TEXT, 4)
    assert recipe["token"] and recipe["token"] in TEXT
    np.testing.assert_allclose(_stored(ada, saved), _unit(_captured(web, TEXT)[4]), atol=1e-5)


def test_a_token_of_a_stored_prompt_is_kept_with_its_text(
    ada: Person, prompt_ids: list[int]
) -> None:
    recipe = ada.save(token={"prompt_id": prompt_ids[0], "position": 2})["provenance"]
    assert recipe["prompt_id"] == prompt_ids[0]
    assert recipe["text"].startswith("The capital of France")


def test_a_token_at_a_head_gives_the_vector_of_that_head(web: Running, ada: Person) -> None:
    saved = ada.save(site=HEADS, head=2, token={"text": TEXT, "position": 3})
    assert (saved["head"], saved["width"]) == (2, 12)
    expected = _unit(_captured(web, TEXT, HEADS, 2)[3])
    np.testing.assert_allclose(_stored(ada, saved), expected, atol=1e-5)


def test_a_difference_of_two_tokens_is_the_vector_between_them(web: Running, ada: Person) -> None:
    saved = ada.save(
        difference={"plus": {"text": TEXT, "position": 5}, "minus": {"text": "Rome", "position": 1}}
    )
    assert saved["provenance"]["kind"] == "difference"
    assert saved["provenance"]["plus"]["position"] == 5
    expected = _unit(_captured(web, TEXT)[5] - _captured(web, "Rome")[1])
    np.testing.assert_allclose(_stored(ada, saved), expected, atol=1e-4)


def test_a_difference_of_two_texts_is_of_their_means_without_bos(web: Running, ada: Person) -> None:
    other = "When Mary and John went to the store"
    saved = ada.save(difference={"plus": {"text": TEXT}, "minus": {"text": other}})
    assert saved["provenance"] == {
        "kind": "difference", "plus": {"text": TEXT}, "minus": {"text": other},
    }  # fmt: skip
    plus, minus = (_captured(web, text)[1:].mean(axis=0) for text in (TEXT, other))
    np.testing.assert_allclose(_stored(ada, saved), _unit(plus - minus), atol=1e-4)


@pytest.mark.parametrize("place", [{}, {"position": 2}])
def test_a_difference_of_a_text_and_itself_is_refused(ada: Person, place: dict[str, int]) -> None:
    end = {"text": TEXT, **place}
    refused(ada.try_save(difference={"plus": end, "minus": end}), 422, field="difference")


def test_another_places_direction_cannot_be_a_part(ada: Person) -> None:
    elsewhere = ada.save("elsewhere", site="blocks.2.hook_resid_pre")
    part = [{"id": elsewhere["id"], "weight": 1}]
    problem = refused(ada.try_save("no", combination=part), 422, field="combination.0.id")
    assert "blocks.2.hook_resid_pre" in problem["detail"] and SITE in problem["detail"]
