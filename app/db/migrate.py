"""Alembic, called from Python: up, down, and whether models and migrations agree."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from app.db.session import writing
from app.errors import DatabaseRefused

SCRIPTS = Path(__file__).resolve().parent.parent.parent / "migrations"


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the schema up to a revision, in one transaction.

    Raises DatabaseRefused when the database cannot be reached or is not one of ours.
    """
    try:
        with writing(engine).begin() as connection:
            command.upgrade(_config(connection), revision)
    except DBAPIError as error:
        raise DatabaseRefused(
            f"{engine.url.render_as_string()} cannot be used: {str(error.orig).splitlines()[0]}",
            field="database_url",
        ) from error
    except CommandError as error:
        raise DatabaseRefused(
            f"{engine.url.render_as_string()} is of another version of this software: {error}",
            field="database_url",
        ) from error


def downgrade(engine: Engine, revision: str = "base") -> None:
    """Take the schema down to a revision, in one transaction."""
    with writing(engine).begin() as connection:
        command.downgrade(_config(connection), revision)


def check(engine: Engine) -> None:
    """Raises alembic's CommandError if the mapped classes differ from the migrated schema."""
    with writing(engine).begin() as connection:
        command.check(_config(connection))


def _config(connection: object) -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
