"""Explanations: what people think a direction means, best first, with every earlier wording."""

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.db import counting, directions, keyset, search
from app.db.base import now
from app.db.keyset import Page, Place
from app.db.models import Direction, Explanation, Revision, User
from app.errors import BadInput, Forbidden, Taken, UnknownExplanation

SIDES = ("both", "plus", "minus")
LIVE = Explanation.deleted_at.is_(None)


def add(
    session: Session, direction: Direction, user: User, text: str, side: str = "both"
) -> tuple[Explanation, bool]:
    """A user's explanation of a direction or of one end of it, and whether it is a new one.

    Said again in the same words, the one that is there is returned. Raises Taken when the user has
    explained this side in other words, UnknownDirection when the direction was deleted.
    """
    if side not in SIDES:
        raise BadInput(f"A side is one of {', '.join(SIDES)}.", field="side")
    direction = directions.held(session, direction.id)
    there = _said(session, direction.id, user.id, side)
    if there is not None:
        if there.text == text:
            return there, False
        raise Taken(
            "You have explained this side of the direction already; edit what you wrote.",
            field="text",
        )
    moment = now()
    new = Explanation(
        direction_id=direction.id, user=user, side=side, text=text,
        created_at=moment, updated_at=moment,
    )  # fmt: skip
    session.add(new)
    counting.settle(session, direction)
    search.extend(session, direction.id, text)
    return new, True


def by_id(session: Session, id_: int) -> Explanation:
    """The explanation as it is now; raises UnknownExplanation, also when it was deleted."""
    query = (
        select(Explanation, Direction.deleted_at)
        .join(Direction, Direction.id == Explanation.direction_id)
        .where(Explanation.id == id_)
        .execution_options(populate_existing=True)
    )
    found = session.execute(query).one_or_none() if keyset.askable(id_) else None
    if found is None:
        raise UnknownExplanation(f"There is no explanation {id_}.")
    explanation, direction_deleted_at = found
    if explanation.deleted_at is not None:
        raise UnknownExplanation(f"Explanation {id_} was deleted.")
    if direction_deleted_at is not None:
        raise UnknownExplanation(f"The direction of explanation {id_} was deleted, and it with it.")
    return explanation


def own(session: Session, id_: int, user: User) -> Explanation:
    """The explanation, if it is the user's; raises UnknownExplanation or Forbidden."""
    return _of_user(by_id(session, id_), user)


def of(
    session: Session, direction_id: int, *, limit: int, cursor: str | None = None
) -> Page[Explanation]:
    """A direction's explanations, best first, the older of two equals first."""
    query = select(Explanation).where(Explanation.direction_id == direction_id, LIVE)
    if cursor is not None:
        after = keyset.read(cursor, scored=True)
        query = query.where(
            Explanation.score <= after.score,
            or_(Explanation.score < after.score, Explanation.id > after.id),
        )
    query = query.order_by(Explanation.score.desc(), Explanation.id).limit(limit + 1)
    rows = list(session.scalars(query))
    return keyset.cut(rows, limit, lambda row: Place(row.id, row.score))


def by_user(
    session: Session, user: User, *, limit: int, cursor: str | None = None
) -> Page[Explanation]:
    """A user's explanations, newest first: of directions that all find, and of the user's own."""
    query = (
        select(Explanation)
        .join(Direction, Direction.id == Explanation.direction_id)
        .where(Explanation.user_id == user.id, LIVE, counting.shown(user))
    )
    if cursor is not None:
        query = query.where(Explanation.id < keyset.read(cursor, scored=False).id)
    rows = list(session.scalars(query.order_by(Explanation.id.desc()).limit(limit + 1)))
    return keyset.cut(rows, limit, lambda row: Place(row.id))


def best_of(session: Session, direction_ids: Sequence[int]) -> dict[int, Explanation]:
    """The best explanation of each direction that has one, by direction id."""
    if not direction_ids:
        return {}
    best = (
        select(Explanation.id)
        .where(Explanation.direction_id == Direction.id, LIVE)
        .order_by(Explanation.score.desc(), Explanation.id)
        .limit(1)
        .correlate(Direction)
        .scalar_subquery()
    )
    ids = [id_ for id_ in session.scalars(select(best).where(Direction.id.in_(direction_ids)))]
    found = session.scalars(select(Explanation).where(Explanation.id.in_([i for i in ids if i])))
    return {row.direction_id: row for row in found}


def mine_of(session: Session, direction_ids: Sequence[int], user: User) -> dict[int, Explanation]:
    """A user's explanation of each direction that has one; of several that of both ends."""
    if not direction_ids:
        return {}
    query = select(Explanation).where(
        Explanation.direction_id.in_(direction_ids), Explanation.user_id == user.id, LIVE
    )
    rows = sorted(session.scalars(query), key=lambda row: SIDES.index(row.side), reverse=True)
    return {row.direction_id: row for row in rows}


def edit(session: Session, explanation: Explanation, text: str) -> Explanation:
    """Put it in other words; the earlier ones are kept. Votes stay."""
    direction = directions.held(session, explanation.direction_id)
    explanation = by_id(session, explanation.id)
    if explanation.text != text:
        moment = now()
        earlier = Revision(explanation_id=explanation.id, text=explanation.text, replaced_at=moment)
        session.add(earlier)
        explanation.text, explanation.updated_at = text, moment
        _changed(session, direction)
    return explanation


def history(session: Session, explanation: Explanation) -> list[Revision]:
    """The texts that it had before, oldest first."""
    query = select(Revision).where(Revision.explanation_id == explanation.id).order_by(Revision.id)
    return list(session.scalars(query))


def delete(session: Session, explanation: Explanation) -> None:
    """Take it out of every list; its votes are kept for when it is restored."""
    direction = directions.held(session, explanation.direction_id)
    by_id(session, explanation.id).deleted_at = now()
    _changed(session, direction)


def restore(session: Session, id_: int, user: User) -> Explanation:
    """Bring a deleted explanation back; one that is there stays as it is.

    Raises Forbidden for another's, Taken when the user has explained that side anew since.
    """
    found = session.get(Explanation, id_) if keyset.askable(id_) else None
    if found is None:
        raise UnknownExplanation(f"There is no explanation {id_}.")
    direction = directions.held(session, _of_user(found, user).direction_id)
    session.refresh(found)
    if found.deleted_at is not None:
        if _said(session, direction.id, user.id, found.side) is not None:
            raise Taken("You have explained this side of the direction again since.", field="text")
        found.deleted_at = None
        _changed(session, direction)
    return found


def _changed(session: Session, direction: Direction) -> None:
    counting.settle(session, direction)
    search.reindex(session, direction.id)


def _said(session: Session, direction_id: int, user_id: int, side: str) -> Explanation | None:
    query = select(Explanation).where(
        Explanation.direction_id == direction_id,
        Explanation.user_id == user_id,
        Explanation.side == side,
        LIVE,
    )
    return session.scalar(query.execution_options(populate_existing=True))


def _of_user(explanation: Explanation, user: User) -> Explanation:
    if explanation.user_id != user.id:
        raise Forbidden(
            f"Explanation {explanation.id} is {explanation.user.name}'s, not {user.name}'s.",
            field="username",
        )
    return explanation
