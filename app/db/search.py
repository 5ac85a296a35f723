"""Documents of words: what full-text search finds directions by, on FTS5 and on tsvector.

Each direction has one document: its name, its user's name and its explanations, as words, and what
lists are filtered by, as words that no text has (they begin with "_"). Words are made here and
not by the database, so that both find the same: without case and diacritics, cut at whatever is
neither a letter nor a digit; a Chinese or Japanese character is a word. Documents are written by
the transaction that changes a direction, its explanations or its score, and read by `finding`.

So that a page is read and nothing else, the index of words follows the order of lists. On SQLite
there are two, whose row ids are the direction's id and its place by score. PostgreSQL's index has
no order: there a document has a word for the CHUNK of ids that its own is in, and its score.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.db.keyset import MAX_ID

MAX_WORD = 64
MAX_QUERY_WORDS = 32
MAX_DOCUMENT = 200_000
"""Characters of a document's different words; what would make it longer is not searched."""
MAX_PLACED = 10_000
"""Characters up to which a document is written anew, on SQLite, whenever its score changes. Longer
ones, of some hundred explanations, stand before all others, and who reads puts them in order."""
SCORES = 2**31
UNPLACED = 3 << 61
CHUNK_BITS = 12

IDEOGRAPHS = re.compile(
    "([\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])"
)

DIRECTION = text(
    "SELECT d.name, u.name AS user_name, d.model, d.site, d.origin, d.user_id, d.listed, d.score, "
    "d.deleted_at FROM directions d LEFT JOIN users u ON u.id = d.user_id WHERE d.id = :id"
)
SCORE = text("SELECT score FROM directions WHERE id = :id")
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
INSERT_PLACED = text("INSERT INTO direction_search_by_score (rowid, words) VALUES (:place, :words)")
DELETE_PLACED = text(
    "INSERT INTO direction_search_by_score (direction_search_by_score, rowid, words) "
    "VALUES ('delete', :place, :words)"
)
INSERT_VECTOR = text(
    "INSERT INTO direction_search (id, score, words) "
    "VALUES (:id, :score, array_to_tsvector(CAST(:words AS text[])))"
)
UPDATE_SCORE = text("UPDATE direction_search SET score = :score WHERE id = :id")


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


def rounded(score: float) -> float:
    """A score between 0 and 1 to 31 binary places, so that it and an id fit an integer."""
    return round(score * SCORES) / SCORES


def place(score: float, id_: int) -> int:
    """A direction's place by score; the higher one comes first, of equal scores the newer."""
    return round(min(max(score, 0.0), 1.0) * SCORES) * (MAX_ID + 1) + id_


def reindex(session: Session, direction_id: int) -> None:
    """Write a direction's document anew; one that no list holds has none."""
    row = session.execute(DIRECTION, {"id": direction_id}).one()
    texts: list[str] = list(session.scalars(EXPLANATIONS, {"id": direction_id}))
    found = row.deleted_at is None and (row.listed or row.user_id is not None)
    _erase(session, direction_id, row.score)
    if found:
        words = document(
            [row.name, row.user_name or "", *texts],
            model=row.model, site=row.site, origin=row.origin, user_id=row.user_id,
            listed=bool(row.listed),
        )  # fmt: skip
        _write(session, direction_id, row.score, words)


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
        score = session.scalars(SCORE, {"id": direction_id}).one()
        _erase(session, direction_id, score)
        _write(session, direction_id, score, sorted(known))


def move(session: Session, direction_id: int, before: float, after: float) -> None:
    """Put a direction's document, if it has one, where its score is now; both are rounded."""
    if _dialect(session) == "postgresql":
        session.execute(UPDATE_SCORE, {"id": direction_id, "score": after})
        return
    words = session.scalars(WORDS["sqlite"], {"id": direction_id}).one_or_none()
    if words is not None and len(words) <= MAX_PLACED:
        old, new = _placed(before, direction_id, words), _placed(after, direction_id, words)
        session.execute(DELETE_PLACED, old)
        session.execute(INSERT_PLACED, new)


def chunk(id_: int) -> str:
    """The word for all ids near an id."""
    return f"_c{id_ >> CHUNK_BITS}"


def _erase(session: Session, id_: int, score: float) -> None:
    if _dialect(session) == "sqlite":
        words = session.scalars(WORDS["sqlite"], {"id": id_}).one_or_none()
        if words is None:
            return
        session.execute(DELETE_PLACED, _placed(score, id_, words))
    session.execute(DELETE[_dialect(session)], {"id": id_})


def _write(session: Session, id_: int, score: float, words: list[str]) -> None:
    """Store a document where there is none."""
    if _dialect(session) == "postgresql":
        row = {"id": id_, "score": score, "words": [*words, chunk(id_)]}
        session.execute(INSERT_VECTOR, row)
        return
    together = f" {' '.join(words)} "
    session.execute(INSERT_FTS, {"id": id_, "words": together})
    session.execute(INSERT_PLACED, _placed(score, id_, together))


def _placed(score: float, id_: int, words: str) -> dict[str, object]:
    """A row of the words by score. Only the same takes it out again: its words are not kept."""
    return {"place": place(score, id_) if len(words) <= MAX_PLACED else UNPLACED + id_,
            "words": words}  # fmt: skip


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


def _dialect(session: Session) -> str:
    return session.get_bind().dialect.name
