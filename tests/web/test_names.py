"""GET names: what becomes of a name that was typed."""

import pytest

from tests.web.conftest import Running

API = "/api/v1"


def reply(web: Running, name: str) -> dict[str, object]:
    answer = web.client.get(f"{API}/names", params={"name": name})
    assert answer.status_code == 200
    found: dict[str, object] = answer.json()
    return found


def test_an_unused_name_is_given_as_it_would_be_kept(web: Running) -> None:
    assert reply(web, "  Nobody   yet ") == {
        "name": "Nobody yet",
        "fault": None,
        "known": False,
        "claimed": False,
    }
    assert web.client.get(f"{API}/users/Nobody yet").status_code == 404


def test_a_used_name_is_given_as_it_was_first_written(web: Running) -> None:
    body = {"username": "Known Here", "text": "text", "model": web.model}
    web.client.post(f"{API}/prompts", json=body)
    assert reply(web, "known here")["name"] == "Known Here"
    assert reply(web, "known here")["known"] is True


@pytest.mark.parametrize(
    ("name", "why"),
    [("", "empty"), ("x" * 81, "80"), ("аda", "mixes"), ("a\u202eb", "U+202E"), ("...", "letter")],
)
def test_a_name_that_nobody_can_have_is_told_why(web: Running, name: str, why: str) -> None:
    found = reply(web, name)
    assert (found["name"], found["known"]) == (None, False)
    assert why in str(found["fault"])


def test_a_lookalike_of_a_used_name_is_told_of(web: Running) -> None:
    body = {"username": "ecca", "text": "text", "model": web.model}
    web.client.post(f"{API}/prompts", json=body)
    assert "looks like the existing name ecca" in str(reply(web, "есса")["fault"])
