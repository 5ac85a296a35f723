"""Logins: browsers that have given a name's passphrase. The database knows tokens by hash only."""

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.db.base import now
from app.db.models import Login, User

LIFETIME = timedelta(days=30)
_TOKEN_BYTES = 32


def start(session: Session, user: User) -> str:
    """A new login's token, good for 30 days. Logins that have run out are forgotten on the way."""
    session.execute(delete(Login).where(Login.expires_at <= now()))
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    session.add(Login(token_hash=_hash(token), user_id=user.id, expires_at=now() + LIFETIME))
    session.flush()
    return token


def holder(session: Session, token: str | None) -> User | None:
    """Whose login the token is; None for one that is unknown, ended or has run out."""
    if not token:
        return None
    return session.scalars(
        select(User)
        .join(Login, Login.user_id == User.id)
        .where(Login.token_hash == _hash(token), Login.expires_at > now())
    ).one_or_none()


def end(session: Session, token: str | None) -> None:
    """Forget a login; nothing happens where there is none."""
    if token:
        session.execute(delete(Login).where(Login.token_hash == _hash(token)))


def end_others(session: Session, user: User, keep_token: str | None) -> None:
    """Forget all of a user's logins but the one of `keep_token`."""
    ended = delete(Login).where(Login.user_id == user.id)
    if keep_token:
        ended = ended.where(Login.token_hash != _hash(keep_token))
    session.execute(ended)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
