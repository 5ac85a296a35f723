"""The contributions page and its twin, `.../view.json`: the object that it is rendered from."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from app.errors import BadInput, BadText, ModelLoading
from app.web import contribution_words as words
from app.web.contribution_page import make_page
from app.web.contribution_shown import ContributionsView
from app.web.contribution_state import parse
from app.web.deps import ServicesDep
from app.web.modules import modules_of
from app.web.pages import waiting
from app.web.rendering import keeps_spaces
from app.web.templating import render, script_json

router = APIRouter()


@router.get("/contributions")
async def contributions(request: Request, services: ServicesDep) -> Response:
    """What raised log p of a token. While the model is loading, a page that waits for it."""
    state = parse(request.query_params)
    if services.hub.default is None and state.model is None:
        for failure in services.hub.failures.values():
            raise failure
        return waiting(request, services, needs="model")
    try:
        view = await make_page(services, state)
    except ModelLoading:
        return waiting(request, services, needs="model")
    return await run_in_threadpool(_page, request, view)


@router.get("/contributions/view.json")
async def contributions_as_json(request: Request, services: ServicesDep) -> Response:
    """The page's twin. What an address gets wrong is refused; so is a text that cannot be read."""
    state = parse(request.query_params)
    if state.problems:
        raise BadInput(" ".join(state.problems))
    view = await make_page(services, state)
    if view.error is not None:
        raise BadText(view.error, field="prompt" if view.state.prompt is not None else "text")
    content = await run_in_threadpool(view.model_dump_json)
    return Response(content, media_type="application/json")


def _page(request: Request, view: ContributionsView) -> Response:
    context: dict[str, Any] = {
        "view": view,
        "view_json": script_json(view.model_dump_json()),
        "modules": modules_of("contributions"),
        "heading": words.heading(view),
        "sections": words.SECTIONS,
        "tokens": words.token_rows(view),
        "targets": words.targets(view),
        "others": words.others(view),
        "in_viewer": words.in_viewer(view),
        "read": words.read(view),
        "apart": words.apart,
        "keeps_spaces": keeps_spaces(view.words),
    }
    status = 422 if view.problems or view.error else 200
    return render(request, "pages/contributions.html", context, status=status)
