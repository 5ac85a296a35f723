"""Lists of directions: filtered, searched, newest or best first.

Filters that an index holds in the order asked for are read off it. Every other combination, and
every search, is put to `search` as words, whose cost depends on how many directions match: a list
with many fills its page on a short walk along the order; one with few is taken whole and sorted.
"""

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Select, SQLColumnExpression, literal, select, true, tuple_
from sqlalchemy.orm import Session

from app.db import keyset, search, users
from app.db.keyset import Page, Place
from app.db.models import Direction, User
from app.errors import UnknownUser

Sort = Literal["new", "top"]
FIRST_WALK, LONG_WALK, FEW = 200, 2_000, 1_000


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
    gives an empty page, as does a user who has saved nothing.
    """
    after = None if cursor is None else keyset.read(cursor, scored=sort == "top")
    try:
        user = None if which.username is None else users.by_name(session, which.username)
    except UnknownUser:
        return Page([], None)
    walk = _walk(which, user, sort, after)
    if _indexed(which):
        rows = list(session.scalars(walk.limit(limit + 1)))
    else:
        rows = _matching(session, which, user, walk, sort, after, limit + 1)
    return keyset.cut(rows, limit, lambda row: _place(row, sort))


def _place(row: Direction, sort: Sort) -> Place:
    return Place(row.id, row.score if sort == "top" else None)


def _searched(which: Filter) -> bool:
    return which.q is not None and which.q.strip() != ""


def _indexed(which: Filter) -> bool:
    """Whether one index holds exactly these directions, in order."""
    names = ("model", "site", "username", "origin")
    given = {name for name in names if getattr(which, name) is not None}
    return not _searched(which) and (len(given) < 2 or given == {"model", "site"})


def _walk(which: Filter, user: User | None, sort: Sort, after: Place | None) -> Select[Direction]:
    """Directions in order, by as many of the filters as an index has before the order."""
    query = select(Direction)
    if user is not None:
        query = query.where(Direction.user_id == user.id, Direction.deleted_at.is_(None))
    else:
        query = query.where(Direction.listed == true())
        if which.model is not None:
            query = query.where(Direction.model == which.model)
        if which.site is not None:
            query = query.where(Direction.site == which.site)
        if which.origin is not None and which.model is None and which.site is None:
            query = query.where(Direction.origin == which.origin)
    return _ordered(query, Direction.id, Direction.score, sort, after)


def _ordered(
    query: Select[Any],
    id_: SQLColumnExpression[int],
    score: SQLColumnExpression[float],
    sort: Sort,
    after: Place | None,
) -> Select[Any]:
    """The query in the order asked for, from a place on."""
    if sort == "new":
        return (query if after is None else query.where(id_ < after.id)).order_by(id_.desc())
    if after is not None:
        query = query.where(tuple_(score, id_) < tuple_(literal(after.score), literal(after.id)))
    return query.order_by(score.desc(), id_.desc())


def _matching(
    session: Session, which: Filter, user: User | None, walk: Select[Direction],
    sort: Sort, after: Place | None, limit: int,
) -> list[Direction]:  # fmt: skip
    """The first directions in order that match every filter and every word.

    Common words fill the page on the first steps of the walk. Where they do not, what matches is
    few, or lies further on, or lies far behind (say, one bundle of long ago): few are sorted at
    once, many are walked for, and only what is many and far behind is sorted whole.
    """
    wanted = search.query(
        which.q if _searched(which) else None,
        model=which.model, site=which.site, origin=which.origin,
        user_id=None if user is None else user.id,
    )  # fmt: skip
    if wanted is None:
        return []
    dialect = session.get_bind().dialect.name

    def walked(steps: int) -> list[int]:
        some = walk.with_only_columns(Direction.id, Direction.score).limit(steps).subquery("walked")
        query = select(some.c.id).where(search.probe(wanted, dialect))
        if dialect == "postgresql":
            # SQLite would not see that this is the walk's own order, and walk on to sort by it.
            query = _ordered(query, some.c.id, some.c.score, sort, None)
        return list(session.scalars(query.limit(limit)))

    ids: list[int] = []
    if sort == "top" or not search.newest_first(dialect):
        ids = walked(FIRST_WALK)
        if len(ids) < limit and search.more_than(session, wanted, FEW):
            ids = walked(LONG_WALK)
    if len(ids) < limit:
        hits = search.hits(wanted, dialect)
        score = select(Direction.score).where(Direction.id == hits.c.id).scalar_subquery()
        ranked = select(hits.c.id, score.label("score")).subquery("ranked")
        query = _ordered(select(ranked.c.id), ranked.c.id, ranked.c.score, sort, after)
        ids = list(session.scalars(query.limit(limit)))
    found = {row.id: row for row in session.scalars(select(Direction).where(Direction.id.in_(ids)))}
    return [found[id_] for id_ in ids]
