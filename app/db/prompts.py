"""Prompts: reading them one by one, in a list or as a sample, and loading a dataset."""

import hashlib
import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from app.db.models import Prompt
from app.errors import BadInput, UnknownPrompt

MAX_ID = 2**31 - 1
LIBRARY = "library"
"""The dataset that the bundled prompts make."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some prompts, and the cursor that continues the list (None at its end)."""

    items: list[Prompt]
    next: str | None


@dataclass(frozen=True, slots=True)
class NewPrompt:
    """One text of a dataset that is being loaded."""

    slug: str
    register: str
    text: str


@dataclass(frozen=True, slots=True)
class Filter:
    """Which prompts a list holds: of a dataset, of a model, containing a text (in any case)."""

    dataset: str | None = None
    model: str | None = None
    q: str | None = None

    def clauses(self) -> list[ColumnElement[bool]]:
        """The conditions, as SQL."""
        found: list[ColumnElement[bool]] = []
        if self.dataset is not None:
            found.append(Prompt.dataset == self.dataset)
        if self.model is not None:
            found.append(Prompt.model == self.model)
        if self.q:
            found.append(Prompt.text.icontains(self.q, autoescape=True))
        return found


def listed(session: Session, which: Filter, *, limit: int, cursor: str | None = None) -> Page:
    """Prompts in the order in which they were stored. Raises BadInput for a foreign cursor."""
    query = select(Prompt).where(*which.clauses()).order_by(Prompt.id).limit(limit + 1)
    if cursor is not None:
        if not cursor.isascii() or not cursor.isdecimal() or int(cursor[:20]) > MAX_ID:
            raise _bad_cursor()
        query = query.where(Prompt.id > int(cursor))
    rows = list(session.scalars(query))
    more = len(rows) > limit
    return Page(rows[:limit], str(rows[limit - 1].id) if more else None)


def sampled(
    session: Session, which: Filter, *, seed: int, limit: int, cursor: str | None = None
) -> Page:
    """Prompts in a random order that the seed fixes. Raises BadInput for a foreign cursor.

    The order is that of a hash of (seed, dataset, slug), taken here and not in SQL: so it is the
    same on every database and after every reload, and a prompt that comes or goes leaves the
    others where they were. The cursor is the last hash given, so that no page repeats another.
    """
    ordered = _in_seeded_order(session, which, seed)
    if cursor is not None:
        if len(cursor) != 32 or not set(cursor) <= set("0123456789abcdef"):
            raise _bad_cursor()
        ordered = [row for row in ordered if row[0] > cursor]
    chosen = heapq.nsmallest(limit + 1, ordered)
    more = len(chosen) > limit
    chosen = chosen[:limit]
    return Page(by_ids(session, [id_ for _, id_ in chosen]), chosen[-1][0] if more else None)


def _in_seeded_order(session: Session, which: Filter, seed: int) -> list[tuple[str, int]]:
    """(hash, id) of every prompt that the filter lets through."""
    rows = session.execute(select(Prompt.id, Prompt.dataset, Prompt.slug).where(*which.clauses()))
    return [
        (hashlib.blake2b(f"{seed}\0{dataset}\0{slug}".encode(), digest_size=16).hexdigest(), id_)
        for id_, dataset, slug in rows
    ]


def by_id(session: Session, id_: int) -> Prompt:
    """The prompt of that id; raises UnknownPrompt."""
    return by_ids(session, [id_])[0]


def by_ids(session: Session, ids: Sequence[int]) -> list[Prompt]:
    """The prompts of those ids, in their order; raises UnknownPrompt for the first not stored."""
    askable = {id_ for id_ in ids if 0 < id_ <= MAX_ID}
    found = {row.id: row for row in session.scalars(select(Prompt).where(Prompt.id.in_(askable)))}
    for id_ in ids:
        if id_ not in found:
            raise UnknownPrompt(f"There is no prompt {id_}.", field="prompt_id")
    return [found[id_] for id_ in ids]


def load_dataset(session: Session, dataset: str, prompts: Iterable[NewPrompt]) -> int:
    """Make a dataset hold exactly those prompts; those already there keep their ids.

    Returns how many rows changed, 0 when it is run again.
    """
    there = select(Prompt).where(Prompt.dataset == dataset)
    stored = {row.slug: row for row in session.scalars(there)}
    changed = 0
    for new in prompts:
        row = stored.pop(new.slug, None)
        if row is None:
            session.add(
                Prompt(dataset=dataset, slug=new.slug, register=new.register, text=new.text)
            )
        elif (row.register, row.text) != (new.register, new.text):
            row.register, row.text = new.register, new.text
        else:
            continue
        changed += 1
    if stored:
        gone = [row.id for row in stored.values()]
        session.execute(delete(Prompt).where(Prompt.id.in_(gone)))
    session.flush()
    return changed + len(stored)


def _bad_cursor() -> BadInput:
    return BadInput(
        "This cursor does not belong to this list; start again without one.", field="cursor"
    )
