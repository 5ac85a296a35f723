"""Explanations: one of each side a name, best first, edited with history, deleted and restored."""

import pytest
from sqlalchemy.orm import Session, sessionmaker

from app.db import directions, explanations
from app.db.directions import Filter
from app.db.keyset import MAX_ID
from app.db.models import Direction
from app.errors import BadInput, Forbidden, Taken, UnknownDirection, UnknownExplanation
from tests.db.world import explain, person, save, vote

Sessions = sessionmaker[Session]


@pytest.fixture
def direction(sessions: Sessions) -> Direction:
    with sessions.begin() as session:
        return save(session, "tense")


def _found(sessions: Sessions, q: str) -> bool:
    with sessions.begin() as session:
        return bool(directions.listed(session, Filter(q=q), limit=1).items)


def test_an_explanation_said_again_is_there_once(sessions: Sessions, direction: Direction) -> None:
    for made in (True, False):
        with sessions.begin() as session:
            bob = person(session, "bob")
            assert explanations.add(session, direction, bob, "the past", "both")[1] is made
    with sessions.begin() as session:
        assert directions.by_id(session, direction.id).n_explanations == 1


def test_a_side_is_explained_once_by_a_name(sessions: Sessions, direction: Direction) -> None:
    with sessions.begin() as session:
        explain(session, direction, "the past", side="plus")
        explain(session, direction, "the future", side="minus")
        explain(session, direction, "the past", side="plus", by="eve")
    with pytest.raises(Taken, match="edit"), sessions.begin() as session:
        explain(session, direction, "another idea", side="plus")
    with pytest.raises(BadInput), sessions.begin() as session:
        explain(session, direction, "another idea", side="up")
    with sessions.begin() as session:
        assert directions.by_id(session, direction.id).n_explanations == 3


def test_the_best_comes_first_and_the_older_of_equals(
    sessions: Sessions, direction: Direction
) -> None:
    with sessions.begin() as session:
        made = [explain(session, direction, "idea", by=f"user {n}") for n in range(7)]
        vote(session, made[4], up=5)
        vote(session, made[2], up=2)
        vote(session, made[5], up=2)
        vote(session, made[0], up=0, down=1)
        order = [made[n].id for n in (4, 2, 5, 0, 1, 3, 6)]
    for limit in (1, 2, 3, 100):
        found: list[int] = []
        cursor: str | None = None
        with sessions.begin() as session:
            while True:
                page = explanations.of(session, direction.id, limit=limit, cursor=cursor)
                found += [row.id for row in page.items]
                cursor = page.next
                if cursor is None:
                    break
        assert found == order
    with sessions.begin() as session:
        assert explanations.best_of(session, [direction.id, 99])[direction.id].id == order[0]
        assert directions.by_id(session, direction.id).score == pytest.approx(0.5655, abs=1e-4)
        with pytest.raises(BadInput):
            explanations.of(session, direction.id, limit=1, cursor="n1")


def test_an_edit_keeps_votes_and_what_was_said_before(
    sessions: Sessions, direction: Direction
) -> None:
    with sessions.begin() as session:
        said = explain(session, direction, "the past")
        vote(session, said, up=2)
        assert said.created_at == said.updated_at
    for text in ("the past tense", "the past tense", "time"):
        with sessions.begin() as session:
            own = explanations.own(session, said.id, person(session, "bob"))
            explanations.edit(session, own, text)
    with sessions.begin() as session:
        now = explanations.by_id(session, said.id)
        assert (now.text, now.up, now.updated_at > now.created_at) == ("time", 2, True)
        history = explanations.history(session, now)
        assert [row.text for row in history] == ["the past", "the past tense"]
    assert _found(sessions, "time") and not _found(sessions, "past")


def test_it_refuses_anothers_explanation(sessions: Sessions, direction: Direction) -> None:
    with sessions.begin() as session:
        said = explain(session, direction, by="bob")
        with pytest.raises(Forbidden, match="bob's"):
            explanations.own(session, said.id, person(session, "eve"))
        explanations.delete(session, said)
        with pytest.raises(Forbidden):
            explanations.restore(session, said.id, person(session, "eve"))


def test_a_deleted_explanation_counts_for_nothing_until_it_is_restored(
    sessions: Sessions, direction: Direction
) -> None:
    with sessions.begin() as session:
        said = explain(session, direction, "the past")
        vote(session, said, up=1)
        explanations.delete(session, said)
    with sessions.begin() as session:
        with pytest.raises(UnknownExplanation, match="was deleted"):
            explanations.by_id(session, said.id)
        row = directions.by_id(session, direction.id)
        assert (row.n_explanations, row.score) == (0, 0.0)
        assert explanations.of(session, direction.id, limit=5).items == []
        assert explanations.best_of(session, [direction.id]) == {}
    assert not _found(sessions, "past")
    for _ in range(2):
        with sessions.begin() as session:
            back = explanations.restore(session, said.id, person(session, "bob"))
            assert (back.up, back.deleted_at) == (1, None)
    assert _found(sessions, "past")


def test_a_side_explained_again_keeps_the_deleted_one_away(
    sessions: Sessions, direction: Direction
) -> None:
    with sessions.begin() as session:
        said = explain(session, direction, "the past")
        explanations.delete(session, said)
        explain(session, direction, "time")
    with pytest.raises(Taken), sessions.begin() as session:
        explanations.restore(session, said.id, person(session, "bob"))


def test_a_deleted_direction_takes_its_explanations_along(
    sessions: Sessions, direction: Direction
) -> None:
    with sessions.begin() as session:
        said = explain(session, direction)
        directions.delete(session, directions.by_id(session, direction.id))
    with sessions.begin() as session:
        with pytest.raises(UnknownExplanation, match="was deleted"):
            explanations.by_id(session, said.id)
        with pytest.raises(UnknownDirection):
            explain(session, direction, by="eve")
        assert explanations.by_user(session, person(session, "bob"), limit=5).items == []


def test_a_missing_explanation_is_said_to_be_missing(sessions: Sessions) -> None:
    with sessions.begin() as session:
        for id_ in (0, -1, 99, MAX_ID + 1, 10**30):
            with pytest.raises(UnknownExplanation):
                explanations.by_id(session, id_)
            with pytest.raises(UnknownExplanation):
                explanations.restore(session, id_, person(session, "ada"))


def test_own_explanations_are_found_that_of_both_ends_first(
    sessions: Sessions, direction: Direction
) -> None:
    with sessions.begin() as session:
        bob = person(session, "bob")
        plus = explain(session, direction, "one end", side="plus")
        ids = [direction.id, 99]
        assert explanations.mine_of(session, ids, bob) == {direction.id: plus}
        both = explain(session, direction, "all of it")
        assert explanations.mine_of(session, ids, bob) == {direction.id: both}
        assert explanations.mine_of(session, ids, person(session, "eve")) == {}
        assert explanations.mine_of(session, [], bob) == explanations.best_of(session, []) == {}


def test_a_users_explanations_come_newest_first_without_those_of_unlisted_directions(
    sessions: Sessions,
) -> None:
    with sessions.begin() as session:
        made = [explain(session, save(session)).id for _ in range(5)]
        explain(session, save(session, visibility="unlisted"))
        made.append(explain(session, save(session, visibility="unlisted", by="bob")).id)
        first = explanations.by_user(session, person(session, "bob"), limit=4)
        rest = explanations.by_user(session, person(session, "bob"), limit=4, cursor=first.next)
        assert [row.id for row in first.items + rest.items] == made[::-1]
        assert rest.next is None
