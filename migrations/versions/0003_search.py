"""The words of directions, for full-text search: FTS5 on SQLite, tsvector on PostgreSQL.

How documents are made is written out as it was then, so that this step stays what it is.
"""

import hashlib
import re
import unicodedata
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MAX_WORD = 64
MAX_DOCUMENT = 200_000
IDEOGRAPHS = re.compile(
    "([\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])"
)
DIRECTIONS = sa.text(
    "SELECT d.id, d.name, u.name AS user_name, d.model, d.site, d.origin, d.user_id, d.listed "
    "FROM directions d LEFT JOIN users u ON u.id = d.user_id "
    "WHERE d.deleted_at IS NULL AND (d.listed OR d.user_id IS NOT NULL) ORDER BY d.id"
)
EXPLANATIONS = sa.text(
    "SELECT text FROM explanations WHERE direction_id = :id AND deleted_at IS NULL ORDER BY id"
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TABLE direction_search ("
            "id INTEGER CONSTRAINT pk_direction_search PRIMARY KEY "
            "CONSTRAINT fk_direction_search_id_directions REFERENCES directions (id), "
            "words TSVECTOR NOT NULL)"
        )
        # Without fastupdate, no search has to read through what was written last.
        op.execute(
            "CREATE INDEX ix_direction_search_words ON direction_search "
            "USING gin (words) WITH (fastupdate = off)"
        )
    else:
        # Which words a document has is kept, not where; words come folded, so ASCII is enough
        # to cut them apart; beginnings of two to six letters have indexes of their own.
        op.execute(
            "CREATE VIRTUAL TABLE direction_search USING fts5(words, "
            "tokenize = \"ascii tokenchars '_'\", prefix = '2 3 4 5 6', "
            "detail = none, columnsize = 0)"
        )
    _fill()


def downgrade() -> None:
    op.execute("DROP TABLE direction_search")


def _fill() -> None:
    """The documents of directions that were there: nothing on the way up, but after a way down."""
    bind = op.get_bind()
    insert = sa.text(
        "INSERT INTO direction_search (id, words) "
        "VALUES (:id, array_to_tsvector(CAST(:words AS text[])))"
        if bind.dialect.name == "postgresql"
        else "INSERT INTO direction_search (rowid, words) VALUES (:id, :words)"
    )
    for row in bind.execute(DIRECTIONS).all():
        said = bind.execute(EXPLANATIONS, {"id": row.id}).scalars()
        words = _document(row, [row.name, row.user_name or "", *said])
        together = words if bind.dialect.name == "postgresql" else f" {' '.join(words)} "
        bind.execute(insert, {"id": row.id, "words": together})


def _document(row: sa.Row[Any], texts: list[str]) -> list[str]:
    """What lists are filtered by, as words that begin with "_", and the words of the texts."""
    found = {"_listed"} if row.listed else set()
    for kind, value in (("m", row.model), ("s", row.site), ("o", row.origin)):
        found.add(f"_{kind}{hashlib.blake2b(value.encode(), digest_size=6).hexdigest()}")
    if row.user_id is not None:
        found.add(f"_u{row.user_id}")
    room = MAX_DOCUMENT
    for prose in texts:
        for word in _words(prose):
            if word not in found and room > 0:
                found |= {word, word if IDEOGRAPHS.match(word) else f"_1{word[0]}"}
                room -= len(word)
    return sorted(found)


def _words(prose: str) -> list[str]:
    """Words without case and diacritics; a Chinese or Japanese character is one."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", prose).casefold())
    bare = "".join(c for c in folded if not unicodedata.combining(c))
    spaced = IDEOGRAPHS.sub(r" \1 ", unicodedata.normalize("NFC", bare))
    whole = "".join(c if c.isalnum() or unicodedata.category(c)[0] == "M" else " " for c in spaced)
    return [word[:MAX_WORD] for word in whole.split()]
