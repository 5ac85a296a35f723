"""What a list, a search or a vote costs grows no faster than the logarithm of how much there is.

Counted, and not timed. Searches are left out whose cost on PostgreSQL is the number of matches:
its index of words follows no order.
"""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.db import migrate, votes
from app.db.listing import Sort
from app.db.models import User
from app.db.session import connect
from tests.bench import store_world
from tests.bench.bench_store import FILTERS, SEARCHES, SORTS, page_of
from tests.bench.costs import READS, SLACK, Cost, Work, allowed, cost
from tests.db.conftest import own_database

SIZES = (1_000, 10_000)
SLACKS = {"sqlite": 60, "postgresql": SLACK}
"""These stores are small, and so is the walk through all of a search's matches that must show."""
Stores = tuple[Engine, Engine]
PAGES = [(sort, name) for sort in SORTS for name in (*FILTERS, *SEARCHES)]
MATCHES_COUNT = {
    "new": {"1% of a rare model", "5% at a site", "in the oldest 5%"},
    "top": {
        "1% of a rare model", "5% at a site", "in the oldest 5%", "in 5%", "in 1%", "half typed",
        "all words of a busy user",
    },
}  # fmt: skip


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
)
def stores(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stores]:
    """Two stores alike, of which one holds ten times what the other does."""
    if request.param == "sqlite" and not READS.exists():
        pytest.skip(f"this system has no {READS}, which counts the pages that SQLite reads")
    folder = tmp_path_factory.mktemp
    for small in _filled(request.param, folder("small"), SIZES[0]):
        for large in _filled(request.param, folder("large"), SIZES[1]):
            yield small, large


def _filled(kind: str, folder: Path, size: int) -> Iterator[Engine]:
    for url in own_database(kind, folder):
        engine = connect(url)
        migrate.upgrade(engine)
        store_world.fill(engine, size, width=4, n_users=500)
        yield engine
        engine.dispose()


def _grows_slowly(stores: Stores, small: Cost, large: Cost) -> bool:
    return large.whole <= allowed(small, SIZES, SLACKS[stores[0].dialect.name])


@pytest.mark.parametrize(("sort", "name"), PAGES)
def test_a_page_costs_little_more_where_there_is_much_more(
    stores: Stores, sort: Sort, name: str
) -> None:
    if stores[0].dialect.name == "postgresql" and name in MATCHES_COUNT[sort]:
        pytest.skip("PostgreSQL takes all matches")
    page = page_of((FILTERS | SEARCHES)[name], sort)
    small, large = (cost(store, page) for store in stores)
    assert _grows_slowly(stores, small, large), (small, large)


def test_a_vote_costs_little_more_where_there_is_much_more(stores: Stores) -> None:
    small, large = (cost(store, _vote(size), 10) for store, size in zip(stores, SIZES, strict=True))
    assert _grows_slowly(stores, small, large), (small, large)


def _vote(n_directions: int) -> Work:
    rng = random.Random(3)

    def vote(session: Session) -> None:
        user = session.get_one(User, rng.randint(1, 500))
        explanation = rng.randint(1, n_directions * store_world.EXPLANATIONS)
        votes.cast(session, explanation, user, rng.choice((-1, 0, 1)))

    return vote


def test_growth_is_told(stores: Stores) -> None:
    small, large = (
        cost(store, lambda s: s.connection().exec_driver_sql("SELECT sum(width) FROM directions"))
        for store in stores
    )
    assert not _grows_slowly(stores, small, large)


WALKS = {
    "sqlite": "SELECT d.id FROM direction_search s JOIN directions d ON d.id = s.rowid "
    "WHERE direction_search MATCH 'sometimes' ORDER BY d.width, d.id LIMIT 20",
    "postgresql": "SELECT d.id FROM direction_search s JOIN directions d ON d.id = s.id "
    "WHERE s.words @@ 'sometimes'::tsquery ORDER BY d.width, d.id LIMIT 20",
}


def test_a_search_that_walks_all_its_matches_is_told(stores: Stores) -> None:
    """Even where they are few: one in a hundred."""
    walk = WALKS[stores[0].dialect.name]
    small, large = (cost(store, lambda s: s.connection().exec_driver_sql(walk)) for store in stores)
    assert not _grows_slowly(stores, small, large), (small, large)
