"""The session: who is logged in, logging in, logging out."""

from fastapi import APIRouter, Request, Response

from app.db import logins, passphrases, users
from app.db.models import User
from app.db.names import read_name
from app.errors import Forbidden
from app.web import people
from app.web.deps import Services, ServicesDep
from app.web.people_in import LoginIn
from app.web.people_out import SessionReply

router = APIRouter(prefix="/session", tags=["people"])


@router.get("", summary="Who is logged in")
def get_session(request: Request, response: Response, services: ServicesDep) -> SessionReply:
    """The claimed name whose login the cookie is; null where there is none, or it has run out."""
    response.headers["Cache-Control"] = "no-store"
    with services.sessions.begin() as session:
        user = logins.holder(session, people.login_of(request))
    return SessionReply(username=None if user is None else user.name)


@router.post("", summary="Log in")
def log_in(
    request: Request, body: LoginIn, response: Response, services: ServicesDep
) -> SessionReply:
    """Only claimed names have a passphrase; the others need no login. The login is a cookie, and
    lasts 30 days.
    """
    user = _checked(services, body, people.client_of(request))
    kept = user.passphrase_hash
    renewed = kept is not None and passphrases.outdated(kept)
    new_hash = passphrases.hashed(body.passphrase) if renewed else kept
    with services.writers.begin() as session:
        row = users.unchanged(session, user)
        row.passphrase_hash = new_hash
        logins.end(session, people.login_of(request))
        token = logins.start(session, row)
    people.remember(request, response, token)
    return SessionReply(username=user.name)


@router.delete("", summary="Log out", status_code=204)
def log_out(request: Request, services: ServicesDep) -> Response:
    """The login ends in this browser and in the database."""
    with services.writers.begin() as session:
        logins.end(session, people.login_of(request))
    response = Response(status_code=204)
    people.forget(request, response)
    return response


def _checked(services: Services, body: LoginIn, client: str) -> User:
    """The user whose passphrase was given; raises Forbidden, and TooManyTries."""
    key = read_name(body.username).key
    services.tries.count(client, key)
    with services.sessions.begin() as session:
        user = users.find(session, body.username)
    right = users.check(user, body.passphrase)
    if user is None or not user.claimed:
        raise Forbidden(
            "Nobody has claimed this name: it needs no passphrase to write under.",
            field="username",
        )
    if not right:
        raise Forbidden(f"This is not the passphrase of {user.name}.", field="passphrase")
    services.tries.forget(client, key)
    return user
