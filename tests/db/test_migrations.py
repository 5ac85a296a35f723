"""Migrations: the schema is what the mapped classes say, and every step can be undone."""

from datetime import UTC, datetime
from itertools import product

import pytest
from sqlalchemy import Engine, func, inspect, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.db import directions, explanations, lists, migrate
from app.db.listing import Sort
from app.db.models import Base, Login, Prompt, PromptSet, PromptSetItem
from app.db.session import sessions_of, writers_of
from tests.db.world import explain, pca, person, save, vote

SORTS: tuple[Sort, ...] = ("new", "top")


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


def _fill_every_table(engine: Engine) -> None:
    with writers_of(engine).begin() as session:
        ada = person(session, "ada")
        row = save(session, "tense", by="ada")
        said = explain(session, row, "the past")
        explanations.edit(session, said, "the future")
        vote(session, said, up=2)
        explain(session, pca(session), "places")
        directions.delete(session, save(session, "gone"))
        lists.put(session, lists.make(session, ada, "all", "")[0], row)
        moment = datetime(2024, 1, 1, tzinfo=UTC)
        session.add(Login(token_hash="0" * 64, user_id=ada.id, expires_at=moment))
        prompts = [
            Prompt(dataset="visitors", slug=f"s{n}", register="r", text="t", user=ada)
            for n in range(2)
        ]
        prompts[1].deleted_at = moment
        prompts += [Prompt(dataset="library", slug="s", register="r", text="t")]
        kept = PromptSet(user=ada, name="set", name_key="set")
        session.add_all([*prompts, kept])
        session.flush()
        session.add(PromptSetItem(set_id=kept.id, prompt_id=prompts[0].id, position=0))


def _documents(session: Session) -> list[str]:
    """The stored words of all directions."""
    return sorted(
        str(words)
        for words in session.execute(text("SELECT words FROM direction_search")).scalars()
    )


def test_a_step_does_not_change_with_the_code() -> None:
    for script in (migrate.SCRIPTS / "versions").glob("*.py"):
        assert "from app" not in script.read_text(), script.name


def test_every_step_goes_down_and_up_with_rows_in_every_table(engine: Engine) -> None:
    migrate.upgrade(engine)
    _fill_every_table(engine)
    with engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            assert connection.execute(select(func.count()).select_from(table)).scalar(), table.name
    with sessions_of(engine).begin() as session:
        before = _documents(session)
    for down_to in ("0003", "0002", "0001", "base"):
        migrate.downgrade(engine, down_to)
        migrate.upgrade(engine)
        migrate.check(engine)
        if down_to in {"0003", "0002"}:
            with writers_of(engine).begin() as session:
                said = explanations.of(session, 1, limit=1).items[0]
                vote(session, said, up=3 if down_to == "0003" else 4)
            with sessions_of(engine).begin() as session:
                wanted = {"fut": ["tense"], "places": ["Component 0"], "gone": []}
                for sort, (q, names) in product(SORTS, wanted.items()):
                    which = directions.Filter(q=q)
                    found = directions.listed(session, which, sort=sort, limit=5).items
                    assert [row.name for row in found] == names
                assert _documents(session) == before
        else:
            with engine.begin() as connection:
                left = connection.execute(text("SELECT dataset FROM prompts")).scalars().all()
                assert left == (["library"] if down_to == "0001" else []), "visitors' go"
                connection.execute(text("DELETE FROM prompts"))
            _fill_every_table(engine)
