"""Stored prompts: lists, samples, look-up and loading, on SQLite and on PostgreSQL."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from app.db import prompts
from app.db.models import Prompt
from app.db.prompts import Filter, NewPrompt
from app.errors import BadInput, UnknownPrompt
from tests.db.texts import TEXTS, new, walk

Sessions = sessionmaker[Session]


@pytest.fixture
def filled(sessions: Sessions) -> Sessions:
    with sessions.begin() as session:
        prompts.load_dataset(session, "library", new("facts", TEXTS))
        prompts.load_dataset(session, "other", new("tales", [f"tale {i}" for i in range(40)]))
    return sessions


@pytest.mark.parametrize("limit", [1, 3, 6, 40, 100])
def test_the_pages_of_a_list_hold_every_prompt_once(filled: Sessions, limit: int) -> None:
    assert walk(filled, Filter("other"), limit=limit) == [f"tales-{i}" for i in range(40)]


@pytest.mark.parametrize("limit", [1, 7, 40])
def test_the_pages_of_a_sample_hold_every_prompt_once_whatever_the_page_size(
    filled: Sessions, limit: int
) -> None:
    sample = walk(filled, Filter("other"), limit=limit, seed=7)
    assert sorted(sample) == sorted(f"tales-{i}" for i in range(40))
    assert sample == walk(filled, Filter("other"), limit=13, seed=7)


def test_a_seed_fixes_the_same_order_on_every_database(filled: Sessions) -> None:
    assert walk(filled, Filter("library"), limit=6, seed=7) == [
        "facts-2", "facts-3", "facts-0", "facts-1", "facts-4", "facts-5",
    ]  # fmt: skip


def test_different_seeds_give_different_orders(filled: Sessions) -> None:
    orders = {tuple(walk(filled, Filter("other"), limit=40, seed=seed)) for seed in range(20)}
    assert len(orders) == 20


def test_a_prompt_that_comes_leaves_the_others_in_their_order(filled: Sessions) -> None:
    before = walk(filled, Filter("library"), limit=40, seed=3)
    with filled.begin() as session:
        prompts.load_dataset(session, "library", new("facts", [*TEXTS, "one more"]))
    after = walk(filled, Filter("library"), limit=40, seed=3)
    assert [slug for slug in after if slug != "facts-6"] == before


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("capital", {0, 5}),
        ("%", {1, 2}),
        ("a_b", {2}),
        ("日本", {3}),
        ("\n", {4}),
        ("/", set()),
        ("' OR 1=1 --", set()),
        ("", {0, 1, 2, 3, 4, 5}),
    ],
)
def test_a_search_finds_the_text_as_typed_in_any_case(
    filled: Sessions, q: str, found: set[int]
) -> None:
    slugs = walk(filled, Filter("library", q=q), limit=10)
    assert set(slugs) == {f"facts-{i}" for i in found}


def test_a_filter_by_model_leaves_out_the_prompts_of_none(filled: Sessions) -> None:
    assert walk(filled, Filter("library", model="demo"), limit=10) == []


@pytest.mark.parametrize("cursor", ["", "x", "-1", "9" * 400, "²", "1' OR 1", "a" * 31])
def test_a_cursor_from_elsewhere_is_refused(filled: Sessions, cursor: str) -> None:
    with filled.begin() as session:
        with pytest.raises(BadInput, match="cursor"):
            prompts.listed(session, Filter(), limit=3, cursor=cursor)
        with pytest.raises(BadInput, match="cursor"):
            prompts.sampled(session, Filter("library"), seed=1, limit=3, cursor=cursor)


def test_ids_are_answered_in_the_order_asked_even_twice(filled: Sessions) -> None:
    with filled.begin() as session:
        ids = list(session.scalars(select(Prompt.id).order_by(Prompt.id)))[:3]
        asked = [ids[2], ids[0], ids[2]]
        assert [row.id for row in prompts.by_ids(session, asked)] == asked


@pytest.mark.parametrize("id_", [0, -1, 999_999, 2**31, 2**63, 10**30])
def test_an_id_that_is_not_stored_is_named(filled: Sessions, id_: int) -> None:
    with filled.begin() as session, pytest.raises(UnknownPrompt, match=str(id_)):
        prompts.by_id(session, id_)


def test_texts_come_back_as_they_went_in(filled: Sessions) -> None:
    with filled.begin() as session:
        rows = session.scalars(select(Prompt).where(Prompt.dataset == "library"))
        assert [row.text for row in rows] == TEXTS


def test_moments_come_back_in_utc(filled: Sessions) -> None:
    with filled.begin() as session:
        row = session.scalars(select(Prompt).limit(1)).one()
        assert row.created_at.utcoffset() is not None
        assert row.created_at.isoformat().endswith("+00:00")


def test_loading_again_changes_nothing(filled: Sessions) -> None:
    with filled.begin() as session:
        ids = {row.slug: row.id for row in session.scalars(select(Prompt))}
    with filled.begin() as session:
        assert prompts.load_dataset(session, "library", new("facts", TEXTS)) == 0
    with filled.begin() as session:
        assert {row.slug: row.id for row in session.scalars(select(Prompt))} == ids


def test_loading_brings_in_what_changed_and_keeps_the_ids(filled: Sessions) -> None:
    with filled.begin() as session:
        old = {row.slug: row.id for row in session.scalars(select(Prompt))}
    with filled.begin() as session:
        changed = new("facts", ["Changed.", *TEXTS[1:5]])
        assert prompts.load_dataset(session, "library", changed) == 2
    with filled.begin() as session:
        rows = prompts.listed(session, Filter("library"), limit=10).items
        assert [row.text for row in rows] == ["Changed.", *TEXTS[1:5]]
        assert all(old[row.slug] == row.id for row in rows)


def test_a_load_that_fails_leaves_nothing_behind(sessions: Sessions) -> None:
    def broken() -> object:
        yield NewPrompt("a", "r", "text")
        raise RuntimeError("the reader stopped")

    with pytest.raises(RuntimeError), sessions.begin() as session:
        prompts.load_dataset(session, "library", broken())  # type: ignore[arg-type]
    with sessions.begin() as session:
        assert session.scalars(select(Prompt)).all() == []


@pytest.mark.parametrize("which", [Filter(), Filter("visitors"), Filter(model="m", q="a")])
def test_a_seed_orders_no_more_than_a_dataset(filled: Sessions, which: Filter) -> None:
    with filled.begin() as session, pytest.raises(BadInput) as refused:
        prompts.sampled(session, which, seed=1, limit=3)
    assert refused.value.field == "seed"
