"""Connections: what SQLite is asked to guarantee, and which databases are refused."""

import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from app.db import migrate, prompts
from app.db.session import connect, sessions_of, writers_of
from app.errors import DatabaseRefused


def test_sqlite_keeps_foreign_keys_and_lets_readers_go_on(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'made' / 'for it' / 'x.db'}")
    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA busy_timeout")).scalar() == 30_000
    engine.dispose()


def test_writers_wait_for_one_another(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'x.db'}")
    migrate.upgrade(engine)
    sessions = writers_of(engine)
    failed: list[Exception] = []

    def write(name: str) -> None:
        try:
            for i in range(10):
                new = [prompts.NewPrompt(f"{i}", "r", f"text {i}")]
                with sessions.begin() as session:
                    prompts.load_dataset(session, f"{name}-{i}", new)
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=write, args=(f"writer-{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with sessions.begin() as session:
        assert len(prompts.listed(session, prompts.Filter(), limit=100).items) == 40
    engine.dispose()


@pytest.mark.parametrize(
    "url",
    ["", "nonsense", "mysql://x/y", "oracle://x", "http://x", "sqlite://", "sqlite:///:memory:"],
)
def test_another_database_is_refused(url: str) -> None:
    with pytest.raises(DatabaseRefused):
        connect(url)


@pytest.mark.parametrize("name", ["postgresql", "postgres"])
def test_a_plain_postgresql_url_uses_psycopg(name: str) -> None:
    engine = connect(f"{name}://someone@localhost/db")
    assert engine.dialect.driver == "psycopg"
    engine.dispose()


def test_readers_go_on_while_many_wait_for_one_who_writes(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'x.db'}")
    migrate.upgrade(engine)
    readers, writers = sessions_of(engine), writers_of(engine)
    done: list[str] = []

    def write(name: str) -> None:
        with writers.begin() as session:
            prompts.load_dataset(session, name, [prompts.NewPrompt("s", "r", "t")])
        done.append(name)

    threads = [threading.Thread(target=write, args=(f"w{n}",)) for n in range(20)]
    with writers.begin() as long:
        long.execute(text("SELECT 1"))
        for thread in threads:
            thread.start()
        time.sleep(0.2)
        start = time.perf_counter()
        with readers.begin() as session:
            prompts.listed(session, prompts.Filter(), limit=1)
        assert time.perf_counter() - start < 2
        assert done == []
    for thread in threads:
        thread.join()
    assert len(done) == 20
    engine.dispose()
