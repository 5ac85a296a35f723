"""Bundles from one database into another: all of it arrives, once, and nothing is overwritten."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session, sessionmaker

from app.db import directions, explanations, listing, lists, migrate, users, votes
from app.db.bundle_in_directions import MOST_NUMBERS
from app.db.bundle_merge import Rules
from app.db.models import Direction, Explanation, Prompt, User, Vote
from app.db.session import connect, writers_of
from app.errors import UnknownUser
from tests.db.bundle_world import (
    REVISION,
    bring,
    bundled,
    contents,
    counted,
    edited,
    fill,
    new,
    packed,
    rows,
    unit,
)
from tests.db.conftest import _own_schema

Sessions = sessionmaker[Session]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sessions]:
    """Another database, still empty but for the bundled prompts."""
    own = _own_schema() if request.param == "postgresql" else None
    engine = connect(next(own) if own is not None else f"sqlite:///{tmp_path / 'other.db'}")
    migrate.upgrade(engine)
    found = writers_of(engine)
    with found.begin() as session:
        session.add(bundled("two", "Another one."))
    yield found
    engine.dispose()
    if own is not None:
        next(own, None)


@pytest.fixture
def source(sessions: Sessions) -> Sessions:
    with sessions.begin() as session:
        fill(session)
    return sessions


def test_what_arrives_is_what_was_sent(source: Sessions, target: Sessions) -> None:
    sent = packed(source)
    bring(target, sent)
    arrived = packed(target)
    links = contents(sent)["directions.jsonl"]
    assert any("uid" in part for row in links for part in row["recipe"].get("parts", ()))
    assert contents(arrived) == contents(sent)


def test_counts_scores_and_lists_are_as_if_it_had_been_saved_there(
    source: Sessions, target: Sessions
) -> None:
    bring(target, packed(source))
    with source.begin() as here, target.begin() as there:
        assert counted(there) == counted(here)
        for q in ("capital", "numbers", "数字", "celik", "mixed europe", "no longer", "gone", "12"):
            which = listing.Filter(q=q)
            found = [
                [row.uid for row in listing.listed(each, which, sort=sort, limit=50).items]
                for each in (here, there)
                for sort in ("new", "top")
            ]
            assert found[:2] == found[2:], q
        ours = users.by_name(there, "ada")
        assert users.activity(there, ours).n_directions == 3


def test_imported_things_can_be_gone_on_with(source: Sessions, target: Sessions) -> None:
    bring(target, packed(source))
    with target.begin() as session:
        explanation = session.scalars(select(Explanation).where(Explanation.up == 2)).one()
        eve = users.named(session, "Eve")
        assert votes.cast(session, explanation.id, eve, 1).up == 3
        earlier = [each.text for each in explanations.history(session, explanation)]
        assert earlier == ["<b>Capitals</b> of\n\ncountries", "Capital cities"]
        mine = lists.of(session, username="Ada", limit=5).items[0]
        kept = [(item.note, row.name) for item, row in lists.items(session, mine.id)]
        assert kept == [("first", "of a head"), ("", "capitals"), ("", "Component 3")]


def test_links_between_directions_lead_to_the_same_ones(source: Sessions, target: Sessions) -> None:
    with target.begin() as session:  # so that ids differ
        directions.saved(session, users.named(session, "Zoë"), new("before", 77))
    bring(target, packed(source))
    with target.begin() as session:
        by_name = {(row.name, row.user.name if row.user else ""): row
                   for row in session.scalars(select(Direction))}  # fmt: skip
        mixed, copy = by_name["mixed", "Bob"], by_name["mixed", "Ada"]
        parts = mixed.recipe["parts"]
        assert isinstance(parts, list)
        assert parts[0]["id"] == by_name["capitals", "Ada"].id
        assert parts[2] == {"name": "gone", "weight": 1.0}
        assert copy.recipe["of"] == mixed.id
        assert copy.recipe["made"] == mixed.recipe


def test_a_second_import_adds_nothing_and_says_so(source: Sessions, target: Sessions) -> None:
    sent = packed(source)
    first = bring(target, sent)
    before = packed(target)
    second = bring(target, sent)
    assert first.added > 0
    assert second.added == 0
    assert all(tally.skipped == 0 for tally in second.tallies.values()), second.skipped
    for kind, tally in second.tallies.items():
        assert tally.known == first.tallies[kind].added + first.tallies[kind].known
    assert packed(target) == before


def test_imported_where_it_came_from_it_adds_nothing(source: Sessions) -> None:
    before = packed(source)
    assert bring(source, before).added == 0
    assert packed(source) == before


def test_what_is_half_known_is_completed(source: Sessions, target: Sessions) -> None:
    sent = packed(source)
    everything = contents(sent)["directions.jsonl"]
    bring(target, packed(source, "ada"))
    bring(target, packed(source, "Bob"))
    report = bring(target, sent)
    assert 0 < report.tallies["directions"].added < len(everything)
    assert report.tallies["votes"].added > 0
    with source.begin() as here, target.begin() as there:
        assert counted(there) == counted(here)


def test_a_users_bundle_holds_what_they_made_and_what_it_is_about(
    source: Sessions,
) -> None:
    found = contents(packed(source, "ada"))
    assert found["manifest.json"]["of"] == "Ada"
    directions_ = {(row["name"], row["username"]): row for row in found["directions.jsonl"]}
    context = {name for (name, _), row in directions_.items() if row.get("context")}
    assert set(directions_) == {
        ("capitals", "Ada"), ("Months — “12”", "Ada"), ("mixed", "Ada"), ("of a head", "Bob"),
        ("Component 3", None),
    }  # fmt: skip
    assert context == {"of a head", "Component 3"}
    assert {row["username"] for row in found["votes.jsonl"]} == {"Ada"}
    said = {(row["username"], row.get("context", False)) for row in found["explanations.jsonl"]}
    assert said == {("Ada", False), ("Bob", True), ("Çelik Üç", True)}
    assert [row["name"] for row in found["lists.jsonl"]] == ["Places"]
    assert {row["text"]: row.get("context", False) for row in found["prompts.jsonl"]} == {
        "Ada's own text": False, "Bob's text 🙂": True, "Another one.": True
    }  # fmt: skip


def test_a_bundle_of_nobody_is_refused(source: Sessions) -> None:
    with pytest.raises(UnknownUser):
        packed(source, "nobody")


def test_what_was_deleted_and_what_is_secret_stay_behind(source: Sessions) -> None:
    with source.begin() as session:
        users.claim(session, users.by_name(session, "bob"), "$argon2id$secret")
    said = str(contents(packed(source)))
    for hidden in ("gone\"", "Mine, no longer", "thrown away", "Of something deleted",
                   "Deleted list", "argon2", "passphrase"):  # fmt: skip
        assert hidden not in said


def test_the_same_rows_make_the_same_bytes(source: Sessions) -> None:
    assert packed(source) == packed(source)


def test_an_empty_database_makes_a_bundle_that_can_be_imported(
    sessions: Sessions, target: Sessions
) -> None:
    assert bring(target, packed(sessions)).added == 0


def test_a_name_that_is_another_directions_gets_a_number(
    source: Sessions, target: Sessions
) -> None:
    with target.begin() as session:
        ada = users.named(session, "ada")
        directions.saved(session, ada, new("CAPITALS", 50))
        directions.saved(session, ada, new("capitals (2)", 51))
    sent = packed(source)
    bring(target, sent)
    assert bring(target, sent).added == 0
    with target.begin() as session:
        named = set(session.scalars(select(Direction.name)))
    assert {"CAPITALS", "capitals (2)", "capitals (3)"} <= named
    assert "capitals" not in named


def test_the_same_direction_under_another_uid_is_known(source: Sessions, target: Sessions) -> None:
    with target.begin() as session:
        ada = users.named(session, "ada")
        same, _ = directions.saved(session, ada, new("capitals", 1))
        mine, _ = explanations.add(session, same, users.named(session, "bob"), "Quite otherwise")
        places = explanations.add(session, same, users.named(session, "çelik üç"), "Places", "plus")
        id_ = same.id
    report = bring(target, packed(source))
    assert report.tallies["explanations"].skipped == 1
    assert report.tallies["votes"].skipped == 3
    assert any("other words" in reason for reason in report.skipped)
    with target.begin() as session:
        here = explanations.of(session, id_, limit=5).items
        assert {row.text for row in here} == {"Quite otherwise", "Places"}
        assert next(row for row in here if row.text == "Places").down == 1
        assert places[0].id in {row.id for row in here}
        assert mine.text == "Quite otherwise"
        mixed = session.scalars(select(Direction).where(Direction.name == "mixed")).first()
        assert mixed is not None
        parts = mixed.recipe["parts"]
        assert isinstance(parts, list)
        assert parts[0]["id"] == id_


def test_what_is_here_is_not_overwritten(source: Sessions) -> None:
    sent = packed(source)
    with source.begin() as session:
        capitals = session.scalars(select(Direction).where(Direction.name == "capitals")).one()
        directions.rename(session, capitals, "renamed since")
        first = explanations.of(session, capitals.id, limit=1).items[0]
        explanations.edit(session, first, "Edited since")
        votes.cast(session, first.id, users.by_name(session, "ada"), -1)
    before = packed(source)
    assert bring(source, sent).added == 0
    assert packed(source) == before


def test_what_was_deleted_here_comes_back_with_its_explanations(source: Sessions) -> None:
    sent = packed(source)
    with source.begin() as session:
        for row in session.scalars(select(Direction).where(Direction.origin == "user")).all():
            if row.deleted_at is None:
                directions.delete(session, row)
        assert not listing.listed(session, listing.Filter(q="europe"), sort="new", limit=5).items
    report = bring(source, sent)
    assert report.tallies["directions"].added == 8
    assert contents(packed(source)) == contents(sent)
    with source.begin() as session:
        assert listing.listed(session, listing.Filter(q="europe"), sort="new", limit=5).items


def test_an_id_that_is_another_directions_takes_nothing_over(source: Sessions) -> None:
    def steal(found: list[dict[str, object]]) -> None:
        for row in found:
            if row["username"] == "Bob":
                row["username"], row["name"] = "Ada", f"Bob's {row['name']}"

    sent = edited(packed(source), "directions.jsonl", steal)
    before = packed(source)
    report = bring(source, sent)
    assert report.tallies["directions"].skipped == 4
    assert any("under their id" in reason for reason in report.skipped)
    assert packed(source) == before


def _as(name: str) -> Rules:
    """What a visitor of that name may import."""
    return Rules(
        may_write=lambda user: not user.claimed or user.name == name, trusts=lambda _, __: False
    )


def test_claimed_names_are_left_alone_and_what_belongs_to_it_with_them(
    source: Sessions, target: Sessions
) -> None:
    with target.begin() as session:
        for name in ("Ada", "Bob"):
            users.claim(session, users.named(session, name), "$argon2id$secret")
    sent = packed(source)
    report = bring(target, sent, _as("Bob"))
    assert any("Ada is claimed" in reason for reason in report.skipped)
    with target.begin() as session:
        owners = select(User.name).join(Direction, Direction.user_id == User.id)
        assert set(session.scalars(owners)) == {"Bob", "Çelik Üç"}
        assert session.scalars(select(Explanation.id)).all() == []  # all are of Ada's, or of PCA
        assert session.scalars(select(Vote.value)).all() == []
        assert set(session.scalars(select(Prompt.text).where(Prompt.user_id.is_not(None)))) == {
            "Bob's text 🙂"
        }
    skipped = {kind: tally.skipped for kind, tally in report.tallies.items()}
    assert skipped["directions"] == 4  # three of Ada's, one component
    assert skipped["explanations"] == 3
    assert skipped["votes"] == 5


def test_what_hangs_on_anothers_claimed_things_that_are_here_is_known(source: Sessions) -> None:
    with source.begin() as session:
        for name in ("Ada", "Bob"):
            users.claim(session, users.named(session, name), "$argon2id$secret")
    sent = packed(source)
    report = bring(source, sent, _as("Bob"))
    assert report.added == 0
    assert report.tallies["directions"].skipped == 0
    assert report.tallies["explanations"].skipped == 0
    assert packed(source) == sent


def test_components_are_taken_where_they_are_trusted_or_here(
    source: Sessions, target: Sessions
) -> None:
    sent = packed(source)
    assert bring(target, sent, _as("Ada")).tallies["directions"].skipped == 1
    with target.begin() as session:
        component = directions.component(
            session, model="tiny", revision=REVISION, site="blocks.1.hook_resid_pre", head=None,
            component=3, basis="0123456789abcdef", width=6, vector=unit(9), name="Component 3",
        )  # fmt: skip
        assert not component.listed
        id_ = component.id
    report = bring(target, sent, _as("Ada"))
    assert report.tallies["directions"].skipped == 0
    with target.begin() as session:
        assert directions.by_id(session, id_).listed
        assert explanations.of(session, id_, limit=5).items[0].up == 1


def test_a_name_that_looks_like_another_is_skipped(source: Sessions, target: Sessions) -> None:
    with target.begin() as session:
        users.named(session, "Ado")
        users.named(session, "B0b")
    report = bring(target, packed(source))
    assert any("looks like" in reason for reason in report.skipped)
    assert report.tallies["users"].skipped == 1


def test_a_model_that_is_not_served_is_kept_and_said(source: Sessions, target: Sessions) -> None:
    report = bring(target, packed(source))
    assert any(note.startswith("The model other is not served") for note in report.notes)
    with target.begin() as session:
        assert session.scalars(select(Direction).where(Direction.model == "other")).one()


def test_nothing_is_left_when_it_fails_in_the_middle(source: Sessions, target: Sessions) -> None:
    sent = packed(source)
    with target.begin() as session:
        before = rows(session)
        fails = "RAISE(ABORT, 'full')"
        if session.get_bind().dialect.name == "sqlite":
            session.execute(text(
                f"CREATE TRIGGER full BEFORE INSERT ON list_items BEGIN SELECT {fails}; END"
            ))  # fmt: skip
        else:
            session.execute(text("ALTER TABLE list_items ADD CHECK (note <> 'first')"))
    with pytest.raises(Exception, match=r"full|check constraint"):
        bring(target, sent)
    with target.begin() as session:
        assert rows(session) == before
        assert session.scalars(select(User.id)).all() == []


def test_what_others_keep_unlisted_stays_out_of_a_users_bundle(source: Sessions) -> None:
    with source.begin() as session:
        ada, bob = users.named(session, "Ada"), users.named(session, "Bob")
        hidden, _ = directions.saved(session, ada, new("a secret", 90, visibility="unlisted"))
        said, _ = explanations.add(session, hidden, bob, "Bob saw it", "both")
        votes.cast(session, said.id, bob, 1)
        shown, _ = directions.saved(session, ada, new("shown for a while", 91))
        kept, _ = lists.make(session, bob, "Kept", "")
        lists.put(session, kept, shown)
        directions.set_visibility(session, shown, "unlisted")
        part = {"id": hidden.id, "name": "part", "weight": 1.0}
        recipe = {"kind": "combination", "basis": None, "parts": [part]}
        directions.saved(session, bob, new("built on it", 92, recipe=recipe))
        uids = {hidden.uid, shown.uid}
    bobs, adas, all_of_it = (str(contents(packed(source, who))) for who in ("Bob", "Ada", None))
    assert "built on it" in bobs
    for secret in ("a secret", "Bob saw it", "shown for a while", *uids):
        assert secret not in bobs
        assert secret in all_of_it
    assert "a secret" in adas


def test_a_name_that_is_taken_under_every_number_is_skipped(
    source: Sessions, target: Sessions
) -> None:
    with target.begin() as session:
        ada = users.named(session, "ada")
        for number in range(1, MOST_NUMBERS + 1):
            directions.saved(
                session, ada, new(directions.numbered("capitals", number), 100 + number)
            )
    report = bring(target, packed(source))
    assert report.tallies["directions"].skipped == 1
    assert any("too many other directions" in reason for reason in report.skipped)
