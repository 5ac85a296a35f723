"""Lists of directions that somebody puts together, with notes."""

from collections.abc import Sequence

from sqlalchemy import func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.db import keyset, users
from app.db.base import now
from app.db.keyset import Page, Place
from app.db.models import Collection, CollectionItem, Direction, User
from app.db.names import read_title
from app.errors import Forbidden, Taken, TooMuch, UnknownList, UnknownUser

MAX_ITEMS = 1_000

_SHOWN = (
    Direction.deleted_at.is_(None),
    or_(Direction.visibility == "public", Direction.user_id == Collection.user_id),
)


def make(session: Session, user: User, name: str, note: str = "") -> tuple[Collection, bool]:
    """The user's list of that name, and whether it is a new one.

    Raises BadInput for a name that cannot be used, Taken when there is one with another note.
    """
    shown, key = read_title(name, field="name")
    there = _named(session, user.id, key)
    if there is None:
        row = Collection(user=user, name=shown, name_key=key, note=note)
        try:
            with session.begin_nested():
                session.add(row)
        except IntegrityError:
            there = _named(session, user.id, key)  # made by a request at the same moment
            if there is None:
                raise
        else:
            return row, True
    if there.note == note or not note:
        return there, False
    raise _taken(shown)


def by_id(session: Session, id_: int) -> Collection:
    """The list of that id; raises UnknownList, also when it was deleted."""
    return _still_there(_get(session, id_), id_)


def own(session: Session, id_: int, user: User) -> Collection:
    """The list, if it is the user's; raises UnknownList or Forbidden."""
    return _of_user(by_id(session, id_), user)


def of(
    session: Session,
    *,
    username: str | None = None,
    direction: int | None = None,
    limit: int,
    cursor: str | None = None,
) -> Page[Collection]:
    """Lists, newest first: all, a user's, those that hold a direction."""
    query = select(Collection).where(Collection.deleted_at.is_(None))
    if cursor is not None:
        query = query.where(Collection.id < keyset.read(cursor, scored=False).id)
    if username is not None:
        try:
            query = query.where(Collection.user_id == users.by_name(session, username).id)
        except UnknownUser:
            return Page([], None)
    if direction is not None:
        if not keyset.askable(direction):
            return Page([], None)
        query = query.join(CollectionItem, CollectionItem.list_id == Collection.id)
        query = query.where(CollectionItem.direction_id == direction)
    rows = list(session.scalars(query.order_by(Collection.id.desc()).limit(limit + 1)))
    return keyset.cut(rows, limit, lambda row: Place(row.id))


def items(session: Session, list_id: int) -> list[tuple[CollectionItem, Direction]]:
    """What a list holds, in its order; what was deleted since, or made unlisted, is left out."""
    query = (
        select(CollectionItem, Direction)
        .join(Direction, Direction.id == CollectionItem.direction_id)
        .join(Collection, Collection.id == CollectionItem.list_id)
        .where(CollectionItem.list_id == list_id, *_SHOWN)
        .order_by(CollectionItem.position, CollectionItem.direction_id)
    )
    return [(item, direction) for item, direction in session.execute(query)]


def sizes(session: Session, ids: Sequence[int]) -> dict[int, int]:
    """How many directions each of those lists holds, by list id."""
    query = (
        select(CollectionItem.list_id, func.count())
        .join(Direction, Direction.id == CollectionItem.direction_id)
        .join(Collection, Collection.id == CollectionItem.list_id)
        .where(CollectionItem.list_id.in_(ids), *_SHOWN)
        .group_by(CollectionItem.list_id)
    )
    return dict.fromkeys(ids, 0) | {id_: number for id_, number in session.execute(query)}


def put(session: Session, coll: Collection, direction: Direction, note: str = "") -> CollectionItem:
    """Put a direction at the end of a list; one that is in it keeps its place and gets the note.

    Raises TooMuch for a full list, Forbidden for another's direction that is not public.
    """
    if direction.visibility != "public" and direction.user_id != coll.user_id:
        raise Forbidden(
            "This direction is unlisted: only its owner's lists may show it.", field="direction_id"
        )
    coll = _held(session, coll.id)
    item = session.get(CollectionItem, (coll.id, direction.id), populate_existing=True)
    if item is not None:
        item.note = note
    else:
        of_it = CollectionItem.list_id == coll.id
        number, last = session.execute(
            select(func.count(), func.max(CollectionItem.position)).where(of_it)
        ).one()
        if number >= MAX_ITEMS:
            raise TooMuch(
                what="directions in a list", got=number + 1, limit=MAX_ITEMS, field="direction_id"
            )
        position = 0 if last is None else last + 1
        item = CollectionItem(
            list_id=coll.id, direction_id=direction.id, position=position, note=note
        )
        session.add(item)
    session.flush()
    return item


def take_out(session: Session, coll: Collection, direction_id: int) -> None:
    """Take a direction out of a list; one that is not in it stays out."""
    coll = _held(session, coll.id)
    item = session.get(CollectionItem, (coll.id, direction_id), populate_existing=True)
    if item is not None:
        session.delete(item)
        session.flush()


def edit(
    session: Session, coll: Collection, *, name: str | None = None, note: str | None = None
) -> Collection:
    """Give a list another name or note; raises Taken when the user has another of that name."""
    coll = _held(session, coll.id)
    if note is not None:
        coll.note = note
    session.flush()
    if name is not None:
        shown, key = read_title(name, field="name")
        try:
            with session.begin_nested():
                coll.name, coll.name_key = shown, key
        except IntegrityError:
            raise _taken(shown) from None
    return coll


def delete(session: Session, coll: Collection) -> None:
    """Take a list out of every page until it is restored."""
    _held(session, coll.id).deleted_at = now()
    session.flush()


def restore(session: Session, id_: int, user: User) -> Collection:
    """Bring a deleted list back; one that is there stays as it is.

    Raises Forbidden for another's, Taken when the user has used its name again since.
    """
    found = _get(session, id_)
    if found is None:
        raise UnknownList(f"There is no list {id_}.")
    coll = _of_user(found, user)
    try:
        with session.begin_nested():
            coll.deleted_at = None
    except IntegrityError:
        raise _taken(coll.name) from None
    return coll


def _get(session: Session, id_: int) -> Collection | None:
    return session.get(Collection, id_) if keyset.askable(id_) else None


def _held(session: Session, id_: int) -> Collection:
    """The list as it is now, its items nobody else's to change until the transaction ends."""
    query = select(Collection).where(Collection.id == id_).with_for_update(of=Collection)
    return _still_there(session.scalar(query.execution_options(populate_existing=True)), id_)


def _named(session: Session, user_id: int, key: str) -> Collection | None:
    return session.scalar(
        select(Collection).where(
            Collection.user_id == user_id,
            Collection.name_key == key,
            Collection.deleted_at.is_(None),
        )
    )


def _still_there(coll: Collection | None, id_: int) -> Collection:
    if coll is None:
        raise UnknownList(f"There is no list {id_}.")
    if coll.deleted_at is not None:
        raise UnknownList(f"List {id_} was deleted.")
    return coll


def _of_user(coll: Collection, user: User) -> Collection:
    if coll.user_id != user.id:
        raise Forbidden(
            f"List {coll.id} is {coll.user.name}'s, not {user.name}'s.", field="username"
        )
    return coll


def _taken(name: str) -> Taken:
    return Taken(f"You have another list called “{name}”.", field="name")
