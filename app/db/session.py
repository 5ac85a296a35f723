"""Connections: an engine for a URL, and sessions whose unit of work commits in one place.

`with sessions.begin() as session:` is that place: it commits when the block ends and rolls back
when it raises. Everything below it only flushes. Units of work that write take their session from
`writers_of`, so that on SQLite they wait for one another at their start; one that began by reading
could not go on to write once another has written in between. There they have one connection of
their own, for which they queue: however long one of them writes, readers find theirs free.
"""

import sqlite3
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

from app.errors import DatabaseRefused

CACHE_KIB = 16_384
BUSY_TIMEOUT_MS = 30_000
"""How long a writer waits for those of other processes: SQLite lets them through in no order."""


def connect(url: str) -> Engine:
    """An engine for a database URL: SQLite (its folder is made), or PostgreSQL through psycopg.

    Nothing is connected yet. Raises DatabaseRefused for a URL that cannot be used.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise DatabaseRefused("This is not a database URL.", field="database_url") from None
    if parsed.drivername in {"postgres", "postgresql"}:
        parsed = parsed.set(drivername="postgresql+psycopg")
    backend = parsed.get_backend_name()
    if backend not in {"sqlite", "postgresql"}:
        raise DatabaseRefused(
            f"The database is SQLite or PostgreSQL; {backend!r} is neither.", field="database_url"
        )
    if backend == "sqlite":
        if parsed.database in (None, "", ":memory:"):
            raise DatabaseRefused(
                "SQLite needs a file: give its path, as in sqlite:///viewer.db.",
                field="database_url",
            )
        _make_folder(Path(parsed.database or "").parent)
    try:
        if backend == "sqlite":
            return _sqlite(parsed)
        return create_engine(parsed, pool_pre_ping=True)
    except (ImportError, NoSuchModuleError) as error:
        raise DatabaseRefused(
            f"The driver of {parsed.drivername} is missing ({error}); "
            "install residual-stream-viewer[postgresql].",
            field="database_url",
        ) from None


def sessions_of(engine: Engine) -> sessionmaker[Session]:
    """Sessions that read. Rows stay readable after the unit of work has ended."""
    return sessionmaker(engine, expire_on_commit=False)


def writers_of(engine: Engine) -> sessionmaker[Session]:
    """Sessions that write. Rows stay readable after the unit of work has committed.

    To be made once: on SQLite they have a connection of their own, closed with the engine.
    """
    if engine.dialect.name != "sqlite":
        return sessionmaker(engine, expire_on_commit=False)
    own = _sqlite(engine.url, pool_size=1, max_overflow=0)
    event.listen(engine, "engine_disposed", lambda _: own.dispose())
    return sessionmaker(writing(own), expire_on_commit=False)


def writing(engine: Engine) -> Engine:
    """The engine, its transactions begun as ones that will write."""
    return engine.execution_options(writes=True)


def _sqlite(url: URL, **pool: int) -> Engine:
    engine = create_engine(url, **pool)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_on_sqlite)
    return engine


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseRefused(
            f"The database's folder {folder} cannot be made: {error.strerror}.",
            field="database_url",
        ) from None


def _prepare_sqlite(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    """Readers do not wait for the writer (WAL), foreign keys hold, a busy file is waited for, and
    what is committed is on the disk (FULL).
    """
    connection.isolation_level = None  # transactions begin where `_begin_on_sqlite` says
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    cursor.close()


def _begin_on_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
