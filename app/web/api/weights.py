"""What the weights alone say: virtual weights, erasers, and the basis of the stream."""

import re
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from app.corpus.tasks import TaskView
from app.errors import BadInput
from app.web.api.common import ACCEPTED, accepted, json_of
from app.web.asking import while_wanted
from app.web.deps import ModelDep, ServicesDep
from app.web.weights_out import CompositionReply, ErasersReply, WeightBasisReply
from app.web.weights_views import Order, basis_view, composition_view, erasers_view, strongest
from app.worker.weights_jobs import NeuronsJob, Reads

router = APIRouter(prefix="/models/{m}/weights", tags=["weights"])

ReadsQuery = Annotated[Reads, Query(description="Whether heads read it as query, key or value.")]
LayersQuery = Annotated[
    str | None,
    Query(max_length=1000, description="Layers, such as 3 or 0,5-7. All of them if left out."),
]
TopQuery = Annotated[int, Query(ge=1, le=100, description="How many neurons, at most.")]
OrderQuery = Annotated[Order, Query(description="The lowest cosines first, or the highest.")]


@router.get(
    "/composition",
    summary="Which modules' weights compose",
    response_model=CompositionReply,
    responses=ACCEPTED,
)
async def composition(model: ModelDep, services: ServicesDep, reads: ReadsQuery = "q") -> Response:
    """Composition scores between every two modules, of which random ones score about 1/√d.

    Worked out once for a model's weights: until that is done, the answer is the task that does it.
    """
    found = await run_in_threadpool(services.weights.composition, model)
    if isinstance(found, TaskView):
        return accepted(found)
    return await json_of(await run_in_threadpool(composition_view, model, reads, found))


@router.get(
    "/erasers",
    summary="Neurons that erase or amplify what they read",
    response_model=ErasersReply,
    responses=ACCEPTED,
)
async def erasers(
    request: Request,
    model: ModelDep,
    services: ServicesDep,
    layers: LayersQuery = None,
    top: TopQuery = 20,
    order: OrderQuery = "erasers",
) -> Response:
    """Cosines of what each FFN neuron reads (γ-folded) and what it writes, and the strongest
    neurons with the tokens that they read and write.
    """
    chosen = _layers(layers, model.info.shape.n_layers)
    found = await run_in_threadpool(services.weights.cosines, model)
    if isinstance(found, TaskView):
        return accepted(found)
    neurons = strongest(found, chosen, order, top)
    words = await while_wanted(request, model.batcher.ask(NeuronsJob(tuple(neurons))))
    return await json_of(await run_in_threadpool(erasers_view, model, order, found, neurons, words))


@router.get(
    "/basis",
    summary="Whether the stream's basis is privileged",
    response_model=WeightBasisReply,
    responses=ACCEPTED,
)
async def basis(model: ModelDep, services: ServicesDep) -> Response:
    """The kurtosis of every coordinate of the residual stream over a sample of the corpus, beside
    that of the same vectors in a random rotation; and the bottleneck's neurons per dimension.
    """
    corpus = await run_in_threadpool(services.corpora.corpus, model)
    found = await run_in_threadpool(services.weights.basis, model, corpus)
    if isinstance(found, TaskView):
        return accepted(found)
    return await json_of(await run_in_threadpool(basis_view, model, found))


def _layers(given: str | None, n: int) -> list[int]:
    """The layers that a list such as 0,5-7 names. Raises BadInput, naming the field."""
    if given is None:
        return list(range(n))
    chosen: set[int] = set()
    for part in given.split(","):
        match = re.fullmatch(r"\s*([0-9]{1,4})(?:-([0-9]{1,4}))?\s*", part)
        if match is None:
            raise BadInput("Layers are written such as 3 or 0,5-7.", field="layers")
        first, last = int(match[1]), int(match[2] or match[1])
        if first > last or last >= n:
            raise BadInput(
                f"There are no layers {part.strip()} here; they go from 0 to {n - 1}.",
                field="layers",
            )
        chosen |= set(range(first, last + 1))
    return sorted(chosen)
