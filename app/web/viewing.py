"""Making a view: what an address asks for, looked up, tokenized and scored."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from starlette.concurrency import run_in_threadpool

from app.corpus.bases import Fitted
from app.errors import ModelLoading, NotFitted, RsvError
from app.web.choosing import Place, choose_mix, choose_place, choose_unit
from app.web.chosen_texts import choose_texts, read_chosen
from app.web.deps import Services
from app.web.describing import basis_view, grid_of, models_of, shown_components, site_view
from app.web.directions_in import basis_of
from app.web.other_directions import SavedDirection, other_direction, refusal_of, settle
from app.web.rendering import encode_matrix
from app.web.scoring import score, to_half
from app.web.views import (
    BasisView,
    OtherDirectionView,
    PromptView,
    SetView,
    SiteView,
    StateView,
    ViewerView,
)
from app.web.viewstate import Mix, Saved, ViewState
from app.worker.hub import ServedModel
from app.worker.jobs import Site


@dataclass(frozen=True, slots=True)
class PlaceView:
    """What is known of a place before any text is read there."""

    site: SiteView
    basis: BasisView | None
    other_direction: OtherDirectionView | None


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """A view and its matrix (tokens, columns): dot products, then each vector's norm."""

    view: ViewerView
    matrix: NDArray[np.float64]


async def make_place(services: Services, state: ViewState) -> PlaceView:
    """The site, the basis and the direction outside it that a state names.

    Raises what the model, the site, the head, the token's text or the saved direction is refused
    for.
    """
    state, saved = await settle(services, state)
    model = services.hub.get(state.model or services.hub.default or "")
    site, head = choose_place(model.sites, state)
    fitted = await _fitted(services, model, site, head)
    place = Place(site, head)
    found = await other_direction(services, model, place, fitted, state, saved)
    basis = None if fitted is None else basis_view(fitted)
    return PlaceView(site_view(model, place), basis, None if found is None else found[0])


async def make_view(services: Services, state: ViewState) -> Made:
    """Everything that a state shows first.

    What can be left out is left out, and `problems` says so: a text that is refused, a site, a
    component or a saved direction that is not there, a unit that needs a basis where there is
    none. Raises UnknownModel, ModelLoading, ModelFailed.
    """
    problems = list(state.problems)
    state, saved = await _settled(services, state, problems)
    model = services.hub.get(state.model or services.hub.default or "")
    place = _place_or_default(model, state, problems)
    fitted = await _fitted(services, model, place.site, place.head)
    basis = None if fitted is None else basis_view(fitted)
    state = choose_unit(state, place.site, basis, problems)
    chosen = await choose_texts(services, state, problems)
    texts, shown = await read_chosen(services, model, chosen)
    found = None
    try:
        found = await other_direction(services, model, place, fitted, state, saved)
    except RsvError as refusal:
        problems.append(refusal_of(state, refusal))
    if found is not None and found[0].parts is not None and saved is not None and saved.by is None:
        # A component that was opened by its number is that component, where it still is one.
        state, found = replace(state, direction=Mix(found[0].parts)), None
    mix = choose_mix(state, basis, problems)
    vectors = [] if fitted is None else [shown_components(fitted.basis)]
    if found is not None:
        vectors.append(found[1][None])
    half, scales = np.zeros((0, 1), dtype=np.float16), [1.0]
    if vectors and texts:
        scored = await score(model, place.site, place.head, texts, torch.cat(vectors))
        half, scales = to_half(np.column_stack((scored.scores, scored.norms)))
    other = None if found is None else found[0]
    view = ViewerView(
        models=models_of(services),
        model_label=model.info.label,
        notice=services.hub.notice if model.info.name == services.hub.default else None,
        state=_state_view(state, model, place, mix, other, shown, chosen.set, problems),
        site=site_view(model, place),
        grid=await run_in_threadpool(grid_of, services, model),
        basis=basis,
        other_direction=other,
        set=chosen.set,
        prompts=tuple(shown),
        n_columns=half.shape[1],
        scales=tuple(scales),
        matrix=encode_matrix(half) if vectors else "",
        problems=tuple(problems),
    )
    return Made(view, half.astype(np.float64) * np.array(scales))


async def _settled(
    services: Services, state: ViewState, problems: list[str]
) -> tuple[ViewState, SavedDirection | None]:
    try:
        return await settle(services, state)
    except ModelLoading:
        raise
    except RsvError as refusal:
        problems.append(refusal_of(state, refusal))
        return replace(state, direction=None), None


def _place_or_default(model: ServedModel, state: ViewState, problems: list[str]) -> Place:
    try:
        return Place(*choose_place(model.sites, state))
    except RsvError as refusal:
        problems.append(refusal.detail)
    try:
        return Place(*choose_place(model.sites, replace(state, head=None)))
    except RsvError:
        return Place(*choose_place(model.sites, replace(state, site=None, head=None)))


async def _fitted(
    services: Services, model: ServedModel, site: Site, head: int | None
) -> Fitted | None:
    try:
        return await basis_of(services, model, site, head)
    except NotFitted:
        return None


def _state_view(
    state: ViewState,
    model: ServedModel,
    place: Place,
    mix: tuple[tuple[int, float], ...],
    other: OtherDirectionView | None,
    shown: Sequence[PromptView],
    named: SetView | None,
    problems: list[str],
) -> StateView:
    """The state as it is shown. Keys of texts that are not on screen are dropped, and said."""
    keys = {prompt.key for prompt in shown if prompt.error is None}
    stored = {prompt.key for prompt in shown if prompt.given == "prompt"}
    kept: dict[str, str | None] = {}
    for name, key, value in (
        ("open", state.open, state.open),
        ("heat", state.heat, state.heat),
        ("pin", state.pin.key if state.pin else None, state.pin),
    ):
        kept[name] = None if value is None or str(key) not in keys else str(value)
        if value is not None and kept[name] is None:
            problems.append(f"{name}={value}: that text is not on this page.")
    return StateView(
        model=model.info.name,
        site=place.site.name,
        head=place.head,
        mix=mix,
        token=str(state.direction) if other and other.kind == "token" else None,
        neuron=str(state.direction) if other and other.kind == "neuron" else None,
        direction=state.direction.id if isinstance(state.direction, Saved) and other else None,
        unit=state.unit,
        range=state.range,
        seed=state.seed,
        n=state.n,
        texts=state.texts,
        prompts=tuple(id_ for id_ in state.prompts if f"p{id_}" in stored),
        set=None if named is None else named.id,
        open=kept["open"],
        pin=kept["pin"],
        heat=kept["heat"],
        across=state.across,
        tab=state.tab,
        marks=state.marks,
        boxes=state.boxes,
        bos=state.bos,
        face=state.face,
    )
