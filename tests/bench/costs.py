"""What a piece of work costs a database, counted and not timed, so that a busy machine changes
nothing: pages that its statements look at, and steps that they take.

PostgreSQL tells both: its buffers, and the rows that pass through each node of a plan. On SQLite
a page is a read by a connection that has read none before, and a step one of its virtual
machine's; what its full-text index does inside shows in pages only.
"""

import math
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.orm import Session

from app.db.session import sessions_of

STEPS_A_PAGE = 100
"""A page costs as much as so many steps: the weights that PostgreSQL plans by."""
SLACK = 100
"""Pages by which cost may differ whatever the sizes: about what the rows of one page of a list
take, as where the smaller store does not fill one, or where a tree gets another level."""
READS = Path("/proc/self/io")
"""Where Linux counts what a process reads; pages that SQLite looks at cannot be counted without."""
Statement = tuple[str, Any]
Work = Callable[[Session], object]


@dataclass(frozen=True, slots=True)
class Cost:
    """Pages and steps of one piece of work, or the mean of some."""

    pages: float
    steps: float

    @property
    def whole(self) -> float:
        """Both as pages."""
        return self.pages + self.steps / STEPS_A_PAGE


def allowed(small: Cost, sizes: tuple[int, int], slack: float = SLACK) -> float:
    """The most that the same may cost at the larger of two sizes, if it grows as their logarithm,
    in pages.
    """
    return small.whole * math.log(sizes[1]) / math.log(sizes[0]) + slack


def cost(engine: Engine, what: Work, times: int = 1) -> Cost:
    """The mean cost of some work; nothing is kept."""
    found = [_cost(engine, statements_of(engine, what)) for _ in range(times)]
    return Cost(
        sum(each.pages for each in found) / times, sum(each.steps for each in found) / times
    )


def statements_of(engine: Engine, what: Work) -> list[Statement]:
    """The statements that something sends, with their parameters; nothing is kept."""
    found: list[Statement] = []

    def note(
        _connection: Connection, _cursor: object, statement: str, parameters: object, *_: object
    ) -> None:
        found.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        with sessions_of(engine)() as session:
            what(session)
            session.rollback()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    words = ("SELECT", "WITH", "INSERT", "UPDATE", "DELETE")
    return [each for each in found if each[0].lstrip().startswith(words)]


def _cost(engine: Engine, statements: list[Statement]) -> Cost:
    engine.dispose()  # what connections have read is forgotten
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            raw = connection.connection.driver_connection
            assert isinstance(raw, sqlite3.Connection)
            found = _on_sqlite(raw, statements)
        else:
            found = _on_postgresql(connection, statements)
        connection.rollback()
    return found


def _on_sqlite(raw: sqlite3.Connection, statements: list[Statement]) -> Cost:
    raw.execute("SELECT count(*) FROM sqlite_master").fetchall()
    steps = 0

    def step() -> int:
        nonlocal steps
        steps += 1
        return 0

    raw.execute("BEGIN")
    before = _reads()
    raw.set_progress_handler(step, 1)
    for statement, parameters in statements:
        raw.execute(statement, parameters).fetchall()
    raw.set_progress_handler(None, 1)
    pages = _reads() - before
    raw.execute("ROLLBACK")
    return Cost(pages, steps)


def _reads() -> int:
    """Reads by this process so far, of files of any kind."""
    fields = dict(line.split(": ") for line in READS.read_text().splitlines())
    return int(fields["syscr"])


def _on_postgresql(connection: Connection, statements: list[Statement]) -> Cost:
    pages = steps = 0.0
    for statement, parameters in statements:
        asked = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}"
        [explained] = connection.exec_driver_sql(asked, parameters).scalar_one()
        plan = explained["Plan"]
        pages += plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
        steps += sum(_rows(node) for node in _nodes(plan))
    return Cost(pages, steps)


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for node in plan.get("Plans", []):
        yield from _nodes(node)


def _rows(node: dict[str, Any]) -> float:
    """Rows that a node gave on or threw away."""
    thrown = "Rows Removed by Filter", "Rows Removed by Index Recheck"
    rows: float = node["Actual Rows"] + sum(node.get(name, 0) for name in thrown)
    loops: float = node["Actual Loops"]
    return rows * loops
