"""Heatmaps: one text's tokens along a direction at every layer."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from app.errors import BadDirection, BadInput, NotFitted
from app.web.api.common import json_of, place
from app.web.asking import while_wanted
from app.web.deps import ModelDep, Services, ServicesDep
from app.web.directions_in import in_basis, unit_vector
from app.web.replies import HeatmapReply
from app.web.schemas import ByCombination, ByComponent, ByNeuron, ByVector, HeatmapIn
from app.web.scoring import rounded
from app.web.texts import read_text, token_dicts
from app.worker.hub import ServedModel
from app.worker.jobs import Projection, Read, ScoreJob, Scores, Site

router = APIRouter(prefix="/models/{m}", tags=["heatmaps"])


@router.post("/heatmap", summary="A direction at every layer", response_model=HeatmapReply)
async def heatmap(
    request: Request, model: ModelDep, body: HeatmapIn, services: ServicesDep
) -> Response:
    """Scores of one text at every layer's residual stream and the output."""
    text = await read_text(services, model, body.text, body.prompt_id, prepend_bos=body.prepend_bos)
    rows = [site for site in model.sites.basic if site.kind in ("resid_pre", "ln_final")]

    async def work() -> tuple[list[Projection], tuple[Scores, ...]]:
        if body.across == "component":
            projections = await run_in_threadpool(_own_basis, services, model, rows, body)
        else:
            projections = await _same_vector(services, model, rows, body)
        return projections, await model.batcher.ask(ScoreJob(text.ids, tuple(projections)))

    projections, results = await while_wanted(request, work())
    scored = {
        projection.read.site.name: rounded(scores.scores[:, 0].float().cpu().numpy()).tolist()
        for projection, scores in zip(projections, results, strict=True)
    }
    reply: dict[str, Any] = {
        "unit": "dot",
        "sites": [{"name": site.name, "label": site.label} for site in rows],
        "tokens": token_dicts(model, text.ids),
        "scores": [scored.get(site.name) for site in rows],
    }
    return await json_of(reply)


def _own_basis(
    services: Services, model: ServedModel, rows: list[Site], body: HeatmapIn
) -> list[Projection]:
    """The same component, or combination of components, of each fitted layer's own basis."""
    if not isinstance(body.direction, ByComponent | ByCombination):
        raise BadInput(
            "Across components, the direction is a component or a combination of components; "
            'for one vector at every layer give "across": "direction".',
            field="direction",
        )
    fitted = services.corpora.fitted(model)
    chosen = [site for site in rows if site.name in fitted]
    if not chosen:
        raise NotFitted("No layer of this model has a basis yet; fit one, or wait for it.")
    return [
        Projection(
            Read(site),
            in_basis(body.direction, services.corpora.basis(model, site, None).basis, site)[None],
        )
        for site in chosen
    ]


async def _same_vector(
    services: Services, model: ServedModel, rows: list[Site], body: HeatmapIn
) -> list[Projection]:
    """One vector, made at the site that the request names, at every layer.

    A plain vector and what a neuron writes are the same at each, and need no site.
    """
    if body.site is None and not isinstance(body.direction, ByVector | ByNeuron):
        raise BadInput("Name the site at which this direction is made.", field="site")
    name = body.site or rows[0].name
    site, head = place(model, name, body.head)
    if not site.in_model_space:
        raise BadDirection(
            f"A direction at {site.label} has {site.width} numbers of its own; the residual "
            f"stream’s {rows[0].width} are others. Choose the stream, what a layer adds to it, or "
            "a LayerNorm’s output.",
            field="site",
        )
    vector = await unit_vector(
        services, model, site, head, body.direction, prepend_bos=body.prepend_bos
    )
    return [Projection(Read(row), vector[None]) for row in rows]
