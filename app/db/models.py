"""The tables, as SQLAlchemy 2 mapped classes. What must always hold is a constraint here.

Deleting is soft: `deleted_at` is set, and the row leaves every list. Unique names are unique among
the rows that are still there. Counts (`up`, `down`, `score`, `n_explanations`) are kept by the
transaction that changes what they count. The tables of people are in `people_models`, and can be
imported from here.
"""

from datetime import datetime
from uuid import uuid4

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db.base import Base, UtcDateTime, now
from app.db.people_models import (
    Login,
    Prompt,
    PromptSet,
    PromptSetItem,
    User,
    unique_while_there,
)

__all__ = [
    "Base",
    "Collection",
    "CollectionItem",
    "Direction",
    "Explanation",
    "Json",
    "Login",
    "Prompt",
    "PromptSet",
    "PromptSetItem",
    "Revision",
    "User",
    "Vote",
    "new_uid",
]

Json = dict[str, object]


def new_uid() -> str:
    """A name for a row that is the same on every instance: 32 hexadecimal digits."""
    return uuid4().hex


class Direction(Base):
    """A unit vector at one site (and head) of one model, with how it was made.

    One of a user (`origin` "user") or a PCA component ("pca", without a user): the latter get a row
    when somebody asks for them, so that they can be explained like any other, and a `uid` that
    follows from what they are, so that there is one row of each. `vector` holds
    `width` float32 numbers, little-endian. `score` is the best explanation's, rounded to 31 binary
    places. `listed` says whether it is found by everybody: it is still there, public, and one of
    PCA is explained. Every combination of filters has an index in either order of lists.
    """

    __tablename__ = "directions"
    __table_args__ = (
        UniqueConstraint("uid"),
        unique_while_there("uq_directions_user_id_name_key", "user_id", "name_key"),
        CheckConstraint("length(vector) = 4 * width", name="vector_of_its_width"),
        CheckConstraint("width > 0", name="wide"),
        CheckConstraint("name <> '' AND name_key <> ''", name="named"),
        CheckConstraint("origin IN ('user', 'pca')", name="origin_known"),
        CheckConstraint("visibility IN ('public', 'unlisted')", name="visibility_known"),
        CheckConstraint("(origin = 'pca') = (user_id IS NULL)", name="of_a_user_or_of_pca"),
        CheckConstraint(
            "origin <> 'pca' OR (component IS NOT NULL AND basis IS NOT NULL)",
            name="pca_has_a_component",
        ),
        CheckConstraint("n_explanations >= 0", name="counted"),
        Index(None, "listed", "id"),
        Index(None, "listed", "model", "id"),
        Index(None, "listed", "model", "site", "id"),
        Index(None, "listed", "site", "id"),
        Index(None, "listed", "origin", "id"),
        Index(None, "listed", "model", "origin", "id"),
        Index(None, "listed", "site", "origin", "id"),
        Index(None, "listed", "model", "site", "origin", "id"),
        Index(None, "user_id", "id"),
        Index(None, "user_id", "model", "id"),
        Index(None, "user_id", "site", "id"),
        Index(None, "user_id", "model", "site", "id"),
        Index(None, "listed", "score", "id"),
        Index(None, "listed", "model", "score", "id"),
        Index(None, "listed", "model", "site", "score", "id"),
        Index(None, "listed", "site", "score", "id"),
        Index(None, "listed", "origin", "score", "id"),
        Index(None, "listed", "model", "origin", "score", "id"),
        Index(None, "listed", "site", "origin", "score", "id"),
        Index(None, "listed", "model", "site", "origin", "score", "id"),
        Index(None, "user_id", "score", "id"),
        Index(None, "user_id", "model", "score", "id"),
        Index(None, "user_id", "site", "score", "id"),
        Index(None, "user_id", "model", "site", "score", "id"),
        Index(None, "model", "site", "head", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(String(32), default=new_uid)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    origin: Mapped[str] = mapped_column(String(8))
    name: Mapped[str] = mapped_column(String(80))
    name_key: Mapped[str] = mapped_column(String(240))
    model: Mapped[str] = mapped_column(String(200))
    revision: Mapped[str] = mapped_column(String(200))
    site: Mapped[str] = mapped_column(String(200))
    head: Mapped[int | None]
    component: Mapped[int | None]
    basis: Mapped[str | None] = mapped_column(String(64))
    width: Mapped[int]
    vector: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    recipe: Mapped[Json] = mapped_column(JSON)
    visibility: Mapped[str] = mapped_column(String(8), default="public")
    listed: Mapped[bool]
    n_explanations: Mapped[int] = mapped_column(default=0)
    score: Mapped[float] = mapped_column(default=0.0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime(), default=now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime(), default=now)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime())

    user: Mapped[User | None] = relationship(lazy="joined")


class Explanation(Base):
    """What somebody thinks a direction means: all of it, or its + or its − end.

    `up` and `down` count its votes; `score` is the lower bound of Wilson's interval of up-votes.
    """

    __tablename__ = "explanations"
    __table_args__ = (
        UniqueConstraint("uid"),
        unique_while_there(
            "uq_explanations_direction_id_user_id_side", "direction_id", "user_id", "side"
        ),
        CheckConstraint("text <> ''", name="text_not_empty"),
        CheckConstraint("side IN ('both', 'plus', 'minus')", name="side_known"),
        CheckConstraint("up >= 0 AND down >= 0", name="counted"),
        Index(None, "direction_id", "score", "id"),
        Index(None, "user_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(String(32), default=new_uid)
    direction_id: Mapped[int] = mapped_column(ForeignKey("directions.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    side: Mapped[str] = mapped_column(String(5), default="both")
    text: Mapped[str] = mapped_column(Text)
    up: Mapped[int] = mapped_column(default=0)
    down: Mapped[int] = mapped_column(default=0)
    score: Mapped[float] = mapped_column(default=0.0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime(), default=now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime(), default=now)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime())

    user: Mapped[User] = relationship(lazy="joined")


class Revision(Base):
    """A text that an explanation had before it was edited."""

    __tablename__ = "explanation_revisions"
    __table_args__ = (Index(None, "explanation_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    explanation_id: Mapped[int] = mapped_column(ForeignKey("explanations.id"))
    text: Mapped[str] = mapped_column(Text)
    replaced_at: Mapped[datetime] = mapped_column(UtcDateTime(), default=now)


class Vote(Base):
    """One name's vote on one explanation; withdrawn, its row is gone."""

    __tablename__ = "votes"
    __table_args__ = (
        CheckConstraint("value IN (-1, 1)", name="up_or_down"),
        Index(None, "user_id"),
    )

    explanation_id: Mapped[int] = mapped_column(ForeignKey("explanations.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    value: Mapped[int] = mapped_column(SmallInteger)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime(), default=now)


class Collection(Base):
    """A list of directions with notes; its name is unique among its user's."""

    __tablename__ = "lists"
    __table_args__ = (
        unique_while_there("uq_lists_user_id_name_key", "user_id", "name_key"),
        CheckConstraint("name <> ''", name="named"),
        Index(None, "user_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str] = mapped_column(String(80))
    name_key: Mapped[str] = mapped_column(String(240))
    note: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime(), default=now)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime())

    user: Mapped[User] = relationship(lazy="joined")


class CollectionItem(Base):
    """One direction of a list, in its place, with a note."""

    __tablename__ = "list_items"
    __table_args__ = (Index(None, "direction_id", "list_id"),)

    list_id: Mapped[int] = mapped_column(
        ForeignKey("lists.id", ondelete="CASCADE"), primary_key=True
    )
    direction_id: Mapped[int] = mapped_column(ForeignKey("directions.id"), primary_key=True)
    position: Mapped[int]
    note: Mapped[str] = mapped_column(Text, default="")
    added_at: Mapped[datetime] = mapped_column(UtcDateTime(), default=now)
