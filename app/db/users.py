"""Users: names under which things are saved, found, made when first written under, and claimed."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.db import counting, passphrases
from app.db.base import now
from app.db.models import Collection, Direction, Explanation, Prompt, User, Vote
from app.db.names import Name, read_name
from app.errors import BadName, Forbidden, Taken, UnknownUser


@dataclass(frozen=True, slots=True)
class Activity:
    """How much a user has saved that is still there."""

    n_directions: int
    n_explanations: int
    n_votes: int
    n_prompts: int
    n_lists: int


def find(session: Session, raw: str, *, field: str = "username") -> User | None:
    """The user of that name, None while nobody has saved under it. Raises BadName."""
    return _of_key(session, read_name(raw, field=field).key)


def possible(session: Session, raw: str, *, field: str = "username") -> User | None:
    """The user of that name, None while there is none.

    Raises BadName where there cannot be one, or one that looks like it exists.
    """
    name = read_name(raw, field=field)
    found = _of_key(session, name.key)
    if found is None:
        _refuse_lookalike(session, name, field)
    return found


def by_name(session: Session, raw: str, *, field: str = "username") -> User:
    """The user of that name; raises UnknownUser."""
    try:
        found = find(session, raw, field=field)
    except BadName:
        found = None
    if found is None:
        raise UnknownUser(f"Nobody has saved anything under the name {raw[:80]!r}.", field=field)
    return found


def named(session: Session, raw: str, *, field: str = "username") -> User:
    """The user of that name, made if there is none; of two that are made at once there is one.

    Raises BadName for a name that cannot be used, or that looks like an existing one.
    """
    name = read_name(raw, field=field)
    found = _of_key(session, name.key)
    if found is not None:
        return found
    _refuse_lookalike(session, name, field)
    user = User(name=name.shown, key=name.key, skeleton=name.skeleton)
    try:
        with session.begin_nested():
            session.add(user)
    except IntegrityError:
        # Somebody else has made it since, or one that looks like it.
        found = _of_key(session, name.key)
        if found is None:
            _refuse_lookalike(session, name, field)
            raise
        return found
    return user


def claim(session: Session, user: User, passphrase_hash: str) -> None:
    """Give a name its first passphrase; raises Taken if it has one.

    The hash comes from `passphrases.hashed`, made before the transaction.
    """
    done = session.execute(
        update(User)
        .where(User.id == user.id, User.passphrase_hash.is_(None))
        .values(passphrase_hash=passphrase_hash, claimed_at=now())
        .returning(User.id)
    ).one_or_none()
    session.refresh(user)
    if done is None:
        refuse_claimed(user)


def refuse_claimed(user: User) -> None:
    """Raises Taken for a name that has a passphrase."""
    if user.claimed:
        raise Taken(
            f"The name {user.name} is claimed already. Log in with its passphrase.",
            field="username",
        )


def check(user: User | None, passphrase: str) -> bool:
    """Whether it is the user's passphrase; as slow for no user, or one who has none."""
    return passphrases.matches(passphrase, None if user is None else user.passphrase_hash)


def change(session: Session, user: User, passphrase_hash: str) -> None:
    """Replace the passphrase that `user` was checked against.

    Raises Forbidden if somebody has changed it since.
    """
    locked = unchanged(session, user)
    locked.passphrase_hash = passphrase_hash
    session.flush()


def unchanged(session: Session, user: User) -> User:
    """The user's row, held until the transaction ends, if its passphrase is still the same.

    Raises Forbidden otherwise: what was checked before the transaction no longer holds.
    """
    row = session.scalars(
        select(User)
        .where(User.id == user.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if row.passphrase_hash is None or row.passphrase_hash != user.passphrase_hash:
        raise Forbidden(
            f"The passphrase of {row.name} was changed a moment ago. Try again with the new one.",
            field="passphrase",
        )
    return row


def activity(session: Session, user: User) -> Activity:
    """What the user has saved, as far as lists show it."""
    explained = (
        select(func.count(Explanation.id))
        .join(Direction, Direction.id == Explanation.direction_id)
        .where(Explanation.deleted_at.is_(None), counting.shown(user))
    )
    voted = explained.join(Vote, Vote.explanation_id == Explanation.id)
    return Activity(
        n_directions=_count(session, Direction.user_id == user.id, Direction.deleted_at.is_(None)),
        n_explanations=session.scalars(explained.where(Explanation.user_id == user.id)).one(),
        n_votes=session.scalars(voted.where(Vote.user_id == user.id)).one(),
        n_prompts=_count(session, Prompt.user_id == user.id, Prompt.deleted_at.is_(None)),
        n_lists=_count(session, Collection.user_id == user.id, Collection.deleted_at.is_(None)),
    )


def _count(session: Session, *conditions: ColumnElement[bool]) -> int:
    return session.scalars(select(func.count()).where(*conditions)).one()


def _of_key(session: Session, key: str) -> User | None:
    return session.scalars(select(User).where(User.key == key)).one_or_none()


def _refuse_lookalike(session: Session, name: Name, field: str) -> None:
    like = session.scalars(select(User).where(User.skeleton == name.skeleton)).one_or_none()
    if like is not None and like.key != name.key:
        raise BadName(
            f"The name {name.shown} looks like the existing name {like.name}. Choose another.",
            field=field,
        )
