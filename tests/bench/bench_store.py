"""The store with 10,000 and with 100,000 directions: every list, search and vote, on SQLite and on
PostgreSQL (where TEST_POSTGRES_URL, or the usual place, has one), and how cost grows between them.

Speed is timed. Growth is judged by counted cost, which a busy machine does not change; the ratio of
the medians is told beside it.
"""

import os
import random
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from app.db import directions, explanations, lists, migrate, votes
from app.db.directions import Filter
from app.db.listing import Sort
from app.db.models import User
from app.db.session import connect, sessions_of, writers_of
from tests.bench import store_world
from tests.bench.costs import SLACK, Cost, Work, allowed, cost
from tests.bench.rows import Row, seconds
from tests.bench.store_world import SITES, World

SIZES = (10_000, 100_000)
LIMIT_MS, TIMES, COUNTED, PAGE, DEEP = 50.0, 60, 10, 20, 25
POSTGRES_URL = os.environ.get(
    "TEST_POSTGRES_URL", "postgresql+psycopg://root@127.0.0.1:5432/test?connect_timeout=3"
)
SORTS: tuple[Sort, ...] = ("new", "top")
Timings = list[float]


@dataclass(frozen=True, slots=True)
class Measured:
    """Milliseconds of many runs of a thing, and its counted cost."""

    timings: Timings
    cost: Cost


FILTERS = {
    "all": Filter(),
    "model": Filter(model="gpt2"),
    "rare model": Filter(model="other/model-small"),
    "site": Filter(site=SITES[5]),
    "model, site": Filter(model="demo", site=SITES[5]),
    "origin": Filter(origin="pca"),
    "model, site, origin": Filter(model="demo", site=SITES[5], origin="pca"),
    "busy user": Filter(username="user 1"),
    "busy user, model, site": Filter(username="user 1", model="demo", site=SITES[5]),
    "quiet user": Filter(username="user 49"),
}
SEARCHES = {
    "in every one": Filter(q="the"),
    "in 5%": Filter(q="often"),
    "in 1%": Filter(q="sometimes"),
    "in five": Filter(q="seldom"),
    "in none": Filter(q="nowhere"),
    "in the oldest 5%": Filter(q="bygone"),
    "half typed, one letter": Filter(q="seldom b"),
    "half typed": Filter(q="the som"),
    "1% of a rare model": Filter(q="sometimes", model="other/model-small"),
    "5% at a site": Filter(q="often", site=SITES[5]),
    "all words of a busy user": Filter(q="the often", username="user 1"),
}


def rows() -> Iterator[Row]:
    """p50 and p95 of each thing at both sizes, and what it costs."""
    for kind in ("SQLite", "PostgreSQL"):
        measured: list[dict[str, Measured]] = []
        for size in SIZES:
            with _database(kind) as url:
                if url is None:
                    yield Row(f"store on {kind}", "no server here", "", None)
                    break
                measured.append(_measured(url, size))
        if len(measured) < len(SIZES):
            continue
        for name, large in measured[1].items():
            yield _row(f"{kind}: {name}", measured[0][name], large)


def _row(name: str, small: Measured, large: Measured) -> Row:
    most = allowed(small.cost, SIZES)
    ratio = large.cost.whole / small.cost.whole
    medians = statistics.median(large.timings) / statistics.median(small.timings)
    return Row(
        name,
        f"p50 {_p(large, 50):.1f} ms, p95 {_p(large, 95):.1f} ms with {SIZES[1]:,} "
        f"({_p(small, 50):.1f}, {_p(small, 95):.1f} with {SIZES[0]:,}; × {medians:.2f}); "
        f"{large.cost.pages:.0f} pages, {large.cost.steps:,.0f} steps "
        f"({small.cost.pages:.0f}, {small.cost.steps:,.0f}; × {ratio:.2f})",
        f"p95 < {LIMIT_MS:.0f} ms; cost ≤ {most:.0f} pages: × log n, + {SLACK}",
        _p(large, 95) < LIMIT_MS and large.cost.whole <= most,
        statistics.median(large.timings) / 1000,
        ratio,
    )


def _measured(url: str, size: int) -> dict[str, Measured]:
    engine = connect(url)
    migrate.upgrade(engine)
    world = store_world.fill(engine, size)
    found = {name: _both(engine, work) for name, work in _lists(engine)}
    found |= {name: _both(engine, work, COUNTED) for name, work in _details(world)}
    writers = writers_of(engine)
    for name, work in _writes(world):
        counted = cost(engine, work, COUNTED)
        found[name] = Measured(_timed(writers, work), counted)
    engine.dispose()
    return found


def _both(engine: Engine, work: Work, times: int = 1) -> Measured:
    return Measured(_timed(sessions_of(engine), work), cost(engine, work, times))


def _lists(engine: Engine) -> Iterator[tuple[str, Work]]:
    for sort in SORTS:
        for name, which in FILTERS.items():
            yield f"list {sort}, {name}", page_of(which, sort)
        for name in ("all", "model, site", "busy user, model, site"):
            deep = _cursor(engine, FILTERS[name], sort)
            yield f"page {DEEP} of {sort}, {name}", page_of(FILTERS[name], sort, deep)
        for name, which in SEARCHES.items():
            yield f"search {sort}, {name}", page_of(which, sort)


def _details(world: World) -> Iterator[tuple[str, Work]]:
    rng = random.Random(1)

    def best(session: Session) -> None:
        user = session.get_one(User, rng.randint(1, world.n_users))
        ids = rng.sample(range(1, world.n_directions + 1), PAGE)
        shown = [*explanations.best_of(session, ids).values()]
        shown += explanations.mine_of(session, ids, user).values()
        votes.mine(session, [row.id for row in shown], user)

    def of_one(session: Session) -> None:
        explanations.of(session, rng.randint(1, world.n_directions), limit=PAGE)

    def of_user(session: Session) -> None:
        explanations.by_user(session, session.get_one(User, 2), limit=PAGE)

    def collections(session: Session) -> None:
        page = lists.of(session, limit=PAGE)
        lists.sizes(session, [row.id for row in page.items])

    def holding(session: Session) -> None:
        lists.of(session, direction=rng.randint(1, world.n_directions), limit=PAGE)

    yield "best and own explanations and own votes of a page", best
    yield "explanations of a direction", of_one
    yield "explanations of a busy user", of_user
    yield "lists and their sizes", collections
    yield "lists that hold a direction", holding


def _writes(world: World) -> Iterator[tuple[str, Work]]:
    rng = random.Random(2)

    def vote(session: Session) -> None:
        user = session.get_one(User, rng.randint(1, world.n_users))
        explanation = rng.randint(1, world.n_directions * store_world.EXPLANATIONS)
        votes.cast(session, explanation, user, rng.choice((-1, 0, 1)))

    def explain(session: Session) -> None:
        user = session.get_one(User, rng.randint(1, world.n_users))
        direction = directions.by_id(session, rng.randint(1, world.n_directions))
        explanations.add(session, direction, user, f"the words {rng.random()}", "plus")

    yield "vote", vote
    yield "explanation added", explain


def page_of(which: Filter, sort: Sort, cursor: str | None = None) -> Work:
    """Reading one page of a list or a search."""
    return lambda session: directions.listed(session, which, sort=sort, limit=PAGE, cursor=cursor)


def _cursor(engine: Engine, which: Filter, sort: Sort) -> str | None:
    """The cursor of a page deep in a list, or of its last."""
    cursor = None
    with sessions_of(engine).begin() as session:
        for _ in range(DEEP - 1):
            page = directions.listed(session, which, sort=sort, limit=PAGE, cursor=cursor)
            if page.next is None:
                break
            cursor = page.next
    return cursor


def _timed(sessions: sessionmaker[Session], work: Work) -> Timings:
    """Milliseconds of each of many runs, after a few that warm up."""

    def run() -> None:
        with sessions.begin() as session:
            work(session)

    for _ in range(5):
        run()
    return [seconds(run) * 1000 for _ in range(TIMES)]


def _p(measured: Measured, percent: int) -> float:
    return statistics.quantiles(measured.timings, n=100, method="inclusive")[percent - 1]


@contextmanager
def _database(kind: str) -> Iterator[str | None]:
    """A URL of an empty database, removed afterwards; None if there is no server."""
    if kind == "SQLite":
        with tempfile.TemporaryDirectory(prefix="rsv-bench-") as folder:
            yield f"sqlite:///{Path(folder) / 'store.db'}"
        return
    admin = create_engine(POSTGRES_URL, isolation_level="AUTOCOMMIT")
    schema = f"rsv_bench_{uuid4().hex[:12]}"
    try:
        with admin.connect() as connection:
            connection.execute(text(f"CREATE SCHEMA {schema}"))
    except OperationalError:
        yield None
        return
    options = make_url(POSTGRES_URL).update_query_dict({"options": f"-csearch_path={schema}"})
    try:
        yield options.render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
        admin.dispose()
