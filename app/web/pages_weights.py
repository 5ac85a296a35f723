"""The page of what the weights alone say, and its twin, `.../view.json`."""

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.errors import BadInput, ModelLoading
from app.web.deps import Services, ServicesDep
from app.web.describing import models_of
from app.web.modules import modules_of
from app.web.pages import waiting
from app.web.templating import render, script_json
from app.web.views import ModelChoice, View
from app.web.weights_out import BottleneckReply
from app.web.weights_state import WeightsState, parse
from app.worker.weights_jobs import bottlenecks

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Section:
    """One figure of the page: what it is called, what it shows, what it says while working."""

    id: str
    title: str
    about: str
    doing: str


SECTIONS = (
    Section(
        "composition",
        "Virtual weights: who reads what was written",
        "How strongly a later head reads what an earlier one writes, by their matrices alone. "
        "Colours show how far the score lies above what two random matrices would have, or "
        "below it; that is about 1/\N{WORD JOINER}√d.",
        "Multiplying the weights of every two layers",
    ),
    Section(
        "modules",
        "Heads and FFN layers",
        "The same between heads and FFN layers. An FFN is one matrix here: it reads and writes "
        "all over the stream, so that its scores lie closer together.",
        "Multiplying the weights of every two layers",
    ),
    Section(
        "erasers",
        "Neurons that erase, neurons that amplify",
        "The cosine of what each FFN neuron reads and what it writes. At −1 it would take out of "
        "the stream what it finds there. Bars grow with the logarithm of the number of neurons.",
        "Comparing what neurons read and write",
    ),
    Section(
        "basis",
        "Is the basis privileged?",
        "How heavy the tails of the stream’s coordinates are, beside those of the same vectors "
        "in a random rotation. If no coordinate were special, the two would agree.",
        "Reading a sample of the corpus",
    ),
    Section(
        "bottleneck",
        "The bottleneck",
        "FFN neurons that write to the stream before each layer, and that read it from there on, "
        "for every dimension there is to write in.",
        "Counting",
    ),
)


class ModelSizes(View):
    """The model that is looked into, and its sizes."""

    name: str
    label: str
    n_layers: int
    n_heads: int
    d_model: int
    d_mlp: int


class WeightsPageView(View):
    """The page's first view: it is rendered from it, and its script starts from it."""

    models: tuple[ModelChoice, ...]
    model: ModelSizes
    notice: str | None
    state: WeightsState
    problems: tuple[str, ...]
    bottlenecks: tuple[BottleneckReply, ...]


@router.get("/weights")
def weights(request: Request, services: ServicesDep) -> Response:
    """What the weights alone say. While the model is loading, a page that waits for it."""
    if services.hub.default is None and not request.query_params.get("model"):
        for failure in services.hub.failures.values():
            raise failure
        return waiting(request, services, needs="model")
    try:
        view = _view(request, services)
    except ModelLoading:
        return waiting(request, services, needs="model")
    context: dict[str, Any] = {
        "view": view,
        "view_json": script_json(view.model_dump_json()),
        "modules": modules_of("weights"),
        "sections": SECTIONS,
    }
    return render(request, "pages/weights.html", context, status=422 if view.problems else 200)


@router.get("/weights/view.json")
def weights_as_json(request: Request, services: ServicesDep) -> Response:
    """The page's twin. What an address gets wrong is refused."""
    view = _view(request, services)
    if view.problems:
        raise BadInput(" ".join(view.problems))
    return Response(view.model_dump_json(), media_type="application/json")


def _view(request: Request, services: Services) -> WeightsPageView:
    """Raises UnknownModel, ModelLoading and ModelFailed."""
    hub = services.hub
    info = hub.get(request.query_params.get("model") or hub.default or "").info
    state, problems = parse(request.query_params, info)
    shape = info.shape
    return WeightsPageView(
        models=models_of(services),
        model=ModelSizes(
            name=info.name,
            label=info.label,
            n_layers=shape.n_layers,
            n_heads=shape.n_heads,
            d_model=shape.d_model,
            d_mlp=shape.d_mlp,
        ),
        notice=hub.notice if info.name == hub.default else None,
        state=state,
        problems=problems,
        bottlenecks=tuple(
            BottleneckReply.model_validate(at)
            for at in bottlenecks(shape.n_layers, shape.d_mlp, shape.d_model)
        ),
    )
