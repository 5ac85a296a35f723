"""The corpus along a direction: how its scores are distributed, and its extreme tokens."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from app.corpus.tasks import TaskView
from app.web.api.common import ACCEPTED, accepted, json_of, place
from app.web.asking import while_wanted
from app.web.corpus_in import HistogramIn, TopTokensIn
from app.web.deps import ModelDep, ServicesDep
from app.web.directions_in import unit_vector
from app.web.replies import HistogramReply, TopTokensReply
from app.web.texts import token_dicts
from app.worker.hub import ServedModel

router = APIRouter(prefix="/models/{m}", tags=["corpus"])


@router.post(
    "/histogram",
    summary="How a direction's scores are distributed",
    response_model=HistogramReply,
    responses=ACCEPTED,
)
async def histogram(
    request: Request, model: ModelDep, body: HistogramIn, services: ServicesDep
) -> HistogramReply | JSONResponse:
    """Over every token of the corpus. 202 while a direction that needs a pass over it runs."""
    site, head = place(model, body.site, body.head)
    vector = await while_wanted(request, unit_vector(services, model, site, head, body.direction))
    found = await run_in_threadpool(
        services.corpora.histogram, model, site, head, vector, body.unit, bins=body.bins
    )
    if isinstance(found, TaskView):
        return accepted(found)
    return HistogramReply.model_validate(found)


@router.post(
    "/top-tokens",
    summary="A direction's highest and lowest corpus tokens",
    response_model=TopTokensReply,
    responses=ACCEPTED,
)
async def top_tokens(
    request: Request, model: ModelDep, body: TopTokensIn, services: ServicesDep
) -> Response:
    """In context, exact over every token of the corpus. 202 while they are being computed."""
    site, head = place(model, body.site, body.head)
    vector = await while_wanted(request, unit_vector(services, model, site, head, body.direction))
    found = await run_in_threadpool(
        services.corpora.extremes,
        model, site, head, vector, body.unit, k=body.k, context=body.context,
    )  # fmt: skip
    if isinstance(found, TaskView):
        return accepted(found)
    highest, lowest = [
        await run_in_threadpool(_shown, model, end) for end in (found.highest, found.lowest)
    ]
    return await json_of(
        {
            "unit": found.unit,
            "n_tokens": found.n_tokens,
            "highest": highest,
            "lowest": lowest,
            "provenance": {
                "model": model.info.name,
                "revision": model.info.revision,
                "site": site.name,
                "head": head,
                "corpus": found.corpus,
                "corpus_hash": found.corpus_hash,
            },
        }
    )


def _shown(model: ServedModel, extremes: Sequence[Any]) -> list[dict[str, Any]]:
    return [
        {
            "text_index": extreme.text_index,
            "position": extreme.position,
            "score": extreme.score,
            "start": extreme.start,
            "at": extreme.at,
            "tokens": token_dicts(model, extreme.ids),
            "scores": extreme.scores,
        }
        for extreme in extremes
    ]
