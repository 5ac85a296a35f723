"""Sets of prompts: texts put together under a name, to be looked at together and shared."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from app.db import prompts, sets, users
from app.web import people
from app.web.api.common import WORD, Cursor, Limit, Who
from app.web.api.prompts import PromptRow
from app.web.deps import ServicesDep
from app.web.people_in import PromptSetEdit, PromptSetIn
from app.web.people_out import (
    PromptSetReply,
    PromptSetsReply,
    PromptSetWhole,
    set_out,
    sets_out,
    whole_set_out,
)
from app.web.saved_in import WriterIn
from app.web.schemas import MAX_ID

router = APIRouter(prefix="/prompt-sets", tags=["prompts"])

SetRow = Annotated[int, Path(ge=1, le=MAX_ID, description="A set's id.")]


@router.get("", summary="Sets of prompts")
def list_sets(
    services: ServicesDep,
    username: Annotated[
        str | None,
        Query(max_length=1000, pattern=WORD, description="Whose sets.", examples=["ada"]),
    ] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> PromptSetsReply:
    """The newest first. A name under which nothing is saved has none."""
    with services.sessions.begin() as session:
        user = None if username is None else users.find(session, username)
        if username is not None and user is None:
            return PromptSetsReply(items=[], next=None)
        user_id = None if user is None else user.id
        page = sets.listed(session, user_id=user_id, limit=limit, cursor=cursor)
        return PromptSetsReply(items=sets_out(session, page.items), next=page.next)


@router.post(
    "",
    summary="Make a set of prompts",
    status_code=201,
    responses={200: {"model": PromptSetReply, "description": "You had it already."}},
)
def make_set(
    request: Request, body: PromptSetIn, response: Response, services: ServicesDep
) -> PromptSetReply:
    """Its name is unique among your sets."""
    with people.writing(request, services, body.username) as (session, user):
        row, is_new = sets.make(session, user, body.name, body.note)
        reply = set_out(session, row)
    response.status_code = 201 if is_new else 200
    return reply


@router.get("/{set_id}", summary="One set, with its prompts")
def get_set(set_id: SetRow, services: ServicesDep) -> PromptSetWhole:
    """In the order in which they were put there; deleted ones are left out."""
    with services.sessions.begin() as session:
        return whole_set_out(session, sets.by_id(session, set_id))


@router.patch("/{set_id}", summary="Rename a set, or change its note")
def edit_set(
    request: Request, set_id: SetRow, body: PromptSetEdit, services: ServicesDep
) -> PromptSetReply:
    """Only its owner does."""
    with people.writing(request, services, body.username) as (session, user):
        row = sets.own(session, set_id, user)
        sets.edit(session, row, name=body.name, note=body.note)
        return set_out(session, row)


@router.delete("/{set_id}", summary="Delete a set", status_code=204)
def delete_set(request: Request, set_id: SetRow, username: Who, services: ServicesDep) -> None:
    """Only its owner does. The prompts stay, and the set can be restored."""
    with people.writing(request, services, username) as (session, user):
        sets.delete(session, sets.own(session, set_id, user))


@router.post("/{set_id}/restore", summary="Undo the deletion of a set")
def restore_set(
    request: Request, set_id: SetRow, body: WriterIn, services: ServicesDep
) -> PromptSetReply:
    """With the prompts it held; nothing happens to one that is there."""
    with people.writing(request, services, body.username) as (session, user):
        return set_out(session, sets.restore(session, set_id, user))


@router.put("/{set_id}/items/{prompt_id}", summary="Put a prompt into a set")
def put_item(
    request: Request,
    set_id: SetRow,
    prompt_id: PromptRow,
    body: WriterIn,
    services: ServicesDep,
) -> PromptSetReply:
    """Any stored prompt, at the end; one that is in the set keeps its place."""
    with people.writing(request, services, body.username) as (session, user):
        row = sets.own(session, set_id, user)
        sets.put(session, row, prompts.by_id(session, prompt_id))
        return set_out(session, row)


@router.delete("/{set_id}/items/{prompt_id}", summary="Take a prompt out of a set", status_code=204)
def take_item(
    request: Request,
    set_id: SetRow,
    prompt_id: PromptRow,
    username: Who,
    services: ServicesDep,
) -> None:
    """Nothing happens for one that is not in it."""
    with people.writing(request, services, username) as (session, user):
        sets.take_out(session, sets.own(session, set_id, user), prompt_id)
