"""Names: what becomes of one that was typed, before anything is saved under it."""

from typing import Annotated

from fastapi import APIRouter, Query

from app.db import users
from app.db.names import read_name
from app.errors import BadName
from app.web.deps import ServicesDep
from app.web.people_out import NameReply

router = APIRouter(prefix="/names", tags=["people"])


@router.get("", summary="Whether a name can be used")
def get_name(
    name: Annotated[
        str, Query(max_length=1000, description="A name as it was typed.", examples=["ada"])
    ],
    services: ServicesDep,
) -> NameReply:
    """A name that nobody can have is no failure here: `fault` says what is wrong with it."""
    try:
        shown = read_name(name, field="name").shown
        with services.sessions.begin() as session:
            user = users.possible(session, name, field="name")
            if user is None:
                return NameReply(name=shown, fault=None, known=False, claimed=False)
            return NameReply(name=user.name, fault=None, known=True, claimed=user.claimed)
    except BadName as refusal:
        return NameReply(name=None, fault=refusal.detail, known=False, claimed=False)
