"""Importing a bundle into this database: all of it in the caller's transaction, or nothing."""

from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import counting, prompts, search, sets
from app.db import lists as collections
from app.db.bundle_check import Served, of
from app.db.bundle_format import (
    ListItemRecord,
    NamedRecord,
    PromptRecord,
    SetItemRecord,
    UserRecord,
)
from app.db.bundle_in_directions import merge_directions
from app.db.bundle_in_explanations import merge_explanations, merge_votes
from app.db.bundle_merge import CHUNK, NOT_TAKEN, Merge, Report, Rules, chunks
from app.db.bundle_zip import Bundle
from app.db.models import Collection, CollectionItem, Direction, Prompt, PromptSet, PromptSetItem
from app.db.names import read_title
from app.errors import RsvError

PROMPT_GONE = "the bundled prompts that they name are not here"


def merge_bundle(session: Session, bundle: Bundle, rules: Rules, served: Served) -> Report:
    """Add what a bundle holds and this database does not, as `check` has found it sound.

    Raises BadFile, and then the transaction has to be rolled back.
    """
    merge = Merge(session, bundle, rules)
    merge.alone()
    _merge_users(merge)
    merge_directions(merge)
    merge_explanations(merge)
    merge_votes(merge)
    _settle(merge)
    numbers = _merge_prompts(merge)
    _merge_named(merge, "lists", Collection)
    _merge_list_items(merge)
    _merge_named(merge, "sets", PromptSet)
    _merge_set_items(merge, numbers)
    merge.report.notes.extend(_notes(bundle, served))
    return merge.report


def _merge_users(merge: Merge) -> None:
    for record in of(merge.bundle, "users.jsonl", UserRecord):
        admitted = merge.admit(record.name)
        if admitted is None:
            merge.skip("users", merge.refusal(record.name))
            continue
        user, is_new = admitted
        if is_new:
            user.created_at = record.created_at
            merge.add("users")
        else:
            merge.know("users")
    merge.session.flush()


def _settle(merge: Merge) -> None:
    """Counts, scores and the search's words of every direction that is new or has changed."""
    for ids in chunks(iter(sorted(merge.touched | merge.fresh))):
        changed = [id_ for id_ in ids if id_ in merge.touched]
        query = select(Direction).where(Direction.id.in_(changed))
        for direction in merge.session.scalars(query.execution_options(populate_existing=True)):
            counting.settle(merge.session, direction)
        for id_ in ids:
            search.reindex(merge.session, id_)
        merge.session.flush()
        merge.session.expunge_all()


def _merge_prompts(merge: Merge) -> dict[int, int]:
    """Returns the ids of the prompts by their numbers in the bundle, where they are here."""
    found = {}
    for n, record in enumerate(of(merge.bundle, "prompts.jsonl", PromptRecord)):
        if n % CHUNK == 0:
            merge.session.expunge_all()
        if record.username is None:
            id_ = _bundled(merge.session, record)
            if id_ is None:
                merge.skip("prompts", PROMPT_GONE)
            else:
                merge.know("prompts")
                found[record.number] = id_
            continue
        user_id = merge.writer("prompts", record.username)
        if user_id is None:
            continue
        assert record.model is not None
        user = merge.user(user_id)
        prompt, is_new = prompts.keep(merge.session, user, text=record.text, model=record.model)
        found[record.number] = prompt.id
        if is_new:
            prompt.created_at = min(prompt.created_at, record.created_at)
            merge.add("prompts")
        else:
            merge.know("prompts")
    merge.session.flush()
    return found


def _bundled(session: Session, record: PromptRecord) -> int | None:
    """The prompt of a bundled dataset that has that slug and still that text."""
    query = select(Prompt.id).where(
        Prompt.dataset == record.dataset,
        Prompt.slug == record.slug,
        Prompt.text == record.text,
        Prompt.user_id.is_(None),
        Prompt.deleted_at.is_(None),
    )
    return session.scalar(query)


def _merge_named(merge: Merge, kind: str, table: type[Collection] | type[PromptSet]) -> None:
    """Take the lists or the sets, still without what they hold."""
    make = collections.make if table is Collection else sets.make
    for record in of(merge.bundle, f"{kind}.jsonl", NamedRecord):
        user_id = merge.writer(kind, record.username)
        if user_id is None:
            continue
        if _found(merge.session, table, user_id, record.name) is not None:
            merge.know(kind)
            continue
        made, _ = make(merge.session, merge.user(user_id), record.name, record.note)
        made.created_at = record.created_at
        merge.add(kind)
    merge.session.flush()


def _merge_list_items(merge: Merge) -> None:
    for portion in chunks(of(merge.bundle, "list_items.jsonl", ListItemRecord)):
        ids = merge.direction_ids({record.direction for record in portion})
        for record in portion:
            user_id = merge.writer("list_items", record.username)
            if user_id is None:
                continue
            if record.direction not in ids:
                merge.skip("list_items", NOT_TAKEN)
                continue
            into = _found(merge.session, Collection, user_id, record.list)
            assert isinstance(into, Collection)
            place = into.id, ids[record.direction]
            if merge.session.get(CollectionItem, place) is not None:
                merge.know("list_items")
                continue
            direction = merge.session.get_one(Direction, ids[record.direction])
            try:
                collections.put(merge.session, into, direction, record.note)
            except RsvError as error:
                merge.skip("list_items", error.detail.rstrip("."))
                continue
            merge.session.get_one(CollectionItem, place).added_at = record.added_at
            merge.add("list_items")
        merge.session.flush()
        merge.session.expunge_all()


def _merge_set_items(merge: Merge, numbers: dict[int, int]) -> None:
    for record in of(merge.bundle, "set_items.jsonl", SetItemRecord):
        user_id = merge.writer("set_items", record.username)
        if user_id is None:
            continue
        if record.prompt not in numbers:
            merge.skip("set_items", NOT_TAKEN)
            continue
        into = _found(merge.session, PromptSet, user_id, record.set)
        assert isinstance(into, PromptSet)
        prompt = merge.session.get_one(Prompt, numbers[record.prompt])
        if merge.session.get(PromptSetItem, (into.id, prompt.id)) is not None:
            merge.know("set_items")
            continue
        try:
            sets.put(merge.session, into, prompt)
        except RsvError as error:
            merge.skip("set_items", error.detail.rstrip("."))
        else:
            merge.add("set_items")


def _found(
    session: Session, table: type[Collection] | type[PromptSet], user_id: int, name: str
) -> Collection | PromptSet | None:
    """A user's list or set of that name."""
    key = read_title(name, field="name")[1]
    query = select(table).where(
        table.user_id == user_id, table.name_key == key, table.deleted_at.is_(None)
    )
    return cast("Collection | PromptSet | None", session.scalars(query).one_or_none())


def _notes(bundle: Bundle, served: Served) -> list[str]:
    notes = []
    for name, entry in bundle.manifest.models.items():
        if name not in served:
            notes.append(
                f"The model {name} is not served here: its directions are kept, and can be shown "
                "once it is."
            )
            continue
        here = served[name].revision
        others = [revision for revision in entry.revisions if here not in (None, revision)]
        if others:
            notes.append(
                f"Some directions were made with another revision of {name} "
                f"({', '.join(each[:12] for each in others[:5])}); the one here is {here}."
            )
    return notes
