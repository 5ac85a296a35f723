"""What answers about saved things hold, and how rows of the store become that."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import ConfigDict, Field
from sqlalchemy.orm import Session

from app.db import explanations, votes
from app.db.models import Collection, Direction, Explanation, User
from app.errors import RsvError
from app.web.deps import Services
from app.web.replies import Reply

Recipe = dict[str, Any]


class ExplanationReply(Reply):
    """What somebody thinks a direction means, and how many agree."""

    id: int
    direction_id: int
    username: str
    side: Literal["both", "plus", "minus"]
    text: str
    up: int
    down: int
    score: float = Field(description="Lower bound of the share of up-votes (Wilson, 95 %).")
    mine: int = Field(description="The vote of `me`: 1, -1, or 0 for none.")
    edited: bool
    created_at: datetime
    updated_at: datetime


class DirectionBrief(Reply):
    """A saved direction, as lists of similar ones name it."""

    id: int
    name: str
    username: str | None
    model: str
    site: str
    head: int | None
    origin: Literal["user", "pca"]
    component: int | None
    score: float
    n_explanations: int


class DirectionReply(DirectionBrief):
    """A saved direction. One of PCA has no username."""

    revision: str
    site_label: str
    width: int
    visibility: Literal["public", "unlisted"]
    created_at: datetime
    updated_at: datetime
    provenance: Recipe = Field(description="How it was made; `kind` tells which way.")
    best_explanation: ExplanationReply | None
    my_explanation: ExplanationReply | None


class DirectionsReply(Reply):
    """A page of directions."""

    items: list[DirectionReply]
    next: str | None = Field(description="The cursor of the next page; null at the end.")


class SimilarReply(Reply):
    """A direction close to another: a saved one, or a component of the site's basis."""

    cosine: float
    direction: DirectionBrief | None
    component: int | None
    label: str


class SimilarsReply(Reply):
    """The closest directions, most similar (of either sign) first."""

    items: list[SimilarReply]
    next: None = None


class ExplanationsReply(Reply):
    """A page of explanations, best first."""

    items: list[ExplanationReply]
    next: str | None


class RevisionReply(Reply):
    """A text that an explanation had before."""

    text: str
    replaced_at: datetime


class HistoryReply(Reply):
    """An explanation's earlier texts, oldest first."""

    items: list[RevisionReply]
    next: None = None


class TallyReply(Reply):
    """An explanation's votes, and the vote of the one who asks."""

    up: int
    down: int
    score: float
    mine: int

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"up": 12, "down": 1, "score": 0.667, "mine": 1}]}
    )


class ListBrief(Reply):
    """A list of directions, without them."""

    id: int
    name: str
    note: str
    username: str
    n_directions: int
    created_at: datetime


class ListsReply(Reply):
    """A page of lists."""

    items: list[ListBrief]
    next: str | None


class ListItemReply(Reply):
    """A direction in a list."""

    note: str
    direction: DirectionReply


class ListReply(ListBrief):
    """A list with its directions, in their order."""

    items: list[ListItemReply]


def brief_out(row: Direction) -> DirectionBrief:
    """A direction, in brief."""
    return DirectionBrief(**_brief(row))


def directions_out(
    services: Services, session: Session, rows: Sequence[Direction], me: User | None
) -> list[DirectionReply]:
    """Directions with their best explanations, and `me`'s own."""
    ids = [row.id for row in rows]
    best = explanations.best_of(session, ids)
    mine = explanations.mine_of(session, ids, me) if me is not None else {}
    shown = {row.id: row for row in (*best.values(), *mine.values())}
    replies = dict(zip(shown, explanations_out(session, list(shown.values()), me), strict=True))

    def reply(found: dict[int, Explanation], id_: int) -> ExplanationReply | None:
        return replies[found[id_].id] if id_ in found else None

    return [
        DirectionReply(
            **_brief(row),
            revision=row.revision,
            site_label=site_label(services, row.model, row.site),
            width=row.width,
            visibility=row.visibility,
            created_at=row.created_at,
            updated_at=row.updated_at,
            provenance=row.recipe,
            best_explanation=reply(best, row.id),
            my_explanation=reply(mine, row.id),
        )
        for row in rows
    ]


def direction_out(
    services: Services, session: Session, row: Direction, me: User | None
) -> DirectionReply:
    """One direction with its best explanation, and `me`'s own."""
    return directions_out(services, session, [row], me)[0]


def explanations_out(
    session: Session, rows: Sequence[Explanation], me: User | None
) -> list[ExplanationReply]:
    """Explanations with `me`'s votes on them."""
    ids = [row.id for row in rows]
    mine = votes.mine(session, ids, me) if me is not None else {}
    return [
        ExplanationReply(
            id=row.id,
            direction_id=row.direction_id,
            username=row.user.name,
            side=row.side,
            text=row.text,
            up=row.up,
            down=row.down,
            score=row.score,
            mine=mine.get(row.id, 0),
            edited=row.updated_at != row.created_at,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )
        for row in rows
    ]


def list_brief_out(row: Collection, n_directions: int) -> ListBrief:
    """A list, in brief."""
    return ListBrief(**_list_brief(row, n_directions))


def list_out(row: Collection, items: Sequence[ListItemReply]) -> ListReply:
    """A list with its directions."""
    return ListReply(**_list_brief(row, len(items)), items=list(items))


def site_label(services: Services, model: str, site: str) -> str:
    """What a site is called; its hook name where its model is not served now."""
    try:
        return services.hub.get(model).sites[site].label
    except RsvError:
        return site


def _brief(row: Direction) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "username": None if row.user is None else row.user.name,
        "model": row.model,
        "site": row.site,
        "head": row.head,
        "origin": row.origin,
        "component": row.component,
        "score": row.score,
        "n_explanations": row.n_explanations,
    }


def _list_brief(row: Collection, n_directions: int) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "note": row.note,
        "username": row.user.name,
        "n_directions": n_directions,
        "created_at": row.created_at,
    }
