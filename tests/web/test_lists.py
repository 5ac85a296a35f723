"""Lists of directions, with notes: made, filled, changed and deleted by their owners."""

from typing import Any

import pytest

from tests.web.conftest import Running
from tests.web.saving import Person, ok, person, refused, walk


@pytest.fixture
def ada(web: Running) -> Person:
    return person(web, "ada")


@pytest.fixture
def grace(web: Running) -> Person:
    return person(web, "grace")


def test_a_list_holds_directions_in_the_order_they_came_with_notes(
    ada: Person, grace: Person
) -> None:
    made = ada.make_list("Places", "where things are")
    assert (made["name"], made["note"], made["username"]) == (
        "Places", "where things are", ada.username,
    )  # fmt: skip
    directions = [ada.save("one")["id"], grace.save("two", explanation="second")["id"]]
    path = f"lists/{made['id']}"
    for number, id_ in enumerate(directions):
        put = ok(ada.send("PUT", f"{path}/items/{id_}", note=f"note {number}"))
        assert put["n_directions"] == number + 1
    assert ok(ada.send("PUT", f"{path}/items/{directions[0]}", note="new"))["n_directions"] == 2
    whole = ok(grace.get(path))
    assert [item["direction"]["id"] for item in whole["items"]] == directions
    assert [item["note"] for item in whole["items"]] == ["new", "note 1"]
    assert whole["items"][1]["direction"]["my_explanation"]["text"] == "second"
    assert ada.delete(f"{path}/items/{directions[0]}").status_code == 204
    assert ada.delete(f"{path}/items/{directions[0]}").status_code == 204
    assert ok(ada.get(path))["n_directions"] == 1


def test_lists_are_found_by_owner_and_by_what_they_hold(ada: Person, grace: Person) -> None:
    ids = [ada.make_list(f"list {i}")["id"] for i in range(3)]
    direction = grace.save()["id"]
    ok(ada.send("PUT", f"lists/{ids[1]}/items/{direction}"))
    found = walk(ada.get, "lists", username=ada.username, limit=1)
    assert [row["id"] for row in found] == ids[::-1]
    assert [row["n_directions"] for row in found] == [0, 1, 0]
    assert [row["id"] for row in walk(ada.get, "lists", direction=direction)] == [ids[1]]
    assert walk(ada.get, "lists", username="nobody at all") == []


def test_a_deleted_direction_leaves_the_list_and_comes_back(ada: Person) -> None:
    made, direction = ada.make_list()["id"], ada.save()["id"]
    ok(ada.send("PUT", f"lists/{made}/items/{direction}"))
    ada.delete(f"directions/{direction}")
    assert ok(ada.get(f"lists/{made}"))["items"] == []
    assert ok(ada.get(f"lists/{made}"))["n_directions"] == 0
    ok(ada.send("POST", f"directions/{direction}/restore"))
    assert ok(ada.get(f"lists/{made}"))["n_directions"] == 1


def test_a_list_made_again_is_the_one_that_is_there(ada: Person, grace: Person) -> None:
    first = ada.make_list("mine", "a note")
    again = ok(ada.send("POST", "lists", name="MINE", note="a note"), 200)
    assert again == first
    refused(ada.send("POST", "lists", name="mine", note="another"), 409, field="name")
    assert grace.make_list("mine")["id"] != first["id"]


def test_a_list_is_changed_by_its_owner_only(ada: Person, grace: Person) -> None:
    path = f"lists/{ada.make_list('before')['id']}"
    direction = ada.save()["id"]
    assert ok(ada.send("PATCH", path, name="after"))["name"] == "after"
    assert ok(ada.send("PATCH", path, note="said"))["note"] == "said"
    assert ok(ada.send("PATCH", path, note=""))["note"] == ""
    for response in (
        grace.send("PATCH", path, name="x"),
        grace.delete(path),
        grace.send("PUT", f"{path}/items/{direction}"),
        grace.delete(f"{path}/items/{direction}"),
    ):
        refused(response, 403, field="username")
    ada.make_list("other")
    refused(ada.send("PATCH", path, name="Other"), 409, field="name")


def test_a_deleted_list_is_gone_until_it_is_restored(ada: Person, grace: Person) -> None:
    made = ada.make_list("short-lived")
    path, direction = f"lists/{made['id']}", ada.save()["id"]
    ok(ada.send("PUT", f"{path}/items/{direction}"))
    assert ada.delete(path).status_code == 204
    refused(ada.get(path), 404, says="deleted")
    refused(ada.delete(path), 404)
    refused(ada.send("PUT", f"{path}/items/{direction}"), 404)
    assert walk(ada.get, "lists", username=ada.username) == []
    refused(grace.send("POST", f"{path}/restore"), 403)
    assert ok(ada.send("POST", f"{path}/restore"))["n_directions"] == 1
    ada.delete(path)
    ada.make_list("short-lived")
    refused(ada.send("POST", f"{path}/restore"), 409, field="name")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"name": "a\0"}, "name"),
        ({"name": None}, "name"),
        ({"name": "x", "note": "x" * 2001}, "note"),
        ({"name": "x", "note": "\0"}, "note"),
        ({"name": "x", "more": 1}, "more"),
        ({"name": "x", "username": " "}, "username"),
    ],
)
def test_what_is_no_list_is_refused_by_its_field(
    ada: Person, body: dict[str, Any], field: str
) -> None:
    assert refused(ada.send("POST", "lists", **body), 422)["errors"][0]["field"] == field


def test_what_is_not_there_is_404(ada: Person) -> None:
    made = ada.make_list()["id"]
    refused(ada.get("lists/999999"), 404)
    refused(ada.delete("lists/999999"), 404)
    refused(ada.send("PATCH", "lists/999999", name="x"), 404)
    refused(ada.send("POST", "lists/999999/restore"), 404)
    refused(ada.send("PUT", f"lists/{made}/items/9999999"), 404)
    refused(ada.send("PUT", f"lists/{made}/items/0"), 422)
    refused(ada.send("PATCH", f"lists/{made}"), 422, says="name, note")
    refused(ada.get("lists", cursor="zzz"), 422, field="cursor")
