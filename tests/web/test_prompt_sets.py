"""Sets of prompts: made, filled, shared by their id, changed by their owner only."""

from typing import Any

import pytest
from httpx2 import Response

from tests.web.conftest import Running

PATH = "/api/v1/prompt-sets"


def _make(web: Running, username: str, name: str, **more: str) -> Response:
    return web.client.post(PATH, json={"username": username, "name": name, **more})


def _made(web: Running, username: str, name: str = "set", texts: str = "") -> tuple[int, list[int]]:
    """A set of one's own, and the ids of the texts put into it."""
    id_ = _make(web, username, name).json()["id"]
    ids = []
    for text in texts:
        body = {"username": username, "text": text, "model": web.model}
        ids.append(web.client.post("/api/v1/prompts", json=body).json()["id"])
        assert _put(web, id_, ids[-1], username).status_code == 200
    return id_, ids


def _put(web: Running, id_: int, prompt_id: int, username: str) -> Response:
    return web.client.put(f"{PATH}/{id_}/items/{prompt_id}", json={"username": username})


def _take(web: Running, id_: int, prompt_id: int, username: str) -> Response:
    return web.client.delete(f"{PATH}/{id_}/items/{prompt_id}", params={"username": username})


def _get(web: Running, id_: int) -> dict[str, Any]:
    response = web.client.get(f"{PATH}/{id_}")
    assert response.status_code == 200
    found: dict[str, Any] = response.json()
    return found


def _texts(web: Running, id_: int) -> str:
    return "".join(prompt["text"] for prompt in _get(web, id_)["prompts"])


def _refused(response: Response, status: int, field: str) -> str:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["errors"][0]["field"] == field
    detail: str = response.json()["detail"]
    return detail


def test_a_set_is_made_and_shown_by_its_id(web: Running) -> None:
    response = _make(web, "Collector", " Capital  cities ", note="one\nper line")
    assert response.status_code == 201
    made = response.json()
    assert made.pop("created_at").endswith(("Z", "+00:00"))
    assert made == {
        "id": made["id"],
        "name": "Capital cities",
        "note": "one\nper line",
        "username": "Collector",
        "n_prompts": 0,
    }
    whole = _get(web, made["id"])
    assert whole["prompts"] == []
    assert whole["name"] == "Capital cities"


def test_a_set_sent_again_is_the_same_set(web: Running) -> None:
    first = _make(web, "repeat", "Set", note="note")
    assert first.status_code == 201
    for again in (_make(web, "REPEAT", " set ", note="note"), _make(web, "repeat", "SET")):
        assert again.status_code == 200
        assert again.json() == first.json()
    _refused(_make(web, "repeat", "set", note="other"), 409, "name")


def test_prompts_are_put_in_order_and_taken_out(web: Running) -> None:
    id_, (a, b, c) = _made(web, "filler", texts="abc")
    assert _texts(web, id_) == "abc"
    assert _put(web, id_, a, "filler").json()["n_prompts"] == 3
    assert _take(web, id_, b, "filler").status_code == 204
    assert _take(web, id_, b, "filler").status_code == 204
    assert _put(web, id_, b, "filler").json()["n_prompts"] == 3
    assert _texts(web, id_) == "acb"
    listed = web.client.get("/api/v1/prompts", params={"set": id_}).json()["items"]
    assert [item["id"] for item in listed] == [a, b, c]
    assert [prompt["username"] for prompt in _get(web, id_)["prompts"]] == ["filler"] * 3


def test_a_set_may_hold_anybodys_prompts(web: Running) -> None:
    _, (theirs,) = _made(web, "author", texts="t")
    library = web.client.get("/api/v1/prompts?dataset=library&limit=1").json()["items"][0]
    id_, _ = _made(web, "gatherer")
    for prompt_id in (theirs, library["id"]):
        assert _put(web, id_, prompt_id, "gatherer").status_code == 200
    assert [prompt["username"] for prompt in _get(web, id_)["prompts"]] == ["author", None]


def test_a_deleted_prompt_leaves_its_sets_until_it_is_restored(web: Running) -> None:
    id_, (a, _) = _made(web, "remover", texts="ab")
    web.client.delete(f"/api/v1/prompts/{a}?username=remover")
    assert _texts(web, id_) == "b"
    assert _get(web, id_)["n_prompts"] == 1
    assert _put(web, id_, a, "remover").status_code == 404
    web.client.post(f"/api/v1/prompts/{a}/restore", json={"username": "remover"})
    assert _texts(web, id_) == "ab"


def test_a_set_is_renamed(web: Running) -> None:
    id_, _ = _made(web, "renamer", "before")
    _made(web, "renamer", "taken")
    path = f"{PATH}/{id_}"
    edited = web.client.patch(path, json={"username": "renamer", "name": "After", "note": "why"})
    assert (edited.json()["name"], edited.json()["note"]) == ("After", "why")
    edited = web.client.patch(path, json={"username": "renamer", "note": ""})
    assert (edited.json()["name"], edited.json()["note"]) == ("After", "")
    taken = web.client.patch(path, json={"username": "renamer", "name": "TAKEN"})
    _refused(taken, 409, "name")
    assert web.client.patch(path, json={"username": "renamer"}).status_code == 422


def test_a_deleted_set_is_gone_and_comes_back_whole(web: Running) -> None:
    id_, _ = _made(web, "undoer", texts="xyz")
    path = f"{PATH}/{id_}"
    assert web.client.delete(f"{path}?username=undoer").status_code == 204
    assert web.client.get(path).status_code == 404
    assert web.client.get(f"/api/v1/prompts?set={id_}").status_code == 404
    assert web.client.get(f"{PATH}?username=undoer").json()["items"] == []
    assert web.client.delete(f"{path}?username=undoer").status_code == 404
    restored = web.client.post(f"{path}/restore", json={"username": "undoer"})
    assert (restored.status_code, restored.json()["n_prompts"]) == (200, 3)
    assert _texts(web, id_) == "xyz"


def test_a_set_is_not_restored_over_another_of_its_name(web: Running) -> None:
    id_, _ = _made(web, "doubler")
    web.client.delete(f"{PATH}/{id_}?username=doubler")
    _made(web, "doubler")
    restored = web.client.post(f"{PATH}/{id_}/restore", json={"username": "doubler"})
    _refused(restored, 409, "name")


def test_it_refuses_another_users_set(web: Running) -> None:
    id_, (a,) = _made(web, "set owner", texts="a")
    path, thief = f"{PATH}/{id_}", "set thief"
    for response in (
        web.client.patch(path, json={"username": thief, "name": "mine"}),
        web.client.delete(f"{path}?username={thief}"),
        web.client.post(f"{path}/restore", json={"username": thief}),
        _put(web, id_, a, thief),
        _take(web, id_, a, thief),
    ):
        assert "set owner's" in _refused(response, 403, "username")
    assert _texts(web, id_) == "a"
    assert web.client.get(f"/api/v1/users/{thief}").status_code == 404  # nothing was saved


def test_the_sets_of_a_user_are_listed_the_newest_first(web: Running) -> None:
    names = [f"set {i}" for i in range(5)]
    for name in names:
        _made(web, "lister of sets", name, texts="ab")
    found: list[dict[str, Any]] = []
    cursor = None
    while True:
        params: dict[str, str | int] = {"username": "Lister of Sets", "limit": 2}
        params |= {"cursor": cursor} if cursor else {}
        page = web.client.get(PATH, params=params).json()
        found += page["items"]
        cursor = page["next"]
        if cursor is None:
            break
    assert [item["name"] for item in found] == names[::-1]
    assert {item["n_prompts"] for item in found} == {2}
    assert all("prompts" not in item for item in found)
    assert web.client.get(f"{PATH}?limit=1").json()["items"][0] == found[0]
    assert web.client.get(f"{PATH}?username=nobody yet").json() == {"items": [], "next": None}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"username": "a", "name": ""}, "name"),
        ({"username": "a", "name": "x" * 81}, "name"),
        ({"username": "a", "name": "a\0"}, "name"),
        ({"username": "a", "name": 7}, "name"),
        ({"username": "a"}, "name"),
        ({"username": "a", "name": "b", "note": "x" * 2001}, "note"),
        ({"username": "a", "name": "b", "note": "\x1b"}, "note"),
        ({"username": "a", "name": "b", "note": None}, "note"),
        ({"username": "", "name": "b"}, "username"),
        ({"name": "b"}, "username"),
        ({"username": "a", "name": "b", "prompts": []}, "prompts"),
    ],
)
def test_what_cannot_be_used_is_refused_by_field(
    web: Running, body: dict[str, object], field: str
) -> None:
    _refused(web.client.post(PATH, json=body), 422, field)


@pytest.mark.parametrize("id_", ["424242", "0", "-1", "2147483648", "x"])
def test_a_set_that_was_never_there_is_not_found(web: Running, id_: str) -> None:
    status = 404 if id_ == "424242" else 422
    path, who = f"{PATH}/{id_}", {"username": "seeker"}
    for response in (
        web.client.get(path),
        web.client.patch(path, json={**who, "name": "b"}),
        web.client.delete(path, params=who),
        web.client.post(f"{path}/restore", json=who),
        web.client.put(f"{path}/items/1", json=who),
        web.client.delete(f"{path}/items/1", params=who),
    ):
        assert response.status_code == status


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "cursor=7", "cursor=%00", "username=!"])
def test_a_query_that_cannot_be_read_is_refused(web: Running, query: str) -> None:
    assert web.client.get(f"{PATH}?{query}").status_code == 422
