"""Lists of directions that somebody puts together, with notes."""

from collections.abc import Sequence

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.db import keyset, named, users
from app.db.keyset import Page, Place
from app.db.models import Collection, CollectionItem, Direction, User
from app.errors import Forbidden, TooMuch, UnknownUser

MAX_ITEMS = 1_000

_SHOWN = (
    Direction.deleted_at.is_(None),
    or_(Direction.visibility == "public", Direction.user_id == Collection.user_id),
)


def make(session: Session, user: User, name: str, note: str = "") -> tuple[Collection, bool]:
    """The user's list of that name, and whether it is a new one.

    Raises BadInput for a name or note that cannot be used, Taken when there is one with another
    note.
    """
    return named.make(session, Collection, user, name, note)


def by_id(session: Session, id_: int) -> Collection:
    """The list of that id; raises UnknownList, also when it was deleted."""
    return named.by_id(session, Collection, id_)


def own(session: Session, id_: int, user: User) -> Collection:
    """The list, if it is the user's; raises UnknownList or Forbidden."""
    return named.own(session, Collection, id_, user)


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
    coll = named.held(session, coll)
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
    coll = named.held(session, coll)
    item = session.get(CollectionItem, (coll.id, direction_id), populate_existing=True)
    if item is not None:
        session.delete(item)
        session.flush()


def edit(
    session: Session, coll: Collection, *, name: str | None = None, note: str | None = None
) -> Collection:
    """Give a list another name or note; raises BadInput, and Taken for a name the user has."""
    return named.edit(session, coll, name=name, note=note)


def delete(session: Session, coll: Collection) -> None:
    """Take a list out of every page until it is restored, with what it holds."""
    named.delete(session, coll)


def restore(session: Session, id_: int, user: User) -> Collection:
    """Bring a deleted list back; one that is there stays as it is.

    Raises UnknownList, Forbidden for another's, Taken when the user has used its name again since.
    """
    return named.restore(session, Collection, id_, user)
