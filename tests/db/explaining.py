"""How a database goes about a query."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session


def plan_of(session: Session, work: Callable[[], object]) -> str:
    """The plan of the last SELECT that `work` sends."""
    connection = session.connection()
    sent: list[tuple[str, Any]] = []

    def note(_c: object, _cursor: object, sql: str, given: object, *_rest: object) -> None:
        if sql.lstrip().startswith("SELECT"):
            sent.append((sql, given))

    event.listen(connection, "before_cursor_execute", note)
    try:
        work()
    finally:
        event.remove(connection, "before_cursor_execute", note)
    sql, given = sent[-1]
    how = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"
    rows = connection.exec_driver_sql(f"{how} {sql}", given)
    return "\n".join(str(row[-1]) for row in rows)
