"""What a direction's row says of its explanations, kept by the transaction that changes them.

Whatever changes a direction, its explanations or their votes holds the direction's row first. So
two changes under one direction follow each other, counts are exact, and no two wait for each other
in a circle. On SQLite a writing transaction is alone anyway.
"""

import math

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from app.db import search
from app.db.models import Direction, Explanation, User

Z = 1.96  # of a normal distribution's middle 95%


def wilson(up: int, down: int) -> float:
    """Lower bound of Wilson's score interval for the share of up-votes; 0 without votes.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference" (1927).
    """
    n = up + down
    if n == 0:
        return 0.0
    share = up / n
    centre = share + Z * Z / (2 * n)
    spread = Z * math.sqrt((share * (1 - share) + Z * Z / (4 * n)) / n)
    return max(0.0, (centre - spread) / (1 + Z * Z / n))


def hold(session: Session, direction_id: int) -> Direction | None:
    """The direction as it is now, held until the transaction ends; None if there is none."""
    query = select(Direction).where(Direction.id == direction_id)
    # The key stays, so that a row which refers to this one can be inserted meanwhile.
    query = query.with_for_update(of=Direction, key_share=True)
    return session.scalar(query.execution_options(populate_existing=True))


def shown(user: User) -> ColumnElement[bool]:
    """Whether lists of what a user did show what is about this direction: it is still there, and
    found by all or the user's own.
    """
    return and_(Direction.deleted_at.is_(None), or_(Direction.listed, Direction.user_id == user.id))


def rank(session: Session, direction: Direction) -> None:
    """Make `score` of a held direction that of its best explanation, as the index has it first,
    rounded, and have the search know.
    """
    session.flush()
    best = (
        select(Explanation.score)
        .where(Explanation.direction_id == direction.id, Explanation.deleted_at.is_(None))
        .order_by(Explanation.score.desc(), Explanation.id)
        .limit(1)
    )
    score = search.rounded(session.scalar(best) or 0.0)
    if score != direction.score:
        search.move(session, direction.id, direction.score, score)
        direction.score = score
        session.flush()


def settle(session: Session, direction: Direction) -> None:
    """Make `n_explanations`, `score` and `listed` of a held direction what its rows say."""
    rank(session, direction)
    of_it = Explanation.direction_id == direction.id, Explanation.deleted_at.is_(None)
    direction.n_explanations = session.scalars(select(func.count()).where(*of_it)).one()
    direction.listed = (
        direction.deleted_at is None
        and direction.visibility == "public"
        and (direction.origin == "user" or direction.n_explanations > 0)
    )
    session.flush()
