"""Logins: started, found by their token, run out, ended."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, sessionmaker

from app.db import logins, users
from app.db.base import now
from app.db.models import Login, User

Sessions = sessionmaker[Session]


@pytest.fixture
def ada(sessions: Sessions) -> User:
    with sessions.begin() as session:
        return users.named(session, "ada")


def _start(sessions: Sessions, user: User) -> str:
    with sessions.begin() as session:
        return logins.start(session, user)


def _holder(sessions: Sessions, token: str | None) -> str | None:
    with sessions.begin() as session:
        found = logins.holder(session, token)
        return None if found is None else found.name


def _run_out(sessions: Sessions) -> None:
    with sessions.begin() as session:
        session.execute(update(Login).values(expires_at=now() - timedelta(seconds=1)))


def test_a_token_is_its_users_and_no_two_are_the_same(sessions: Sessions, ada: User) -> None:
    tokens = {_start(sessions, ada) for _ in range(3)}
    assert len(tokens) == 3
    assert all(len(token) >= 40 for token in tokens)
    assert {_holder(sessions, token) for token in tokens} == {"ada"}


@pytest.mark.parametrize("token", [None, "", "x", "x" * 5000, "\ud800", "\0", "' OR 1=1 --"])
def test_a_token_that_was_never_given_is_nobodys(
    sessions: Sessions, ada: User, token: str | None
) -> None:
    _start(sessions, ada)
    assert _holder(sessions, token) is None
    with sessions.begin() as session:
        logins.end(session, token)  # nothing to do


def test_the_database_does_not_know_the_token(sessions: Sessions, ada: User) -> None:
    token = _start(sessions, ada)
    with sessions.begin() as session:
        (row,) = session.scalars(select(Login))
    assert token not in row.token_hash
    assert _holder(sessions, row.token_hash) is None


def test_a_login_lasts_thirty_days(sessions: Sessions, ada: User) -> None:
    token = _start(sessions, ada)
    with sessions.begin() as session:
        (row,) = session.scalars(select(Login))
    assert timedelta(days=30) - timedelta(minutes=1) < row.expires_at - now() < timedelta(days=30)
    _run_out(sessions)
    assert _holder(sessions, token) is None


def test_logins_that_have_run_out_are_forgotten_when_another_begins(
    sessions: Sessions, ada: User
) -> None:
    for _ in range(3):
        _start(sessions, ada)
    _run_out(sessions)
    token = _start(sessions, ada)
    with sessions.begin() as session:
        assert session.scalars(select(func.count()).select_from(Login)).one() == 1
    assert _holder(sessions, token) == "ada"


def test_logging_out_ends_the_one_login(sessions: Sessions, ada: User) -> None:
    here, elsewhere = _start(sessions, ada), _start(sessions, ada)
    with sessions.begin() as session:
        logins.end(session, here)
    assert _holder(sessions, here) is None
    assert _holder(sessions, elsewhere) == "ada"


def test_the_other_logins_end_and_another_users_stay(sessions: Sessions, ada: User) -> None:
    with sessions.begin() as session:
        grace = users.named(session, "grace")
    here, elsewhere, hers = (_start(sessions, user) for user in (ada, ada, grace))
    with sessions.begin() as session:
        logins.end_others(session, ada, here)
    assert [_holder(sessions, token) for token in (here, elsewhere, hers)] == ["ada", None, "grace"]
    with sessions.begin() as session:
        logins.end_others(session, ada, None)
    assert [_holder(sessions, token) for token in (here, hers)] == [None, "grace"]
