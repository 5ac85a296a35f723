"""Lists of directions: made once, filled, edited, deleted and restored."""

import pytest
from sqlalchemy.orm import Session, sessionmaker

from app.db import directions, lists
from app.db.keyset import MAX_ID
from app.errors import BadInput, Forbidden, Taken, TooMuch, UnknownList
from tests.db.world import person, save

Sessions = sessionmaker[Session]


def test_a_list_made_again_is_there_once(sessions: Sessions) -> None:
    with sessions.begin() as session:
        ada = person(session, "ada")
        first, made = lists.make(session, ada, "Syntax", "of words")
        assert made
        assert lists.make(session, ada, "SYNTAX", "of words") == (first, False)
        assert lists.make(session, ada, "syntax", "") == (first, False)
        with pytest.raises(Taken):
            lists.make(session, ada, "syntax", "another")
        assert lists.make(session, person(session, "bob"), "Syntax", "")[1]
        with pytest.raises(BadInput):
            lists.make(session, ada, " ", "")


def test_a_list_keeps_its_order_and_each_direction_once(sessions: Sessions) -> None:
    with sessions.begin() as session:
        coll = lists.make(session, person(session, "ada"), "Syntax", "")[0]
        rows = [save(session) for _ in range(4)]
        for row in (rows[2], rows[0], rows[3], rows[1]):
            lists.put(session, coll, row, "why")
        lists.put(session, coll, rows[0], "because")
        lists.take_out(session, coll, rows[3].id)
        lists.take_out(session, coll, 999)
        directions.delete(session, rows[1])
    with sessions.begin() as session:
        found = [(row.id, item.note) for item, row in lists.items(session, coll.id)]
        assert found == [(rows[2].id, "why"), (rows[0].id, "because")]
        assert lists.sizes(session, [coll.id, 99]) == {coll.id: 2, 99: 0}


def test_an_unlisted_direction_shows_in_its_owners_lists_only(sessions: Sessions) -> None:
    with sessions.begin() as session:
        ada, bob = person(session, "ada"), person(session, "bob")
        row = save(session, by="ada")
        for user in (ada, bob):
            lists.put(session, lists.make(session, user, "Syntax", "")[0], row)
        directions.set_visibility(session, row, "unlisted")
        mine, another = (lists.make(session, user, "Syntax")[0] for user in (ada, bob))
        assert [found.id for _, found in lists.items(session, mine.id)] == [row.id]
        assert lists.items(session, another.id) == []
        assert lists.sizes(session, [mine.id, another.id]) == {mine.id: 1, another.id: 0}
        with pytest.raises(Forbidden, match="unlisted"):
            lists.put(session, another, row)


def test_a_full_list_takes_no_more(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "MAX_ITEMS", 2)
    with sessions.begin() as session:
        coll = lists.make(session, person(session, "ada"), "Syntax", "")[0]
        rows = [save(session) for _ in range(3)]
        for row in rows[:2]:
            lists.put(session, coll, row)
        with pytest.raises(TooMuch, match="3 directions in a list"):
            lists.put(session, coll, rows[2])
        lists.put(session, coll, rows[0], "still fine")


def test_lists_are_found_by_user_and_by_what_they_hold(sessions: Sessions) -> None:
    with sessions.begin() as session:
        row = save(session)
        made = []
        for n in range(6):
            coll = lists.make(session, person(session, ["ada", "bob"][n % 2]), f"list {n}", "")[0]
            if n % 3 == 0:
                lists.put(session, coll, row)
            made.append(coll.id)
        lists.delete(session, lists.by_id(session, made[5]))
    with sessions.begin() as session:

        def found(**which: object) -> list[int]:
            first = lists.of(session, limit=2, **which)  # type: ignore[arg-type]
            if first.next is None:
                return [coll.id for coll in first.items]
            rest = lists.of(session, limit=9, cursor=first.next, **which)  # type: ignore[arg-type]
            return [coll.id for coll in first.items + rest.items]

        assert found() == made[4::-1]
        assert found(username="ADA") == made[4::-2]
        assert found(direction=row.id) == [made[3], made[0]]
        assert found(direction=row.id, username="bob") == [made[3]]
        assert found(username="nobody") == found(direction=10**30) == found(direction=99) == []
        with pytest.raises(BadInput):
            lists.of(session, limit=2, cursor="t1")


def test_a_list_gets_another_name_and_note(sessions: Sessions) -> None:
    with sessions.begin() as session:
        ada = person(session, "ada")
        coll = lists.make(session, ada, "Syntax", "")[0]
        lists.make(session, ada, "Taken", "")
        lists.edit(session, coll, name="SYNTAX", note="of words")
    with sessions.begin() as session:
        coll = lists.own(session, coll.id, ada)
        assert (coll.name, coll.note) == ("SYNTAX", "of words")
        with pytest.raises(Taken):
            lists.edit(session, coll, name="taken")


def test_it_refuses_anothers_list(sessions: Sessions) -> None:
    with sessions.begin() as session:
        coll = lists.make(session, person(session, "ada"), "Syntax", "")[0]
        for refuse in (lists.own, lists.restore):
            with pytest.raises(Forbidden, match="ada's"):
                refuse(session, coll.id, person(session, "bob"))


def test_a_deleted_list_is_gone_until_it_is_restored(sessions: Sessions) -> None:
    with sessions.begin() as session:
        ada = person(session, "ada")
        coll = lists.make(session, ada, "Syntax", "")[0]
        lists.put(session, coll, save(session), "why")
        lists.delete(session, coll)
    with sessions.begin() as session:
        ada = person(session, "ada")
        with pytest.raises(UnknownList, match="was deleted"):
            lists.by_id(session, coll.id)
        for id_ in (0, 99, MAX_ID + 1):
            with pytest.raises(UnknownList):
                lists.by_id(session, id_)
            with pytest.raises(UnknownList):
                lists.restore(session, id_, ada)
        back = lists.restore(session, coll.id, ada)
        assert [item.note for item, _ in lists.items(session, back.id)] == ["why"]
        lists.delete(session, back)
        lists.make(session, ada, "syntax", "")
    with pytest.raises(Taken), sessions.begin() as session:
        lists.restore(session, coll.id, person(session, "ada"))
