"""Prompts that visitors keep under their names, on SQLite and on PostgreSQL."""

import pytest
from sqlalchemy import insert, text
from sqlalchemy.orm import Session, sessionmaker

from app.db import prompts, sets, users
from app.db.models import Prompt, User
from app.db.prompts import Filter
from app.errors import Forbidden, UnknownPrompt
from tests.db.explaining import plan_of
from tests.db.racing import at_once
from tests.db.texts import TEXTS, new, walk

Sessions = sessionmaker[Session]


@pytest.fixture
def filled(sessions: Sessions) -> Sessions:
    with sessions.begin() as session:
        prompts.load_dataset(session, "library", new("facts", TEXTS))
    return sessions


@pytest.fixture
def ada(filled: Sessions) -> User:
    with filled.begin() as session:
        return users.named(session, "ada")


def _keep(sessions: Sessions, user: User, text: str, model: str = "tiny") -> tuple[Prompt, bool]:
    with sessions.begin() as session:
        return prompts.keep(session, user, text=text, model=model)


def test_a_kept_text_is_its_visitors(filled: Sessions, ada: User) -> None:
    row, is_new = _keep(filled, ada, "mine")
    assert is_new
    with filled.begin() as session:
        found = prompts.by_id(session, row.id)
        assert (found.text, found.dataset, found.model) == ("mine", prompts.VISITORS, "tiny")
        assert found.user is not None
        assert found.user.name == "ada"
        assert prompts.own(session, row.id, ada).id == row.id


def test_the_same_text_is_kept_once_for_each_name_and_model(filled: Sessions, ada: User) -> None:
    with filled.begin() as session:
        grace = users.named(session, "grace")
    first, _ = _keep(filled, ada, "mine")
    again, is_new = _keep(filled, ada, "mine")
    assert (again.id, is_new) == (first.id, False)
    others = [_keep(filled, grace, "mine"), _keep(filled, ada, "mine", "gpt2")]
    others += [_keep(filled, ada, "mine ")]
    assert [is_new for _, is_new in others] == [True] * 3
    assert len({first.id, *(row.id for row, _ in others)}) == 4


def test_a_text_sent_many_times_at_once_is_kept_once(filled: Sessions, ada: User) -> None:
    def keep(session: Session) -> tuple[int, bool]:
        row, is_new = prompts.keep(session, ada, text="at once", model="tiny")
        return row.id, is_new

    kept = [each for each in at_once(filled, *[keep] * 8) if isinstance(each, tuple)]
    assert len({id_ for id_, _ in kept}) == 1
    assert [is_new for _, is_new in kept].count(True) == 1
    assert len(kept) == 8


def test_a_deleted_prompt_leaves_every_list_and_comes_back(filled: Sessions, ada: User) -> None:
    row, _ = _keep(filled, ada, "mine")
    other, _ = _keep(filled, ada, "mine too")
    which = Filter(user_id=ada.id)
    with filled.begin() as session:
        prompts.delete(session, prompts.own(session, row.id, ada))
    assert walk(filled, which, limit=10) == [other.slug]
    assert walk(filled, which, limit=10, seed=1) == [other.slug]
    with filled.begin() as session, pytest.raises(UnknownPrompt, match=str(row.id)):
        prompts.by_ids(session, [other.id, row.id])
    with filled.begin() as session, pytest.raises(UnknownPrompt):
        prompts.own(session, row.id, ada)
    with filled.begin() as session:
        assert prompts.restore(session, row.id, ada).id == row.id
        assert prompts.restore(session, row.id, ada).id == row.id  # it is there: nothing to do
    assert walk(filled, which, limit=10) == [row.slug, other.slug]


def test_a_deleted_text_that_is_sent_again_is_the_same_row(filled: Sessions, ada: User) -> None:
    row, _ = _keep(filled, ada, "mine")
    with filled.begin() as session:
        prompts.delete(session, prompts.own(session, row.id, ada))
    again, is_new = _keep(filled, ada, "mine")
    assert (again.id, is_new) == (row.id, True)
    assert walk(filled, Filter(user_id=ada.id), limit=10) == [row.slug]


def test_it_refuses_another_users_prompt_and_the_librarys(filled: Sessions, ada: User) -> None:
    with filled.begin() as session:
        grace = users.named(session, "grace")
        library = prompts.listed(session, Filter("library"), limit=1).items[0].id
    row, _ = _keep(filled, ada, "mine")
    for id_, whose in ((row.id, "ada's"), (library, "nobody")):
        with filled.begin() as session:
            with pytest.raises(Forbidden, match=whose):
                prompts.own(session, id_, grace)
            with pytest.raises(Forbidden, match=whose):
                prompts.restore(session, id_, grace)


@pytest.mark.parametrize("id_", [0, -1, 999_999, 2**31, 2**63])
def test_a_prompt_that_was_never_there_is_not_restored(
    filled: Sessions, ada: User, id_: int
) -> None:
    with filled.begin() as session, pytest.raises(UnknownPrompt, match=str(id_)):
        prompts.restore(session, id_, ada)


@pytest.mark.parametrize("limit", [1, 2, 10])
def test_the_newest_come_first_where_asked(filled: Sessions, ada: User, limit: int) -> None:
    slugs = [_keep(filled, ada, text)[0].slug for text in "abcde"]
    found: list[str] = []
    cursor = None
    while True:
        with filled.begin() as session:
            page = prompts.listed(
                session, Filter(user_id=ada.id), sort="new", limit=limit, cursor=cursor
            )
        found += [row.slug for row in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert found == slugs[::-1]


def test_a_dataset_that_loses_a_prompt_keeps_its_row_and_gets_it_back(
    filled: Sessions, ada: User
) -> None:
    with filled.begin() as session:
        row = prompts.listed(session, Filter("library"), limit=1).items[0]
        held, _ = sets.make(session, ada, "set")
        sets.put(session, held, row)
    with filled.begin() as session:
        assert prompts.load_dataset(session, "library", new("facts", TEXTS)[1:]) == 1
        assert prompts.load_dataset(session, "library", new("facts", TEXTS)[1:]) == 0
    with filled.begin() as session, pytest.raises(UnknownPrompt):
        prompts.by_id(session, row.id)
    with filled.begin() as session:
        assert sets.prompts(session, held.id) == []
        assert prompts.load_dataset(session, "library", new("facts", TEXTS)) == 1
        assert prompts.by_id(session, row.id).slug == row.slug


@pytest.fixture
def crowded(sessions: Sessions) -> Sessions:
    """10,000 prompts of 200 visitors."""
    with sessions.begin() as session:
        names = [f"visitor {i}" for i in range(200)]
        made = [{"name": name, "key": name, "skeleton": name} for name in names]
        ids = session.scalars(insert(User).returning(User.id), made).all()
        session.execute(
            insert(Prompt),
            [
                {"dataset": "visitors", "slug": f"{i}-{n}", "register": "r", "text": "t",
                 "model": "tiny", "user_id": i}
                for n in range(50)
                for i in ids
            ],
        )  # fmt: skip
        session.execute(text("ANALYZE"))
    return sessions


@pytest.mark.parametrize("sort", ["old", "new"])
def test_a_users_prompts_are_found_by_an_index(crowded: Sessions, sort: prompts.Sort) -> None:
    with crowded.begin() as session:
        which = Filter(user_id=users.by_name(session, "visitor 7").id)
        plan = plan_of(session, lambda: prompts.listed(session, which, sort=sort, limit=20))
    assert "ix_prompts_user_id_id" in plan
    assert "SCAN prompts" not in plan
    assert "Seq Scan on prompts" not in plan


def test_keeping_a_text_looks_for_it_by_an_index(crowded: Sessions) -> None:
    with crowded.begin() as session:
        user = users.by_name(session, "visitor 7")
        plan = plan_of(session, lambda: prompts.keep(session, user, text="t", model="tiny"))
    assert "uq_prompts_dataset_slug" in plan or "sqlite_autoindex_prompts" in plan
