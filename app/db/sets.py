"""Sets of prompts: put together under a name by a user, in an order, with a note."""

from collections.abc import Sequence

from sqlalchemy import delete as remove
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.db import keyset
from app.db.base import now
from app.db.keyset import Page, Place, askable
from app.db.models import Prompt, PromptSet, PromptSetItem, User
from app.db.names import MAX_NOTE, read_prose, read_title
from app.errors import Forbidden, Taken, TooMuch, UnknownList

MAX_PROMPTS = 200
"""Prompts that one set may hold: it is read whole."""


def make(session: Session, user: User, name: str, note: str = "") -> tuple[PromptSet, bool]:
    """A new set of the user's, and whether it was made: sent again, it is the one there is.

    Raises BadInput for a name or note that cannot be used, Taken for the same name with another
    note.
    """
    shown, key = read_title(name, field="name")
    said = read_prose(note, field="note", limit=MAX_NOTE, empty_ok=True)
    found = _of_key(session, user, key)
    if found is None:
        new = PromptSet(user_id=user.id, name=shown, name_key=key, note=said)
        try:
            with session.begin_nested():
                session.add(new)
        except IntegrityError:
            found = _of_key(session, user, key)  # sent twice at once
            if found is None:
                raise
        else:
            return new, True
    if said not in ("", found.note):
        raise _taken(found)
    return found, False


def by_id(session: Session, id_: int) -> PromptSet:
    """The set of that id; raises UnknownList, for a deleted one too."""
    found = session.get(PromptSet, id_) if askable(id_) else None
    if found is None or found.deleted_at is not None:
        raise _unknown(id_)
    return found


def own(session: Session, id_: int, user: User) -> PromptSet:
    """The user's own set of that id; raises UnknownList, and Forbidden for another's."""
    found = by_id(session, id_)
    _check_own(found, user)
    return found


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
    # The row is held so that of two that are added at once each gets a place of its own.
    session.execute(select(PromptSet.id).where(PromptSet.id == into.id).with_for_update())
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
    if askable(prompt_id):
        session.execute(
            remove(PromptSetItem).where(
                PromptSetItem.set_id == out_of.id, PromptSetItem.prompt_id == prompt_id
            )
        )


def edit(
    session: Session, which: PromptSet, *, name: str | None = None, note: str | None = None
) -> None:
    """Give a set another name or note. Raises BadInput, and Taken for a name the user has."""
    if name is not None:
        shown, key = read_title(name, field="name")
        _hold(session, which, shown, key)
    if note is not None:
        which.note = read_prose(note, field="note", limit=MAX_NOTE, empty_ok=True)
    session.flush()


def delete(session: Session, which: PromptSet) -> None:
    """Take a set out of every list; `restore` brings it back with its prompts."""
    which.deleted_at = now()
    session.flush()


def restore(session: Session, id_: int, user: User) -> PromptSet:
    """Bring the user's deleted set back; one that is there stays so.

    Raises UnknownList, Forbidden for another's, and Taken if the user has made one of that name.
    """
    found = session.get(PromptSet, id_) if askable(id_) else None
    if found is None:
        raise _unknown(id_)
    _check_own(found, user)
    if found.deleted_at is not None:
        _hold(session, found, found.name, found.name_key)
    return found


def _hold(session: Session, which: PromptSet, name: str, key: str) -> None:
    """Make the set there, under that name, unless the user has another of it."""
    holder = _of_key(session, which.user, key)
    if holder is not None and holder.id != which.id:
        raise _taken(holder)
    try:
        with session.begin_nested():
            which.name, which.name_key, which.deleted_at = name, key, None
    except IntegrityError:
        raise _taken(which) from None


def _of_key(session: Session, user: User, key: str) -> PromptSet | None:
    return session.scalars(
        select(PromptSet).where(
            PromptSet.user_id == user.id,
            PromptSet.name_key == key,
            PromptSet.deleted_at.is_(None),
        )
    ).one_or_none()


def _check_own(found: PromptSet, user: User) -> None:
    if found.user_id != user.id:
        raise Forbidden(
            f"The set {found.name} is {found.user.name}'s: {user.name} cannot change it.",
            field="username",
        )


def _taken(found: PromptSet) -> Taken:
    return Taken(f"{found.user.name} has a set of prompts named {found.name}.", field="name")


def _unknown(id_: int) -> UnknownList:
    return UnknownList(f"There is no set of prompts {id_}.", field="set")
