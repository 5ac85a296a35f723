"""Lists: directions put together under a name, with notes."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.orm import Session

from app.db import directions, lists
from app.db.models import Collection
from app.db.names import MAX_NOTE, read_prose
from app.web import people
from app.web.api.common import WORD, Cursor, DirectionRow, Limit, ListRow, Me, Who
from app.web.deps import Services, ServicesDep
from app.web.saved_in import ListEdit, ListIn, ListItemIn, WriterIn
from app.web.saved_out import (
    ListBrief,
    ListItemReply,
    ListReply,
    ListsReply,
    directions_out,
    list_brief_out,
    list_out,
)
from app.web.schemas import MAX_ID

router = APIRouter(prefix="/lists", tags=["lists"])


@router.get("", summary="Lists of directions")
def list_lists(
    services: ServicesDep,
    username: Annotated[
        str | None, Query(max_length=1000, pattern=WORD, description="Whose lists.")
    ] = None,
    direction: Annotated[
        int | None, Query(ge=1, le=MAX_ID, description="Lists that hold this direction.")
    ] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> ListsReply:
    """The newest first."""
    with services.sessions.begin() as session:
        page = lists.of(session, username=username, direction=direction, limit=limit, cursor=cursor)
        sizes = lists.sizes(session, [row.id for row in page.items])
        items = [list_brief_out(row, sizes.get(row.id, 0)) for row in page.items]
    return ListsReply(items=items, next=page.next)


@router.post(
    "",
    summary="Make a list",
    status_code=201,
    responses={200: {"model": ListBrief, "description": "You had it already."}},
)
def make_list(
    request: Request, body: ListIn, services: ServicesDep, response: Response
) -> ListBrief:
    """Its name is unique among your lists."""
    with people.writing(request, services, body.username) as (session, user):
        row, is_new = lists.make(session, user, body.name, body.note)
        reply = _brief(session, row)
    response.status_code = 201 if is_new else 200
    return reply


@router.get("/{list_id}", summary="One list, with its directions")
def get_list(list_id: ListRow, services: ServicesDep, me: Me = None) -> ListReply:
    """In the order in which they were put there; deleted ones are left out."""
    with services.sessions.begin() as session:
        return _whole(services, session, lists.by_id(session, list_id), me)


@router.patch("/{list_id}", summary="Rename a list, or change its note")
def edit_list(
    request: Request, list_id: ListRow, body: ListEdit, services: ServicesDep
) -> ListBrief:
    """Only its owner does."""
    with people.writing(request, services, body.username) as (session, user):
        row = lists.own(session, list_id, user)
        return _brief(session, lists.edit(session, row, name=body.name, note=body.note))


@router.delete("/{list_id}", summary="Delete a list", status_code=204)
def delete_list(request: Request, list_id: ListRow, username: Who, services: ServicesDep) -> None:
    """Only its owner does. The directions stay, and the list can be restored."""
    with people.writing(request, services, username) as (session, user):
        lists.delete(session, lists.own(session, list_id, user))


@router.post("/{list_id}/restore", summary="Undo the deletion of a list")
def restore_list(
    request: Request, list_id: ListRow, body: WriterIn, services: ServicesDep
) -> ListBrief:
    """With what it held; nothing happens to one that is there."""
    with people.writing(request, services, body.username) as (session, user):
        return _brief(session, lists.restore(session, list_id, user))


@router.put("/{list_id}/items/{direction_id}", summary="Put a direction into a list")
def put_item(
    request: Request,
    list_id: ListRow,
    direction_id: DirectionRow,
    body: ListItemIn,
    services: ServicesDep,
) -> ListBrief:
    """At its end; for one that is there, the note is replaced."""
    note = read_prose(body.note, field="note", limit=MAX_NOTE, empty_ok=True)
    with people.writing(request, services, body.username) as (session, user):
        row = lists.own(session, list_id, user)
        lists.put(session, row, directions.by_id(session, direction_id), note)
        return _brief(session, row)


@router.delete(
    "/{list_id}/items/{direction_id}", summary="Take a direction out of a list", status_code=204
)
def take_item(
    request: Request,
    list_id: ListRow,
    direction_id: DirectionRow,
    username: Who,
    services: ServicesDep,
) -> None:
    """Nothing happens for one that is not in it."""
    with people.writing(request, services, username) as (session, user):
        row = lists.own(session, list_id, user)
        lists.take_out(session, row, direction_id)


def _brief(session: Session, row: Collection) -> ListBrief:
    return list_brief_out(row, lists.sizes(session, [row.id]).get(row.id, 0))


def _whole(services: Services, session: Session, row: Collection, me: str | None) -> ListReply:
    held = lists.items(session, row.id)
    shown = directions_out(
        services, session, [direction for _, direction in held], people.reader(session, me)
    )
    return list_out(
        row,
        [
            ListItemReply(note=item.note, direction=direction)
            for (item, _), direction in zip(held, shown, strict=True)
        ],
    )
