"""What the address of the weights page says, parsed at the edge.

`static/js/weights/state.js` reads and writes the same parameters; the two must agree.
"""

import re
from typing import TypeVar, get_args

from starlette.datastructures import QueryParams

from app.web.views import View
from app.web.weights_views import Order
from app.worker.hub import ModelInfo
from app.worker.weights_jobs import READS, Reads

T = TypeVar("T", bound=str)

HEAD = r"([0-9]{1,4})\.([0-9]{1,4})"


class PairState(View):
    """Two heads, (layer, head) each, the writer first."""

    writer: tuple[int, int]
    reader: tuple[int, int]


class WeightsState(View):
    """The address, parsed. What it leaves open has its default; what it gets wrong is left out.

    `layer`: whose neurons are listed; None is all layers.
    """

    model: str
    reads: Reads
    layer: int | None
    order: Order
    pair: PairState | None


def parse(params: QueryParams, model: ModelInfo) -> tuple[WeightsState, tuple[str, ...]]:
    """The state that an address describes, and what could not be read of it."""
    problems: list[str] = []
    state = WeightsState(
        model=model.name,
        reads=_one_of("reads", params, READS, "q", problems),
        layer=_layer(params, model.shape.n_layers, problems),
        order=_one_of("order", params, get_args(Order), "erasers", problems),
        pair=_pair(params, model.shape.n_layers, model.shape.n_heads, problems),
    )
    return state, tuple(problems)


def _one_of(
    name: str, params: QueryParams, known: tuple[T, ...], default: T, problems: list[str]
) -> T:
    given = params.get(name) or default
    for each in known:
        if each == given:
            return each
    problems.append(f"{name}={given[:40]}: it is one of {', '.join(known)}.")
    return default


def _layer(params: QueryParams, n: int, problems: list[str]) -> int | None:
    given = params.get("layer")
    if not given:
        return None
    if re.fullmatch("[0-9]{1,4}", given) and int(given) < n:
        return int(given)
    problems.append(f"layer={given[:40]}: layers go from 0 to {n - 1}.")
    return None


def _pair(params: QueryParams, n: int, heads: int, problems: list[str]) -> PairState | None:
    given = params.get("pair")
    if not given:
        return None
    match = re.fullmatch(f"{HEAD}-{HEAD}", given)
    if match is not None:
        a, i, b, j = map(int, match.groups())
        if a < b < n and i < heads and j < heads:
            return PairState(writer=(a, i), reader=(b, j))
    problems.append(
        f"pair={given[:40]}: two heads are written such as 0.3-2.1, the earlier layer first; "
        f"layers go from 0 to {n - 1}, heads from 0 to {heads - 1}."
    )
    return None
