"""Directions near a vector: saved ones at the same place, by cosine.

A saved vector never changes, so those of a place are kept in memory as one matrix of unit rows,
which grows by what was saved since. Whether a direction may be shown is asked of the database.
"""

import threading
from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select, true
from sqlalchemy.orm import Session, sessionmaker

from app.db.models import Direction

Floats = NDArray[np.float32]
Place = tuple[str, str, int | None, int]
"""Model, site, head, and width: a model may have been replaced by another under its name."""

MAX_BYTES = 512 * 2**20
CHUNK = 2_000
LATE = 10_000
"""Ids are given when a row is made and seen when its transaction ends: one may appear late, after
this many higher ones at most."""


class Vectors:
    """The vectors of every place that was asked about, up to a number of bytes.

    Beyond it, the place that was not asked about for longest is forgotten, and read again when it
    is. May be used by many threads at once.
    """

    def __init__(self, sessions: sessionmaker[Session], *, max_bytes: int = MAX_BYTES) -> None:
        self._sessions = sessions
        self._max_bytes = max_bytes
        self._places: OrderedDict[Place, _Matrix] = OrderedDict()
        self._lock = threading.Lock()

    def nearest(
        self,
        model: str,
        site: str,
        head: int | None,
        vector: Floats,
        limit: int,
        exclude_id: int | None = None,
    ) -> list[tuple[int, float]]:
        """(id, cosine) of the listed directions at a place that are nearest to a vector [d].

        Highest cosine first, the older of two equals first; `exclude_id` is left out. Those of
        another width than the vector's are not compared with it.
        """
        (width,) = vector.shape
        place = model, site, head, width
        matrix = self._matrix(place)
        with self._sessions.begin() as session:
            ids, rows = matrix.grown(session)
            cosines = rows @ (vector / np.linalg.norm(vector)).astype(np.float32)
            found = _shown(session, ids, cosines, limit, exclude_id)
        self._forget()
        return found

    @property
    def n_bytes(self) -> int:
        """How much is in memory."""
        with self._lock:
            return sum(matrix.n_bytes for matrix in self._places.values())

    def _matrix(self, place: Place) -> "_Matrix":
        with self._lock:
            matrix = self._places.setdefault(place, _Matrix(place))
            self._places.move_to_end(place)
            return matrix

    def _forget(self) -> None:
        """Forget places until the rest fits; the one used last is kept, however large."""
        with self._lock:
            held = sum(matrix.n_bytes for matrix in self._places.values())
            while held > self._max_bytes and len(self._places) > 1:
                _, matrix = self._places.popitem(last=False)
                held -= matrix.n_bytes


class _Matrix:
    """The unit rows [n, d] of one place, with room to grow, and their ids [n]."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._lock = threading.Lock()
        self._known: set[int] = set()
        self._ids: NDArray[np.int64] = np.empty(0, np.int64)
        self._rows: Floats = np.empty((0, place[3]), np.float32)
        self._n = 0

    @property
    def n_bytes(self) -> int:
        return self._rows.nbytes + self._ids.nbytes

    def grown(self, session: Session) -> tuple[NDArray[np.int64], Floats]:
        """Ids and rows, with those saved since the last time. Views: later growth leaves them."""
        with self._lock:
            new = self._unseen(session)
            for start in range(0, len(new), CHUNK):
                self._append(session, new[start : start + CHUNK])
            return self._ids[: self._n], self._rows[: self._n]

    def _unseen(self, session: Session) -> list[int]:
        model, site, head, width = self._place
        query = select(Direction.id).where(
            Direction.model == model,
            Direction.site == site,
            Direction.head.is_(None) if head is None else Direction.head == head,
            Direction.width == width,
            Direction.id > max(self._known, default=0) - LATE,
            Direction.origin == "user",
        )
        found = session.scalars(query.order_by(Direction.id))
        return [id_ for id_ in found if id_ not in self._known]

    def _append(self, session: Session, ids: list[int]) -> None:
        query = select(Direction.id, Direction.vector).where(Direction.id.in_(ids))
        read = [
            (id_, np.frombuffer(vector, "<f4"))
            for id_, vector in session.execute(query.order_by(Direction.id))
        ]
        self._known.update(ids)
        end = self._n + len(read)
        if end > len(self._rows):
            self._make_room(max(end, len(self._rows) * 3 // 2))
        for at, (id_, row) in enumerate(read, self._n):
            self._ids[at] = id_
            self._rows[at] = row / np.linalg.norm(row)
        self._n = end

    def _make_room(self, capacity: int) -> None:
        ids = np.empty(capacity, np.int64)
        rows = np.empty((capacity, self._rows.shape[1]), np.float32)
        if self._n:
            ids[: self._n], rows[: self._n] = self._ids[: self._n], self._rows[: self._n]
        self._ids, self._rows = ids, rows


def _shown(
    session: Session, ids: NDArray[np.int64], cosines: Floats, limit: int, exclude_id: int | None
) -> list[tuple[int, float]]:
    """The first of them, by cosine, that everybody may see."""
    order = np.lexsort((ids, -cosines))
    found: list[tuple[int, float]] = []
    start, some = 0, 2 * limit
    while len(found) < limit and start < len(order):
        ranked = {int(ids[at]): float(cosines[at]) for at in order[start : start + some]}
        ranked.pop(exclude_id or 0, None)
        query = select(Direction.id).where(Direction.id.in_(ranked), Direction.listed == true())
        listed = set(session.scalars(query))
        found += [(id_, cosine) for id_, cosine in ranked.items() if id_ in listed]
        start, some = start + some, min(2 * some, CHUNK)
    return found[:limit]
