"""Alembic's environment: online only, on the connection that was handed in or the settings' URL."""

from alembic import context
from sqlalchemy import Connection

from app.db.models import Base
from app.db.session import connect
from app.settings import Settings

SEARCH = "direction_search"
"""The table of words, and on SQLite those behind it; no mapped class describes them."""


def mapped(name: str | None, type_: str, _parents: object) -> bool:
    """Whether what is found in the database is compared with the mapped classes."""
    return type_ != "table" or name is None or not name.startswith(SEARCH)


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        compare_type=True,
        include_name=mapped,
        render_as_batch=connection.dialect.name == "sqlite",  # SQLite cannot alter in place
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    engine = connect(Settings.read().database)
    with engine.begin() as opened:
        run(opened)
    engine.dispose()
