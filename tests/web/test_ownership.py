"""A claimed name is written under by its holder only, at every endpoint that writes."""

from dataclasses import dataclass

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from tests.web.conftest import SITE, Running
from tests.web.saving import Json, Person, new_vector, ok, person, refused

PASSPHRASE = "correct horse battery"


@dataclass(frozen=True)
class Things:
    """What the holder of a claimed name has saved."""

    holder: Person
    direction: int
    explanation: int
    list: int


def _claimed(web: Running, name: str) -> Person:
    """Somebody who has claimed a name, in a browser of their own.

    (Cookies of the shared client would make every other test's requests theirs.)
    """
    client = TestClient(web.app, raise_server_exceptions=False)
    who = Person(Running(client, web.app, web.model), person(web, name).username)
    who.save()
    path = f"/api/v1/users/{who.username}/claim"
    assert client.post(path, json={"passphrase": PASSPHRASE}).status_code == 201
    return who


@pytest.fixture(scope="module")
def things(web: Running) -> Things:
    """What somebody has saved under a claimed name."""
    holder = _claimed(web, "holder")
    direction = holder.save("held")["id"]
    explanation = holder.explain(direction)["id"]
    return Things(holder, direction, explanation, holder.make_list("held")["id"])


def _attempts(who: Person, things: Things) -> dict[str, Response]:
    """Every write under a name, by endpoint."""
    direction = f"directions/{things.direction}"
    explanation = f"explanations/{things.explanation}"
    held = f"lists/{things.list}"
    fields = {"username": who.username, "name": "x", "model": who.web.model, "site": SITE}
    file = {"file": ("x.json", str(new_vector()).encode())}
    return {
        "save": who.try_save("another"),
        "upload": who.web.client.post("/api/v1/directions", data=fields, files=file),
        "edit": who.send("PATCH", direction, name="renamed"),
        "restore": who.send("POST", f"{direction}/restore"),
        "copy": who.send("POST", f"{direction}/copies", name="copied"),
        "explain": who.send("POST", f"{direction}/explanations", text="x", side="minus"),
        "edit explanation": who.send("PATCH", explanation, text="edited"),
        "restore explanation": who.send("POST", f"{explanation}/restore"),
        "vote": who.send("PUT", f"{explanation}/vote", value=1),
        "make list": who.send("POST", "lists", name="another"),
        "edit list": who.send("PATCH", held, note="edited"),
        "restore list": who.send("POST", f"{held}/restore"),
        "put": who.send("PUT", f"{held}/items/{things.direction}"),
        "take out": who.delete(f"{held}/items/{things.direction}"),
        "delete list": who.delete(held),
        "delete explanation": who.delete(explanation),
        "delete": who.delete(direction),
    }


def test_nobody_writes_under_a_claimed_name_without_its_login(web: Running, things: Things) -> None:
    stranger = Person(web, things.holder.username.upper())
    before = _seen(stranger, things)
    for what, response in _attempts(stranger, things).items():
        problem = refused(response, 403, field="username", says="claimed")
        assert problem["title"] == "This is not yours", what
    assert _seen(stranger, things) == before


def test_another_names_login_is_not_enough(web: Running, things: Things) -> None:
    other = _claimed(web, "other")
    assert other.try_save().status_code == 201
    posing = Person(other.web, things.holder.username)
    for response in _attempts(posing, things).values():
        refused(response, 403, field="username")


def test_nobody_changes_anothers_things_under_a_name_of_their_own(
    web: Running, things: Things
) -> None:
    before = _seen(things.holder, things)
    allowed = {"save", "upload", "copy", "explain", "vote", "make list"}
    somebody = person(web, "somebody")
    for what, response in _attempts(somebody, things).items():
        if what in allowed:
            assert response.status_code in (200, 201), what
        else:
            refused(response, 403, field="username")
    assert _seen(things.holder, things)["name"] == before["name"]


def test_the_holder_writes(things: Things) -> None:
    for what, response in _attempts(things.holder, things).items():
        assert response.status_code in (200, 201, 204), (what, response.text)
    assert things.holder.get(f"directions/{things.direction}").status_code == 404


def _seen(who: Person, things: Things) -> Json:
    """What everybody sees of the direction."""
    return ok(who.get(f"directions/{things.direction}"))
