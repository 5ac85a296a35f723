"""The tables of people: their names and logins, and the texts that they keep."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db.base import Base, UtcDateTime, now

STILL_THERE = text("deleted_at IS NULL")


def unique_while_there(name: str, *columns: str) -> Index:
    """An index by which those columns tell apart the rows that were not deleted."""
    return Index(
        name, *columns, unique=True, sqlite_where=STILL_THERE, postgresql_where=STILL_THERE
    )


class User(Base):
    """A name under which things are saved; claimed once it has a passphrase.

    `key` tells names apart (case-folded), `skeleton` those that look alike.
    """

    __tablename__ = "users"
    __table_args__ = (
        UniqueConstraint("key"),
        UniqueConstraint("skeleton"),
        CheckConstraint("name <> '' AND key <> ''", name="named"),
        CheckConstraint(
            "(passphrase_hash IS NULL) = (claimed_at IS NULL)", name="claimed_by_passphrase"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    key: Mapped[str] = mapped_column(String(240))
    skeleton: Mapped[str] = mapped_column(String(480))
    passphrase_hash: Mapped[str | None] = mapped_column(String(200))
    claimed_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    created_at: Mapped[datetime] = mapped_column(UtcDateTime(), default=now)

    @property
    def claimed(self) -> bool:
        """Whether only the holder of a passphrase writes under this name."""
        return self.passphrase_hash is not None


class Login(Base):
    """A browser that has given a name's passphrase. Only a hash of its cookie is kept."""

    __tablename__ = "logins"
    __table_args__ = (Index(None, "user_id"), Index(None, "expires_at"))

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime(), default=now)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime())


class Prompt(Base):
    """A text that can be looked at. Those of one dataset are told apart by their slug.

    A visitor's own texts are of the dataset `visitors` and have a user.
    """

    __tablename__ = "prompts"
    __table_args__ = (
        UniqueConstraint("dataset", "slug"),
        CheckConstraint("text <> ''", name="text_not_empty"),
        CheckConstraint("dataset <> '' AND slug <> ''", name="named"),
        Index(None, "user_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    dataset: Mapped[str] = mapped_column(String(80))
    slug: Mapped[str] = mapped_column(String(120))
    register: Mapped[str] = mapped_column(String(80))
    text: Mapped[str] = mapped_column(Text)
    model: Mapped[str | None] = mapped_column(String(200))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime(), default=now)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime())

    user: Mapped[User | None] = relationship(lazy="joined")


class PromptSet(Base):
    """Prompts put together under a name; the name is unique among a user's sets."""

    __tablename__ = "prompt_sets"
    __table_args__ = (
        unique_while_there("uq_prompt_sets_user_id_name_key", "user_id", "name_key"),
        CheckConstraint("name <> ''", name="named"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str] = mapped_column(String(80))
    name_key: Mapped[str] = mapped_column(String(240))
    note: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime(), default=now)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime())

    user: Mapped[User] = relationship(lazy="joined")


class PromptSetItem(Base):
    """One prompt of a set, in its place."""

    __tablename__ = "prompt_set_items"
    __table_args__ = (Index(None, "prompt_id"),)

    set_id: Mapped[int] = mapped_column(
        ForeignKey("prompt_sets.id", ondelete="CASCADE"), primary_key=True
    )
    prompt_id: Mapped[int] = mapped_column(ForeignKey("prompts.id"), primary_key=True)
    position: Mapped[int]
