"""Nearest directions: the same as by brute force, as directions come, go and are hidden."""

import threading

import numpy as np
import pytest
from sqlalchemy.orm import Session, sessionmaker

from app.db import directions
from app.db.near import Floats, Vectors
from tests.db.world import WIDTH, pca, save

Sessions = sessionmaker[Session]
PLACE = ("demo", "blocks.1.hook_resid_post", None)
ASKED: Floats = np.arange(1, WIDTH + 1, dtype=np.float32)


def _by_hand(sessions: Sessions, ids: list[int], limit: int) -> list[int]:
    with sessions.begin() as session:
        rows = {id_: np.frombuffer(directions.vector_of(session, id_), "<f4") for id_ in ids}
    return sorted(ids, key=lambda id_: -float(rows[id_].astype(float) @ ASKED))[:limit]


@pytest.mark.parametrize("limit", [1, 5, 100])
def test_the_nearest_are_those_of_brute_force(sessions: Sessions, limit: int) -> None:
    near = Vectors(sessions)
    assert near.nearest(*PLACE, ASKED, limit) == []
    ids: list[int] = []
    for _ in range(3):  # as directions are added
        with sessions.begin() as session:
            ids += [save(session).id for _ in range(15)]
            save(session, model="gpt2"), save(session, head=2), save(session, site="other")
            pca(session)
        found = near.nearest(*PLACE, ASKED, limit)
        assert [id_ for id_, _ in found] == _by_hand(sessions, ids, limit)
        assert all(-1.001 <= cosine <= 1.001 for _, cosine in found)
    with sessions.begin() as session:
        own = np.frombuffer(directions.vector_of(session, ids[0]), "<f4")
    [(nearest, cosine)] = near.nearest(*PLACE, 7 * own, 1)
    assert nearest == ids[0] and cosine == pytest.approx(1.0, abs=1e-6)
    assert ids[0] not in dict(near.nearest(*PLACE, own, limit, exclude_id=ids[0]))


def test_hidden_and_deleted_directions_are_left_out_until_they_are_back(sessions: Sessions) -> None:
    near = Vectors(sessions)
    with sessions.begin() as session:
        ids = [save(session).id for _ in range(12)]
    order = _by_hand(sessions, ids, 12)
    near.nearest(*PLACE, ASKED, 3)
    with sessions.begin() as session:
        for id_ in order[:4]:
            directions.delete(session, directions.by_id(session, id_))
        directions.set_visibility(session, directions.by_id(session, order[5]), "unlisted")
    left = [order[4], *order[6:]]
    assert [id_ for id_, _ in near.nearest(*PLACE, ASKED, 3)] == left[:3]
    with sessions.begin() as session:
        directions.set_visibility(session, directions.by_id(session, order[5]), "public")
    assert [id_ for id_, _ in near.nearest(*PLACE, ASKED, 3)] == order[4:7]


def test_a_vector_is_compared_with_those_of_its_width(sessions: Sessions) -> None:
    wide = np.ones(2 * WIDTH, "<f4")
    with sessions.begin() as session:
        wider = save(session, width=len(wide), vector=wide.tobytes()).id
        other = save(session).id
    near = Vectors(sessions)
    for _ in range(2):
        assert [id_ for id_, _ in near.nearest(*PLACE, ASKED, 3)] == [other]
        [(nearest, cosine)] = near.nearest(*PLACE, wide, 3)
        assert nearest == wider and cosine == pytest.approx(1.0, abs=1e-6)
    assert near.nearest(*PLACE, np.ones(5, np.float32), 3) == []


def test_the_place_used_longest_ago_is_forgotten_first(sessions: Sessions) -> None:
    with sessions.begin() as session:
        for site in "abc":
            for _ in range(10):
                save(session, site=site)
    one_place = 10 * (4 * WIDTH + 8)
    near = Vectors(sessions, max_bytes=2 * one_place)
    for site in "abacb":
        assert len(near.nearest("demo", site, None, ASKED, 20)) == 10
        assert near.n_bytes <= 2 * one_place
    tiny = Vectors(sessions, max_bytes=1)
    for site in "ab":
        assert len(tiny.nearest("demo", site, None, ASKED, 20)) == 10
        assert tiny.n_bytes == one_place


def test_many_threads_find_the_same(sessions: Sessions) -> None:
    with sessions.begin() as session:
        ids = [save(session).id for _ in range(40)]
    near, found, expected = Vectors(sessions), [], _by_hand(sessions, ids, 5)

    def work() -> None:
        found.append([id_ for id_, _ in near.nearest(*PLACE, ASKED, 5)])

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 8
