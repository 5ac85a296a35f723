"""What lists of directions and sets of prompts share: a user's thing with a name and a note.

The name is unique among those of the same kind that are still there. Whatever changes one, or what
it holds, holds its row first and looks again whether it is there.
"""

from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.db import keyset
from app.db.base import now
from app.db.models import Collection, PromptSet, User
from app.db.names import MAX_NOTE, read_prose, read_title
from app.errors import Forbidden, Taken, UnknownList

Named = TypeVar("Named", Collection, PromptSet)

WORDS = {Collection: "collection", PromptSet: "set of prompts"}


def make(
    session: Session, kind: type[Named], user: User, name: str, note: str
) -> tuple[Named, bool]:
    """The user's thing of that name, and whether it is a new one.

    Raises BadInput for a name or note that cannot be used, Taken when there is one with another
    note.
    """
    shown, key = read_title(name, field="name")
    said = _note(note)
    there = _of_key(session, kind, user.id, key)
    if there is None:
        row = kind(user_id=user.id, name=shown, name_key=key, note=said)
        try:
            with session.begin_nested():
                session.add(row)
        except IntegrityError:
            there = _of_key(session, kind, user.id, key)  # made by a request at the same moment
            if there is None:
                raise
        else:
            return row, True
    if said in ("", there.note):
        return there, False
    raise _taken(kind, there.name)


def by_id(session: Session, kind: type[Named], id_: int) -> Named:
    """The one of that id; raises UnknownList, also when it was deleted."""
    return _still_there(_get(session, kind, id_), kind, id_)


def own(session: Session, kind: type[Named], id_: int, user: User) -> Named:
    """The one of that id, if it is the user's; raises UnknownList or Forbidden."""
    return _of_user(by_id(session, kind, id_), user)


def held(session: Session, row: Named) -> Named:
    """The same as it is now, nobody else's to change until the transaction ends.

    Raises UnknownList if it was deleted meanwhile.
    """
    kind, id_ = type(row), row.id
    return _still_there(_hold(session, kind, id_), kind, id_)


def edit(session: Session, row: Named, *, name: str | None, note: str | None) -> Named:
    """Give it another name or note; raises Taken when the user has another of that name."""
    row = held(session, row)
    if note is not None:
        row.note = _note(note)
    if name is not None:
        shown, key = read_title(name, field="name")
        try:
            with session.begin_nested():
                row.name, row.name_key = shown, key
        except IntegrityError:
            raise _taken(type(row), shown) from None
    session.flush()
    return row


def delete(session: Session, row: Named) -> None:
    """Take it out of every page until it is restored."""
    held(session, row).deleted_at = now()
    session.flush()


def restore(session: Session, kind: type[Named], id_: int, user: User) -> Named:
    """Bring a deleted one back; one that is there stays as it is.

    Raises UnknownList, Forbidden for another's, Taken when the user has used its name again since.
    """
    found = _hold(session, kind, id_)
    if found is None:
        raise _unknown(kind, id_)
    row = _of_user(found, user)
    try:
        with session.begin_nested():
            row.deleted_at = None
    except IntegrityError:
        raise _taken(kind, row.name) from None
    return row


def _get(session: Session, kind: type[Named], id_: int) -> Named | None:
    return session.get(kind, id_) if keyset.askable(id_) else None


def _hold(session: Session, kind: type[Named], id_: int) -> Named | None:
    if not keyset.askable(id_):
        return None
    query = select(kind).where(kind.id == id_).with_for_update(of=kind)
    return session.scalar(query.execution_options(populate_existing=True))


def _of_key(session: Session, kind: type[Named], user_id: int, key: str) -> Named | None:
    return session.scalar(
        select(kind).where(kind.user_id == user_id, kind.name_key == key, kind.deleted_at.is_(None))
    )


def _still_there(row: Named | None, kind: type[Named], id_: int) -> Named:
    if row is None:
        raise _unknown(kind, id_)
    if row.deleted_at is not None:
        word = WORDS[kind]
        raise UnknownList(f"{word[0].upper()}{word[1:]} {id_} was deleted.", field=_field(kind))
    return row


def _of_user(row: Named, user: User) -> Named:
    if row.user_id != user.id:
        raise Forbidden(
            f"The {WORDS[type(row)]} {row.name} is {row.user.name}'s, not {user.name}'s.",
            field="username",
        )
    return row


def _note(note: str) -> str:
    return read_prose(note, field="note", limit=MAX_NOTE, empty_ok=True)


def _field(kind: type[Named]) -> str | None:
    return "set" if kind is PromptSet else None


def _unknown(kind: type[Named], id_: int) -> UnknownList:
    return UnknownList(f"There is no {WORDS[kind]} {id_}.", field=_field(kind))


def _taken(kind: type[Named], name: str) -> Taken:
    return Taken(f"You have another {WORDS[kind]} called “{name}”.", field="name")
