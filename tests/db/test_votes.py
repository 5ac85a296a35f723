"""Votes: one a name, changed and withdrawn; counts exact, also when all vote at once."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session, sessionmaker

from app.db import directions, explanations, votes
from app.db.models import Direction, Explanation, Vote
from app.db.search import rounded
from app.db.votes import Tally, wilson
from app.errors import BadInput, UnknownExplanation
from tests.db.world import explain, person, save

Sessions = sessionmaker[Session]
COUNTS = st.integers(0, 10**6)
VOTERS = 64


@pytest.fixture
def said(sessions: Sessions) -> Explanation:
    with sessions.begin() as session:
        return explain(session, save(session))


def _cast(sessions: Sessions, id_: int, by: str, value: int) -> Tally:
    with sessions.begin() as session:
        return votes.cast(session, id_, person(session, by), value)


@given(COUNTS, COUNTS)
def test_the_bound_is_the_lower_root_of_wilsons_equation(up: int, down: int) -> None:
    n, bound = up + down, wilson(up, down)
    assert 0 <= bound <= 1
    if n:
        # Where the observed share lies 1.96 standard errors of the bound above it.
        assert up / n - bound == pytest.approx(1.96 * sqrt(bound * (1 - bound) / n), abs=1e-9)


@given(COUNTS, COUNTS)
def test_a_vote_up_raises_the_bound_and_a_vote_down_lowers_it(up: int, down: int) -> None:
    assert wilson(up + 1, down) > wilson(up, down)
    assert wilson(up, down + 1) <= wilson(up, down)


def test_no_votes_bound_at_nothing() -> None:
    assert wilson(0, 0) == 0.0


def test_a_vote_is_counted_once_changed_and_withdrawn(
    sessions: Sessions, said: Explanation
) -> None:
    id_ = said.id
    assert _cast(sessions, id_, "ada", 1) == Tally(1, 0, wilson(1, 0), 1)
    assert _cast(sessions, id_, "ada", 1) == Tally(1, 0, wilson(1, 0), 1)
    assert _cast(sessions, id_, "eve", 1) == Tally(2, 0, wilson(2, 0), 1)
    assert _cast(sessions, id_, "ada", -1) == Tally(1, 1, wilson(1, 1), -1)
    with sessions.begin() as session:
        assert votes.mine(session, [id_, 99], person(session, "ada")) == {id_: -1}
        assert votes.mine(session, [], person(session, "ada")) == {}
    assert _cast(sessions, id_, "ada", 0) == Tally(1, 0, wilson(1, 0), 0)
    assert _cast(sessions, id_, "ada", 0) == Tally(1, 0, wilson(1, 0), 0)
    with sessions.begin() as session:
        row = explanations.by_id(session, id_)
        assert (row.up, row.down, row.score) == (1, 0, wilson(1, 0))
        assert row.updated_at == row.created_at
        assert directions.by_id(session, row.direction_id).score == rounded(row.score)
        assert votes.mine(session, [id_], person(session, "ada")) == {}


@pytest.mark.parametrize("value", [2, -2, 100])
def test_another_value_is_refused(sessions: Sessions, said: Explanation, value: int) -> None:
    with pytest.raises(BadInput):
        _cast(sessions, said.id, "ada", value)


def test_a_vote_for_a_deleted_explanation_is_refused(sessions: Sessions, said: Explanation) -> None:
    with sessions.begin() as session:
        explanations.delete(session, explanations.by_id(session, said.id))
    with pytest.raises(UnknownExplanation, match="was deleted"):
        _cast(sessions, said.id, "ada", 1)
    with pytest.raises(UnknownExplanation):
        _cast(sessions, 10**30, "ada", 1)


@contextmanager
def _all_at_once() -> Iterator[Callable[[Callable[[], object]], None]]:
    """Runs what it is given in threads that start together; the first failure is raised."""
    threads: list[threading.Thread] = []
    failed: list[Exception] = []
    start = threading.Event()

    def run(what: Callable[[], object]) -> None:
        start.wait()
        try:
            what()
        except Exception as error:
            failed.append(error)

    yield lambda what: threads.append(threading.Thread(target=run, args=(what,)))
    for thread in threads:
        thread.start()
    start.set()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]


def test_counts_are_exact_when_all_vote_at_once_on_one(
    sessions: Sessions, said: Explanation
) -> None:
    with _all_at_once() as run:
        for n in range(VOTERS):
            run(partial(_cast, sessions, said.id, f"voter {n}", 1 if n % 4 else -1))
    with sessions.begin() as session:
        row = explanations.by_id(session, said.id)
        assert (row.up, row.down) == (VOTERS * 3 // 4, VOTERS // 4)
        assert row.score == wilson(row.up, row.down)
        assert directions.by_id(session, row.direction_id).score == rounded(row.score)


def test_counts_are_exact_when_all_vote_explain_and_delete_at_once(sessions: Sessions) -> None:
    with sessions.begin() as session:
        rows = [save(session) for _ in range(2)]
        said = [explain(session, row, by=f"user {n}").id for row in rows for n in range(3)]
        gone = explain(session, rows[0], "gone", by="gone").id

    def work(n: int) -> None:
        for id_ in (said[n % 6], said[(n + 1) % 6]):
            _cast(sessions, id_, f"voter {n}", 1)
        if n % 8 == 0:
            with sessions.begin() as session:
                explain(session, rows[n % 2], f"idea {n}", by=f"voter {n}")
        if n == 13:
            with sessions.begin() as session:
                explanations.delete(session, explanations.by_id(session, gone))

    with _all_at_once() as run:
        for n in range(VOTERS):
            run(partial(work, n))
    with sessions.begin() as session:
        for row in session.scalars(select(Explanation)):
            cast = select(func.count()).where(Vote.explanation_id == row.id)
            assert row.up == session.scalar(cast)
            assert row.score == wilson(row.up, row.down)
        assert session.scalar(select(func.count()).select_from(Vote)) == 2 * VOTERS
        for direction in session.scalars(select(Direction)):
            of_it = explanations.of(session, direction.id, limit=100).items
            assert direction.n_explanations == len(of_it)
            assert direction.score == rounded(max(row.score for row in of_it))


def test_a_direction_saved_at_once_by_many_requests_is_there_once(sessions: Sessions) -> None:
    found: list[int] = []

    def work() -> None:
        with sessions.begin() as session:
            found.append(save(session, "tense", vector=bytes(32)).id)

    with _all_at_once() as run:
        for _ in range(8):
            run(work)
    assert len(found) == 8 and len(set(found)) == 1


def _statements(sessions: Sessions, work: Callable[[Session], object]) -> str:
    """The statements that a unit of work sends."""
    sent: list[str] = []
    with sessions.begin() as session:
        engine = session.get_bind()

        def note(*given: object) -> None:
            sent.append(str(given[2]))

        event.listen(engine, "before_cursor_execute", note)
        try:
            work(session)
            session.flush()
        finally:
            event.remove(engine, "before_cursor_execute", note)
    assert sent
    return "\n".join(sent)


def test_a_vote_neither_counts_nor_reads_the_other_explanations(sessions: Sessions) -> None:
    with sessions.begin() as session:
        row = save(session)
        ids = [explain(session, row, f"idea {n}", by=f"user {n}").id for n in range(5)]
        ada = person(session, "ada")
    sent = _statements(sessions, lambda session: votes.cast(session, ids[2], ada, 1))
    assert "count(" not in sent
    assert "SELECT text FROM explanations" not in sent
    with sessions.begin() as session:
        assert directions.by_id(session, row.id).score == rounded(votes.wilson(1, 0))
        votes.cast(session, ids[2], ada, -1)
        assert directions.by_id(session, row.id).score == 0.0


def test_one_more_explanation_reads_no_other(sessions: Sessions) -> None:
    with sessions.begin() as session:
        row = save(session)
        explain(session, row, "an idea")
    sent = _statements(sessions, lambda session: explain(session, row, "another", by="eve"))
    assert "SELECT text FROM explanations" not in sent
    with sessions.begin() as session:
        for q in ("idea", "another"):
            assert directions.listed(session, directions.Filter(q=q), limit=5).items
