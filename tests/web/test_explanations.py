"""Explanations and votes on them: several per direction, best first, one vote per name."""

from typing import Any

import pytest

from tests.web.conftest import SITE, Running
from tests.web.saving import Person, ok, person, refused, walk


@pytest.fixture
def ada(web: Running) -> Person:
    return person(web, "ada")


@pytest.fixture
def grace(web: Running) -> Person:
    return person(web, "grace")


@pytest.fixture
def direction(ada: Person) -> int:
    return int(ada.save("explained")["id"])


def _of(who: Person, direction: int, **params: int) -> list[dict[str, Any]]:
    return walk(who.get, f"directions/{direction}/explanations", **params)


def test_an_explanation_has_what_was_said_and_who_said_it(ada: Person, direction: int) -> None:
    said = ada.explain(direction, "  Months,\nnot days  ", side="minus")
    assert said["direction_id"] == direction
    assert (said["username"], said["side"]) == (ada.username, "minus")
    assert said["text"] == "Months,\nnot days"
    assert (said["up"], said["down"], said["score"], said["mine"]) == (0, 0, 0, 0)
    assert said["edited"] is False
    assert _of(ada, direction) == [said]


def test_each_end_is_described_separately(ada: Person, direction: int) -> None:
    for side in ("both", "plus", "minus"):
        ada.explain(direction, f"the {side} side", side=side)
    assert {row["side"] for row in _of(ada, direction)} == {"both", "plus", "minus"}
    assert ok(ada.get(f"directions/{direction}"))["n_explanations"] == 3


def test_the_same_said_again_is_not_said_twice(ada: Person, direction: int) -> None:
    first = ada.explain(direction, "once")
    path = f"directions/{direction}/explanations"
    assert ok(ada.send("POST", path, text=" once "), 200) == first
    refused(ada.send("POST", path, text="otherwise"), 409, field="text", says="edit")
    assert len(_of(ada, direction)) == 1


def test_the_best_stands_first_and_ties_by_age(web: Running, ada: Person, direction: int) -> None:
    writers = [person(web) for _ in range(4)]
    rows = [writer.explain(direction, f"thought {i}")["id"] for i, writer in enumerate(writers)]
    for voter, i in ((0, 2), (1, 2), (2, 3)):
        writers[voter].vote(rows[i])
    writers[0].vote(rows[0], -1)
    order = [row["id"] for row in _of(ada, direction, limit=2)]
    assert order == [rows[2], rows[3], rows[0], rows[1]]
    shown = ok(ada.get(f"directions/{direction}"))
    assert shown["best_explanation"]["id"] == rows[2]
    # A direction's score is kept to 31 binary places, so that lists can be read in its order.
    assert shown["score"] == pytest.approx(shown["best_explanation"]["score"], abs=2**-31)
    assert shown["score"] > 0


def test_a_vote_is_one_and_is_changed_or_withdrawn(
    ada: Person, grace: Person, direction: int
) -> None:
    said = ada.explain(direction)["id"]
    assert grace.vote(said, 1) == {"up": 1, "down": 0, "score": pytest.approx(0.2065, abs=1e-3),
                                   "mine": 1}  # fmt: skip
    assert grace.vote(said, 1)["up"] == 1
    changed = grace.vote(said, -1)
    assert (changed["up"], changed["down"], changed["mine"]) == (0, 1, -1)
    assert ada.vote(said, 1)["down"] == 1
    withdrawn = grace.vote(said, 0)
    assert (withdrawn["up"], withdrawn["down"], withdrawn["mine"]) == (1, 0, 0)
    assert _of(ada, direction)[0]["mine"] == 1
    assert _of(grace, direction)[0]["mine"] == 0
    assert ok(grace.get(f"directions/{direction}"))["best_explanation"]["up"] == 1


def test_an_edit_keeps_the_votes_and_the_earlier_text(
    ada: Person, grace: Person, direction: int
) -> None:
    said = ada.explain(direction, "first thought")
    grace.vote(said["id"])
    path = f"explanations/{said['id']}"
    edited = ok(ada.send("PATCH", path, text="second thought"))
    assert (edited["text"], edited["edited"], edited["up"]) == ("second thought", True, 1)
    assert ok(ada.send("PATCH", path, text="second thought")) == edited
    ok(ada.send("PATCH", path, text="third thought"))
    history = ok(grace.get(f"{path}/history"))["items"]
    assert [row["text"] for row in history] == ["first thought", "second thought"]
    refused(grace.send("PATCH", path, text="vandalism"), 403, field="username")


def test_a_deleted_explanation_takes_no_vote_and_comes_back_with_its_votes(
    ada: Person, grace: Person, direction: int
) -> None:
    said = ada.explain(direction)
    grace.vote(said["id"])
    path = f"explanations/{said['id']}"
    refused(grace.delete(path), 403, field="username")
    assert ada.delete(path).status_code == 204
    assert _of(ada, direction) == []
    assert ok(ada.get(f"directions/{direction}"))["n_explanations"] == 0
    refused(grace.send("PUT", f"{path}/vote", value=1), 404, says="deleted")
    refused(ada.send("PATCH", path, text="late"), 404, says="deleted")
    refused(ada.get(f"{path}/history"), 404)
    refused(ada.delete(path), 404)
    refused(grace.send("POST", f"{path}/restore"), 403)
    assert ok(ada.send("POST", f"{path}/restore"))["up"] == 1
    assert ok(ada.get(f"directions/{direction}"))["n_explanations"] == 1


def test_a_side_explained_anew_stands_in_the_way_of_a_restore(ada: Person, direction: int) -> None:
    said = ada.explain(direction, "first")
    ada.delete(f"explanations/{said['id']}")
    ada.explain(direction, "second")
    refused(ada.send("POST", f"explanations/{said['id']}/restore"), 409)


def test_a_component_is_explained_and_then_found(web: Running, ada: Person) -> None:
    component = ok(web.get(f"/sites/{SITE}/components/9"))
    ada.explain(component["id"], "okapis, mostly")
    found = walk(ada.get, "directions", q="okapis", origin="pca")
    assert [row["id"] for row in found] == [component["id"]]
    assert found[0]["username"] is None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": " \n "}, "text"),
        ({"text": "x" * 4001}, "text"),
        ({"text": "nul \0"}, "text"),
        ({"text": 1}, "text"),
        ({}, "text"),
        ({"text": "x", "side": "up"}, "side"),
        ({"text": "x", "more": 1}, "more"),
        ({"text": "x", "username": ""}, "username"),
        ({"text": "x", "username": "x\u202ey"}, "username"),
    ],
)
def test_what_is_no_explanation_is_refused_by_its_field(
    ada: Person, direction: int, body: dict[str, Any], field: str
) -> None:
    path = f"directions/{direction}/explanations"
    assert refused(ada.send("POST", path, **body), 422)["errors"][0]["field"] == field
    assert _of(ada, direction) == []


@pytest.mark.parametrize("value", [2, -2, 0.5, "1", True, None, [1]])
def test_what_is_no_vote_is_refused(ada: Person, direction: int, value: object) -> None:
    said = ada.explain(direction)
    response = ada.send("PUT", f"explanations/{said['id']}/vote", value=value)
    refused(response, 422, field="value")


def test_what_is_not_there_is_404(ada: Person) -> None:
    for method, path, body in (
        ("PUT", "explanations/999999/vote", {"value": 1}),
        ("PATCH", "explanations/999999", {"text": "x"}),
        ("POST", "explanations/999999/restore", {}),
        ("POST", "directions/999999/explanations", {"text": "x"}),
        ("POST", "directions/999999/restore", {}),
        ("POST", "directions/999999/copies", {}),
    ):
        refused(ada.send(method, path, **body), 404)
    refused(ada.delete("explanations/999999"), 404)


def test_a_refused_vote_makes_no_name(web: Running) -> None:
    nobody = person(web, "never there")
    refused(nobody.send("PUT", "explanations/999999/vote", value=1), 404)
    assert web.client.get(f"/api/v1/users/{nobody.username}").status_code == 404


def test_a_foreign_cursor_is_refused(ada: Person, direction: int) -> None:
    response = ada.get(f"directions/{direction}/explanations", cursor="n1")
    refused(response, 422, field="cursor")
