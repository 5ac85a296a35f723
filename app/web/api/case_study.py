"""The case study: what an attention layer's output and an FFN layer's neurons rest on."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.web.case_study_out import CaseReply, CrossLayerReply
from app.web.contribution_asking import (
    answered,
    asked_of,
    check_number,
    pair_of,
    target_of,
    text_of,
)
from app.web.contribution_views import case_view, cross_layer_view
from app.web.contributions_in import CaseIn, CrossLayerIn
from app.web.deps import ModelDep, ServicesDep
from app.worker.contribution_jobs import CaseJob, CrossLayerJob

router = APIRouter(prefix="/models/{m}", tags=["contributions"])


@router.post(
    "/contributions/case",
    summary="What a pair's difference rests on in an attention layer",
    response_model=CaseReply,
)
async def case(request: Request, model: ModelDep, body: CaseIn, services: ServicesDep) -> Response:
    """Each part of what the layer reads (embeddings, earlier outputs) is taken out by itself, the
    layer attends again, and the change of Δbs is reported. `ln_bias` changes nothing here.
    """
    text = await text_of(services, model, body)
    asked = asked_of(body, text)
    check_number(body.layer, model.info.shape.n_layers, "layer", "layer")
    check_number(body.source_position, asked["position"] + 1, "position", "source_position")
    job = CaseJob(
        **asked,
        pair=pair_of(model, body.pair),
        layer=body.layer,
        source_position=body.source_position,
        recompute=body.recompute,
        taken=body.taken,
        ln_std=body.ln_std,
    )
    return await answered(request, model, job, model.batcher.ask(job), case_view)


@router.post(
    "/contributions/cross-layer",
    summary="What each layer gave an FFN layer's neurons",
    response_model=CrossLayerReply,
)
async def cross_layer(
    request: Request, model: ModelDep, body: CrossLayerIn, services: ServicesDep
) -> Response:
    """Σ r · K_k of each earlier part r, over the neurons k that raised the target and over those
    that lowered it (arXiv 2312.12141, Fig. 8).
    """
    text = await text_of(services, model, body)
    check_number(body.layer, model.info.shape.n_layers, "layer", "layer")
    job = CrossLayerJob(
        **asked_of(body, text), target=target_of(model, body), layer=body.layer, keys=body.keys
    )
    return await answered(request, model, job, model.batcher.ask(job), cross_layer_view)
