"""Sets of prompts: put together under a name by a user, in an order, with a note."""

from collections.abc import Sequence

from sqlalchemy import delete as remove
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db import keyset, named
from app.db.keyset import Page, Place, askable
from app.db.models import Prompt, PromptSet, PromptSetItem, User
from app.errors import TooMuch

MAX_PROMPTS = 200
"""Prompts that one set may hold: it is read whole."""


def make(session: Session, user: User, name: str, note: str = "") -> tuple[PromptSet, bool]:
    """The user's set of that name, and whether it is a new one.

    Raises BadInput for a name or note that cannot be used, Taken when there is one with another
    note.
    """
    return named.make(session, PromptSet, user, name, note)


def by_id(session: Session, id_: int) -> PromptSet:
    """The set of that id; raises UnknownList, also when it was deleted."""
    return named.by_id(session, PromptSet, id_)


def own(session: Session, id_: int, user: User) -> PromptSet:
    """The set, if it is the user's; raises UnknownList or Forbidden."""
    return named.own(session, PromptSet, id_, user)


def listed(
    session: Session, *, user_id: int | None = None, limit: int, cursor: str | None = None
) -> Page[PromptSet]:
    """Sets, of one user or of all, the newest first. Raises BadInput for a foreign cursor."""
    query = select(PromptSet).where(PromptSet.deleted_at.is_(None))
    if user_id is not None:
        query = query.where(PromptSet.user_id == user_id)
    if cursor is not None:
        query = query.where(PromptSet.id < keyset.read(cursor, scored=False).id)
    rows = session.scalars(query.order_by(PromptSet.id.desc()).limit(limit + 1))
    return keyset.cut(list(rows), limit, lambda row: Place(row.id))


def prompts(session: Session, id_: int) -> list[Prompt]:
    """A set's prompts in their order, deleted ones left out."""
    return list(
        session.scalars(
            select(Prompt)
            .join(PromptSetItem, PromptSetItem.prompt_id == Prompt.id)
            .where(PromptSetItem.set_id == id_, Prompt.deleted_at.is_(None))
            .order_by(PromptSetItem.position, PromptSetItem.prompt_id)
        )
    )


def sizes(session: Session, ids: Sequence[int]) -> dict[int, int]:
    """How many prompts each of those sets holds, deleted ones left out."""
    counted = session.execute(
        select(PromptSetItem.set_id, func.count())
        .join(Prompt, PromptSetItem.prompt_id == Prompt.id)
        .where(PromptSetItem.set_id.in_(ids), Prompt.deleted_at.is_(None))
        .group_by(PromptSetItem.set_id)
    )
    found = {set_id: n for set_id, n in counted}
    return {id_: found.get(id_, 0) for id_ in ids}


def put(session: Session, into: PromptSet, prompt: Prompt) -> None:
    """Add a prompt at the end of a set; one that is in it stays in its place.

    Raises TooMuch for more than MAX_PROMPTS.
    """
    into = named.held(session, into)  # of two that are added at once each gets its own place
    if session.get(PromptSetItem, (into.id, prompt.id)) is not None:
        return
    n, last = session.execute(
        select(func.count(), func.max(PromptSetItem.position)).where(
            PromptSetItem.set_id == into.id
        )
    ).one()
    if n >= MAX_PROMPTS:
        raise TooMuch(what="prompts in one set", got=n + 1, limit=MAX_PROMPTS, field="prompt_id")
    position = 0 if last is None else last + 1
    session.add(PromptSetItem(set_id=into.id, prompt_id=prompt.id, position=position))
    session.flush()


def take_out(session: Session, out_of: PromptSet, prompt_id: int) -> None:
    """Take a prompt out of a set; nothing happens where it is not in it."""
    named.held(session, out_of)
    if askable(prompt_id):
        session.execute(
            remove(PromptSetItem).where(
                PromptSetItem.set_id == out_of.id, PromptSetItem.prompt_id == prompt_id
            )
        )


def edit(
    session: Session, which: PromptSet, *, name: str | None = None, note: str | None = None
) -> PromptSet:
    """Give a set another name or note; raises BadInput, and Taken for a name the user has."""
    return named.edit(session, which, name=name, note=note)


def delete(session: Session, which: PromptSet) -> None:
    """Take a set out of every page until it is restored, with what it holds."""
    named.delete(session, which)


def restore(session: Session, id_: int, user: User) -> PromptSet:
    """Bring a deleted set back; one that is there stays as it is.

    Raises UnknownList, Forbidden for another's, Taken when the user has used its name again since.
    """
    return named.restore(session, PromptSet, id_, user)
