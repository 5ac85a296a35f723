"""GET prompts: lists, searches and samples of the stored texts."""

from typing import Any

import pytest

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
    assert set(item) == {"id", "dataset", "slug", "register", "text", "model", "created_at"}
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
     "seed=1&cursor=12", "q=" + "x" * 201],
)  # fmt: skip
def test_a_query_that_cannot_be_read_is_refused(web: Running, query: str) -> None:
    response = web.client.get(f"/api/v1/prompts?{query}")
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
