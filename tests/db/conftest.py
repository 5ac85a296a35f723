"""Databases that a test may do anything to: SQLite in a file, PostgreSQL in a schema of its own.

PostgreSQL is looked for at TEST_POSTGRES_URL. Where it is missing its tests are skipped with the
reason, except in CI (CI=true), where it is required.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from app.db import migrate
from app.db.session import connect, writers_of

POSTGRES_URL = os.environ.get(
    "TEST_POSTGRES_URL", "postgresql+psycopg://root@127.0.0.1:5432/test?connect_timeout=3"
)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    yield from own_database(request.param, tmp_path)


def own_database(kind: str, folder: Path) -> Iterator[str]:
    """The URL of an empty database of that kind, removed afterwards."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'viewer.db'}"
    else:
        yield from _own_schema()


def _own_schema() -> Iterator[str]:
    admin = create_engine(POSTGRES_URL, isolation_level="AUTOCOMMIT")
    schema = f"rsv_{uuid4().hex[:12]}"
    try:
        with admin.connect() as connection:
            connection.execute(text(f"CREATE SCHEMA {schema}"))
    except OperationalError as error:
        admin.dispose()
        reason = f"no PostgreSQL at {POSTGRES_URL}: {str(error).splitlines()[0]}"
        if os.environ.get("CI") == "true":
            pytest.fail(f"CI needs PostgreSQL; {reason}")
        pytest.skip(reason)
    options = make_url(POSTGRES_URL).update_query_dict({"options": f"-csearch_path={schema}"})
    try:
        yield options.render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
        admin.dispose()


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = connect(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def sessions(engine: Engine) -> sessionmaker[Session]:
    migrate.upgrade(engine)
    return writers_of(engine)
