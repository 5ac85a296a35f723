"""No hot path reads a whole table: the plan of every statement that a list, a search or a vote
sends, with a few thousand rows, as each database makes it.
"""

import re
from collections.abc import Callable, Iterator
from itertools import product

import pytest
from sqlalchemy import Engine, insert, text
from sqlalchemy.orm import Session

from app.db import directions, explanations, lists, migrate, votes
from app.db.directions import Filter
from app.db.listing import Sort
from app.db.models import Base, Revision, User
from app.db.session import connect
from tests.bench import store_world
from tests.bench.costs import Statement, statements_of
from tests.bench.store_world import SITES
from tests.db.conftest import own_database

SIZE = 15_000
SORTS: tuple[Sort, ...] = ("new", "top")
TABLES = {*Base.metadata.tables, "direction_search", "direction_search_by_score"}


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
)
def full(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """A database with thousands of rows in every table that a hot path reads."""
    for url in own_database(request.param, tmp_path_factory.mktemp("full")):
        engine = connect(url)
        migrate.upgrade(engine)
        store_world.fill(engine, SIZE, width=4, n_users=20_000)
        with engine.begin() as connection:
            connection.execute(
                insert(Revision),
                [{"explanation_id": n, "text": f"earlier {n}"} for n in range(1, 5_001)],
            )
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))
        yield engine
        engine.dispose()


def _whole_tables_read(engine: Engine, sent: list[Statement]) -> set[str]:
    """Steps of the statements' plans that read a table, or an index, from end to end."""
    found: set[str] = set()
    with engine.connect() as connection:
        for statement, parameters in sent:
            said = f" <- {' '.join(statement.split())[:200]}"
            if engine.dialect.name == "postgresql":
                plan = connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
                found |= {row[0] + said for row in plan if "Seq Scan" in row[0]}
            else:
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
                steps = [row[3] for row in plan]
                found |= {step + said for step in steps if _scans(step, steps)}
    return found


def _scans(step: str, steps: list[str]) -> bool:
    """Whether a step of SQLite's plan reads a table from end to end."""
    name, _, how = step.removeprefix("SCAN ").partition(" ")
    if not step.startswith("SCAN ") or name not in TABLES:
        return False
    if how.startswith("VIRTUAL TABLE"):
        # Words are read by their index for what is matched (M) or for one row (=).
        return re.search(r"INDEX \d+:.*[M=]", how) is None
    # In the order of ids, and left when the page is full.
    return name != "lists" or "USE TEMP B-TREE FOR ORDER BY" in steps


def _filters() -> Iterator[Filter]:
    for model, site, username, origin, q in product(
        (None, "gpt2", "other/model-small"), (None, SITES[3]), (None, "user 1", "user 900"),
        (None, "user", "pca"), (None, "the", "often", "seldom", "bygone", "the b"),
    ):  # fmt: skip
        if q in (None, "the", "seldom") or (origin is None and site is None):
            yield Filter(model, site, username, origin, q)


@pytest.mark.parametrize("sort", ["new", "top"])
def test_no_list_of_directions_reads_a_whole_table(full: Engine, sort: Sort) -> None:
    sent: dict[str, Statement] = {}
    for which in _filters():

        def pages(session: Session, which: Filter = which) -> None:
            first = directions.listed(session, which, sort=sort, limit=20)
            directions.listed(session, which, sort=sort, limit=20, cursor=first.next)

        for statement in statements_of(full, pages):
            sent.setdefault(repr(statement), statement)
    assert len(sent) > 100
    assert _whole_tables_read(full, list(sent.values())) == set()


def test_the_long_ways_to_a_page_read_no_whole_table(
    full: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.db.finding.FEW", 5)
    monkeypatch.setattr("app.db.finding.NEAR", 0)
    for sort, q in product(SORTS, ("sometimes", "bygone", "seldom", "bygone often")):

        def page(session: Session, sort: Sort = sort, q: str = q) -> None:
            directions.listed(session, Filter(q=q), sort=sort, limit=20)

        sent = statements_of(full, page)
        assert _whole_tables_read(full, sent) == set()


OTHERS: dict[str, Callable[[Session, User], object]] = {
    "vote": lambda s, user: votes.cast(s, 4_321, user, 1),
    "vote withdrawn": lambda s, user: votes.cast(s, 4_321, user, 0),
    "own votes": lambda s, user: votes.mine(s, range(4_000, 4_020), user),
    "explanations": lambda s, _: explanations.of(s, 321, limit=20),
    "more explanations": lambda s, _: explanations.of(
        s, 321, limit=1, cursor=explanations.of(s, 321, limit=1).next
    ),
    "best": lambda s, _: explanations.best_of(s, range(300, 320)),
    "own explanations": lambda s, user: explanations.mine_of(s, range(300, 320), user),
    "a user's explanations": lambda s, user: explanations.by_user(s, user, limit=20),
    "explaining": lambda s, user: explanations.add(s, directions.by_id(s, 321), user, "x", "plus"),
    "editing": lambda s, _: explanations.edit(s, explanations.by_id(s, 4_321), "other words"),
    "history": lambda s, _: explanations.history(s, explanations.by_id(s, 4_321)),
    "deleting": lambda s, _: directions.delete(s, directions.by_id(s, 321)),
    "copying": lambda s, user: directions.copy(s, directions.by_id(s, 321), user),
    "lists": lambda s, _: lists.sizes(s, [row.id for row in lists.of(s, limit=20).items]),
    "a user's lists": lambda s, _: lists.of(s, username="user 900", limit=20),
    "lists with a direction": lambda s, _: lists.of(s, direction=32, limit=20),
    "items": lambda s, _: lists.items(s, 900),
}


@pytest.mark.parametrize("name", OTHERS)
def test_nothing_else_that_people_do_reads_a_whole_table(full: Engine, name: str) -> None:
    sent = statements_of(full, lambda session: OTHERS[name](session, session.get_one(User, 900)))
    assert sent
    assert _whole_tables_read(full, sent) == set()


def test_a_plan_that_reads_a_whole_table_is_told(full: Engine) -> None:
    sent = statements_of(
        full, lambda s: s.execute(text("SELECT id FROM directions WHERE width = 5"))
    )
    assert len(_whole_tables_read(full, sent)) == 1
    sent = statements_of(full, lambda s: s.execute(text("SELECT words FROM direction_search")))
    assert len(_whole_tables_read(full, sent)) == 1
