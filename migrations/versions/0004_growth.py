"""Lists and searches whose cost does not follow how much there is.

An index for every combination of filters; scores rounded to 31 binary places; on SQLite the words
once more, by score; on PostgreSQL the score beside the words, and a word for every 4,096 ids.
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INDEXES = [
    [*filters, *order]
    for filters in (
        ["listed", "model", "origin"], ["listed", "site", "origin"],
        ["listed", "model", "site", "origin"],
        ["user_id", "model"], ["user_id", "site"], ["user_id", "model", "site"],
    )
    for order in (["id"], ["score", "id"])
]  # fmt: skip

PLACED = (
    'CREATE VIRTUAL TABLE direction_search_by_score USING fts5(words, content = "", '
    "tokenize = \"ascii tokenchars '_'\", prefix = '2 3 4 5 6', detail = none, columnsize = 0)"
)
# A score and an id in one number; documents of more than 10,000 characters before all others.
PLACE = (
    "SELECT (CASE WHEN length(s.words) > 10000 THEN 3 << 61 "
    "ELSE CAST(d.score * 2147483648 AS INTEGER) << 31 END) + d.id AS place, s.words AS words "
    "FROM direction_search s JOIN directions d ON d.id = s.rowid ORDER BY place"
)


def upgrade() -> None:
    # Before the indexes are there, each of which would be written to for every row.
    op.execute(
        "UPDATE directions SET score = round(score * 2147483648) / 2147483648 WHERE score <> 0"
    )
    for columns in INDEXES:
        op.create_index(op.f(_name(columns)), "directions", columns)
    if op.get_bind().dialect.name == "postgresql":
        _copy_on_postgresql(
            "score DOUBLE PRECISION NOT NULL, words TSVECTOR NOT NULL",
            "d.score, s.words || array_to_tsvector(ARRAY['_c' || (s.id >> 12)])",
            # Room on every page: a new score is written where the old one was.
            "WITH (fillfactor = 85)",
        )
    else:
        op.execute(PLACED)
        op.execute(f"INSERT INTO direction_search_by_score (words, rowid) "
                   f"SELECT words, place FROM ({PLACE})")  # fmt: skip


def downgrade() -> None:
    for columns in INDEXES:
        op.drop_index(op.f(_name(columns)), table_name="directions")
    if op.get_bind().dialect.name == "postgresql":
        _copy_on_postgresql(
            "words TSVECTOR NOT NULL", "ts_delete(s.words, '_c' || (s.id >> 12))", ""
        )
    else:
        op.execute("DROP TABLE direction_search_by_score")
    op.execute(
        "UPDATE directions SET score = COALESCE((SELECT max(e.score) FROM explanations e "
        "WHERE e.direction_id = directions.id AND e.deleted_at IS NULL), 0)"
    )


def _name(columns: list[str]) -> str:
    return f"ix_directions_{'_'.join(columns)}"


def _copy_on_postgresql(columns: str, values: str, settings: str) -> None:
    """Make the table of words anew from itself: quicker than to change every row and its words."""
    op.execute("ALTER TABLE direction_search RENAME TO direction_search_old")
    op.execute("ALTER TABLE direction_search_old DROP CONSTRAINT pk_direction_search")
    op.execute("ALTER TABLE direction_search_old DROP CONSTRAINT fk_direction_search_id_directions")
    op.execute(
        "CREATE TABLE direction_search (id INTEGER CONSTRAINT pk_direction_search PRIMARY KEY "
        "CONSTRAINT fk_direction_search_id_directions REFERENCES directions (id), "
        f"{columns}) {settings}"
    )
    op.execute(
        f"INSERT INTO direction_search SELECT s.id, {values} FROM direction_search_old s "
        "JOIN directions d ON d.id = s.id ORDER BY s.id"
    )
    op.execute("DROP TABLE direction_search_old")
    op.execute(
        "CREATE INDEX ix_direction_search_words ON direction_search "
        "USING gin (words) WITH (fastupdate = off)"
    )
