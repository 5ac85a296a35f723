"""Who writes and who looks: a username, and for a claimed one the login in the cookie."""

from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv6Address, IPv6Network, ip_address

from fastapi import Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.db import logins, users
from app.db.models import User
from app.errors import BadName, Forbidden
from app.web.deps import Services

COOKIE = "rsv_login"


@contextmanager
def writing(request: Request, services: Services, username: str) -> Iterator[tuple[Session, User]]:
    """One unit of work under a name; raises as `writer`."""
    with services.writers.begin() as session:
        yield session, writer(request, session, username)


def writer(request: Request, session: Session, username: str) -> User:
    """Under which user a request writes; a free name's is made.

    Raises BadName, and Forbidden for a claimed name whose login the request does not carry.
    """
    user = users.named(session, username)
    if user.claimed:
        holder = logins.holder(session, login_of(request))
        if holder is None or holder.id != user.id:
            raise Forbidden(
                f"The name {user.name} is claimed. Log in with its passphrase to write under it.",
                field="username",
            )
    return user


def reader(session: Session, username: str | None) -> User | None:
    """Who looks, so that an answer can show their own votes and explanations.

    None for nobody, and for a name under which nothing is saved, or could be.
    """
    if username is None:
        return None
    try:
        return users.find(session, username)
    except BadName:
        return None


def login_of(request: Request) -> str | None:
    """The login token that the request carries."""
    return request.cookies.get(COOKIE)


def client_of(request: Request) -> str:
    """Whom tries are counted of: the address, or the network in which one IPv6 host has them all.

    Behind a proxy it is the address that the proxy forwards, where the server trusts the proxy.
    """
    host = "" if request.client is None else request.client.host
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return str(IPv6Network((address.packed, 64), strict=False))
    return host


def remember(request: Request, response: Response, token: str) -> None:
    """Put a login into the browser: no script reads it, no other site's request carries it."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(logins.LIFETIME.total_seconds()),
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )


def forget(request: Request, response: Response) -> None:
    """Take the login out of the browser."""
    response.delete_cookie(
        COOKIE,
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
