"""What the viewer's address says: every choice a reader has made, parsed at the edge.

`static/js/viewer/state.js` reads and writes the same parameters; the two must agree.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, get_args

from starlette.datastructures import QueryParams

from app.errors import BadInput
from app.web.parameters import Parameters, flag, one_of, whole

Unit = Literal["dot", "centred", "cosine", "z"]
Across = Literal["direction", "component"]
Face = Literal["serif", "sans"]
Tab = Literal["texts", "corpus", "prompts"]

UNITS: tuple[Unit, ...] = get_args(Unit)
ACROSS: tuple[Across, ...] = get_args(Across)
FACES: tuple[Face, ...] = get_args(Face)
TABS: tuple[Tab, ...] = get_args(Tab)

UNITS_OF_A_BASIS: tuple[Unit, ...] = ("centred", "z")
"""Units that need the mean, or the spread, of corpus scores: only a fitted basis has them."""

FIRST_SEED = 38
"""The sample of the library that a newcomer sees; it opens with the capital of France."""

MAX_SLIDERS = 64
MAX_SAMPLE = 64
MAX_OWN_TEXTS = 16
MAX_PROMPTS = 16
MAX_SAVED_ID = 2**31 - 1


@dataclass(frozen=True, slots=True)
class TextKey:
    """Which text: a library prompt (`p12`) or one of the reader's own (`t0`, from the top)."""

    kind: Literal["p", "t"]
    number: int

    def __str__(self) -> str:
        """As the address writes it."""
        return f"{self.kind}{self.number}"


@dataclass(frozen=True, slots=True)
class Pin:
    """One token: a text and a position in it."""

    key: TextKey
    position: int

    def __str__(self) -> str:
        """As the address writes it."""
        return f"{self.key}:{self.position}"


@dataclass(frozen=True, slots=True)
class Mix:
    """A weighted sum of components, to be normalised; one component is a mix of one."""

    weights: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class Neuron:
    """What a neuron writes: number `number` of a layer's FFN, or of one of its heads."""

    layer: int
    number: int
    head: int | None = None

    def __str__(self) -> str:
        """As the address writes it."""
        head = "" if self.head is None else f"{self.head}."
        return f"{self.layer}.{head}{self.number}"


@dataclass(frozen=True, slots=True)
class Saved:
    """A direction that somebody saved, by its id; it says itself where it belongs."""

    id: int


@dataclass(frozen=True, slots=True)
class ViewState:
    """A view of the viewer. What is None is left to the server to choose."""

    model: str | None = None
    site: str | None = None
    head: int | None = None
    direction: Mix | Pin | Neuron | Saved | None = None
    unit: Unit = "dot"
    range: float | None = None
    seed: int = FIRST_SEED
    n: int = 12
    texts: tuple[str, ...] = ()
    prompts: tuple[int, ...] = ()
    set: int | None = None
    open: TextKey | None = None
    pin: Pin | None = None
    heat: TextKey | None = None
    across: Across = "direction"
    tab: Tab = "texts"
    marks: bool = False
    boxes: bool = False
    bos: bool = False
    face: Face = "serif"
    problems: tuple[str, ...] = field(default=())


def parse(params: QueryParams) -> ViewState:
    """The state that an address describes.

    A parameter that cannot be read is left at its default, and `problems` says which and why.
    """
    given = Parameters(params)
    take, problems = given.take, given.problems

    direction: Mix | Pin | Neuron | Saved | None = take("component", _component, None)
    direction = take("mix", _mix, direction)
    direction = take("token", _pin, direction)
    direction = take("neuron", _neuron, direction)
    direction = take("direction", _saved, direction)
    texts = params.getlist("text")
    if len(texts) > MAX_OWN_TEXTS:
        problems.append(f"text: {len(texts)} texts; the page shows the first {MAX_OWN_TEXTS}.")
    prompts = _prompts(params.getlist("prompt"), given)
    return ViewState(
        model=take("model", str, None),
        site=take("site", str, None),
        head=take("head", whole("a head's number", 0, 10_000), None),
        direction=direction,
        unit=take("unit", one_of(UNITS), "dot"),
        range=take("range", _range, None),
        seed=take("seed", whole("a seed", 0, 2**31 - 1), FIRST_SEED),
        n=take("n", whole("how many texts", 1, MAX_SAMPLE), 12),
        texts=tuple(texts[:MAX_OWN_TEXTS]),
        prompts=prompts,
        set=take("set", whole("a set's number", 1, MAX_SAVED_ID), None),
        open=take("open", _key, None),
        pin=take("pin", _pin, None),
        heat=take("heat", _key, None),
        across=take("across", one_of(ACROSS), "direction"),
        tab=take("tab", one_of(TABS), "texts"),
        marks=take("marks", flag, False),
        boxes=take("boxes", flag, False),
        bos=take("bos", flag, False),
        face=take("face", one_of(FACES), "serif"),
        problems=tuple(problems),
    )


def _number(given: str) -> float:
    try:
        value = float(given)
    except ValueError:
        raise BadInput("expected a number.") from None
    if not math.isfinite(value):
        raise BadInput("expected a finite number.")
    return value


def _range(given: str) -> float:
    value = _number(given)
    if value <= 0:
        raise BadInput("the colour range is a number above zero.")
    return value


def _key(given: str) -> TextKey:
    match = re.fullmatch(r"([pt])([0-9]{1,9})", given)
    if match is None:
        raise BadInput("expected a text's key, such as p12 or t0.")
    return TextKey("p" if match[1] == "p" else "t", int(match[2]))


def _pin(given: str) -> Pin:
    key, _, position = given.rpartition(":")
    return Pin(_key(key), whole("a position", 0, 1_000_000)(position))


def _neuron(given: str) -> Neuron:
    if re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6}){1,2}", given) is None:
        raise BadInput(
            "expected layer.neuron of an FFN, such as 9.2342, or layer.head.neuron of attention, "
            "such as 9.4.17."
        )
    layer, *head, number = map(int, given.split("."))
    return Neuron(layer, number, head[0] if head else None)


def _saved(given: str) -> Saved:
    return Saved(whole("a saved direction's number", 1, MAX_SAVED_ID)(given))


def _prompts(texts: list[str], given: Parameters) -> tuple[int, ...]:
    """Ids of stored prompts, each once; what cannot be read is left out, and said."""
    number: Callable[[str], int | None] = whole("a prompt's number", 1, MAX_SAVED_ID)
    read = (given.read("prompt", each, number, None) for each in texts)
    found = dict.fromkeys(id_ for id_ in read if id_ is not None)
    if len(found) > MAX_PROMPTS:
        given.problems.append(
            f"prompt: {len(found)} prompts; the page shows the first {MAX_PROMPTS}."
        )
    return tuple(found)[:MAX_PROMPTS]


def _component(given: str) -> Mix:
    return Mix(((whole("a component", 0, 100_000)(given), 1.0),))


def _mix(given: str) -> Mix:
    read = whole("a component", 0, 100_000)
    weights: dict[int, float] = {}
    for part in given.split(","):
        component, colon, weight = part.partition(":")
        if not colon:
            raise BadInput("expected component:weight pairs, such as 0:0.82,3:-0.31.")
        weights[read(component)] = _number(weight)
    if len(weights) > MAX_SLIDERS:
        raise BadInput(f"{len(weights)} components; a mix holds at most {MAX_SLIDERS}.")
    return Mix(tuple(weights.items()))
