"""Contributions: what raised a token's log-probability at one position of a text."""

from dataclasses import replace
from typing import TypedDict

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from app.errors import BadInput, RsvError, TooMuch
from app.web.api.common import json_of
from app.web.asking import while_wanted
from app.web.contribution_views import (
    bs_values_view,
    layers_view,
    queries_view,
    subvalues_view,
)
from app.web.contributions_in import (
    AtPositionIn,
    BsValuesIn,
    LayersIn,
    OfTargetIn,
    QueriesIn,
    SubvaluesIn,
    TargetIn,
    ValueIn,
)
from app.web.contributions_out import BsValuesReply, LayersReply, QueriesReply, SubvaluesReply
from app.web.deps import ModelDep, Services, ServicesDep
from app.web.texts import TokenText, read_text
from app.worker.contribution_jobs import (
    AttentionValue,
    BsValuesJob,
    FfnValue,
    LayersJob,
    Ln,
    LnBias,
    QueriesJob,
    SubvaluesFound,
    SubvaluesJob,
    Value,
    per_layer,
)
from app.worker.contributions import merged
from app.worker.hub import ServedModel

router = APIRouter(prefix="/models/{m}", tags=["contributions"])

DEFAULT_TOP = 10
MAX_EXHAUSTIVE = 100_000
"""Subvalues that one request may have scored one by one: minutes of work."""


@router.post(
    "/contributions/layers", summary="What each layer contributed", response_model=LayersReply
)
async def contributions_of_layers(
    request: Request, model: ModelDep, body: LayersIn, services: ServicesDep
) -> Response:
    """C(v|x) = log p(target|x+v) − log p(target|x) of every attention and FFN output."""
    text = await _text(services, model, body)
    job = LayersJob(**_asked(body, text), target=_target(model, body))
    found = await while_wanted(request, model.batcher.ask(job))
    return await json_of(await run_in_threadpool(layers_view, model, job, found))


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
    text = await _text(services, model, body)
    layers = _layers(model, body.layers)
    job = SubvaluesJob(
        **_asked(body, text),
        target=_target(model, body),
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
        found = await while_wanted(request, model.batcher.ask(job))
    else:
        found = await while_wanted(request, _exhaustive(model, job, layers, there))
    return await json_of(await run_in_threadpool(subvalues_view, model, job, found))


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
    text = await _text(services, model, body)
    asked = _asked(body, text)
    values = body.values
    neuron = body.neuron
    if neuron is not None:
        _check_neuron(model, neuron.layer, neuron.index, "neuron")
    job = QueriesJob(
        **asked,
        target=_target(model, body),
        values=None
        if values is None
        else tuple(
            _value(model, v, asked["position"], f"values.{i}") for i, v in enumerate(values)
        ),
        neuron=None if neuron is None else (neuron.layer, neuron.index),
        keys=body.keys,
        method=body.method,
        end=body.order,
        top=body.top or DEFAULT_TOP,
    )
    found = await while_wanted(request, model.batcher.ask(job))
    return await json_of(await run_in_threadpool(queries_view, model, job, found))


@router.post("/bs-values", summary="Tokens along the residual stream", response_model=BsValuesReply)
async def bs_values(
    request: Request, model: ModelDep, body: BsValuesIn, services: ServicesDep
) -> Response:
    """bs-values, probabilities and ranks of tokens at every point of the stream: before and
    between the modules of every layer, and at the end.
    """
    text = await _text(services, model, body)
    pair = [_token(model, one, f"pair.{i}") for i, one in enumerate(body.pair or [])]
    job = BsValuesJob(
        **_asked(body, text),
        targets=tuple(_token(model, one, f"targets.{i}") for i, one in enumerate(body.targets)),
        pair=(pair[0], pair[1]) if pair else None,
    )
    found = await while_wanted(request, model.batcher.ask(job))
    return await json_of(await run_in_threadpool(bs_values_view, model, job, found))


class _Asked(TypedDict):
    """What every contribution job holds."""

    tokens: tuple[int, ...]
    position: int
    ln: Ln
    ln_bias: LnBias


async def _text(services: Services, model: ServedModel, body: AtPositionIn) -> TokenText:
    return await read_text(services, model, body.text, body.prompt_id, prepend_bos=body.prepend_bos)


def _asked(body: AtPositionIn, text: TokenText) -> _Asked:
    last = len(text.ids) - 1
    position = last if body.position is None else body.position
    if position > last:
        raise BadInput(
            f"There is no position {position:,}; this text's go from 0 to {last}.",
            field="position",
        )
    return {"tokens": text.ids, "position": position, "ln": body.ln, "ln_bias": body.ln_bias}


def _target(model: ServedModel, body: OfTargetIn) -> int | None:
    return None if body.target is None else _token(model, body.target, "target")


def _token(model: ServedModel, given: TargetIn, field: str) -> int:
    """The token's id. Raises BadInput, naming the field, for one that is not there."""
    size = model.info.shape.d_vocab
    if given.text is None:
        assert given.id is not None
        if given.id >= size:
            raise BadInput(
                f"There is no token {given.id:,}; ids go from 0 to {size - 1:,}.", field=field
            )
        return given.id
    try:
        return model.tokenizer.single(given.text)
    except RsvError as error:
        error.field = field
        raise


def _layers(model: ServedModel, layers: list[int] | None) -> tuple[int, ...]:
    """The layers in order, each once. Raises BadInput for one that is not there."""
    n = model.info.shape.n_layers
    chosen = sorted(set(range(n) if layers is None else layers))
    if chosen[-1] >= n:
        raise BadInput(
            f"There is no layer {chosen[-1]:,}; they go from 0 to {n - 1}.", field="layers"
        )
    return tuple(chosen)


def _value(model: ServedModel, value: ValueIn, position: int, field: str) -> Value:
    """The value, its contribution still to be worked out."""
    if value.index is not None:
        _check_neuron(model, value.layer, value.index, field)
        return FfnValue(value.layer, value.index, 0.0)
    shape = model.info.shape
    assert value.head is not None
    assert value.dim is not None
    assert value.source_position is not None
    _check(value.layer, shape.n_layers, "layer", f"{field}.layer")
    _check(value.head, shape.n_heads, "head", f"{field}.head")
    _check(value.dim, shape.d_head, "dim", f"{field}.dim")
    _check(value.source_position, position + 1, "source position", f"{field}.source_position")
    return AttentionValue(value.layer, value.head, value.dim, value.source_position, 0.0)


def _check_neuron(model: ServedModel, layer: int, index: int, field: str) -> None:
    _check(layer, model.info.shape.n_layers, "layer", f"{field}.layer")
    _check(index, model.info.shape.d_mlp, "neuron", f"{field}.index")


def _check(number: int, count: int, what: str, field: str) -> None:
    if number >= count:
        raise BadInput(
            f"There is no {what} {number:,} here; they go from 0 to {count - 1:,}.", field=field
        )


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
