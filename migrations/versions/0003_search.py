"""The words of directions, for full-text search: FTS5 on SQLite, tsvector on PostgreSQL."""

import sqlalchemy as sa
from alembic import op

from app.db import search

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


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
    with sa.orm.Session(op.get_bind()) as session:
        for id_ in session.scalars(sa.text("SELECT id FROM directions ORDER BY id")).all():
            search.reindex(session, id_)
        session.flush()
