"""Sets of prompts: made once, filled in order, changed by their owner only."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.orm import Session, sessionmaker

from app.db import lists, prompts, sets, users
from app.db.models import Collection, Prompt, PromptSet, User
from app.errors import BadInput, Forbidden, Taken, TooMuch, UnknownList
from tests.db.racing import at_once
from tests.db.world import save

Sessions = sessionmaker[Session]


@pytest.fixture
def ada(sessions: Sessions) -> User:
    with sessions.begin() as session:
        return users.named(session, "ada")


@pytest.fixture
def grace(sessions: Sessions) -> User:
    with sessions.begin() as session:
        return users.named(session, "grace")


@pytest.fixture
def texts(sessions: Sessions, grace: User) -> list[Prompt]:
    with sessions.begin() as session:
        return [prompts.keep(session, grace, text=each, model="m")[0] for each in "abcdef"]


def _make(sessions: Sessions, user: User, name: str, note: str = "") -> PromptSet:
    with sessions.begin() as session:
        return sets.make(session, user, name, note)[0]


def _put(sessions: Sessions, into: PromptSet, *rows: Prompt) -> None:
    for row in rows:
        with sessions.begin() as session:
            sets.put(session, sets.by_id(session, into.id), prompts.by_id(session, row.id))


def _texts(sessions: Sessions, of: PromptSet) -> str:
    with sessions.begin() as session:
        return "".join(row.text for row in sets.prompts(session, of.id))


def test_a_set_has_a_name_and_a_note(sessions: Sessions, ada: User) -> None:
    made = _make(sessions, ada, "  Capital   cities ", " where\nthings are ")
    with sessions.begin() as session:
        found = sets.by_id(session, made.id)
        assert (found.name, found.note, found.user.name) == (
            "Capital cities",
            "where\nthings are",
            "ada",
        )


def test_a_set_sent_twice_is_one_set(sessions: Sessions, ada: User, grace: User) -> None:
    made = _make(sessions, ada, "Capitals", "note")
    for name, note in (("Capitals", "note"), ("CAPITALS", ""), (" capitals ", " note ")):
        with sessions.begin() as session:
            again, is_new = sets.make(session, ada, name, note)
            assert (again.id, is_new) == (made.id, False)
    with sessions.begin() as session, pytest.raises(Taken, match="Capitals"):
        sets.make(session, ada, "capitals", "another note")
    assert _make(sessions, grace, "Capitals").id != made.id


def test_a_set_sent_many_times_at_once_is_one_set(sessions: Sessions, ada: User) -> None:
    made = at_once(sessions, *[lambda session: sets.make(session, ada, "Capitals")[0].id] * 6)
    assert len(set(made)) == 1


@pytest.mark.parametrize(
    ("name", "note", "field"),
    [("", "", "name"), ("a\0", "", "name"), ("x" * 81, "", "name"), ("a", "x" * 2001, "note")],
)
def test_a_name_or_note_that_cannot_be_used_is_refused(
    sessions: Sessions, ada: User, name: str, note: str, field: str
) -> None:
    with sessions.begin() as session, pytest.raises(BadInput) as caught:
        sets.make(session, ada, name, note)
    assert caught.value.field == field
    made = _make(sessions, ada, "fine")
    with sessions.begin() as session, pytest.raises(BadInput) as caught:
        sets.edit(session, sets.by_id(session, made.id), name=name, note=note)
    assert caught.value.field == field


def test_prompts_stand_in_the_order_in_which_they_were_put(
    sessions: Sessions, ada: User, texts: list[Prompt]
) -> None:
    a, b, c, d, *_ = texts
    made = _make(sessions, ada, "set")
    _put(sessions, made, c, a, d, b)
    assert _texts(sessions, made) == "cadb"
    _put(sessions, made, a)  # it is in it: it keeps its place
    assert _texts(sessions, made) == "cadb"
    with sessions.begin() as session:
        sets.take_out(session, made, a.id)
        sets.take_out(session, made, a.id)
        sets.take_out(session, made, 2**40)
    assert _texts(sessions, made) == "cdb"
    _put(sessions, made, a)
    assert _texts(sessions, made) == "cdba"


def test_prompts_put_at_once_each_get_a_place(
    sessions: Sessions, ada: User, texts: list[Prompt]
) -> None:
    made = _make(sessions, ada, "set")

    def put(session: Session, row: Prompt) -> int:
        sets.put(session, made, row)
        return row.id

    twice = [*texts, *texts]
    at_once(sessions, *[lambda session, row=row: put(session, row) for row in twice])
    assert sorted(_texts(sessions, made)) == list("abcdef")
    with sessions.begin() as session:
        assert sets.sizes(session, [made.id, 424242]) == {made.id: 6, 424242: 0}


def test_a_deleted_prompt_is_in_no_set_until_it_comes_back(
    sessions: Sessions, ada: User, grace: User, texts: list[Prompt]
) -> None:
    made = _make(sessions, ada, "set")
    _put(sessions, made, *texts[:3])
    with sessions.begin() as session:
        prompts.delete(session, prompts.own(session, texts[1].id, grace))
        assert sets.sizes(session, [made.id]) == {made.id: 2}
    assert _texts(sessions, made) == "ac"
    with sessions.begin() as session:
        prompts.restore(session, texts[1].id, grace)
    assert _texts(sessions, made) == "abc"


def test_a_filter_of_a_set_lets_its_prompts_through(
    sessions: Sessions, ada: User, texts: list[Prompt]
) -> None:
    made = _make(sessions, ada, "set")
    _put(sessions, made, texts[2], texts[0])
    with sessions.begin() as session:
        page = prompts.listed(session, prompts.Filter(set_id=made.id), limit=10)
    assert [row.text for row in page.items] == ["a", "c"]


def test_a_set_holds_so_many_prompts_and_no_more(
    sessions: Sessions, ada: User, monkeypatch: pytest.MonkeyPatch, texts: list[Prompt]
) -> None:
    monkeypatch.setattr(sets, "MAX_PROMPTS", 2)
    made = _make(sessions, ada, "set")
    _put(sessions, made, *texts[:2])
    _put(sessions, made, texts[0])
    with pytest.raises(TooMuch, match="3 prompts in one set"):
        _put(sessions, made, texts[2])


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_the_pages_of_the_sets_hold_each_once_the_newest_first(
    sessions: Sessions, ada: User, grace: User, limit: int
) -> None:
    names = [f"set {i}" for i in range(5)]
    for name in names:
        _make(sessions, ada, name)
        _make(sessions, grace, name)
    gone = _make(sessions, ada, "gone")
    with sessions.begin() as session:
        sets.delete(session, sets.own(session, gone.id, ada))

    def walk(user_id: int | None) -> list[str]:
        found: list[str] = []
        cursor: str | None = None
        while True:
            with sessions.begin() as session:
                page = sets.listed(session, user_id=user_id, limit=limit, cursor=cursor)
            found += [f"{row.user.name} {row.name}" for row in page.items]
            cursor = page.next
            if cursor is None:
                return found

    assert walk(ada.id) == [f"ada {name}" for name in names[::-1]]
    assert walk(None) == [f"{who} {name}" for name in names[::-1] for who in ("grace", "ada")]


@pytest.mark.parametrize("cursor", ["", "7", "x", "n", "n0", "n-1", "nx", "n" + "9" * 40])
def test_a_cursor_from_elsewhere_is_refused(sessions: Sessions, cursor: str) -> None:
    with sessions.begin() as session, pytest.raises(BadInput, match="cursor"):
        sets.listed(session, limit=3, cursor=cursor)


def test_a_set_is_renamed_and_keeps_its_name_in_another_case(sessions: Sessions, ada: User) -> None:
    made, other = _make(sessions, ada, "one", "note"), _make(sessions, ada, "two")
    with sessions.begin() as session:
        sets.edit(session, sets.own(session, made.id, ada), name="ONE", note="")
    with sessions.begin() as session:
        found = sets.by_id(session, made.id)
        assert (found.name, found.note) == ("ONE", "")
        with pytest.raises(Taken, match="“Two”"):
            sets.edit(session, found, name="Two")
    with sessions.begin() as session:
        assert sets.by_id(session, made.id).name == "ONE"
        assert sets.by_id(session, other.id).name == "two"


def test_of_two_sets_that_take_a_name_at_once_one_gets_it(sessions: Sessions, ada: User) -> None:
    ids = [_make(sessions, ada, name).id for name in ("one", "two")]

    def rename(session: Session, id_: int) -> int:
        sets.edit(session, sets.by_id(session, id_), name="three")
        return id_

    done = at_once(sessions, *[lambda session, id_=id_: rename(session, id_) for id_ in ids])
    assert sorted(type(each).__name__ for each in done) == ["Taken", "int"]


def test_a_deleted_set_comes_back_whole_unless_its_name_is_taken(
    sessions: Sessions, ada: User, texts: list[Prompt]
) -> None:
    made = _make(sessions, ada, "set")
    _put(sessions, made, *texts[:2])
    with sessions.begin() as session:
        sets.delete(session, sets.own(session, made.id, ada))
    with sessions.begin() as session, pytest.raises(UnknownList):
        sets.by_id(session, made.id)
    other = _make(sessions, ada, "SET")
    assert other.id != made.id
    with sessions.begin() as session, pytest.raises(Taken, match="“set”"):
        sets.restore(session, made.id, ada)
    with sessions.begin() as session:
        sets.delete(session, sets.own(session, other.id, ada))
        assert sets.restore(session, made.id, ada).id == made.id
        assert sets.restore(session, made.id, ada).id == made.id
    assert _texts(sessions, made) == "ab"


def test_it_refuses_another_users_set(sessions: Sessions, ada: User, grace: User) -> None:
    made = _make(sessions, ada, "set")
    with sessions.begin() as session:
        with pytest.raises(Forbidden, match="ada's"):
            sets.own(session, made.id, grace)
        with pytest.raises(Forbidden, match="ada's"):
            sets.restore(session, made.id, grace)


@pytest.mark.parametrize("id_", [0, -1, 999_999, 2**31, 2**63])
def test_a_set_that_was_never_there_is_unknown(sessions: Sessions, ada: User, id_: int) -> None:
    with sessions.begin() as session:
        with pytest.raises(UnknownList, match=str(id_)):
            sets.by_id(session, id_)
        with pytest.raises(UnknownList, match=str(id_)):
            sets.restore(session, id_, ada)


def _refuses_those_who_come_late(
    session: Session,
    row: PromptSet | Collection,
    module: Any,  # noqa: ANN401
    held: Any,  # noqa: ANN401
) -> None:
    module.delete(session, row)
    late: list[Callable[[], object]] = [
        lambda: module.put(session, row, held),
        lambda: module.take_out(session, row, held.id),
        lambda: module.edit(session, row, note="late"),
        lambda: module.delete(session, row),
    ]
    for each in late:
        with pytest.raises(UnknownList, match="was deleted"):
            each()


def test_sets_and_lists_take_nothing_once_they_are_deleted(
    sessions: Sessions, texts: list[Prompt]
) -> None:
    with sessions.begin() as session:
        chosen = sets.make(session, users.named(session, "ada"), "set")[0]
        _refuses_those_who_come_late(session, chosen, sets, texts[0])
        kept = lists.make(session, users.named(session, "ada"), "list")[0]
        _refuses_those_who_come_late(session, kept, lists, save(session))


def test_a_set_that_two_change_at_once_is_changed_by_one_after_the_other(
    sessions: Sessions, ada: User
) -> None:
    made = _make(sessions, ada, "set")
    deleted = threading.Event()

    def remove(session: Session) -> str:
        sets.delete(session, sets.by_id(session, made.id))
        deleted.set()
        time.sleep(0.3)
        return "deleted"

    def edit(session: Session) -> str:
        if session.get_bind().dialect.name == "postgresql":  # on SQLite it waits at its start
            row = sets.by_id(session, made.id)
            deleted.wait()
            return sets.edit(session, row, note="late").note
        deleted.wait()
        time.sleep(0.05)
        return sets.edit(session, sets.by_id(session, made.id), note="late").note

    first, second = at_once(sessions, remove, edit)
    assert first == "deleted"
    assert isinstance(second, UnknownList)
