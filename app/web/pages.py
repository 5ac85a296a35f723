"""The pages: the viewer, the guide and the description of the API, rendered on the server."""

from dataclasses import asdict
from typing import Any, Literal

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from app.errors import BadInput, ModelLoading
from app.web import openapi
from app.web.chosen_texts import stored_texts
from app.web.deps import Services, ServicesDep
from app.web.modules import modules_of
from app.web.palette import LEVELS, level_class
from app.web.rendering import Painting, Shades, has_direction, keeps_spaces, paint, percent, signed
from app.web.templating import render, script_json
from app.web.viewing import Made, make_place, make_view
from app.web.views import GRID_COMPONENTS, ViewerView
from app.web.viewstate import ViewState, parse
from app.web.wording import (
    LEGEND_STEPS,
    UNITS,
    explains,
    heading,
    legend_note,
    provenance,
    units_at,
)

router = APIRouter()


@router.get("/")
async def viewer(request: Request, services: ServicesDep) -> Response:
    """The viewer, coloured. While the model is loading, a page that waits for it."""
    state = parse(request.query_params)
    if services.hub.default is None and state.model is None:
        for failure in services.hub.failures.values():
            raise failure
        return waiting(request, services)
    try:
        made = await make_view(services, state)
    except ModelLoading:
        return waiting(request, services)
    if made.view.basis is None and _is_preparing(services):
        return waiting(request, services)
    return await run_in_threadpool(_viewer_page, request, made)


@router.get("/view.json")
async def viewer_as_json(request: Request, services: ServicesDep) -> Response:
    """The viewer's twin: the object that the page is rendered from."""
    made = await make_view(services, _checked(parse(request.query_params)))
    content = await run_in_threadpool(made.view.model_dump_json)
    return Response(content, media_type="application/json")


@router.get("/view/place.json")
async def place_as_json(request: Request, services: ServicesDep) -> JSONResponse:
    """What the page needs to know of a place before it asks for scores there."""
    place = await make_place(services, _checked(parse(request.query_params)))
    parts = {"site": place.site, "basis": place.basis, "other_direction": place.other_direction}
    return JSONResponse(
        {name: part and part.model_dump(mode="json") for name, part in parts.items()}
    )


@router.get("/view/prompts.json")
def prompts_as_json(request: Request, services: ServicesDep) -> JSONResponse:
    """The stored prompts that an address names, and its set: what is not there is left out."""
    state = _checked(parse(request.query_params))
    chosen = stored_texts(services, state, [])
    named = None if chosen.set is None else chosen.set.model_dump(mode="json")
    return JSONResponse({"set": named, "items": [asdict(text) for text in chosen.texts]})


@router.get("/guide")
def guide(request: Request, services: ServicesDep) -> Response:
    """What a residual stream, a direction and the colours are."""
    return render(request, "pages/guide.html", {"model": services.hub.default})


@router.get("/api")
def api_description(request: Request) -> Response:
    """The JSON API, described from its OpenAPI document."""
    document = request.app.openapi()
    groups: dict[str, list[dict[str, Any]]] = {}
    for operation in openapi.rows(document):
        anchor = f"{operation.method}-{operation.path}".lower().replace("/", "-")
        row = asdict(operation) | {"anchor": anchor}
        groups.setdefault(operation.tag or "other", []).append(row)
    return render(request, "pages/api.html", {"groups": groups, "about": openapi.DESCRIPTION})


def _checked(state: ViewState) -> ViewState:
    """The state of an address that has to be right; raises BadInput for one that is not."""
    if state.problems:
        raise BadInput(" ".join(state.problems))
    return state


def _is_preparing(services: Services) -> bool:
    task = services.preparing()
    return task is not None and task.state in ("queued", "running")


def waiting(
    request: Request, services: Services, needs: Literal["bases", "model"] = "bases"
) -> Response:
    """A page that says what the server is doing, and becomes what was asked for once there is what
    that needs: the first bases, or the model alone.
    """
    preparing = services.preparing() if needs == "bases" else None
    context = {"preparing": preparing, "models": services.hub.status(), "needs": needs}
    page = render(request, "pages/waiting.html", context, status=503)
    page.headers["Retry-After"] = "2"
    return page


def _viewer_page(request: Request, made: Made) -> Response:
    view = made.view
    painting = paint(view, made.matrix)
    return render(
        request,
        "pages/viewer.html",
        viewer_context(view, painting) | {"modules": modules_of("viewer")},
        status=422 if view.problems else 200,
    )


def viewer_context(view: ViewerView, painting: Painting) -> dict[str, Any]:
    """What the viewer's template is given."""
    mix = view.state.mix
    sole = mix[0][0] if len(mix) == 1 and mix[0][1] > 0 and view.other_direction is None else None
    return {
        "view": view,
        "view_json": script_json(view.model_dump_json()),
        "painting": painting,
        "heading": heading(view),
        "explains": explains(view),
        "provenance": provenance(view),
        "legend_note": legend_note(view, painting),
        "has_direction": has_direction(view),
        "legend_classes": [
            level_class(round(LEVELS * step / LEGEND_STEPS))
            for step in range(-LEGEND_STEPS, LEGEND_STEPS + 1)
        ],
        "units": units_at(view),
        "unit_name": next(unit.name for unit in UNITS if unit.key == view.state.unit),
        "components": GRID_COMPONENTS,
        "component": sole,
        "keeps_spaces": keeps_spaces,
        "percent": percent,
        "shade": Shades([ratio for row in view.grid for ratio in row.ratios]).of,
        "signed": signed,
    }
