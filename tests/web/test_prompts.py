"""Prompts: lists, searches and samples of the stored texts, and those that visitors keep."""

from typing import Any

import pytest
from httpx2 import Response

from app.demo.library import load_library
from tests.web.conftest import Running


def _walk(web: Running, **params: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor = None
    for _ in range(200):
        asked = {**params, **({"cursor": cursor} if cursor else {})}
        body = web.client.get("/api/v1/prompts", params=asked).json()  # type: ignore[arg-type]
        found += body["items"]
        cursor = body["next"]
        if cursor is None:
            return found
    raise AssertionError("the list does not end")


def test_the_library_is_there_whole(web: Running) -> None:
    stored = _walk(web, dataset="library", limit=100)
    assert [item["text"] for item in stored] == [prompt.text for prompt in load_library()]


def test_an_item_has_what_the_contract_says(web: Running) -> None:
    item = web.client.get("/api/v1/prompts?dataset=library&limit=1").json()["items"][0]
    assert set(item) == {
        "id", "dataset", "slug", "register", "text", "model", "username", "created_at",
    }  # fmt: skip
    assert item["username"] is None
    assert item["created_at"].endswith(("Z", "+00:00"))
    assert web.client.get(f"/api/v1/prompts/{item['id']}").json() == item


def test_a_seed_gives_the_same_sample_again_and_another_seed_another(web: Running) -> None:
    samples = [
        [item["id"] for item in _walk(web, dataset="library", seed=seed, limit=30)]
        for seed in (7, 7, 8)
    ]
    assert samples[0] == samples[1] != samples[2]
    assert sorted(samples[0]) == sorted(samples[2])


def test_a_search_finds_its_text(web: Running, prompt_ids: list[int]) -> None:
    found = _walk(web, dataset="mine", q="capital of ITALY")
    assert [item["id"] for item in found] == prompt_ids[:1]


@pytest.mark.parametrize("id_", ["424242", "0", "-1", "2147483648", "1" * 50, "x", "1.5"])
def test_a_prompt_that_is_not_there_is_refused(web: Running, id_: str) -> None:
    response = web.client.get(f"/api/v1/prompts/{id_}")
    assert response.status_code == (404 if id_ == "424242" else 422)
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=101", "seed=-1", "seed=x", "cursor=zzz", "q=%00", "dataset=%00",
     "seed=1&cursor=12", "q=" + "x" * 201, "seed=1&sort=new", "sort=best", "set=0", "set=x",
     "username=%00", "username=...", "username=" + "x" * 100],
)  # fmt: skip
def test_a_query_that_cannot_be_read_is_refused(web: Running, query: str) -> None:
    response = web.client.get(f"/api/v1/prompts?{query}")
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"


def _keep(web: Running, username: str, text: str, model: str | None = None) -> Response:
    body = {"username": username, "text": text, "model": model or web.model}
    return web.client.post("/api/v1/prompts", json=body)


def _delete(web: Running, id_: int, username: str) -> Response:
    return web.client.delete(f"/api/v1/prompts/{id_}", params={"username": username})


def _restore(web: Running, id_: int, username: str) -> Response:
    return web.client.post(f"/api/v1/prompts/{id_}/restore", json={"username": username})


def _texts_of(web: Running, username: str, **params: object) -> list[str]:
    return [item["text"] for item in _walk(web, username=username, **params)]


def _refused(response: Response, status: int, field: str | None) -> str:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    if field is not None:
        assert problem["errors"][0]["field"] == field
    detail: str = problem["detail"]
    return detail


def test_a_visitors_text_is_kept_under_their_name(web: Running) -> None:
    text = "  Ünïcode – 日本語 – <script>alert(1)</script>\r\n 🙂 "
    response = _keep(web, "Keeper", text)
    assert response.status_code == 201
    item = response.json()
    assert (item["text"], item["username"]) == (text, "Keeper")
    assert (item["model"], item["dataset"]) == (web.model, "visitors")
    assert web.client.get(f"/api/v1/prompts/{item['id']}").json() == item
    assert _walk(web, username="KEEPER") == [item]


def test_the_same_text_sent_again_is_the_same_prompt(web: Running) -> None:
    first, again = _keep(web, "twice", "once"), _keep(web, "Twice", "once")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert _texts_of(web, "twice") == ["once"]


def test_a_kept_text_is_scored_like_any_other(web: Running) -> None:
    id_ = _keep(web, "scorer", "The capital of Peru").json()["id"]
    tokens = web.post("/tokens", {"prompt_id": id_})
    assert tokens.json() == web.post("/tokens", {"text": "The capital of Peru"}).json()
    _delete(web, id_, "scorer")
    assert web.post("/tokens", {"prompt_id": id_}).status_code == 404


def test_the_library_does_not_hold_what_visitors_keep(web: Running) -> None:
    _keep(web, "modest", "not of the library")
    assert _walk(web, dataset="library", q="not of the library") == []
    (found,) = _walk(web, dataset="visitors", q="NOT of the library")
    assert found["username"] == "modest"


def test_a_users_texts_are_listed_searched_sorted_and_sampled(web: Running) -> None:
    texts = [f"number {i}" for i in range(7)]
    for text in texts:
        _keep(web, "lister", text)
    assert _texts_of(web, "lister", limit=3) == texts
    assert _texts_of(web, "lister", limit=3, sort="new") == texts[::-1]
    assert _texts_of(web, "lister", q="ber 5") == ["number 5"]
    assert _texts_of(web, "lister", model="another") == []
    assert _texts_of(web, "lister", dataset="library") == []
    sample = _texts_of(web, "lister", seed=3, limit=2)
    assert sorted(sample) == texts
    assert sample == _texts_of(web, "lister", seed=3, limit=7)


def test_a_name_that_nobody_has_has_no_texts(web: Running) -> None:
    assert _walk(web, username="nobody yet") == []


@pytest.mark.parametrize(
    ("text", "field"),
    [("", "text"), ("a\0b", "text"), ("word " * 3000, "text"), ("x" * 1_000_001, "text")],
)
def test_a_text_that_the_model_does_not_read_is_refused(
    web: Running, text: str, field: str
) -> None:
    _refused(_keep(web, "unread", text), 422, field)
    assert web.client.get("/api/v1/users/unread").status_code == 404


def test_half_of_a_surrogate_pair_is_refused(web: Running) -> None:
    body = '{"username": "unread", "model": "tiny", "text": "a\\ud800"}'
    headers = {"Content-Type": "application/json"}
    response = web.client.post("/api/v1/prompts", content=body, headers=headers)
    assert "surrogate" in _refused(response, 422, "text")


@pytest.mark.parametrize("name", ["", "...", "a\0", "a\nb", "x" * 81, "🙂", "аda"])
def test_a_name_that_cannot_be_used_is_refused(web: Running, name: str) -> None:
    _refused(_keep(web, name, "text"), 422, "username")
    _refused(_restore(web, 1, name), 422, "username")
    assert _delete(web, 1, name).status_code == 422


def test_a_model_that_is_not_served_is_not_found(web: Running) -> None:
    _refused(_keep(web, "modeller", "text", "gpt17"), 404, None)
    assert web.client.get("/api/v1/users/modeller").status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"username": "a", "text": "b"},
        {"username": 1, "text": "b", "model": "tiny"},
        {"username": "a", "text": ["b"], "model": "tiny"},
        {"username": "a", "text": "b", "model": None},
        {"username": "a", "text": "b", "model": "tiny", "dataset": "library"},
        [],
        "text",
    ],
)
def test_a_body_of_the_wrong_shape_is_refused(web: Running, body: object) -> None:
    assert web.client.post("/api/v1/prompts", json=body).status_code == 422


def test_a_deleted_prompt_is_gone_and_comes_back(web: Running) -> None:
    id_ = _keep(web, "deleter", "for now").json()["id"]
    assert _delete(web, id_, "deleter").status_code == 204
    assert web.client.get(f"/api/v1/prompts/{id_}").status_code == 404
    assert _texts_of(web, "deleter") == []
    _refused(_delete(web, id_, "deleter"), 404, "prompt_id")
    response = _restore(web, id_, "Deleter")
    assert (response.status_code, response.json()["id"]) == (200, id_)
    assert _restore(web, id_, "deleter").status_code == 200
    assert _texts_of(web, "deleter") == ["for now"]


def test_a_deleted_text_sent_again_is_back(web: Running) -> None:
    id_ = _keep(web, "repeater", "again").json()["id"]
    _delete(web, id_, "repeater")
    response = _keep(web, "repeater", "again")
    assert (response.status_code, response.json()["id"]) == (201, id_)
    assert _texts_of(web, "repeater") == ["again"]


def test_it_refuses_another_users_prompt(web: Running) -> None:
    id_ = _keep(web, "owner", "mine").json()["id"]
    assert "owner's" in _refused(_delete(web, id_, "stranger"), 403, "username")
    assert "owner's" in _refused(_restore(web, id_, "stranger"), 403, "username")
    assert web.client.get("/api/v1/users/stranger").status_code == 404  # nothing was saved


def test_nobody_deletes_the_librarys_prompts(web: Running) -> None:
    library = web.client.get("/api/v1/prompts?dataset=library&limit=1").json()["items"][0]
    _refused(_delete(web, library["id"], "vandal"), 403, "username")
    assert web.client.get(f"/api/v1/prompts/{library['id']}").json() == library


@pytest.mark.parametrize("id_", ["424242", "0", "-1", "2147483648", "x"])
def test_a_prompt_that_was_never_there_is_neither_deleted_nor_restored(
    web: Running, id_: str
) -> None:
    status = 404 if id_ == "424242" else 422
    path = f"/api/v1/prompts/{id_}"
    assert web.client.delete(f"{path}?username=ada").status_code == status
    restored = web.client.post(f"{path}/restore", json={"username": "ada"})
    assert restored.status_code == status
    assert web.client.delete("/api/v1/prompts/1").status_code == 422  # who asks is not said
