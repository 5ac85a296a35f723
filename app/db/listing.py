"""Lists of directions: filtered, searched, newest or best first.

Every combination of filters has an index that holds its directions in either order, so that a page
is read off it. A search puts its filters to `finding` as words, beside those that were typed.
"""

from dataclasses import dataclass

from sqlalchemy import Select, literal, select, true, tuple_
from sqlalchemy.orm import Session

from app.db import finding, keyset, search, users
from app.db.finding import Sort
from app.db.keyset import Page, Place
from app.db.models import Direction, User
from app.errors import UnknownUser

__all__ = ["Filter", "Sort", "listed"]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which directions a list holds. With a user's name, that user's unlisted ones as well."""

    model: str | None = None
    site: str | None = None
    username: str | None = None
    origin: str | None = None
    q: str | None = None


def listed(
    session: Session, which: Filter, *, sort: Sort = "new", limit: int, cursor: str | None = None
) -> Page[Direction]:
    """Directions, newest first or best first (of two equals the newer).

    Raises BadInput for a cursor of another list. Any search text is fine: one that matches nothing
    gives an empty page, as does a user who has saved nothing; no user has saved a component.
    """
    after = None if cursor is None else keyset.read(cursor, scored=sort == "top")
    try:
        user = None if which.username is None else users.by_name(session, which.username)
    except UnknownUser:
        return Page([], None)
    if user is not None and which.origin not in {None, "user"}:
        return Page([], None)
    walk = _walk(which, user, sort, after)
    if which.q is None or not which.q.strip():
        rows = list(session.scalars(walk.limit(limit + 1)))
    else:
        wanted = search.query(
            which.q, model=which.model, site=which.site, origin=which.origin,
            user_id=None if user is None else user.id,
        )  # fmt: skip
        if wanted is None:
            return Page([], None)
        rows = finding.first(session, wanted, walk, sort, after, limit + 1)
    return keyset.cut(rows, limit, lambda row: _place(row, sort))


def _place(row: Direction, sort: Sort) -> Place:
    return Place(row.id, row.score if sort == "top" else None)


def _walk(which: Filter, user: User | None, sort: Sort, after: Place | None) -> Select[Direction]:
    """Directions in order, from a place on, by every filter."""
    query = select(Direction)
    if user is not None:
        query = query.where(Direction.user_id == user.id, Direction.deleted_at.is_(None))
    else:
        query = query.where(Direction.listed == true())
    if which.model is not None:
        query = query.where(Direction.model == which.model)
    if which.site is not None:
        query = query.where(Direction.site == which.site)
    if which.origin is not None:
        query = query.where(Direction.origin == which.origin)
    if sort == "new":
        query = query if after is None else query.where(Direction.id < after.id)
        return query.order_by(Direction.id.desc())
    if after is not None:
        place = literal(after.score), literal(after.id)
        query = query.where(tuple_(Direction.score, Direction.id) < tuple_(*place))
    return query.order_by(Direction.score.desc(), Direction.id.desc())
