"""Saved directions: saving, names, copies, deleting and restoring, and lists of them."""

from itertools import product
from typing import Any
from uuid import RFC_4122, UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from app.db import directions, explanations
from app.db.directions import Filter
from app.db.keyset import MAX_ID
from app.db.listing import Sort
from app.db.models import Direction
from app.errors import BadDirection, BadInput, Forbidden, Taken, UnknownDirection
from tests.db.world import explain, new, pca, person, save, vector, vote

Sessions = sessionmaker[Session]
SORTS: tuple[Sort, ...] = ("new", "top")


def _names(sessions: Sessions, which: Filter, sort: Sort = "new", limit: int = 100) -> list[str]:
    """Every page of a list, followed by its cursor."""
    found: list[str] = []
    cursor: str | None = None
    with sessions.begin() as session:
        while True:
            page = directions.listed(session, which, sort=sort, limit=limit, cursor=cursor)
            assert len(page.items) <= limit
            found += [row.name for row in page.items]
            cursor = page.next
            if cursor is None:
                return found


def test_a_saved_direction_is_what_was_given(sessions: Sessions) -> None:
    with sessions.begin() as session:
        given = new("  Past   tense ", head=3, recipe={"kind": "upload", "file": "a.json"})
        row, made = directions.saved(session, person(session, "Ada"), given)
        assert made
        id_ = row.id
    with sessions.begin() as session:
        row = directions.by_id(session, id_)
        assert (row.name, row.user and row.user.name, row.origin) == ("Past tense", "Ada", "user")
        assert (row.model, row.site, row.head, row.width) == ("demo", given.site, 3, given.width)
        assert row.recipe == {"kind": "upload", "file": "a.json"}
        assert row.created_at == row.updated_at
        assert directions.vector_of(session, id_) == given.vector


def test_the_same_direction_saved_again_is_there_once(sessions: Sessions) -> None:
    given = new("tense")
    for made in (True, False):
        with sessions.begin() as session:
            assert directions.saved(session, person(session, "ada"), given)[1] is made
    with sessions.begin() as session:
        assert session.scalar(select(func.count()).select_from(Direction)) == 1


@pytest.mark.parametrize(
    "other", [{"vector": vector(77)}, {"model": "gpt2"}, {"site": "other"}, {"head": 1}]
)
def test_another_direction_of_the_same_name_is_refused(
    sessions: Sessions, other: dict[str, Any]
) -> None:
    with sessions.begin() as session:
        save(session, "Tense", vector=vector(1))
    with pytest.raises(Taken) as refused, sessions.begin() as session:
        save(session, "TENSE", "ada", **{"vector": vector(1)} | other)
    assert refused.value.field == "name"


def test_two_users_may_use_the_same_name(sessions: Sessions) -> None:
    with sessions.begin() as session:
        assert save(session, "tense", by="ada").id != save(session, "tense", by="bob").id


def test_a_vector_of_another_length_is_refused(sessions: Sessions) -> None:
    with pytest.raises(BadDirection, match="3,072 float32"), sessions.begin() as session:
        save(session, width=3072)


def test_an_unknown_visibility_is_refused(sessions: Sessions) -> None:
    with pytest.raises(BadInput), sessions.begin() as session:
        save(session, visibility="secret")


def test_a_component_has_one_row_however_often_it_is_asked_for(sessions: Sessions) -> None:
    with sessions.begin() as session:
        first = pca(session, 3)
    with sessions.begin() as session:
        assert pca(session, 3).id == first.id
        assert pca(session, 4).id != first.id
        assert pca(session, 3, basis="b2").id != first.id
        assert pca(session, 3, head=0).id != first.id
        place = {"model": "demo", "revision": "r1", "site": "blocks.1.hook_resid_post"}
        found = directions.find_component(session, **place, head=None, component=3, basis="b1")
        assert found is not None and found.id == first.id
        assert (
            directions.find_component(session, **place, head=None, component=9, basis="b1") is None
        )


def test_a_component_is_listed_while_it_is_explained(sessions: Sessions) -> None:
    with sessions.begin() as session:
        row = pca(session, 3)
    assert _names(sessions, Filter()) == []
    with sessions.begin() as session:
        said = explain(session, row, "names of places")
    assert _names(sessions, Filter(origin="pca", q="places")) == ["Component 3"]
    with sessions.begin() as session:
        explanations.delete(session, said)
    assert _names(sessions, Filter(origin="pca")) == []


def test_a_missing_direction_is_said_to_be_missing(sessions: Sessions) -> None:
    with sessions.begin() as session:
        for id_ in (0, -1, 999, MAX_ID + 1, 10**30):
            for ask in (directions.by_id, directions.vector_of):
                with pytest.raises(UnknownDirection):
                    ask(session, id_)
            with pytest.raises(UnknownDirection):
                directions.by_ids(session, [id_])
            with pytest.raises(UnknownDirection):
                directions.restore(session, id_, person(session, "ada"))


def test_several_directions_come_in_the_order_asked_for(sessions: Sessions) -> None:
    with sessions.begin() as session:
        ids = [save(session).id for _ in range(3)]
        asked = [ids[2], ids[0], ids[2]]
        assert [row.id for row in directions.by_ids(session, asked)] == asked


def test_what_is_not_there_is_left_out_of_those_that_exist(sessions: Sessions) -> None:
    with sessions.begin() as session:
        kept, gone = save(session), save(session)
        directions.delete(session, gone)
        asked = [gone.id, kept.id, 0, 999, MAX_ID + 1]
        assert directions.existing(session, asked) == {kept.id: kept}
        vector = directions.vector_of(session, kept.id)
        assert directions.with_vectors(session, asked) == {kept.id: (kept, vector)}


def test_it_refuses_another_users_direction(sessions: Sessions) -> None:
    with sessions.begin() as session:
        row, component = save(session, by="ada"), pca(session)
        assert directions.own(session, row.id, person(session, "ada")) is row
        for id_ in (row.id, component.id):
            with pytest.raises(Forbidden):
                directions.own(session, id_, person(session, "bob"))


def test_a_new_name_is_found_and_the_old_one_free(sessions: Sessions) -> None:
    with sessions.begin() as session:
        row = save(session, "tense")
        directions.rename(session, row, "Number")
        save(session, "tense")
    assert _names(sessions, Filter(q="number")) == ["Number"]
    with pytest.raises(Taken), sessions.begin() as session:
        directions.rename(session, directions.by_id(session, row.id), "TENSE")
    with sessions.begin() as session:
        assert directions.rename(session, directions.by_id(session, row.id), "NUMBER").id == row.id
    assert _names(sessions, Filter(q="number")) == ["NUMBER"]


def test_an_unlisted_direction_is_found_by_its_users_name_only(sessions: Sessions) -> None:
    with sessions.begin() as session:
        row = save(session, "secret", visibility="unlisted")
        save(session, "open")
    for q in (None, "secret"):
        assert "secret" not in _names(sessions, Filter(q=q))
        assert "secret" in _names(sessions, Filter(username="ADA", q=q))
    with sessions.begin() as session:
        directions.set_visibility(session, directions.by_id(session, row.id), "public")
    assert _names(sessions, Filter(q="secret")) == ["secret"]


def test_a_deleted_direction_leaves_every_list_until_it_is_restored(sessions: Sessions) -> None:
    with sessions.begin() as session:
        row = save(session, "tense")
        said = explain(session, row, "when it was")
        vote(session, said, up=3)
    with sessions.begin() as session:
        directions.delete(session, directions.own(session, row.id, person(session, "ada")))
    for which in (Filter(), Filter(username="ada"), Filter(q="tense"), Filter(q="when")):
        assert _names(sessions, which) == []
    with sessions.begin() as session, pytest.raises(UnknownDirection, match="was deleted"):
        directions.by_id(session, row.id)
    with sessions.begin() as session, pytest.raises(Forbidden):
        directions.restore(session, row.id, person(session, "bob"))
    for _ in range(2):
        with sessions.begin() as session:
            back = directions.restore(session, row.id, person(session, "ada"))
            assert (back.n_explanations, back.listed) == (1, True)
            assert back.score == pytest.approx(0.4385, abs=1e-4)
    assert _names(sessions, Filter(q="when")) == ["tense"]


def test_a_name_used_again_meanwhile_keeps_the_deleted_one_away(sessions: Sessions) -> None:
    with sessions.begin() as session:
        row = save(session, "tense")
        directions.delete(session, row)
        save(session, "Tense")
    with pytest.raises(Taken), sessions.begin() as session:
        directions.restore(session, row.id, person(session, "ada"))


def test_a_copy_has_the_vector_and_says_what_it_is_a_copy_of(sessions: Sessions) -> None:
    with sessions.begin() as session:
        row = save(session, "tense", by="ada", recipe={"kind": "token"})
        bob = person(session, "bob")
        copied, is_new = directions.copy(session, row, bob)
        assert is_new
        assert directions.copy(session, row, bob) == (copied, False)
        assert copied.user is bob and copied.name == "tense"
        assert directions.vector_of(session, copied.id) == directions.vector_of(session, row.id)
        once = {"kind": "copy", "of": row.id, "name": "tense", "username": "ada"}
        assert copied.recipe == {**once, "made": {"kind": "token"}}
        again, _ = directions.copy(session, copied, person(session, "eve"), "mine")
        assert again.recipe["made"] == {"kind": "token"} and again.recipe["of"] == copied.id


def test_a_copy_gets_a_number_where_its_name_is_taken(sessions: Sessions) -> None:
    with sessions.begin() as session:
        row, bob = save(session, "x" * 80, by="ada"), person(session, "bob")
        save(session, "x" * 80, by="bob")
        assert directions.copy(session, row, bob)[0].name == "x" * 76 + " (2)"
        assert directions.copy(session, row, person(session, "ada"))[0].name.endswith(" (2)")
        with pytest.raises(Taken):
            directions.copy(session, row, bob, "x" * 80)


FILTERS = [
    Filter(),
    Filter(model="demo"),
    Filter(site="s0"),
    Filter(model="demo", site="s0"),
    Filter(origin="user"),
    Filter(origin="pca"),
    Filter(model="gpt2", origin="user"),
    Filter(model="demo", site="s1", origin="pca"),
    Filter(username="ada"),
    Filter(username="ada", origin="pca"),
    Filter(username="bob", model="gpt2", site="s0"),
    Filter(username="nobody yet"),
    Filter(model="none"),
    Filter(origin="none"),
]


@pytest.fixture
def many(sessions: Sessions) -> Sessions:
    with sessions.begin() as session:
        for n in range(24):
            place = {"model": ["demo", "gpt2"][n % 2], "site": f"s{n % 3}"}
            if n % 4 == 3:
                row = pca(session, n, name=f"n {n}", **place)
            else:
                row = save(session, f"n {n}", by=["ada", "bob"][n % 5 % 2], **place)
            said = explain(session, row, "odd common" if n % 2 else "even common")
            vote(session, said, up=n % 3)
    return sessions


@pytest.mark.parametrize("sort", ["new", "top"])
def test_every_list_holds_what_its_filter_says_once_and_in_order(
    many: Sessions, sort: Sort
) -> None:
    with many.begin() as session:
        rows = list(session.scalars(select(Direction)))
    rows.sort(key=lambda row: (row.score if sort == "top" else 0, row.id), reverse=True)
    texts = (None, "common", "even", "com", "c", "  ")
    for which, (q, limit) in product(FILTERS, zip(texts, (5, 5, 3, 7, 100, 24), strict=True)):
        expected = [
            row.name
            for row in rows
            if (which.model in (None, row.model) and which.site in (None, row.site))
            and which.origin in (None, row.origin)
            and which.username in (None, row.user.name if row.user else "")
            and (q != "even" or int(row.name[2:]) % 2 == 0)
        ]
        asked = Filter(which.model, which.site, which.username, which.origin, q)
        assert _names(many, asked, sort, limit) == expected, asked


@pytest.mark.parametrize("many_match", [True, False])
def test_the_long_ways_to_a_page_give_the_same_page(
    many: Sessions, monkeypatch: pytest.MonkeyPatch, many_match: bool
) -> None:
    usual = _names(many, Filter(q="even"), "top", 3)
    monkeypatch.setattr("app.db.finding.WALK", 2)
    monkeypatch.setattr("app.db.finding.LONG_WALK", 3)
    monkeypatch.setattr("app.db.finding.NEAR", 0)
    monkeypatch.setattr("app.db.finding.FEW", 2 if many_match else 1_000)
    assert _names(many, Filter(q="even"), "top", 3) == usual
    assert _names(many, Filter(q="even"), "new", 3) == sorted(usual, key=lambda n: -int(n[2:]))


FOREIGN = [
    "", "x", "n", "t", "n0", "n-1", "n²", "n99999999999999999999", "t-1", "n1 ", "t" + "0" * 16,
    "t7ff8000000000000-1", "tfff0000000000000-1", "t" + "g" * 16 + "-1", "\x00", "'", "n1\ud800",
]  # fmt: skip


def test_a_foreign_cursor_is_refused(sessions: Sessions) -> None:
    for cursor in FOREIGN:
        for sort in SORTS:
            with sessions.begin() as session, pytest.raises(BadInput) as refused:
                directions.listed(session, Filter(), sort=sort, limit=5, cursor=cursor)
            assert refused.value.field == "cursor"


def test_a_cursor_of_the_other_order_is_refused(many: Sessions) -> None:
    with many.begin() as session:
        cursor = directions.listed(session, Filter(), sort="new", limit=5).next
        with pytest.raises(BadInput):
            directions.listed(session, Filter(), sort="top", limit=5, cursor=cursor)


def test_a_copy_is_no_more_visible_than_its_original(sessions: Sessions) -> None:
    with sessions.begin() as session:
        hidden = save(session, "hidden", visibility="unlisted")
        copied, _ = directions.copy(session, hidden, person(session, "bob"))
        assert (copied.visibility, copied.listed) == ("unlisted", False)
    assert _names(sessions, Filter()) == []


def test_a_components_uid_is_none_that_a_users_direction_can_have(sessions: Sessions) -> None:
    with sessions.begin() as session:
        for number in range(50):
            uid = UUID(pca(session, number).uid)
            assert (uid.version, uid.variant) == (8, RFC_4122)
        assert UUID(save(session).uid).version == 4
