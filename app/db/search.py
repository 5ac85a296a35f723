"""Full-text search: the one module that knows SQLite's FTS5 and PostgreSQL's tsvector.

Each direction has one document: its name, its user's name and its explanations, as words, and what
lists are filtered by, as words that no text has (they begin with "_"). Words are made here and
not by the database, so that both find the same: without case and diacritics, cut at whatever is
neither a letter nor a digit; a Chinese or Japanese character is a word. The table
`direction_search` is written by the transaction that changes a direction or its explanations.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import CTE, Integer, column, func, select, text
from sqlalchemy.orm import Session
from sqlalchemy.sql.expression import TextClause

MAX_WORD = 64
MAX_QUERY_WORDS = 32
MAX_DOCUMENT = 200_000
"""Characters of a document's different words; what would make it longer is not searched."""

IDEOGRAPHS = re.compile(
    "([\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])"
)

DIRECTION = text(
    "SELECT d.name, u.name AS user_name, d.model, d.site, d.origin, d.user_id, d.listed, "
    "d.deleted_at FROM directions d LEFT JOIN users u ON u.id = d.user_id WHERE d.id = :id"
)
EXPLANATIONS = text(
    "SELECT text FROM explanations WHERE direction_id = :id AND deleted_at IS NULL ORDER BY id"
)
DELETE = {
    "sqlite": text("DELETE FROM direction_search WHERE rowid = :id"),
    "postgresql": text("DELETE FROM direction_search WHERE id = :id"),
}
WORDS = {
    "sqlite": text("SELECT words FROM direction_search WHERE rowid = :id"),
    "postgresql": text("SELECT tsvector_to_array(words) FROM direction_search WHERE id = :id"),
}
INSERT_FTS = text("INSERT INTO direction_search (rowid, words) VALUES (:id, :words)")
INSERT_VECTOR = text(
    "INSERT INTO direction_search (id, words) "
    "VALUES (:id, array_to_tsvector(CAST(:words AS text[])))"
)


@dataclass(frozen=True, slots=True)
class Query:
    """Words that a document must have, and beginnings of words."""

    words: tuple[str, ...]
    beginnings: tuple[str, ...]


def words_of(prose: str) -> list[str]:
    """The words of a text, folded, in their order."""
    if not prose.isascii():
        folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", prose).casefold())
        bare = "".join(c for c in folded if not unicodedata.combining(c))
        spaced = IDEOGRAPHS.sub(r" \1 ", unicodedata.normalize("NFC", bare))
        whole = "".join(c if _in_a_word(c) else " " for c in spaced)
        return [word[:MAX_WORD] for word in whole.split()]
    return [word[:MAX_WORD] for word in re.findall("[a-z0-9]+", prose.lower())]


def _in_a_word(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character)[0] == "M"


def document(
    texts: Iterable[str], *, model: str, site: str, origin: str, user_id: int | None, listed: bool
) -> list[str]:
    """A direction's words, each once."""
    found = set(_facets(model, site, origin, user_id, listed))
    room = MAX_DOCUMENT
    for prose in texts:
        room = _add(found, prose, room)
        if room <= 0:
            break
    return sorted(found)


def query(
    q: str | None, *, model: str | None, site: str | None, origin: str | None, user_id: int | None
) -> Query | None:
    """What a document must have for a search text and filters; None where no document can have it.

    The last word of the text is a beginning: somebody may still be typing it.
    """
    typed = [] if q is None else words_of(q)[:MAX_QUERY_WORDS]
    if q is not None and not typed:
        return None
    words = [*_facets(model, site, origin, user_id, user_id is None), *dict.fromkeys(typed[:-1])]
    if typed and len(typed[-1]) == 1:
        return Query((*words, _initial(typed[-1])), ())
    return Query(tuple(words), tuple(typed[-1:]))


def reindex(session: Session, direction_id: int) -> None:
    """Write a direction's document anew; one that no list holds has none."""
    row = session.execute(DIRECTION, {"id": direction_id}).one()
    texts: list[str] = list(session.scalars(EXPLANATIONS, {"id": direction_id}))
    found = row.deleted_at is None and (row.listed or row.user_id is not None)
    session.execute(DELETE[_dialect(session)], {"id": direction_id})
    if found:
        words = document(
            [row.name, row.user_name or "", *texts],
            model=row.model, site=row.site, origin=row.origin, user_id=row.user_id,
            listed=bool(row.listed),
        )  # fmt: skip
        write(session, [(direction_id, words)])


def extend(session: Session, direction_id: int, prose: str) -> None:
    """Add what was said last of a direction to its document, whatever else has been said of it."""
    words = session.scalars(WORDS[_dialect(session)], {"id": direction_id}).one_or_none()
    if words is None:
        reindex(session, direction_id)
        return
    known = set(words.split() if isinstance(words, str) else words)
    before = len(known)
    _add(known, prose, MAX_DOCUMENT - sum(len(word) for word in known if word[0] != "_"))
    if len(known) > before:
        session.execute(DELETE[_dialect(session)], {"id": direction_id})
        write(session, [(direction_id, sorted(known))])


def write(session: Session, documents: Sequence[tuple[int, list[str]]]) -> None:
    """Store documents, by direction id, where there are none yet."""
    if not documents:
        return
    if _dialect(session) == "postgresql":
        session.execute(INSERT_VECTOR, [{"id": id_, "words": words} for id_, words in documents])
    else:
        rows = [{"id": id_, "words": f" {' '.join(words)} "} for id_, words in documents]
        session.execute(INSERT_FTS, rows)


def hits(wanted: Query, dialect: str) -> CTE:
    """The ids of all documents that match, found by the index of words."""
    ids = column("id", Integer)
    if dialect == "postgresql":
        found = text("SELECT id FROM direction_search WHERE words @@ CAST(:wanted AS tsquery)")
        found = found.bindparams(wanted=_tsquery(wanted))
        # Materialized, it is planned by itself: never as a walk in the order of what is around it.
        return found.columns(ids).cte("hits").prefix_with("MATERIALIZED")
    found = text("SELECT rowid AS id FROM direction_search WHERE direction_search MATCH :wanted")
    return found.bindparams(wanted=_fts(wanted)).columns(ids).cte("hits")


def newest_first(dialect: str) -> bool:
    """Whether the index of words can be read newest first, and left when a page is full."""
    return dialect == "sqlite"


def more_than(session: Session, wanted: Query, number: int) -> bool:
    """Whether more documents than that match; no more are counted."""
    some = select(hits(wanted, _dialect(session)).c.id).limit(number + 1).subquery()
    return session.scalars(select(func.count()).select_from(some)).one() > number


def probe(wanted: Query, dialect: str) -> TextClause:
    """The condition that the document of the row `walked.id` matches; reads no other."""
    if dialect == "postgresql":
        return text(
            "(SELECT words @@ CAST(:wanted AS tsquery) FROM direction_search "
            "WHERE direction_search.id = walked.id)"
        ).bindparams(wanted=_tsquery(wanted))
    parts = [f" {word} " for word in wanted.words] + [f" {start}" for start in wanted.beginnings]
    tests = " AND ".join(f"instr(words, :w{i}) > 0" for i in range(len(parts)))
    return text(
        f"(SELECT {tests} FROM direction_search WHERE direction_search.rowid = walked.id)"
    ).bindparams(**{f"w{i}": part for i, part in enumerate(parts)})


def _facets(
    model: str | None, site: str | None, origin: str | None, user_id: int | None, listed: bool
) -> list[str]:
    """The words for what lists are filtered by."""
    found = ["_listed"] if listed else []
    for kind, value in (("m", model), ("s", site), ("o", origin)):
        if value is not None:
            digest = hashlib.blake2b(value.encode(), digest_size=6).hexdigest()
            found.append(f"_{kind}{digest}")
    if user_id is not None:
        found.append(f"_u{user_id}")
    return found


def _add(document: set[str], prose: str, room: int) -> int:
    """Add a text's words while there is room for so many characters; returns what is left."""
    for word in words_of(prose):
        if word not in document and room > 0:
            document |= {word, _initial(word)}
            room -= len(word)
    return room


def _initial(word: str) -> str:
    """A word for a word's first letter: too many begin with it to look for each of them."""
    return word if IDEOGRAPHS.match(word) else f"_1{word[0]}"


def _tsquery(wanted: Query) -> str:
    parts = [f"'{word}'" for word in wanted.words] + [f"'{start}':*" for start in wanted.beginnings]
    return " & ".join(parts)


def _fts(wanted: Query) -> str:
    parts = [f'"{word}"' for word in wanted.words] + [f'"{start}" *' for start in wanted.beginnings]
    return " AND ".join(parts)


def _dialect(session: Session) -> str:
    return session.get_bind().dialect.name
