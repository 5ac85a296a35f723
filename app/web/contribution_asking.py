"""What a request about contributions names: its text, position, tokens, layers and values.

Each is looked up before the job is queued; what is not there is refused by its field's name.
Then the job is run, and what it found is the answer.
"""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypedDict, TypeVar

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from app.errors import BadInput, RsvError, no_such
from app.web.api.common import json_of
from app.web.asking import while_wanted
from app.web.contributions_in import AtPositionIn, OfTargetIn, TargetIn, ValueIn
from app.web.deps import Services
from app.web.texts import TokenText, read_text
from app.worker.contribution_jobs import AttentionValue, FfnValue, Ln, LnBias, MatrixLevel, Value
from app.worker.hub import ServedModel
from app.worker.matrix_jobs import HEAD_LEVELS

Job = TypeVar("Job")
Found = TypeVar("Found")


class Asked(TypedDict):
    """What every contribution job holds."""

    tokens: tuple[int, ...]
    position: int
    ln: Ln
    ln_bias: LnBias


async def answered(
    request: Request,
    model: ServedModel,
    job: Job,
    work: Coroutine[Any, Any, Found],
    view: Callable[[ServedModel, Job, Found], Mapping[str, Any]],
) -> Response:
    """What the work for a job finds, while its client is there, as the view writes it."""
    found = await while_wanted(request, work)
    return await json_of(await run_in_threadpool(view, model, job, found))


async def text_of(services: Services, model: ServedModel, body: AtPositionIn) -> TokenText:
    """The text, as tokens."""
    return await read_text(services, model, body.text, body.prompt_id, prepend_bos=body.prepend_bos)


def asked_of(body: AtPositionIn, text: TokenText) -> Asked:
    """The position and how it is read. Raises BadInput for one that the text does not have."""
    last = len(text.ids) - 1
    position = last if body.position is None else body.position
    if position > last:
        raise BadInput(
            f"There is no position {position:,}; this text's go from 0 to {last}.",
            field="position",
        )
    return {"tokens": text.ids, "position": position, "ln": body.ln, "ln_bias": body.ln_bias}


def target_of(model: ServedModel, body: OfTargetIn) -> int | None:
    """The target's id, None for the model's own prediction."""
    return None if body.target is None else token_of(model, body.target, "target")


def token_of(model: ServedModel, given: TargetIn, field: str) -> int:
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


def layers_of(model: ServedModel, layers: list[int] | None) -> tuple[int, ...]:
    """The layers in order, each once. Raises BadInput for one that is not there."""
    n = model.info.shape.n_layers
    chosen = sorted(set(range(n) if layers is None else layers))
    check_number(chosen[-1], n, "layer", "layers")
    return tuple(chosen)


def heads_of(
    model: ServedModel, level: MatrixLevel, heads: list[int] | None
) -> tuple[int, ...] | None:
    """The heads in order, each once.

    Raises BadInput for one that is not there, and at a level whose subvalues have no head.
    """
    if heads is None:
        return None
    if level not in HEAD_LEVELS:
        raise BadInput(
            f"Subvalues of the level {level} have no head; leave `heads` out.", field="heads"
        )
    chosen = sorted(set(heads))
    check_number(chosen[-1], model.info.shape.n_heads, "head", "heads")
    return tuple(chosen)


def pair_of(model: ServedModel, pair: list[TargetIn]) -> tuple[int, int]:
    """The ids of a pair of tokens."""
    first, second = (token_of(model, one, f"pair.{i}") for i, one in enumerate(pair))
    return first, second


def value_of(model: ServedModel, value: ValueIn, position: int, field: str) -> Value:
    """The value, its contribution still to be worked out."""
    if value.index is not None:
        check_neuron(model, value.layer, value.index, field)
        return FfnValue(value.layer, value.index, 0.0)
    shape = model.info.shape
    assert value.head is not None
    assert value.dim is not None
    assert value.source_position is not None
    check_number(value.layer, shape.n_layers, "layer", f"{field}.layer")
    check_number(value.head, shape.n_heads, "head", f"{field}.head")
    check_number(value.dim, shape.d_head, "dim", f"{field}.dim")
    check_number(value.source_position, position + 1, "source position", f"{field}.source_position")
    return AttentionValue(value.layer, value.head, value.dim, value.source_position, 0.0)


def check_neuron(model: ServedModel, layer: int, index: int, field: str) -> None:
    """Raise BadInput for an FFN neuron that is not there."""
    check_number(layer, model.info.shape.n_layers, "layer", f"{field}.layer")
    check_number(index, model.info.shape.d_mlp, "neuron", f"{field}.index")


def check_number(number: int, count: int, what: str, field: str) -> None:
    """Raise BadInput for a number that is not below `count`."""
    if number >= count:
        raise BadInput(no_such(what, number, count), field=field)
