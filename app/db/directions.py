"""Directions: saving, finding one, renaming, copying, deleting with a way back.

Lists of them are `listing`'s, PCA components are `components`'s, and what a row says of its
explanations is `counting`'s.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.db import counting, keyset, search
from app.db.base import now
from app.db.components import component, find_component
from app.db.listing import Filter, listed
from app.db.models import Direction, Json, User
from app.db.names import read_title
from app.errors import BadDirection, BadInput, Forbidden, Taken, UnknownDirection

__all__ = ["Filter", "NewDirection", "component", "find_component", "listed"]

NAME_LIMIT = 80
VISIBILITIES = ("public", "unlisted")


@dataclass(frozen=True, slots=True)
class NewDirection:
    """A direction to be saved; `vector` holds `width` float32 numbers, little-endian."""

    name: str
    model: str
    revision: str
    site: str
    head: int | None
    width: int
    vector: bytes
    recipe: Json
    visibility: str = "public"


def saved(session: Session, user: User, new: NewDirection) -> tuple[Direction, bool]:
    """The user's direction of that name, and whether it is a new one.

    The same vector at the same place under the same name is returned as it is. Raises Taken when
    the user's direction of that name is another one, BadName, and BadDirection for a wrong length.
    """
    shown, key = read_title(new.name, field="name", limit=NAME_LIMIT)
    _check(new)
    there = _named(session, user.id, key)
    if there is None:
        row = Direction(
            user=user, origin="user", name=shown, name_key=key, model=new.model,
            revision=new.revision, site=new.site, head=new.head, width=new.width,
            vector=new.vector, recipe=new.recipe, visibility=new.visibility,
            listed=new.visibility == "public",
        )  # fmt: skip
        row.updated_at = row.created_at = now()
        if _inserted(session, row):
            search.reindex(session, row.id)
            return row, True
        there = _named(session, user.id, key)  # saved by a request that came at the same moment
    if there is not None and _same(session, there, new):
        return there, False
    raise _taken(shown)


def by_id(session: Session, id_: int) -> Direction:
    """The direction of that id; raises UnknownDirection, also when it was deleted."""
    found = session.get(Direction, id_) if keyset.askable(id_) else None
    return _still_there(found, id_)


def by_ids(session: Session, ids: Sequence[int]) -> list[Direction]:
    """The directions of those ids, in their order; raises UnknownDirection if one is missing."""
    query = select(Direction).where(_among(ids))
    found = {row.id: row for row in session.scalars(query)}
    return [_still_there(found.get(id_), id_) for id_ in ids]


def existing(session: Session, ids: Collection[int]) -> dict[int, Direction]:
    """Those of the directions that are there, by their ids."""
    query = select(Direction).where(_among(ids), Direction.deleted_at.is_(None))
    return {row.id: row for row in session.scalars(query)}


def with_vectors(session: Session, ids: Collection[int]) -> dict[int, tuple[Direction, bytes]]:
    """Those of the directions that are there, each with its float32 numbers, little-endian."""
    query = select(Direction, Direction.vector).where(_among(ids), Direction.deleted_at.is_(None))
    return {row.id: (row, vector) for row, vector in session.execute(query)}


def own(session: Session, id_: int, user: User) -> Direction:
    """The direction, if it is the user's; raises UnknownDirection or Forbidden."""
    return _of_user(by_id(session, id_), user)


def held(session: Session, id_: int) -> Direction:
    """The direction as it is now, held for a change until the transaction ends."""
    return _still_there(counting.hold(session, id_), id_)


def vector_of(session: Session, id_: int) -> bytes:
    """A direction's float32 numbers, little-endian."""
    by_id(session, id_)
    return session.scalars(select(Direction.vector).where(Direction.id == id_)).one()


def rename(session: Session, direction: Direction, name: str) -> Direction:
    """Give it another name; raises Taken when the user has another direction of that name."""
    shown, key = read_title(name, field="name", limit=NAME_LIMIT)
    direction = held(session, direction.id)
    if direction.name == shown:
        return direction
    try:
        with session.begin_nested():
            direction.name, direction.name_key, direction.updated_at = shown, key, now()
    except IntegrityError:
        raise _taken(shown) from None
    search.reindex(session, direction.id)
    return direction


def set_visibility(session: Session, direction: Direction, visibility: str) -> Direction:
    """Show it to everybody, or only to those who have its address or its user's page."""
    _check_visibility(visibility)
    direction = held(session, direction.id)
    if direction.visibility != visibility:
        direction.visibility, direction.updated_at = visibility, now()
        _changed(session, direction)
    return direction


def delete(session: Session, direction: Direction) -> None:
    """Take it out of every list, with its explanations and votes, until it is restored."""
    direction = held(session, direction.id)
    direction.deleted_at = now()
    _changed(session, direction)


def restore(session: Session, id_: int, user: User) -> Direction:
    """Bring a deleted direction back; one that is there stays as it is.

    Raises Forbidden for another's, Taken when the user has used its name again since.
    """
    found = counting.hold(session, id_) if keyset.askable(id_) else None
    if found is None:
        raise UnknownDirection(f"There is no direction {id_}.")
    direction = _of_user(found, user)
    if direction.deleted_at is None:
        return direction
    try:
        with session.begin_nested():
            direction.deleted_at = None
    except IntegrityError:
        raise _taken(direction.name) from None
    _changed(session, direction)
    return direction


def copy(
    session: Session, direction: Direction, user: User, name: str | None = None
) -> tuple[Direction, bool]:
    """The same vector under the user's name, as visible, its recipe kept inside the copy's.

    And whether it is a new one: asked again, the copy that is there is returned. Without a name it
    has the original's, with a number behind where the user has another of that name. Raises Taken
    for a name that was given.
    """
    new = NewDirection(
        direction.name if name is None else name,
        direction.model, direction.revision, direction.site, direction.head, direction.width,
        vector_of(session, direction.id), _copied(direction), direction.visibility,
    )  # fmt: skip
    if name is not None:
        return saved(session, user, new)
    number = 2 if direction.user_id == user.id else 1
    while True:
        try:
            return saved(session, user, replace(new, name=numbered(new.name, number)))
        except Taken:
            number += 1


def numbered(name: str, number: int) -> str:
    """A name told apart from its equals by a number, from 2 on."""
    ending = f" ({number})" if number > 1 else ""
    return name[: NAME_LIMIT - len(ending)].rstrip() + ending


def _copied(direction: Direction) -> Json:
    """How the copy was made. A copy's copy says how the first was made, not every step between."""
    made = direction.recipe
    return {
        "kind": "copy",
        "of": direction.id,
        "name": direction.name,
        "username": None if direction.user is None else direction.user.name,
        "made": made.get("made", made) if made.get("kind") == "copy" else made,
    }


def _among(ids: Collection[int]) -> ColumnElement[bool]:
    return Direction.id.in_({id_ for id_ in ids if keyset.askable(id_)})


def _changed(session: Session, direction: Direction) -> None:
    counting.settle(session, direction)
    search.reindex(session, direction.id)


def _inserted(session: Session, row: Direction) -> bool:
    """Whether the row could be inserted; not if its user has the name already."""
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        if "name_key" not in str(error.orig):
            raise
        return False
    return True


def _named(session: Session, user_id: int, key: str) -> Direction | None:
    return session.scalar(
        select(Direction).where(
            Direction.user_id == user_id, Direction.name_key == key, Direction.deleted_at.is_(None)
        )
    )


def _same(session: Session, there: Direction, new: NewDirection) -> bool:
    place = there.model, there.site, there.head
    return place == (new.model, new.site, new.head) and vector_of(session, there.id) == new.vector


def _check(new: NewDirection) -> None:
    _check_visibility(new.visibility)
    if new.width < 1 or len(new.vector) != 4 * new.width:
        raise BadDirection(
            f"A vector of {len(new.vector):,} bytes is not {new.width:,} float32 numbers.",
            field="vector",
        )


def _check_visibility(visibility: str) -> None:
    if visibility not in VISIBILITIES:
        raise BadInput("A direction is public or unlisted.", field="visibility")


def _still_there(direction: Direction | None, id_: int) -> Direction:
    if direction is None:
        raise UnknownDirection(f"There is no direction {id_}.")
    if direction.deleted_at is not None:
        raise UnknownDirection(f"Direction {id_} was deleted.")
    return direction


def _of_user(direction: Direction, user: User) -> Direction:
    if direction.user_id != user.id:
        whose = "the model's" if direction.user is None else f"{direction.user.name}'s"
        raise Forbidden(
            f"Direction {direction.id} is {whose}, not {user.name}'s.", field="username"
        )
    return direction


def _taken(name: str) -> Taken:
    return Taken(f"You have another direction called “{name}”.", field="name")
