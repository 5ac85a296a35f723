"""Users: what a name has saved, and claiming it with a passphrase."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from app.db import logins, passphrases, users
from app.errors import Forbidden
from app.web import people
from app.web.deps import ServicesDep
from app.web.people_in import ClaimIn, PassphraseIn
from app.web.people_out import ClaimReply, UserReply, user_out

router = APIRouter(prefix="/users", tags=["people"])

UserName = Annotated[str, Path(max_length=1000, description="A name.", examples=["ada"])]


@router.get("/{username}", summary="One name")
def get_user(username: UserName, services: ServicesDep) -> UserReply:
    """Whether it is claimed, and how much is saved under it. In whatever case it is written."""
    with services.sessions.begin() as session:
        return user_out(session, users.by_name(session, username))


@router.post("/{username}/claim", summary="Claim a name", status_code=201)
def claim_name(
    request: Request,
    username: UserName,
    body: ClaimIn,
    response: Response,
    services: ServicesDep,
) -> ClaimReply:
    """From then on only who knows the passphrase writes under the name; what is saved under it
    stays. You are logged in.
    """
    with services.sessions.begin() as session:
        found = users.find(session, username)
    if found is not None:
        users.refuse_claimed(found)
    services.tries.count_new(people.client_of(request))
    passphrase_hash = passphrases.hashed(body.passphrase)
    with services.writers.begin() as session:
        user = users.named(session, username)
        users.claim(session, user, passphrase_hash)
        logins.end(session, people.login_of(request))
        token = logins.start(session, user)
    people.remember(request, response, token)
    return ClaimReply(username=user.name, claimed=True)


@router.put("/{username}/passphrase", summary="Change a passphrase")
def change_passphrase(
    request: Request, username: UserName, body: PassphraseIn, services: ServicesDep
) -> ClaimReply:
    """Every other browser that was logged in under the name is logged out."""
    with services.sessions.begin() as session:
        user = users.by_name(session, username)
    if not user.claimed:
        raise Forbidden(
            f"The name {user.name} is not claimed: it has no passphrase to change.",
            field="username",
        )
    client = people.client_of(request)
    services.tries.count(client, user.key, field="old")
    if not users.check(user, body.old):
        raise Forbidden(f"This is not the passphrase of {user.name}.", field="old")
    services.tries.forget(client, user.key)
    passphrase_hash = passphrases.hashed(body.new, field="new")
    with services.writers.begin() as session:
        users.change(session, user, passphrase_hash)
        logins.end_others(session, user, people.login_of(request))
    return ClaimReply(username=user.name, claimed=True)
