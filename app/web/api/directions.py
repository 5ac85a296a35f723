"""Directions that people save: made, listed, changed, deleted and copied."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from app.db import directions, explanations
from app.db.names import MAX_EXPLANATION, read_prose
from app.errors import Taken
from app.web import people
from app.web.api.common import (
    WORD,
    Cursor,
    DirectionRow,
    Limit,
    Me,
    Who,
    place,
)
from app.web.asking import while_wanted
from app.web.bodies import FORM, content_type, read_form, read_json
from app.web.deps import Services, ServicesDep
from app.web.making import Made, make, of_file
from app.web.saved_in import (
    CopyIn,
    DirectionAbout,
    DirectionEdit,
    DirectionForm,
    NewDirectionIn,
    WriterIn,
)
from app.web.saved_out import DirectionReply, DirectionsReply, direction_out, directions_out
from app.web.saved_vectors import to_bytes
from app.worker.hub import ServedModel
from app.worker.jobs import Site

router = APIRouter(prefix="/directions", tags=["directions"])


@router.get("", summary="Saved directions")
def list_directions(
    services: ServicesDep,
    model: Annotated[str | None, Query(max_length=200, pattern=WORD)] = None,
    site: Annotated[str | None, Query(max_length=200, pattern=WORD)] = None,
    username: Annotated[
        str | None, Query(max_length=1000, pattern=WORD, description="Whose directions.")
    ] = None,
    origin: Annotated[
        Literal["pca", "user"] | None, Query(description="PCA components, or people's own.")
    ] = None,
    q: Annotated[
        str | None,
        Query(max_length=200, pattern=WORD, description="Words of names and explanations."),
    ] = None,
    sort: Annotated[Literal["new", "top"], Query(description="Newest or best first.")] = "new",
    me: Me = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> DirectionsReply:
    """Public directions, or all of one name's; PCA components once somebody explained them."""
    which = directions.Filter(model=model, site=site, username=username, origin=origin, q=q)
    with services.sessions.begin() as session:
        looking = people.reader(session, me)
        page = directions.listed(session, which, sort=sort, limit=limit, cursor=cursor)
        items = directions_out(services, session, page.items, looking)
    return DirectionsReply(items=items, next=page.next)


@router.post(
    "",
    summary="Save a direction",
    status_code=201,
    response_model=DirectionReply,
    responses={200: {"model": DirectionReply, "description": "It was saved before."}},
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": {"$ref": "#/components/schemas/NewDirectionIn"}},
                FORM: {"schema": {"$ref": "#/components/schemas/DirectionForm"}},
            },
        }
    },
)
async def save_direction(
    request: Request, services: ServicesDep, response: Response
) -> DirectionReply:
    """From a vector, a combination, a component, a token, a neuron or a difference (JSON), or
    from a file (a form): .json holding a list of numbers, .npy, or .safetensors holding one tensor.

    The same direction saved again under its name is answered with 200; another one under a name
    that is taken with 409.
    """
    body: DirectionAbout
    if content_type(request) == FORM:
        body, upload = await read_form(request, DirectionForm, numbers=("head",))
        model, site, head = _place(services, body)
        made = await run_in_threadpool(of_file, upload.filename, upload.content, site)
    else:
        body = asked = await read_json(request, NewDirectionIn)
        model, site, head = _place(services, body)
        made = await while_wanted(request, make(services, model, site, head, asked))
    reply, is_new = await run_in_threadpool(_save, request, services, model, site, head, body, made)
    response.status_code = 201 if is_new else 200
    return reply


def _place(services: Services, about: DirectionAbout) -> tuple[ServedModel, Site, int | None]:
    """Where a new direction belongs."""
    model = services.hub.get(about.model)
    return model, *place(model, about.site, about.head)


def _save(
    request: Request,
    services: Services,
    model: ServedModel,
    site: Site,
    head: int | None,
    body: DirectionAbout,
    made: Made,
) -> tuple[DirectionReply, bool]:
    """Store a direction, and its explanation with it; whether it is new."""
    said = None
    if body.explanation is not None:
        said = read_prose(body.explanation, field="explanation", limit=MAX_EXPLANATION)
    new = directions.NewDirection(
        name=body.name,
        model=model.info.name,
        revision=model.info.revision,
        site=site.name,
        head=head,
        width=site.width,
        vector=to_bytes(made.vector),
        recipe=made.recipe,
        visibility=body.visibility,
    )
    with people.writing(request, services, body.username) as (session, user):
        row, is_new = directions.saved(session, user, new)
        if said is not None:
            try:
                explanations.add(session, row, user, said, body.side)
            except Taken as error:
                error.field = "explanation"
                raise
        return direction_out(services, session, row, user), is_new


@router.get("/{direction_id}", summary="One saved direction")
def get_direction(
    direction_id: DirectionRow, services: ServicesDep, me: Me = None
) -> DirectionReply:
    """How it was made, its best explanation, and that of `me`."""
    with services.sessions.begin() as session:
        row = directions.by_id(session, direction_id)
        return direction_out(services, session, row, people.reader(session, me))


@router.patch("/{direction_id}", summary="Rename a direction, or change who finds it")
def edit_direction(
    request: Request, direction_id: DirectionRow, body: DirectionEdit, services: ServicesDep
) -> DirectionReply:
    """Only its owner does."""
    with people.writing(request, services, body.username) as (session, user):
        row = directions.own(session, direction_id, user)
        if body.name is not None:
            directions.rename(session, row, body.name)
        if body.visibility is not None:
            directions.set_visibility(session, row, body.visibility)
        return direction_out(services, session, row, user)


@router.delete("/{direction_id}", summary="Delete a direction", status_code=204)
def delete_direction(
    request: Request, direction_id: DirectionRow, username: Who, services: ServicesDep
) -> None:
    """Only its owner does. It can be restored, with everything said about it."""
    with people.writing(request, services, username) as (session, user):
        directions.delete(session, directions.own(session, direction_id, user))


@router.post("/{direction_id}/restore", summary="Undo the deletion of a direction")
def restore_direction(
    request: Request, direction_id: DirectionRow, body: WriterIn, services: ServicesDep
) -> DirectionReply:
    """With everything said about it; nothing happens to one that is there."""
    with people.writing(request, services, body.username) as (session, user):
        row = directions.restore(session, direction_id, user)
        return direction_out(services, session, row, user)


@router.post(
    "/{direction_id}/copies",
    summary="Copy a direction into one's own",
    status_code=201,
    responses={200: {"model": DirectionReply, "description": "You had this copy already."}},
)
def copy_direction(
    request: Request,
    direction_id: DirectionRow,
    body: CopyIn,
    services: ServicesDep,
    response: Response,
) -> DirectionReply:
    """Under its own name, or a number after it where you have one of that name."""
    with people.writing(request, services, body.username) as (session, user):
        row = directions.by_id(session, direction_id)
        copied, is_new = directions.copy(session, row, user, body.name)
        reply = direction_out(services, session, copied, user)
    response.status_code = 201 if is_new else 200
    return reply
