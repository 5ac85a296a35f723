"""`kill -9` in the middle of a storm of writes: what was acknowledged is there, and whole."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import httpx
import numpy as np
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session, undefer

from app.db import directions
from app.db.directions import Filter
from app.db.models import Direction, Explanation, Revision, User, Vote
from app.db.session import connect, sessions_of
from app.db.votes import wilson
from tests.db.conftest import database_url  # noqa: F401 - a fixture
from tests.web.storm import Key, Ledger, Writer

ROOT = Path(__file__).resolve().parents[2]
KILLS = {"sqlite": 20, "postgresql": 4}
WRITERS = 5
MOST_ANSWERS = 40
"""Before a kill; some of these many writers' next writes are on their way then."""

Row = TypeVar("Row")
_VOTES = select(Vote.explanation_id, Vote.value)


class Servers:
    """The process that forks servers, and the one that serves now."""

    def __init__(self, *arguments: str) -> None:
        self._parent = subprocess.Popen(
            [sys.executable, "-m", "tests.web.storm_server", *arguments],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)},
        )
        self._server: int | None = None
        assert self._line() == "loaded"

    def start(self) -> str:
        """The address of a new server, once it answers."""
        assert self._parent.stdin is not None
        self._parent.stdin.write("\n")
        self._parent.stdin.flush()
        port, self._server = map(int, self._line().split())
        address = f"http://127.0.0.1:{port}"
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                if httpx.get(f"{address}/readyz").status_code == 200:
                    return address
            except httpx.TransportError:
                pass
            time.sleep(0.02)
        raise AssertionError("the server does not start")

    def kill(self) -> None:
        """`kill -9` of the one that serves."""
        if self._server is not None:
            os.kill(self._server, signal.SIGKILL)
        self._server = None

    def close(self) -> None:
        """End the server, and the process that forks."""
        self.kill()
        with self._parent:  # closes its pipes
            self._parent.kill()

    def _line(self) -> str:
        assert self._parent.stdout is not None
        return self._parent.stdout.readline().strip()


@pytest.fixture
def servers(
    database_url: str,  # noqa: F811 - the fixture
    tmp_path: Path,
    tiny_gpt2_dir: Path,
) -> Iterator[Servers]:
    made = Servers(str(tiny_gpt2_dir), str(tmp_path), database_url)
    yield made
    made.close()


def test_what_was_acknowledged_outlives_every_kill(
    servers: Servers,
    database_url: str,  # noqa: F811 - the fixture
) -> None:
    engine = connect(database_url)
    sessions = sessions_of(engine)
    ledger = Ledger()
    chosen = random.Random(20)
    kills = KILLS[engine.dialect.name]
    address = servers.start()
    for number in range(kills):
        writers = [Writer(address, f"w{number}w{i}", ledger) for i in range(WRITERS)]
        for writer in writers:
            writer.start()
        _wait_for(ledger, ledger.answers + chosen.randint(1, MOST_ANSWERS))
        time.sleep(chosen.uniform(0, 0.05))
        servers.kill()
        for writer in writers:
            writer.join(30)
            assert not writer.is_alive() and writer.failure is None, writer.failure
        address = servers.start()
        with sessions.begin() as session:
            _check_acknowledged(session, ledger)
            _check_whole(session)
    with sessions.begin() as session:
        _check_search(session, ledger)
        if engine.dialect.name == "sqlite":
            assert session.scalars(text("PRAGMA integrity_check")).all() == ["ok"]
            assert session.execute(text("PRAGMA foreign_key_check")).all() == []
    _check_answers(address, ledger)
    engine.dispose()
    assert len(ledger.known("vote")) > kills  # it was a storm


def _wait_for(ledger: Ledger, answers: int) -> None:
    """Wait until that many writes were acknowledged."""
    end = time.monotonic() + 30
    while ledger.answers < answers:
        assert time.monotonic() < end, "the writers are not answered"
        time.sleep(0.005)


def _check_acknowledged(session: Session, ledger: Ledger) -> None:
    """Every acknowledged write is there, with its last value, or one never answered."""
    names = set(session.scalars(select(Direction.name)))
    for key in ledger.known("direction"):
        assert key[1] in names, key
    said: dict[Key, tuple[int, str]] = {
        ("explanation", name, username): (id_, body)
        for name, username, id_, body in session.execute(
            select(Direction.name, User.name, Explanation.id, Explanation.text)
            .join(Explanation, Explanation.direction_id == Direction.id)
            .join(User, User.id == Explanation.user_id)
        )
    }
    for key in ledger.known("explanation"):
        assert said[key][1] in ledger.may_be(key), key
    counted = select(Revision.explanation_id, func.count()).group_by(Revision.explanation_id)
    earlier = {id_: number for id_, number in session.execute(counted)}
    for key, edits in ledger.edits.items():
        assert edits <= earlier.get(said[key][0], 0) <= edits + len(ledger.may_be(key)) - 1, key
    cast: dict[Key, int] = {
        ("vote", str(id_), username): value
        for id_, username, value in session.execute(
            select(Vote.explanation_id, User.name, Vote.value).join(User, User.id == Vote.user_id)
        )
    }
    for key in ledger.known("vote"):
        assert cast.get(key, 0) in ledger.may_be(key), key
    for key in (*said, *cast):
        assert ledger.may_be(key) != [None], f"{key} was never asked for"


def _check_whole(session: Session) -> None:
    """Nothing is half-written: counts are those of the rows, and every vector has length 1."""
    counts = Counter((id_, value) for id_, value in session.execute(_VOTES))
    best: dict[int, list[float]] = {}
    for row in session.scalars(select(Explanation)):
        assert (row.up, row.down) == (counts[row.id, 1], counts[row.id, -1])
        assert row.score == pytest.approx(wilson(row.up, row.down))
        best.setdefault(row.direction_id, []).append(row.score)
    for direction in session.scalars(select(Direction).options(undefer(Direction.vector))):
        scores = best.get(direction.id, [])
        assert direction.n_explanations == len(scores)
        assert direction.score == pytest.approx(max(scores, default=0.0))
        assert direction.listed
        vector = np.frombuffer(direction.vector, "<f4")
        assert float(vector @ vector) == pytest.approx(1, abs=1e-5)


def _check_search(session: Session, ledger: Ledger) -> None:
    """The index of the search holds every name, and every explanation in its last wording only."""
    rows = [(id_, name) for id_, name in session.execute(select(Direction.id, Direction.name))]
    assert len(rows) >= len(ledger.known("direction"))
    for id_, name in _some(rows):
        assert _found(session, name) == [id_]
    texts = select(Explanation.direction_id, Explanation.text)
    said = [(id_, body) for id_, body in session.execute(texts)]
    for id_, body in _some(said):
        assert _found(session, body) == [id_]
    for body in _some(session.scalars(select(Revision.text)).all()):
        assert _found(session, body) == []


def _found(session: Session, word: str) -> list[int]:
    # The last word of a search may be a beginning: said twice, it is meant whole.
    page = directions.listed(session, Filter(q=f"{word} {word}"), sort="new", limit=5)
    return [row.id for row in page.items]


def _check_answers(address: str, ledger: Ledger) -> None:
    """The server that was started last answers with what was acknowledged."""
    about = {id_: key for key, id_ in ledger.ids.items() if key[0] == "explanation"}
    with httpx.Client(base_url=f"{address}/api/v1/", timeout=30) as client:
        for key in _some(ledger.known("direction")):
            if key in ledger.ids:
                shown = client.get(f"directions/{ledger.ids[key]}").json()
                assert shown["name"] == key[1]
        for key in _some(ledger.known("vote")):
            id_ = int(key[1])
            direction = ledger.ids.get(("direction", about[id_][1]))
            path = f"directions/{direction}/explanations"
            items = client.get(path, params={"me": key[2], "limit": 100}).json()["items"]
            (mine,) = [item["mine"] for item in items if item["id"] == id_]
            assert mine in [value or 0 for value in ledger.may_be(key)]


def _some(rows: Sequence[Row]) -> list[Row]:
    return random.Random(len(rows)).sample(rows, min(len(rows), 60))
