"""What answers about names and sets of prompts hold, and how rows become that."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import ConfigDict, Field
from sqlalchemy.orm import Session

from app.db import sets, users
from app.db.models import PromptSet, User
from app.web.replies import PromptReply, Reply


class SessionReply(Reply):
    """Who is logged in; null for nobody."""

    username: str | None

    model_config = ConfigDict(json_schema_extra={"examples": [{"username": "ada"}]})


class NameReply(Reply):
    """A name that was typed: as it would be kept, or why it cannot be."""

    name: str | None
    fault: str | None
    known: bool
    claimed: bool

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": "ada", "fault": None, "known": True, "claimed": False}]
        }
    )


class ClaimReply(Reply):
    """Whether only the holder of a passphrase writes under a name."""

    username: str
    claimed: bool

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"username": "ada", "claimed": True}]}
    )


class UserReply(ClaimReply):
    """A name under which something has been saved, and how much."""

    created_at: datetime
    n_directions: int
    n_explanations: int
    n_votes: int
    n_prompts: int
    n_lists: int


class PromptSetReply(Reply):
    """A set of prompts, without them."""

    id: int
    name: str
    note: str
    username: str
    n_prompts: int
    created_at: datetime


class PromptSetWhole(PromptSetReply):
    """A set with its prompts, in their order."""

    prompts: list[PromptReply]


class PromptSetsReply(Reply):
    """A page of sets of prompts."""

    items: list[PromptSetReply]
    next: str | None = Field(description="The cursor of the next page; null at the end.")


def user_out(session: Session, user: User) -> UserReply:
    """A user, and how much they have saved."""
    done = users.activity(session, user)
    return UserReply(
        username=user.name,
        claimed=user.claimed,
        created_at=user.created_at,
        n_directions=done.n_directions,
        n_explanations=done.n_explanations,
        n_votes=done.n_votes,
        n_prompts=done.n_prompts,
        n_lists=done.n_lists,
    )


def sets_out(session: Session, rows: Sequence[PromptSet]) -> list[PromptSetReply]:
    """Sets, with how many prompts each holds."""
    sizes = sets.sizes(session, [row.id for row in rows])
    return [
        PromptSetReply(
            id=row.id,
            name=row.name,
            note=row.note,
            username=row.user.name,
            n_prompts=sizes[row.id],
            created_at=row.created_at,
        )
        for row in rows
    ]


def set_out(session: Session, row: PromptSet) -> PromptSetReply:
    """One set, with how many prompts it holds."""
    return sets_out(session, [row])[0]


def whole_set_out(session: Session, row: PromptSet) -> PromptSetWhole:
    """One set, with its prompts."""
    held = [PromptReply.model_validate(prompt) for prompt in sets.prompts(session, row.id)]
    return PromptSetWhole(**set_out(session, row).model_dump(), prompts=held)
