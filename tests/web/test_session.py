"""Logging in, claiming a name, changing its passphrase, and what a claimed name protects."""

from collections.abc import Iterator
from threading import BoundedSemaphore

import pytest
from argon2 import PasswordHasher
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import select

from app.db import passphrases
from app.db.models import Login, User
from tests.web.conftest import Running

PASSPHRASE = "open sesame, please"
API = "/api/v1"


@pytest.fixture
def browser(web: Running) -> Iterator[TestClient]:
    """A browser of its own: no other's cookies."""
    yield TestClient(web.app, raise_server_exceptions=False)


@pytest.fixture
def other(web: Running) -> Iterator[TestClient]:
    """Another browser."""
    yield TestClient(web.app, raise_server_exceptions=False)


def _claim(browser: TestClient, name: str, passphrase: str = PASSPHRASE) -> Response:
    return browser.post(f"{API}/users/{name}/claim", json={"passphrase": passphrase})


def _log_in(browser: TestClient, name: str, passphrase: str = PASSPHRASE) -> Response:
    return browser.post(f"{API}/session", json={"username": name, "passphrase": passphrase})


def _keep(browser: TestClient, name: str, text: str = "A text.") -> Response:
    return browser.post(f"{API}/prompts", json={"username": name, "text": text, "model": "tiny"})


def _who(browser: TestClient) -> str | None:
    found: str | None = browser.get(f"{API}/session").json()["username"]
    return found


def _refused(response: Response, status: int, field: str) -> str:
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["errors"][0]["field"] == field
    detail: str = problem["detail"]
    return detail


def test_nobody_is_logged_in_at_first(browser: TestClient) -> None:
    response = browser.get(f"{API}/session")
    assert response.json() == {"username": None}
    assert response.headers["cache-control"] == "no-store"


def test_claiming_a_name_logs_in(browser: TestClient) -> None:
    response = _claim(browser, "Claimer One")
    assert response.status_code == 201
    assert response.json() == {"username": "Claimer One", "claimed": True}
    assert _who(browser) == "Claimer One"


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(web: Running) -> None:
    cookie = _claim(TestClient(web.app), "cookie-http").headers["set-cookie"]
    parts = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"httponly", "samesite=lax", "path=/", "max-age=2592000"} <= parts
    assert "secure" not in parts
    secure = _claim(TestClient(web.app, base_url="https://testserver"), "cookie-https")
    assert "secure" in secure.headers["set-cookie"].lower()


def test_a_claimed_name_is_written_under_only_by_who_is_logged_in(
    browser: TestClient, other: TestClient
) -> None:
    assert _keep(other, "held", "before").status_code == 201  # a free name: anybody's
    _claim(browser, "held")
    for name in ("held", "HELD", " ｈeld "):
        detail = _refused(_keep(other, name), 403, "username")
        assert detail == ("The name held is claimed. Log in with its passphrase to write under it.")
        assert _keep(browser, name).status_code in (200, 201)
    _claim(other, "another")
    assert _keep(other, "held").status_code == 403
    assert _log_in(other, "held").json() == {"username": "held"}
    assert _keep(other, "held").status_code == 200


def test_a_login_ends_where_it_is_logged_out(
    web: Running, browser: TestClient, other: TestClient
) -> None:
    _claim(browser, "leaver")
    _log_in(other, "leaver")
    stolen = dict(browser.cookies)
    response = browser.delete(f"{API}/session")
    assert response.status_code == 204
    assert browser.cookies.get("rsv_login") is None
    assert _who(browser) is None
    assert _who(other) == "leaver"
    thief = TestClient(web.app, cookies=stolen)
    assert _who(thief) is None
    assert _keep(thief, "leaver").status_code == 403
    assert browser.delete(f"{API}/session").status_code == 204  # there is nothing to end


def test_logging_in_again_ends_the_browsers_login_before(web: Running, browser: TestClient) -> None:
    _claim(browser, "first self")
    before = dict(browser.cookies)
    _claim(browser, "second self")
    assert _who(browser) == "second self"
    assert _who(TestClient(web.app, cookies=before)) is None


def test_a_wrong_passphrase_is_refused(browser: TestClient, other: TestClient) -> None:
    _claim(browser, "guarded")
    detail = _refused(_log_in(other, "guarded", PASSPHRASE + "!"), 403, "passphrase")
    assert "guarded" in detail
    assert PASSPHRASE not in detail
    assert _who(other) is None


@pytest.mark.parametrize("name", ["never seen", "free"])
def test_a_name_that_is_not_claimed_has_no_login(browser: TestClient, name: str) -> None:
    _keep(browser, "free")
    assert "needs no passphrase" in _refused(_log_in(browser, name), 403, "username")


def test_a_name_that_nobody_has_takes_as_long_as_a_wrong_passphrase(
    browser: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified: list[str] = []
    verify = PasswordHasher.verify

    def counted(self: PasswordHasher, kept: str, given: bytes) -> bool:
        verified.append(kept)
        return verify(self, kept, given)

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    _log_in(browser, "nobody at all")
    assert len(verified) == 1
    assert verified[0].startswith("$argon2id$")


def test_a_name_is_claimed_once(browser: TestClient, other: TestClient) -> None:
    _claim(browser, "once")
    assert "once" in _refused(_claim(other, "ONCE", "another passphrase"), 409, "username")
    assert _who(other) is None


@pytest.mark.parametrize(
    ("name", "passphrase", "field"),
    [
        ("short", "seven77", "passphrase"),
        ("long", "x" * 201, "passphrase"),
        ("longer", "x" * 2000, "passphrase"),
        ("nul%00", PASSPHRASE, "username"),
        ("...", PASSPHRASE, "username"),
        ("%F0%9F%99%82", PASSPHRASE, "username"),
        ("x" * 81, PASSPHRASE, "username"),
    ],
)
def test_a_claim_that_cannot_be_read_is_refused_by_field(
    browser: TestClient, name: str, passphrase: str, field: str
) -> None:
    detail = _refused(_claim(browser, name, passphrase), 422, field)
    assert passphrase not in detail


@pytest.mark.parametrize("body", [{}, {"passphrase": 12345678}, {"passphrase": None}, {"x": "y"}])
def test_a_body_of_the_wrong_shape_is_refused(browser: TestClient, body: object) -> None:
    for path in ("users/shape/claim", "session"):
        assert browser.post(f"{API}/{path}", json=body).status_code == 422
    assert browser.put(f"{API}/users/shape/passphrase", json=body).status_code == 422


def test_a_lone_surrogate_is_refused_and_not_an_error(browser: TestClient) -> None:
    _claim(browser, "surrogate")
    headers = {"Content-Type": "application/json"}
    for path, body in (
        ("users/surrogate2/claim", '{"passphrase": "12345678\\ud800"}'),
        ("session", '{"username": "surrogate\\ud800", "passphrase": "12345678"}'),
        ("session", '{"username": "surrogate", "passphrase": "12345678\\ud800"}'),
    ):
        response = browser.post(f"{API}/{path}", content=body, headers=headers)
        assert response.status_code in (403, 422)
    cookie = [(b"Cookie", b"rsv_login=\xed\xa0\x80\xff")]
    assert browser.get(f"{API}/session", headers=cookie).json() == {"username": None}


def test_a_changed_passphrase_ends_the_other_logins(browser: TestClient, other: TestClient) -> None:
    new = "a newer passphrase"
    _claim(browser, "changer")
    _log_in(other, "changer")
    response = browser.put(f"{API}/users/changer/passphrase", json={"old": PASSPHRASE, "new": new})
    assert response.status_code == 200
    assert response.json() == {"username": "changer", "claimed": True}
    assert (_who(browser), _who(other)) == ("changer", None)
    assert _log_in(other, "changer").status_code == 403
    assert _log_in(other, "changer", new).status_code == 200


def test_a_passphrase_is_changed_only_by_who_knows_it(browser: TestClient) -> None:
    _claim(browser, "kept")
    path = f"{API}/users/kept/passphrase"
    wrong = browser.put(path, json={"old": "something else", "new": PASSPHRASE * 2})
    _refused(wrong, 403, "old")
    _refused(browser.put(path, json={"old": PASSPHRASE, "new": "short"}), 422, "new")
    _keep(browser, "keeps none")
    free = f"{API}/users/keeps none/passphrase"
    _refused(browser.put(free, json={"old": PASSPHRASE, "new": PASSPHRASE}), 403, "username")
    missing = f"{API}/users/was never there/passphrase"
    _refused(browser.put(missing, json={"old": PASSPHRASE, "new": PASSPHRASE}), 404, "username")
    assert _log_in(browser, "kept").status_code == 200


def test_the_database_holds_neither_passphrases_nor_tokens(
    web: Running, browser: TestClient
) -> None:
    _claim(browser, "secretive")
    token = browser.cookies["rsv_login"]
    with web.services.sessions.begin() as session:
        user = session.scalars(select(User).where(User.key == "secretive")).one()
        (row,) = session.scalars(select(Login).where(Login.user_id == user.id))
    assert user.passphrase_hash is not None
    assert user.passphrase_hash.startswith("$argon2id$")
    assert PASSPHRASE not in user.passphrase_hash
    assert token != row.token_hash


def test_a_hash_of_other_parameters_is_made_anew_at_the_next_login(
    web: Running, browser: TestClient
) -> None:
    _claim(browser, "old timer")
    weak = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSPHRASE)
    with web.services.writers.begin() as session:
        session.scalars(select(User).where(User.key == "old timer")).one().passphrase_hash = weak
    assert _log_in(browser, "old timer").status_code == 200
    with web.services.sessions.begin() as session:
        user = session.scalars(select(User).where(User.key == "old timer")).one()
    assert user.passphrase_hash != weak
    assert _log_in(browser, "old timer").status_code == 200


def test_a_name_is_guessed_at_ten_times_and_then_has_to_wait(
    browser: TestClient, other: TestClient
) -> None:
    _claim(browser, "guessed")
    for i in range(10):
        assert _log_in(other, "Guessed", f"guess number {i}").status_code == 403
    response = _log_in(other, "guessed")
    assert response.status_code == 429
    assert response.headers["content-type"] == "application/problem+json"
    assert 0 < int(response.headers["retry-after"]) <= 300
    changed = other.put(
        f"{API}/users/guessed/passphrase", json={"old": PASSPHRASE, "new": PASSPHRASE}
    )
    assert changed.status_code == 429
    assert _keep(browser, "guessed").status_code == 201  # who is logged in already stays so
    assert _log_in(other, "another name").status_code == 403


def test_a_right_passphrase_starts_the_count_anew(browser: TestClient) -> None:
    _claim(browser, "forgetful")
    for _ in range(2):
        for i in range(6):
            assert _log_in(browser, "forgetful", f"guess number {i}").status_code == 403
        assert _log_in(browser, "forgetful").status_code == 200


def test_wrong_guesses_from_elsewhere_do_not_keep_the_holder_out(
    web: Running, browser: TestClient
) -> None:
    _claim(browser, "besieged")
    stranger = TestClient(web.app, client=("198.51.100.7", 1))
    for i in range(10):
        assert _log_in(stranger, "besieged", f"guess number {i}").status_code == 403
    assert _log_in(stranger, "besieged").status_code == 429
    assert _log_in(browser, "besieged").status_code == 200


def test_one_client_claims_and_tries_only_so_many_passphrases(
    web: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.db.passphrases.hashed", lambda *_, **__: "not a hash")
    monkeypatch.setattr("app.db.passphrases.matches", lambda *_: False)
    greedy = TestClient(web.app, client=("198.51.100.8", 1))
    for i in range(300):
        web.services.tries.count("198.51.100.8", f"name {i}")
    for response in (_claim(greedy, "one too many"), _log_in(greedy, "one too many")):
        assert response.status_code == 429
        assert int(response.headers["retry-after"]) > 0
    assert _claim(TestClient(web.app), "one too many").status_code == 201


def test_while_too_many_passphrases_are_hashed_one_more_is_put_off(
    browser: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    _claim(browser, "put off")
    monkeypatch.setattr(passphrases, "_AT_ONCE", BoundedSemaphore(1))
    monkeypatch.setattr(passphrases, "PATIENCE_S", 0.01)
    with passphrases._AT_ONCE:
        for response in (_log_in(browser, "put off"), _claim(browser, "put off too")):
            assert response.status_code == 503
            assert int(response.headers["retry-after"]) > 0
    assert _log_in(browser, "put off").status_code == 200
    monkeypatch.setattr(passphrases, "_ADMITTED", BoundedSemaphore(1))
    monkeypatch.setattr(passphrases, "PATIENCE_S", 60.0)
    with passphrases._ADMITTED:
        assert _log_in(browser, "put off").status_code == 503  # at once: it holds no thread
    assert _log_in(browser, "put off").status_code == 200
