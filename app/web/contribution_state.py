"""What the address of the contributions page says, parsed at the edge.

`static/js/contributions/state.js` reads and writes the same parameters; the two must agree.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

from starlette.datastructures import QueryParams

from app.analysis.case import LnStd, Recompute, Taken
from app.analysis.keys import KeyKind
from app.analysis.lens import Ln, LnBias
from app.analysis.queries import Method
from app.analysis.subvalues import Level
from app.errors import BadInput
from app.web.parameters import Parameters, flag, one_of, whole

Curve = Literal["logprob", "bs", "p", "rank"]
Order = Literal["helpful", "unhelpful"]

MAX_ID = 2**31 - 1
MAX_TOP = 100
MAX_CURVES = 6
"""Further tokens whose curves are drawn: as many as can be told apart, see `charts/series.js`."""


@dataclass(frozen=True, slots=True)
class Head:
    """One attention head."""

    layer: int
    head: int


@dataclass(frozen=True, slots=True)
class Neuron:
    """FFN neuron `index` of a layer."""

    layer: int
    index: int


@dataclass(frozen=True, slots=True)
class AttentionNeuron:
    """Number `dim` of a head's value at a source position."""

    layer: int
    head: int
    dim: int
    source_position: int


@dataclass(frozen=True, slots=True)
class Case:
    """A subtraction: what is taken out of one layer's attention input, and what is recomputed."""

    layer: int
    source_position: int
    recompute: Recompute = "everything"
    taken: Taken = "source"
    ln_std: LnStd = "recomputed"


@dataclass(frozen=True, slots=True)
class ContributionState:
    """Every choice of a reader. What is None is left to the server: the classic example, the last
    position, the likeliest token, all layers.
    """

    model: str | None = None
    text: str | None = None
    prompt: int | None = None
    bos: bool = True
    position: int | None = None
    target: int | None = None
    other: int | None = None
    tokens: tuple[int, ...] = ()
    curve: Curve = "logprob"
    level: Level = "ffn"
    order: Order = "helpful"
    top: int = 10
    layers: tuple[int, ...] | None = None
    ln: Ln = "frozen"
    bias: LnBias = "include"
    head: Head | None = None
    value: Neuron | AttentionNeuron | None = None
    keys: KeyKind = "centred"
    method: Method = "direct"
    case: Case | None = None
    problems: tuple[str, ...] = ()


def parse(params: QueryParams) -> ContributionState:
    """The state that an address describes.

    A parameter that cannot be read is left at its default, and `problems` says which and why.
    """
    given = Parameters(params)
    take, problems = given.take, given.problems

    number: Callable[[str], int | None] = whole("a token's number", 0, MAX_ID)
    text = params.get("text") or None
    prompt = take("prompt", whole("a prompt's number", 1, MAX_ID), None)
    if text is not None and prompt is not None:
        problems.append(f"prompt={prompt}: a text is given too, and that one is shown.")
        prompt = None
    return ContributionState(
        model=take("model", str, None),
        text=text,
        prompt=prompt,
        bos=take("bos", flag, True),
        position=take("position", whole("a position", 0, 1_000_000), None),
        target=take("target", number, None),
        other=take("other", number, None),
        tokens=take("tokens", _tokens, ()),
        curve=take("curve", one_of(get_args(Curve)), "logprob"),
        level=take("level", one_of(get_args(Level)), "ffn"),
        order=take("order", one_of(get_args(Order)), "helpful"),
        top=take("top", whole("how many", 1, MAX_TOP), 10),
        layers=take("layers", _layers, None),
        ln=take("ln", one_of(get_args(Ln)), "frozen"),
        bias=take("bias", one_of(get_args(LnBias)), "include"),
        head=take("head", _head, None),
        value=take("value", _value, None),
        keys=take("keys", one_of(get_args(KeyKind)), "centred"),
        method=take("method", one_of(get_args(Method)), "direct"),
        case=take("case", _case, None),
        problems=tuple(problems),
    )


def _tokens(given: str) -> tuple[int, ...]:
    """Token ids with commas between them, each once."""
    read = whole("a token's number", 0, MAX_ID)
    found = tuple(dict.fromkeys(read(part) for part in given.split(",")))
    if len(found) > MAX_CURVES:
        raise BadInput(f"{len(found)} tokens; at most {MAX_CURVES} curves are drawn.")
    return found


def _layers(given: str) -> tuple[int, ...]:
    """Layers such as `3,5-7`, in order and each once."""
    found: set[int] = set()
    for part in given.split(","):
        match = re.fullmatch(r"([0-9]{1,3})(?:-([0-9]{1,3}))?", part)
        if match is None:
            raise BadInput("expected layers such as 3,5-7.")
        first, last = int(match[1]), int(match[2] or match[1])
        if last < first:
            raise BadInput(f"{part} ends before it begins.")
        found.update(range(first, last + 1))
    return tuple(sorted(found))


def _numbers(given: str, counts: tuple[int, ...], example: str) -> list[int]:
    """Whole numbers with dots between them. Raises BadInput unless there are `counts` of them."""
    parts = given.split(".")
    if len(parts) not in counts or not all(re.fullmatch("[0-9]{1,7}", part) for part in parts):
        raise BadInput(f"expected {example}.")
    return [int(part) for part in parts]


def _head(given: str) -> Head:
    return Head(*_numbers(given, (2,), "a layer and a head, such as 9.8"))


def _value(given: str) -> Neuron | AttentionNeuron:
    example = "layer.index, such as 9.2342, or layer.head.dim.source, such as 9.8.17.4"
    numbers = _numbers(given, (2, 4), example)
    return Neuron(*numbers) if len(numbers) == 2 else AttentionNeuron(*numbers)


def _case(given: str) -> Case:
    """`layer.position`, then in their order as many of the three choices as are not left open."""
    parts = given.split(".")
    layer, position = _numbers(".".join(parts[:2]), (2,), "a case such as 9.4.values.all.frozen")
    recompute, taken, ln_std, *rest = [*parts[2:], *[""] * 3][: max(3, len(parts) - 2)]
    if rest:
        raise BadInput("expected a case such as 9.4.values.all.frozen.")
    return Case(
        layer,
        position,
        one_of(get_args(Recompute))(recompute or "everything"),
        one_of(get_args(Taken))(taken or "source"),
        one_of(get_args(LnStd))(ln_std or "recomputed"),
    )
