"""Directions that are no mix of a page's sliders: of a token, of a neuron, and saved ones."""

from dataclasses import dataclass, replace
from typing import Literal

import torch
from starlette.concurrency import run_in_threadpool

from app.analysis.directions import combine
from app.corpus.bases import Fitted
from app.db import directions
from app.errors import BadDirection, MethodRefused, RsvError, UnknownPrompt
from app.web.choosing import Place
from app.web.deps import Services
from app.web.describing import shown_components
from app.web.directions_in import unit_vector
from app.web.neurons import neuron_name, neuron_vector, words_of
from app.web.schemas import ById, ByToken, NeuronPlace, TokenPlace
from app.web.texts import read_texts, token_dicts
from app.web.views import OtherDirectionView, SaysView
from app.web.viewstate import MAX_SLIDERS, Neuron, Pin, Saved, ViewState
from app.worker.hub import ServedModel

SAME = 0.9999
"""The cosine from which on two float32 vectors are taken for one."""

Parts = tuple[tuple[int, float], ...]
Found = tuple[OtherDirectionView, torch.Tensor]


@dataclass(frozen=True, slots=True)
class SavedDirection:
    """A saved direction's name, whose it is (None: a component's), and how it was made."""

    name: str
    by: str | None
    recipe: dict[str, object]


async def settle(services: Services, state: ViewState) -> tuple[ViewState, SavedDirection | None]:
    """The state at the place of its saved direction, which wins over what else the address says.

    A state without one is left as it is. Raises UnknownDirection, and UnknownModel where the
    direction's model is not served.
    """
    if not isinstance(state.direction, Saved):
        return state, None
    id_ = state.direction.id

    def read() -> tuple[ViewState, SavedDirection]:
        with services.sessions.begin() as session:
            row = directions.by_id(session, id_)
            by = None if row.user is None else row.user.name
            there = replace(state, model=row.model, site=row.site, head=row.head)
            return there, SavedDirection(row.name, by, row.recipe)

    there, saved = await run_in_threadpool(read)
    services.hub.get(there.model or "")
    return there, saved


async def other_direction(
    services: Services,
    model: ServedModel,
    place: Place,
    fitted: Fitted | None,
    state: ViewState,
    saved: SavedDirection | None,
) -> Found | None:
    """The direction of a settled state and its unit vector (width,); None where it is a mix.

    Raises what a token's text or a neuron is refused for, and BadDirection.
    """
    if isinstance(state.direction, Pin):
        return await _of_token(services, model, place, fitted, state, state.direction)
    if isinstance(state.direction, Neuron):
        return await _of_neuron(model, place, fitted, state.direction)
    if isinstance(state.direction, Saved) and saved is not None:
        by_id = ById(id=state.direction.id)
        vector = await unit_vector(services, model, place.site, place.head, by_id)
        parts = None if fitted is None else parts_of(saved.recipe, vector, fitted)
        says = await _says(model, place, vector) if _is_neuron(saved.recipe) else None
        view = _view("saved", saved.name, vector, fitted, by=saved.by, parts=parts, says=says)
        return view, vector
    return None


def parts_of(recipe: dict[str, object], vector: torch.Tensor, fitted: Fitted) -> Parts | None:
    """The components and weights that a saved direction was mixed from.

    None where it was made otherwise, or from other components than those of this basis: what
    counts is whether they make the vector (width,).
    """
    made = _original(recipe)
    given = [{**made, "weight": 1.0}] if made.get("kind") == "component" else made.get("parts")
    if not isinstance(given, list) or not 0 < len(given) <= MAX_SLIDERS:
        return None
    rows = shown_components(fitted.basis)
    weights: dict[int, float] = {}
    for part in given:
        component = part.get("component") if isinstance(part, dict) else None
        weight = part.get("weight") if isinstance(part, dict) else None
        if not isinstance(component, int) or not isinstance(weight, int | float):
            return None
        if not 0 <= component < len(rows):
            return None
        weights[component] = weights.get(component, 0.0) + float(weight)
    try:
        again = combine(rows[list(weights)], list(weights.values()))
    except BadDirection:
        return None
    if float(again.double() @ vector.double()) < SAME:
        return None
    largest = max(1.0, *map(abs, weights.values()))
    return tuple((component, weight / largest) for component, weight in weights.items())


def _original(recipe: dict[str, object]) -> dict[str, object]:
    """How what was copied, however often, was made at first; empty where that is not known."""
    made: object = recipe
    while isinstance(made, dict) and made.get("kind") == "copy":
        made = made.get("made")
    return made if isinstance(made, dict) else {}


def _is_neuron(recipe: dict[str, object]) -> bool:
    return _original(recipe).get("kind") == "neuron"


async def _of_token(
    services: Services,
    model: ServedModel,
    place: Place,
    fitted: Fitted | None,
    state: ViewState,
    pin: Pin,
) -> Found:
    text, prompt_id = None, None
    if pin.key.kind == "p":
        prompt_id = pin.key.number
    elif pin.key.number < len(state.texts):
        text = state.texts[pin.key.number]
    else:
        raise UnknownPrompt(f"There is no text {pin.key} in this address.", field="token")
    where = TokenPlace(text=text, prompt_id=prompt_id, position=pin.position)
    vector = await unit_vector(services, model, place.site, place.head, ByToken(token=where))
    given = [] if text is None else [text]
    stored = [] if prompt_id is None else [prompt_id]
    read = (await read_texts(services, model, given, stored))[0]
    token = str(token_dicts(model, read.ids)[pin.position]["text"])
    return _view("token", token, vector, fitted), vector


async def _of_neuron(
    model: ServedModel, place: Place, fitted: Fitted | None, neuron: Neuron
) -> Found:
    number = {"index" if neuron.head is None else "dim": neuron.number}
    where = NeuronPlace(layer=neuron.layer, head=neuron.head, **number)
    vector = await neuron_vector(model, place.site, where)
    name = neuron_name(neuron.layer, neuron.number, neuron.head)
    says = await _says(model, place, vector)
    return _view("neuron", name, vector, fitted, says=says), vector


async def _says(model: ServedModel, place: Place, vector: torch.Tensor) -> SaysView | None:
    """What a vector (width,) of the stream says; None where it is not of the stream.

    A recipe may come from a bundle, and name a neuron where there can be none: that is no reason
    not to show the vector.
    """
    if not place.site.in_model_space:
        return None
    try:
        raised, lowered = await words_of(model, vector)
    except MethodRefused:
        return None
    return SaysView(raises=raised, lowers=lowered)


def _view(
    kind: Literal["token", "neuron", "saved"],
    text: str,
    vector: torch.Tensor,
    fitted: Fitted | None,
    *,
    by: str | None = None,
    parts: Parts | None = None,
    says: SaysView | None = None,
) -> OtherDirectionView:
    basis = None if fitted is None else fitted.basis
    return OtherDirectionView(
        kind=kind,
        text=text,
        mean=None if basis is None else basis.mean_score(vector),
        std=None if basis is None else basis.std_along(vector),
        by=by,
        parts=parts,
        says=says,
    )


def refusal_of(state: ViewState, error: RsvError) -> str:
    """What the page says of a direction that it cannot show."""
    names = {Saved: "direction", Neuron: "neuron"}
    name = names.get(type(state.direction), "token")
    return f"{name}={getattr(state.direction, 'id', state.direction)}: {error.detail}"
