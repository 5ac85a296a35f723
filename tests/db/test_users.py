"""Users: found, made once however many ask at once, claimed, counted."""

import threading
from collections.abc import Callable
from dataclasses import astuple

import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from app.db import directions, explanations, passphrases, prompts, users, votes
from app.db.base import now
from app.db.models import Collection, User
from app.errors import BadInput, BadName, Forbidden, Taken, UnknownUser
from tests.db import world
from tests.db.racing import at_once

Sessions = sessionmaker[Session]


def _ada(sessions: Sessions) -> User:
    with sessions.begin() as session:
        return users.named(session, "Ada")


def test_a_name_is_made_when_it_is_first_written_under(sessions: Sessions) -> None:
    with sessions.begin() as session:
        assert users.find(session, "Ada") is None
        made = users.named(session, " Ada ")
    with sessions.begin() as session:
        assert users.by_name(session, "Ada").id == made.id
        assert (made.name, made.claimed) == ("Ada", False)


def test_a_name_in_another_case_is_the_same_and_keeps_its_first_form(sessions: Sessions) -> None:
    ada = _ada(sessions)
    with sessions.begin() as session:
        for raw in ("ADA", "ada", "ａｄａ", " aDa"):
            assert users.named(session, raw).id == ada.id
            assert users.by_name(session, raw).name == "Ada"


@pytest.mark.parametrize("raw", ["grace", "...", "\0", "\ud800", "x" * 500])
def test_a_name_that_nobody_has_is_unknown(sessions: Sessions, raw: str) -> None:
    _ada(sessions)
    with sessions.begin() as session, pytest.raises(UnknownUser):
        users.by_name(session, raw)


@pytest.mark.parametrize("raw", ["", "...", "a\0", "\ud800", "🙂"])
def test_a_name_that_cannot_be_used_is_not_made(sessions: Sessions, raw: str) -> None:
    with sessions.begin() as session, pytest.raises(BadName):
        users.named(session, raw)
    with sessions.begin() as session:
        assert session.scalars(select(func.count()).select_from(User)).one() == 0


@pytest.mark.parametrize(("one", "other"), [("ace", "асе"), ("bill", "biII"), ("b0b", "bob")])
def test_a_name_that_looks_like_an_existing_one_is_refused(
    sessions: Sessions, one: str, other: str
) -> None:
    with sessions.begin() as session:
        users.named(session, one)
    with sessions.begin() as session, pytest.raises(BadName, match=f"looks like .* {one}"):
        users.named(session, other, field="who")


def test_of_two_that_make_the_same_name_at_once_both_get_the_one_row(sessions: Sessions) -> None:
    for i in range(5):
        raws = [f"racer {i}", f"RACER {i}", f"Racer  {i}", f"ｒacer {i}"] * 2
        made = at_once(sessions, *[lambda s, raw=raw: users.named(s, raw).id for raw in raws])
        assert len(set(made)) == 1
        assert isinstance(made[0], int)
    with sessions.begin() as session:
        assert session.scalars(select(func.count()).select_from(User)).one() == 5


def test_of_two_lookalikes_made_at_once_one_is_refused(sessions: Sessions) -> None:
    made = at_once(
        sessions,
        lambda session: users.named(session, "ace").id,
        lambda session: users.named(session, "асе").id,
    )
    assert sorted(type(each).__name__ for each in made) == ["BadName", "int"]


def test_a_write_that_follows_the_race_is_kept(sessions: Sessions) -> None:
    def write(session: Session) -> int:
        user = users.named(session, "ada")
        row, _ = prompts.keep(session, user, text=threading.current_thread().name, model="m")
        return row.id

    kept = at_once(sessions, *[write] * 6)
    assert len(set(kept)) == 6
    with sessions.begin() as session:
        assert users.activity(session, users.by_name(session, "ada")).n_prompts == 6


def test_a_claimed_name_has_a_passphrase_and_a_free_one_has_none(sessions: Sessions) -> None:
    ada = _ada(sessions)
    assert not users.check(ada, "")
    with sessions.begin() as session:
        users.claim(session, users.named(session, "ada"), passphrases.hashed("open sesame"))
    with sessions.begin() as session:
        ada = users.by_name(session, "ada")
    assert ada.claimed
    assert ada.claimed_at is not None
    assert ada.claimed_at <= now()
    assert ada.passphrase_hash is not None
    assert ada.passphrase_hash.startswith("$argon2id$")
    assert users.check(ada, "open sesame")
    assert not users.check(ada, "open sesame ")
    assert not users.check(None, "open sesame")


def test_a_name_is_claimed_once_however_many_try_at_once(sessions: Sessions) -> None:
    ada = _ada(sessions)
    kept = [f"hash {i}" for i in range(6)]

    def claim(passphrase_hash: str) -> Callable[[Session], str]:
        def work(session: Session) -> str:
            users.claim(session, users.by_name(session, "ada"), passphrase_hash)
            return passphrase_hash

        return work

    done = at_once(sessions, *map(claim, kept))
    (won,) = [each for each in done if isinstance(each, str)]
    assert [type(each) for each in done].count(Taken) == 5
    with sessions.begin() as session:
        found = session.get(User, ada.id)
        assert found is not None
        assert found.passphrase_hash == won


def test_a_passphrase_changes_only_from_the_one_that_was_checked(sessions: Sessions) -> None:
    _ada(sessions)
    with sessions.begin() as session:
        users.claim(session, users.by_name(session, "ada"), "first")
    with sessions.begin() as session:
        checked = users.by_name(session, "ada")
    with sessions.begin() as session:
        users.change(session, checked, "second")
    with sessions.begin() as session, pytest.raises(Forbidden, match="changed a moment ago"):
        users.change(session, checked, "third")
    with sessions.begin() as session:
        assert users.by_name(session, "ada").passphrase_hash == "second"


@pytest.mark.parametrize("passphrase", ["", "seven77", "x" * 201, "half \ud800 a pair"])
def test_a_passphrase_that_cannot_be_used_is_refused(passphrase: str) -> None:
    with pytest.raises(BadInput) as caught:
        passphrases.hashed(passphrase, field="new")
    assert caught.value.field == "new"
    assert passphrase == "" or passphrase not in caught.value.detail


def test_the_same_characters_are_the_same_passphrase_however_typed() -> None:
    assert passphrases.matches("cafe\u0301 crème", passphrases.hashed("café crème"))


def test_no_passphrase_matches_a_hash_that_is_none() -> None:
    for given in ("x" * 10, "x" * 5000, "\ud800" * 8, "nobody's passphrase"):
        assert not passphrases.matches(given, None)
        assert not passphrases.matches(given, "not a hash")


def test_a_hash_of_other_parameters_is_outdated() -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash("open sesame")
    assert passphrases.matches("open sesame", weak)
    assert passphrases.outdated(weak)
    assert not passphrases.outdated(passphrases.hashed("open sesame"))


def test_what_a_name_has_saved_is_counted_without_what_is_deleted(sessions: Sessions) -> None:
    with sessions.begin() as session:
        ada, grace = users.named(session, "ada"), users.named(session, "grace")
        kept = [prompts.keep(session, ada, text=text, model="m")[0] for text in "abc"]
        prompts.keep(session, grace, text="a", model="m")
        prompts.delete(session, kept[0])
        session.add_all(
            [
                Collection(user=ada, name="A", name_key="a"),
                Collection(user=ada, name="B", name_key="b", deleted_at=now()),
            ]
        )
    with sessions.begin() as session:
        assert astuple(users.activity(session, ada)) == (0, 0, 0, 2, 1)
        assert astuple(users.activity(session, grace)) == (0, 0, 0, 1, 0)


def test_what_is_counted_is_what_the_lists_show(sessions: Sessions) -> None:
    with sessions.begin() as session:
        ada = world.person(session, "ada")
        shown, hidden, gone = (world.save(session, by="bob") for _ in range(3))
        said = [world.explain(session, row, by="ada") for row in (shown, hidden, gone)]
        own = world.save(session, by="ada", visibility="unlisted")
        said += [world.explain(session, own, by="ada"), world.explain(session, shown, by="bob")]
        for each in said:
            votes.cast(session, each.id, ada, 1)
        directions.set_visibility(session, hidden, "unlisted")
        directions.delete(session, gone)
        explanations.delete(session, said[-1])
        found = users.activity(session, ada)
        listed = explanations.by_user(session, ada, limit=10).items
        assert found.n_explanations == len(listed) == 2
        assert found.n_votes == 2
        assert found.n_directions == 1
