"""Sixty-four clients voting at once at a running server: the counts at the end are exact."""

import random
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select

from app.db.models import User, Vote
from app.db.votes import wilson
from app.main import create_app
from app.model.loading import LoadedModel
from app.web.deps import Services
from tests.browser.serving import serving
from tests.db.conftest import database_url  # noqa: F401 - a fixture
from tests.web.conftest import SITE, settings_for

VOTERS = 64
VOTES_EACH = 6


@pytest.fixture
def server(
    database_url: str,  # noqa: F811 - the fixture
    tmp_path: Path,
    tiny_model: LoadedModel,
) -> Iterator[tuple[str, Services]]:
    """A server's address, and what it is made of."""
    settings = settings_for(tmp_path, database_url=database_url)
    app = create_app(settings, load=lambda _: tiny_model)
    with serving(app) as address:
        yield f"{address}/api/v1/", app.state.services


def _explanations(address: str, count: int) -> list[int]:
    """Explanations of one direction, each by somebody else."""
    with httpx.Client(base_url=address, timeout=30) as client:
        body = {"username": "writer", "name": "voted on", "model": "tiny", "site": SITE}
        made = client.post("directions", json={**body, "vector": [1.0] * 48}).json()
        said = [
            client.post(
                f"directions/{made['id']}/explanations",
                json={"username": f"writer {i}", "text": f"thought {i}"},
            ).json()
            for i in range(count)
        ]
    return [each["id"] for each in said]


def _vote(address: str, number: int, ids: list[int], start: threading.Barrier) -> dict[int, int]:
    """One client's last vote on each explanation."""
    chosen = random.Random(number)
    last: dict[int, int] = {}
    with httpx.Client(base_url=address, timeout=60) as client:
        start.wait(60)
        for _ in range(VOTES_EACH):
            id_, value = chosen.choice(ids), chosen.choice((1, 1, -1, 0))
            body = {"username": f"voter {number}", "value": value}
            response = client.put(f"explanations/{id_}/vote", json=body)
            assert response.status_code == 200, response.text
            assert response.json()["mine"] == value
            last[id_] = value
    return last


def test_the_counts_are_exact(server: tuple[str, Services]) -> None:
    address, services = server
    ids = _explanations(address, 3)
    start = threading.Barrier(VOTERS)
    with ThreadPoolExecutor(VOTERS) as pool:
        cast = list(pool.map(lambda number: _vote(address, number, ids, start), range(VOTERS)))
    with httpx.Client(base_url=address) as client:
        found = client.get("directions/1/explanations").json()["items"]
        direction = client.get("directions/1").json()
    for row in found:
        counts = Counter(last.get(row["id"], 0) for last in cast)
        assert (row["up"], row["down"]) == (counts[1], counts[-1])
        assert row["score"] == pytest.approx(wilson(counts[1], counts[-1]))
    assert [row["score"] for row in found] == sorted((r["score"] for r in found), reverse=True)
    assert direction["score"] == pytest.approx(found[0]["score"], abs=2**-31)
    with services.sessions.begin() as session:
        stored = session.scalars(select(func.count()).select_from(Vote)).one()
        voters = session.scalars(select(func.count()).where(User.name.like("voter%"))).one()
    assert stored == sum(value != 0 for last in cast for value in last.values())
    assert voters == VOTERS


def test_one_name_voting_from_many_places_has_one_vote(server: tuple[str, Services]) -> None:
    address, services = server
    (id_,) = _explanations(address, 1)
    start = threading.Barrier(VOTERS)

    def vote(number: int) -> None:
        with httpx.Client(base_url=address, timeout=60) as client:
            start.wait(60)
            value = 1 if number % 2 else -1
            body = {"username": "everywhere", "value": value}
            assert client.put(f"explanations/{id_}/vote", json=body).status_code == 200

    with ThreadPoolExecutor(VOTERS) as pool:
        list(pool.map(vote, range(VOTERS)))
    with httpx.Client(base_url=address) as client:
        (found,) = client.get("directions/1/explanations").json()["items"]
    with services.sessions.begin() as session:
        (value,) = session.scalars(select(Vote.value))
    assert (found["up"], found["down"]) == ((1, 0) if value == 1 else (0, 1))
