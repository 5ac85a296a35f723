"""GET users: what a name has saved."""

import pytest
from fastapi.testclient import TestClient

from app.web import people
from tests.web.conftest import Running

API = "/api/v1"


def test_a_name_is_shown_with_what_it_saved(web: Running) -> None:
    browser = TestClient(web.app)
    for text in ("one", "two"):
        body = {"username": "Counted", "text": text, "model": web.model}
        assert browser.post(f"{API}/prompts", json=body).status_code == 201
    user = browser.get(f"{API}/users/COUNTED").json()
    assert user.pop("created_at").endswith(("Z", "+00:00"))
    assert user == {
        "username": "Counted",
        "claimed": False,
        "n_directions": 0,
        "n_explanations": 0,
        "n_votes": 0,
        "n_prompts": 2,
        "n_lists": 0,
    }
    browser.post(f"{API}/users/counted/claim", json={"passphrase": "open sesame"})
    assert browser.get(f"{API}/users/counted").json()["claimed"] is True


def test_a_name_in_any_script_is_an_address(web: Running) -> None:
    body = {"username": "Ада Лавлейс", "text": "text", "model": web.model}
    web.client.post(f"{API}/prompts", json=body)
    assert web.client.get(f"{API}/users/ада лавлейс").json()["username"] == "Ада Лавлейс"


@pytest.mark.parametrize("name", ["was-not-here", "...", "%00", "x" * 90, "%ff", "<b>"])
def test_a_name_that_nobody_has_is_not_found(web: Running, name: str) -> None:
    response = web.client.get(f"{API}/users/{name}")
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"


def test_looking_makes_no_name(web: Running) -> None:
    for _ in range(2):
        assert web.client.get(f"{API}/users/only-looked-at").status_code == 404
        assert web.client.get(f"{API}/prompts?username=only-looked-at").json()["items"] == []


def test_a_lookalike_of_a_name_is_refused_where_it_would_be_made(web: Running) -> None:
    body = {"username": "ecco", "text": "text", "model": web.model}
    assert web.client.post(f"{API}/prompts", json=body).status_code == 201
    response = web.client.post(f"{API}/prompts", json={**body, "username": "ессо"})
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == "username"
    assert "looks like the existing name ecco" in response.json()["detail"]


def test_who_looks_is_nobody_until_something_is_saved(web: Running) -> None:
    with web.services.sessions.begin() as session:
        for name in (None, "never wrote a thing", "", "...", "a\0", "\ud800"):
            assert people.reader(session, name) is None
        assert web.client.get(f"{API}/users/never wrote a thing").status_code == 404


def test_who_looks_is_known_by_a_name_alone_even_a_claimed_one(web: Running) -> None:
    browser = TestClient(web.app)
    browser.post(f"{API}/users/looker/claim", json={"passphrase": "open sesame"})
    with web.services.sessions.begin() as session:
        found = people.reader(session, " LOOKER ")
        assert found is not None
        assert (found.name, found.claimed) == ("looker", True)
