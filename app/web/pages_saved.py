"""The pages of saved things: the directory, a direction, a person, collections.

Each has a twin, `.../view.json`: the object that the page is rendered from.
"""

import re
from typing import Any

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from app.errors import BadInput, UnknownDirection, UnknownList, UnknownUser
from app.web.deps import ServicesDep
from app.web.direction_page import DirectionView, direction_page
from app.web.modules import modules_of
from app.web.people_views import TABS, PersonView, Tab, list_page, lists_page, person_page
from app.web.rendering import signed
from app.web.samples import LEGEND
from app.web.saved_views import directory, read_asked
from app.web.saved_words import LISTED, SIDES, day, person, plural
from app.web.templating import render, script_json
from app.web.uploads import MAX_FILE_BYTES
from app.web.views import View

router = APIRouter()

WORDS: dict[str, Any] = {
    "cells": LEGEND,
    "day": day,
    "listed": LISTED,
    "person": person,
    "plural": plural,
    "sides": SIDES,
    "signed": signed,
}
"""What every one of these templates writes with."""


@router.get("/directions")
def directions(request: Request, services: ServicesDep) -> Response:
    """The directory: search, filters, newest or best first."""
    asked, problems = read_asked(request.query_params)
    view = directory(services, asked, problems)
    return _page(
        request,
        "directions",
        view,
        status=422 if problems else 200,
        max_file_bytes=MAX_FILE_BYTES,
        max_bundle_bytes=services.limits.max_bundle_bytes,
    )


@router.get("/directions/view.json")
def directions_as_json(request: Request, services: ServicesDep) -> Response:
    """The directory's twin."""
    asked, problems = read_asked(request.query_params)
    if problems:
        raise BadInput(" ".join(problems))
    return _json(directory(services, asked))


@router.get("/directions/{direction_id}")
async def direction(
    request: Request, direction_id: str, services: ServicesDep, cursor: str | None = None
) -> Response:
    """One direction's page."""
    view = await direction_page(
        services, _direction_id(direction_id), cursor=cursor, address=str(request.base_url)
    )

    def page() -> Response:
        return _page(request, "direction", view, view_json=_embedded(view))

    return await run_in_threadpool(page)


@router.get("/directions/{direction_id}/view.json")
async def direction_as_json(
    request: Request, direction_id: str, services: ServicesDep, cursor: str | None = None
) -> Response:
    """A direction's twin."""
    view = await direction_page(
        services, _direction_id(direction_id), cursor=cursor, address=str(request.base_url)
    )
    return await run_in_threadpool(_json, view)


@router.get("/people/{username}")
def one_person(
    request: Request, username: str, services: ServicesDep, cursor: str | None = None
) -> Response:
    """What a name saved. For one that saved nothing, a page that says how it would be used."""
    try:
        view = _person(request, username, services, cursor)
    except UnknownUser:
        context = {"username": username[:80], **WORDS}
        return render(request, "pages/nobody.html", context, status=404)
    return _page(request, "person", view)


@router.get("/people/{username}/view.json")
def one_person_as_json(
    request: Request, username: str, services: ServicesDep, cursor: str | None = None
) -> Response:
    """A person's twin."""
    return _json(_person(request, username, services, cursor))


@router.get("/lists")
def collections(request: Request, services: ServicesDep, cursor: str | None = None) -> Response:
    """Everybody's collections, the newest first."""
    return _page(request, "lists", lists_page(services, cursor))


@router.get("/lists/view.json")
def collections_as_json(services: ServicesDep, cursor: str | None = None) -> Response:
    """The collections' twin."""
    return _json(lists_page(services, cursor))


@router.get("/lists/{list_id}")
def collection(request: Request, list_id: str, services: ServicesDep) -> Response:
    """One collection."""
    return _page(request, "list", list_page(services, _list_id(list_id)))


@router.get("/lists/{list_id}/view.json")
def collection_as_json(list_id: str, services: ServicesDep) -> Response:
    """A collection's twin."""
    return _json(list_page(services, _list_id(list_id)))


def _direction_id(given: str) -> int:
    """The number in an address; what is none is an address at which there is nothing."""
    if not re.fullmatch("[0-9]{1,10}", given):
        raise UnknownDirection(f"There is no direction {given[:40]}.")
    return int(given)


def _list_id(given: str) -> int:
    if not re.fullmatch("[0-9]{1,10}", given):
        raise UnknownList(f"There is no collection {given[:40]}.")
    return int(given)


def _person(
    request: Request, username: str, services: ServicesDep, cursor: str | None
) -> PersonView:
    asked = request.query_params.get("tab") or "directions"
    tab: Tab | None = next((known for known in TABS if known == asked), None)
    if tab is None:
        raise BadInput(f"There is no tab of that name, only: {', '.join(TABS)}.", field="tab")
    return person_page(services, username, tab, cursor)


def _page(
    request: Request, name: str, view: View, *, status: int = 200, **more: object
) -> Response:
    context = {"view": view, "modules": modules_of(name), **WORDS, **more}
    return render(request, f"pages/{name}.html", context, status=status)


def _json(view: View) -> Response:
    return Response(view.model_dump_json(), media_type="application/json")


def _embedded(view: DirectionView) -> Markup:
    """The part of a view that its script starts from, for a script element."""
    part = view.model_dump_json(include={"direction", "explanations", "unit", "unsampled"})
    return script_json(part)
