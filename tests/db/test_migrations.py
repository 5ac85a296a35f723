"""Migrations: the schema is what the mapped classes say, and every step can be undone."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import IntegrityError

from app.db import migrate
from app.db.models import Base, Prompt
from app.db.session import sessions_of


def test_up_makes_every_table_and_down_removes_every_one(engine: Engine) -> None:
    migrate.upgrade(engine)
    assert set(Base.metadata.tables) <= set(inspect(engine).get_table_names())
    migrate.downgrade(engine)
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    migrate.upgrade(engine)
    assert "prompts" in inspect(engine).get_table_names()


def test_up_twice_is_up_once(engine: Engine) -> None:
    migrate.upgrade(engine)
    with sessions_of(engine).begin() as session:
        session.add(Prompt(dataset="d", slug="s", register="r", text="t"))
    migrate.upgrade(engine)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM prompts")).scalar() == 1


def test_models_and_migrations_agree(engine: Engine) -> None:
    migrate.upgrade(engine)
    migrate.check(engine)


def test_the_mapped_constraints_are_those_of_the_migrated_schema(engine: Engine) -> None:
    migrate.upgrade(engine)
    found = {row["name"] for row in inspect(engine).get_check_constraints("prompts")}
    assert found == {"ck_prompts_text_not_empty", "ck_prompts_named"}
    unique = {row["name"] for row in inspect(engine).get_unique_constraints("prompts")}
    assert unique == {"uq_prompts_dataset_slug"}


@pytest.mark.parametrize(
    "row",
    [
        {"dataset": "d", "slug": "s", "register": "r", "text": ""},
        {"dataset": "", "slug": "s", "register": "r", "text": "t"},
        {"dataset": "d", "slug": "", "register": "r", "text": "t"},
        {"dataset": "d", "slug": "there", "register": "r", "text": "again"},
        {"dataset": "d", "slug": "s", "register": "r", "text": None},
    ],
)
def test_the_schema_itself_refuses_a_broken_row(engine: Engine, row: dict[str, str]) -> None:
    migrate.upgrade(engine)
    insert = text(
        "INSERT INTO prompts (dataset, slug, register, text, created_at) "
        "VALUES (:dataset, :slug, :register, :text, :at)"
    )
    moment = datetime(2024, 1, 1, tzinfo=UTC).isoformat()
    with engine.begin() as connection:
        connection.execute(
            insert, {"dataset": "d", "slug": "there", "register": "r", "text": "t", "at": moment}
        )
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(insert, {**row, "at": moment})
