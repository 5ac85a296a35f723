"""Full-text search: the first directions, in an order, whose documents have the words asked for.

SQLite's two indexes of words follow the two orders: a page is read off them. PostgreSQL's follows
none. There, words that many directions have fill a page on the first steps of a walk in the order
asked for. Further on the newest are looked for chunk by chunk of ids, unless they are few. The best
are walked for while some were found on the way; else all matches are sorted, which costs what
there are.
"""

from typing import Any, Literal

from sqlalchemy import Select, bindparam, select, text
from sqlalchemy.orm import Session

from app.db.keyset import MAX_ID, Place
from app.db.models import Direction
from app.db.search import CHUNK_BITS, UNPLACED, Query, place

Sort = Literal["new", "top"]
WALK, LONG_WALK = 200, 1_000
FEW = 500
NEAR, ALL = 4, MAX_ID
"""Chunks of ids: those looked at before matches are counted, and those looked at last."""
START = Place(MAX_ID + 1, 2.0)

NEW_FTS = text(
    "SELECT rowid FROM direction_search "
    "WHERE direction_search MATCH :wanted AND rowid < :id ORDER BY rowid DESC LIMIT :limit"
)
TOP_FTS = text(
    f"SELECT rowid & {MAX_ID} FROM direction_search_by_score "
    "WHERE direction_search_by_score MATCH :wanted AND rowid < :place "
    "ORDER BY rowid DESC LIMIT :limit"
)
# Read downwards and no further: a scan upwards would come by every match to find its start.
UNPLACED_FTS = text(
    "SELECT d.id FROM (SELECT rowid AS place FROM direction_search_by_score "
    f"WHERE direction_search_by_score MATCH :wanted AND rowid > {UNPLACED} "
    f"ORDER BY rowid DESC LIMIT -1) JOIN directions d ON d.id = place - {UNPLACED} "
    "WHERE (d.score, d.id) < (:score, :id) ORDER BY d.score DESC, d.id DESC LIMIT :limit"
)
MATCHING = "words @@ CAST(:wanted AS tsquery)"
# Materialized, matches are found by the index of words, and never by a walk along an order.
HITS = (
    f"WITH hits AS MATERIALIZED (SELECT id, score FROM direction_search WHERE {MATCHING}) "
    "SELECT id FROM hits "
)
SOME = text(HITS + "LIMIT :few")
SORTED = text(HITS + "WHERE (score, id) < (:score, :id) ORDER BY score DESC, id DESC LIMIT :limit")
WALKED = text(f"(SELECT {MATCHING} FROM direction_search WHERE direction_search.id = walked.id)")
# Without OFFSET 0 a chunk could be looked for by walking along all ids.
CHUNKS = text(
    "WITH last AS (SELECT CAST(LEAST(:id, COALESCE(max(id), 0)) AS integer) "
    f">> {CHUNK_BITS} AS number FROM direction_search) SELECT hit.id FROM last, "
    "generate_series(last.number, GREATEST(last.number - :chunks, 0), -1) AS chunk, "
    f"LATERAL (SELECT id FROM (SELECT id FROM direction_search WHERE {MATCHING} "
    "AND words @@ CAST('_c' || chunk AS tsquery) OFFSET 0) AS near "
    "WHERE id < :id ORDER BY id DESC LIMIT :limit) AS hit LIMIT :limit"
)


def first(
    session: Session, wanted: Query, walk: Select[Any], sort: Sort, after: Place | None, limit: int
) -> list[Direction]:
    """The first directions that match, from a place on.

    `walk` is of the same directions and maybe others, in the same order from the same place.
    """
    start = START if after is None else after
    if session.get_bind().dialect.name == "sqlite":
        ids = _streamed(session, wanted, sort, start, limit)
    else:
        asked = {"wanted": _tsquery(wanted), "id": start.id, "limit": limit}
        ids = (_newest if sort == "new" else _best)(session, asked, walk, start)
    rows = list(session.scalars(select(Direction).where(Direction.id.in_(ids))))
    rows.sort(key=lambda row: (row.score if sort == "top" else 0.0, row.id), reverse=True)
    return rows[:limit]


def _streamed(session: Session, wanted: Query, sort: Sort, start: Place, limit: int) -> list[int]:
    """Ids of the first matches, and maybe of later ones."""
    asked: dict[str, Any] = {"wanted": _fts(wanted), "id": start.id, "limit": limit}
    if start.score is None or sort == "new":
        return list(session.scalars(NEW_FTS, asked))
    placed = session.scalars(TOP_FTS, asked | {"place": place(start.score, start.id)})
    return [*placed, *session.scalars(UNPLACED_FTS, asked | {"score": start.score})]


def _newest(session: Session, asked: dict[str, Any], walk: Select[Any], start: Place) -> list[int]:
    limit = asked["limit"]
    ids = _walked(session, asked, walk, "new", WALK)
    if len(ids) < limit:
        ids = list(session.scalars(CHUNKS, asked | {"chunks": NEAR}))
    if len(ids) == limit:
        return ids
    some = _some(session, asked)
    if len(some) <= FEW:
        return sorted((id_ for id_ in some if id_ < start.id), reverse=True)[:limit]
    return list(session.scalars(CHUNKS, asked | {"chunks": ALL}))


def _best(session: Session, asked: dict[str, Any], walk: Select[Any], start: Place) -> list[int]:
    limit = asked["limit"]
    ids = _walked(session, asked, walk, "top", WALK)
    # Where a third was found on the way, the rest is not far, unless there is no more.
    if limit / 3 <= len(ids) < limit and len(_some(session, asked)) > FEW:
        ids = _walked(session, asked, walk, "top", LONG_WALK)
    if len(ids) == limit:
        return ids
    return list(session.scalars(SORTED, asked | {"score": start.score}))


def _some(session: Session, asked: dict[str, Any]) -> list[int]:
    """Every match, or more than a few, in no order."""
    return list(session.scalars(SOME, asked | {"few": FEW + 1}))


def _walked(
    session: Session, asked: dict[str, Any], walk: Select[Any], sort: Sort, steps: int
) -> list[int]:
    """The matches among the first of a list."""
    some = walk.with_only_columns(Direction.id, Direction.score).limit(steps).subquery("walked")
    order = [some.c.id.desc()] if sort == "new" else [some.c.score.desc(), some.c.id.desc()]
    query = select(some.c.id).where(WALKED).order_by(*order).limit(bindparam("limit"))
    return list(session.scalars(query, asked))


def _tsquery(wanted: Query) -> str:
    parts = [f"'{word}'" for word in wanted.words] + [f"'{start}':*" for start in wanted.beginnings]
    return " & ".join(parts)


def _fts(wanted: Query) -> str:
    parts = [f'"{word}"' for word in wanted.words] + [f'"{start}" *' for start in wanted.beginnings]
    return " AND ".join(parts)
