"""Votes: one name's on one explanation, cast, changed or withdrawn; counts are always exact."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.base import now
from app.db.counting import hold, rank, wilson
from app.db.explanations import by_id
from app.db.models import Explanation, User, Vote
from app.errors import BadInput

__all__ = ["Tally", "cast", "mine", "wilson"]


@dataclass(frozen=True, slots=True)
class Tally:
    """An explanation's votes after one was cast: counts, their score, and the caster's own."""

    up: int
    down: int
    score: float
    mine: int


def cast(session: Session, explanation_id: int, user: User, value: int) -> Tally:
    """Make a user's vote on an explanation 1 or -1, or withdraw it with 0.

    Raises BadInput for another value, UnknownExplanation for one that is not there or was deleted.
    """
    if value not in (-1, 0, 1):
        raise BadInput("A vote is 1, 0 or -1.", field="value")
    direction = hold(session, by_id(session, explanation_id).direction_id)
    assert direction is not None, "an explanation's direction is never erased"
    explanation = by_id(session, explanation_id)  # again: what it was before the wait may be past
    vote = session.get(Vote, (explanation_id, user.id), populate_existing=True)
    before = 0 if vote is None else vote.value
    if value != before:
        _write(session, vote, explanation, user, value)
        explanation.up += (value == 1) - (before == 1)
        explanation.down += (value == -1) - (before == -1)
        explanation.score = wilson(explanation.up, explanation.down)
        rank(session, direction)
    return Tally(explanation.up, explanation.down, explanation.score, value)


def mine(session: Session, explanation_ids: Sequence[int], user: User) -> dict[int, int]:
    """A user's votes on those explanations, by explanation id; those without one are left out."""
    if not explanation_ids:
        return {}
    query = select(Vote.explanation_id, Vote.value).where(
        Vote.user_id == user.id, Vote.explanation_id.in_(explanation_ids)
    )
    return {id_: value for id_, value in session.execute(query)}


def _write(
    session: Session, vote: Vote | None, explanation: Explanation, user: User, value: int
) -> None:
    if vote is None:
        session.add(Vote(explanation_id=explanation.id, user_id=user.id, value=value))
    elif value == 0:
        session.delete(vote)
    else:
        vote.value, vote.updated_at = value, now()
