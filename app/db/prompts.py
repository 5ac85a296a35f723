"""Prompts: reading them one by one, in a list or as a sample; loading a dataset; keeping a
visitor's own.
"""

import hashlib
import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.db import keyset
from app.db.base import now
from app.db.keyset import Page, Place, askable
from app.db.models import Prompt, PromptSetItem, User
from app.errors import BadInput, Forbidden, UnknownPrompt

LIBRARY = "library"
"""The dataset that the bundled prompts make."""
VISITORS = "visitors"
"""The dataset of the prompts that visitors keep under their names."""

Sort = Literal["old", "new"]


@dataclass(frozen=True, slots=True)
class NewPrompt:
    """One text of a dataset that is being loaded."""

    slug: str
    register: str
    text: str


@dataclass(frozen=True, slots=True)
class Filter:
    """Which prompts a list holds: of a dataset, a model, a user, a set; containing a text (in any
    case). Deleted ones are in none.
    """

    dataset: str | None = None
    model: str | None = None
    q: str | None = None
    user_id: int | None = None
    set_id: int | None = None

    def clauses(self) -> list[ColumnElement[bool]]:
        """The conditions, as SQL."""
        found: list[ColumnElement[bool]] = [Prompt.deleted_at.is_(None)]
        if self.dataset is not None:
            found.append(Prompt.dataset == self.dataset)
        if self.model is not None:
            found.append(Prompt.model == self.model)
        if self.q:
            found.append(Prompt.text.icontains(self.q, autoescape=True))
        if self.user_id is not None:
            found.append(Prompt.user_id == self.user_id)
        if self.set_id is not None:
            in_set = select(PromptSetItem.prompt_id).where(PromptSetItem.set_id == self.set_id)
            found.append(Prompt.id.in_(in_set))
        return found


def listed(
    session: Session,
    which: Filter,
    *,
    limit: int,
    cursor: str | None = None,
    sort: Sort = "old",
) -> Page[Prompt]:
    """Prompts in the order in which they were stored, or the newest first.

    Raises BadInput for a foreign cursor.
    """
    query = select(Prompt).where(*which.clauses()).limit(limit + 1)
    query = query.order_by(Prompt.id.desc() if sort == "new" else Prompt.id)
    if cursor is not None:
        after = keyset.read(cursor, scored=False).id
        query = query.where(Prompt.id < after if sort == "new" else Prompt.id > after)
    return keyset.cut(list(session.scalars(query)), limit, lambda row: Place(row.id))


def sampled(
    session: Session, which: Filter, *, seed: int, limit: int, cursor: str | None = None
) -> Page[Prompt]:
    """Prompts in a random order that the seed fixes.

    Raises BadInput for a foreign cursor, and without a bundled dataset, a user or a set: the order
    is made of every prompt that the filter lets through, and visitors' are without number.

    The order is that of a hash of (seed, dataset, slug), taken here and not in SQL: so it is the
    same on every database and after every reload, and a prompt that comes or goes leaves the
    others where they were. The cursor is the last hash given, so that no page repeats another.
    """
    if which.dataset in (None, VISITORS) and which.user_id is None and which.set_id is None:
        raise BadInput(
            "A random order is one of a bundled dataset, of a user's prompts or of a set.",
            field="seed",
        )
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
    """The prompts of those ids, in their order; raises UnknownPrompt for the first not there."""
    wanted = {id_ for id_ in ids if askable(id_)}
    there = select(Prompt).where(Prompt.id.in_(wanted), Prompt.deleted_at.is_(None))
    found = {row.id: row for row in session.scalars(there)}
    for id_ in ids:
        if id_ not in found:
            raise _unknown(id_)
    return [found[id_] for id_ in ids]


def keep(session: Session, user: User, *, text: str, model: str) -> tuple[Prompt, bool]:
    """A visitor's text under their name, and whether it was not there before.

    The same text for the same model is one row, which comes back if it was deleted.
    """
    slug = _slug(user, text, model)
    same = select(Prompt).where(Prompt.dataset == VISITORS, Prompt.slug == slug)
    found = session.scalars(same).one_or_none()
    if found is None:
        new = Prompt(
            dataset=VISITORS,
            slug=slug,
            register=VISITORS,
            text=text,
            model=model,
            user_id=user.id,
        )
        try:
            with session.begin_nested():
                session.add(new)
        except IntegrityError:
            return session.scalars(same).one(), False  # sent twice at once
        return new, True
    was_there = found.deleted_at is None
    found.deleted_at = None
    session.flush()
    return found, not was_there


def own(session: Session, id_: int, user: User) -> Prompt:
    """The user's own prompt of that id; raises UnknownPrompt, and Forbidden for another's."""
    prompt = by_id(session, id_)
    _check_own(prompt, user)
    return prompt


def delete(session: Session, prompt: Prompt) -> None:
    """Take a prompt out of every list; `restore` brings it back."""
    prompt.deleted_at = now()
    session.flush()


def restore(session: Session, id_: int, user: User) -> Prompt:
    """Bring the user's deleted prompt back; one that is there stays so.

    Raises UnknownPrompt, and Forbidden for another's.
    """
    prompt = session.get(Prompt, id_) if askable(id_) else None
    if prompt is None:
        raise _unknown(id_)
    _check_own(prompt, user)
    prompt.deleted_at = None
    session.flush()
    return prompt


def load_dataset(session: Session, dataset: str, prompts: Iterable[NewPrompt]) -> int:
    """Make a dataset hold exactly those prompts; those already there keep their ids.

    Those no longer in it leave the lists, and keep their rows: sets may hold them.
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
        elif (row.register, row.text, row.deleted_at) != (new.register, new.text, None):
            row.register, row.text, row.deleted_at = new.register, new.text, None
        else:
            continue
        changed += 1
    gone = [row for row in stored.values() if row.deleted_at is None]
    for row in gone:
        row.deleted_at = now()
    session.flush()
    return changed + len(gone)


def _slug(user: User, text: str, model: str) -> str:
    same = hashlib.blake2b(f"{model}\0{text}".encode(), digest_size=16)
    return f"{user.id}-{same.hexdigest()}"


def _check_own(prompt: Prompt, user: User) -> None:
    if prompt.user_id == user.id:
        return
    owner = prompt.user
    whose = "belongs to nobody" if owner is None else f"is {owner.name}'s"
    raise Forbidden(
        f"The prompt {prompt.id} {whose}: {user.name} cannot change it.", field="username"
    )


def _unknown(id_: int) -> UnknownPrompt:
    return UnknownPrompt(f"There is no prompt {id_}.", field="prompt_id")


def _bad_cursor() -> BadInput:
    return BadInput(
        "This cursor does not belong to this list; start again without one.", field="cursor"
    )
