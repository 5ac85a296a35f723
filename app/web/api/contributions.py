"""Contributions: what raised a token's log-probability at one position of a text."""

from dataclasses import replace

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.errors import BadInput, TooMuch
from app.web.contribution_asking import (
    answered,
    asked_of,
    check_neuron,
    heads_of,
    layers_of,
    pair_of,
    target_of,
    text_of,
    token_of,
    value_of,
)
from app.web.contribution_bounds import MAX_MATRIX
from app.web.contribution_views import (
    bs_values_view,
    layers_view,
    matrix_view,
    queries_view,
    subvalues_view,
)
from app.web.contributions_in import BsValuesIn, LayersIn, MatrixIn, QueriesIn, SubvaluesIn
from app.web.contributions_out import BsValuesReply, LayersReply, QueriesReply, SubvaluesReply
from app.web.deps import ModelDep, ServicesDep
from app.web.matrix_out import MatrixReply
from app.worker.contribution_jobs import (
    BsValuesJob,
    LayersJob,
    MatrixFound,
    MatrixJob,
    QueriesJob,
    SubvaluesFound,
    SubvaluesJob,
    per_layer,
)
from app.worker.contributions import merged
from app.worker.hub import ServedModel
from app.worker.matrix_runs import joined, pieces

router = APIRouter(prefix="/models/{m}", tags=["contributions"])

DEFAULT_TOP = 10
MAX_EXHAUSTIVE = 100_000
"""Subvalues that one request may have scored one by one: minutes of work."""
AT_ONCE = 256
"""Subvalues that are scored while others wait: a quarter of a second with GPT-2's vocabulary."""


@router.post(
    "/contributions/layers", summary="What each layer contributed", response_model=LayersReply
)
async def contributions_of_layers(
    request: Request, model: ModelDep, body: LayersIn, services: ServicesDep
) -> Response:
    """C(v|x) = log p(target|x+v) − log p(target|x) of every attention and FFN output."""
    text = await text_of(services, model, body)
    job = LayersJob(**asked_of(body, text), target=target_of(model, body))
    return await answered(request, model, job, model.batcher.ask(job), layers_view)


@router.post(
    "/contributions/subvalues",
    summary="The subvalues that contributed most",
    response_model=SubvaluesReply,
)
async def contributions_of_subvalues(
    request: Request, model: ModelDep, body: SubvaluesIn, services: ServicesDep
) -> Response:
    """FFN neurons, heads, source positions, heads × positions or attention neurons, and what they
    say in vocabulary space. The certified answer is exactly the exhaustive one.
    """
    text = await text_of(services, model, body)
    layers = layers_of(model, body.layers)
    job = SubvaluesJob(
        **asked_of(body, text),
        target=target_of(model, body),
        level=body.level,
        layers=layers,
        top=body.top or DEFAULT_TOP,
        end=body.order,
        method=body.method,
    )
    there = len(layers) * per_layer(body.level, model.info.shape, job.position + 1)
    if body.top is not None and body.top > there:
        raise BadInput(
            f"{body.top:,} were asked for; there are {there:,}, so 1 to {there:,}.", field="top"
        )
    if body.method == "certified":
        return await answered(request, model, job, model.batcher.ask(job), subvalues_view)
    every = _exhaustive(model, job, layers, there)
    return await answered(request, model, job, every, subvalues_view)


@router.post(
    "/contributions/matrix",
    summary="What every subvalue of a level contributed",
    response_model=MatrixReply,
)
async def contributions_matrix(
    request: Request, model: ModelDep, body: MatrixIn, services: ServicesDep
) -> Response:
    """Heads, source positions, heads × positions or FFN neurons: each scored exactly, none left
    out. With the biases, the vectors scored sum to the modules' outputs.
    """
    text = await text_of(services, model, body)
    job = MatrixJob(
        **asked_of(body, text),
        target=target_of(model, body),
        level=body.level,
        layers=layers_of(model, body.layers),
        heads=heads_of(model, body.level, body.heads),
    )
    return await answered(request, model, job, _matrix(model, job), matrix_view)


@router.post(
    "/contributions/queries",
    summary="What activated the subvalues that contributed",
    response_model=QueriesReply,
)
async def queries_of_values(
    request: Request, model: ModelDep, body: QueriesIn, services: ServicesDep
) -> Response:
    """Query scores of every earlier layer and FFN subvalue, for value subvalues that were chosen
    or the most helpful FFN ones.
    """
    text = await text_of(services, model, body)
    asked = asked_of(body, text)
    values = body.values
    neuron = body.neuron
    if neuron is not None:
        check_neuron(model, neuron.layer, neuron.index, "neuron")
    job = QueriesJob(
        **asked,
        target=target_of(model, body),
        values=None
        if values is None
        else tuple(
            value_of(model, v, asked["position"], f"values.{i}") for i, v in enumerate(values)
        ),
        neuron=None if neuron is None else (neuron.layer, neuron.index),
        keys=body.keys,
        method=body.method,
        end=body.order,
        top=body.top or DEFAULT_TOP,
    )
    return await answered(request, model, job, model.batcher.ask(job), queries_view)


@router.post("/bs-values", summary="Tokens along the residual stream", response_model=BsValuesReply)
async def bs_values(
    request: Request, model: ModelDep, body: BsValuesIn, services: ServicesDep
) -> Response:
    """bs-values, probabilities and ranks of tokens at every point of the stream: before and
    between the modules of every layer, and at the end.
    """
    text = await text_of(services, model, body)
    job = BsValuesJob(
        **asked_of(body, text),
        targets=tuple(token_of(model, one, f"targets.{i}") for i, one in enumerate(body.targets)),
        pair=None if body.pair is None else pair_of(model, body.pair),
    )
    return await answered(request, model, job, model.batcher.ask(job), bs_values_view)


async def _exhaustive(
    model: ServedModel, job: SubvaluesJob, layers: tuple[int, ...], there: int
) -> SubvaluesFound:
    """Every subvalue scored, layer by layer in the background, so that nobody waits for it."""
    if there > MAX_EXHAUSTIVE:
        raise TooMuch(
            what="subvalues to be scored one by one", got=there, limit=MAX_EXHAUSTIVE,
            field="method",
        )  # fmt: skip
    parts = await model.batcher.ask_slowly([replace(job, layers=(layer,)) for layer in layers])
    return merged(parts, job)


async def _matrix(model: ServedModel, job: MatrixJob) -> MatrixFound:
    """Every subvalue scored: many of them piece by piece in the background."""
    shape = model.info.shape
    each = per_layer(job.level, shape, job.position + 1)
    if job.heads is not None:
        each = each * len(job.heads) // shape.n_heads
    there = each * len(job.layers)
    if there > MAX_MATRIX:
        raise TooMuch(
            what="subvalues", got=there, limit=MAX_MATRIX, field="layers",
            advice=_less(job, each),
        )  # fmt: skip
    if there <= AT_ONCE:
        return await model.batcher.ask(job)
    jobs = pieces(job, each, AT_ONCE)
    return joined(jobs, await model.batcher.ask_slowly(jobs))


def _less(job: MatrixJob, each: int) -> str:
    """How to ask for less than a matrix of so many subvalues a layer."""
    layers = MAX_MATRIX // each
    if layers:
        return f"Name at most {layers} in `layers`: each has {each:,}."
    if job.level == "attn_head_position":
        return f"One layer has {each:,}: name one in `layers`, and some of its `heads`."
    return f"One layer has {each:,}: contributions/subvalues finds the strongest."
