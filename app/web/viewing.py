"""Making a view: what an address asks for, looked up, tokenized and scored."""

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from starlette.concurrency import run_in_threadpool

from app.corpus.bases import Fitted
from app.db import prompts
from app.errors import NotFitted, RsvError, UnknownPrompt
from app.web.choosing import Place, choose_mix, choose_place
from app.web.deps import Services
from app.web.describing import basis_view, grid_of, models_of, shown_components, site_view
from app.web.directions_in import basis_of, unit_vector
from app.web.rendering import encode_matrix
from app.web.schemas import ByToken, TokenPlace
from app.web.scoring import score, to_half
from app.web.texts import TokenText, read_texts, token_dicts
from app.web.views import (
    BasisView,
    PromptView,
    SiteView,
    StateView,
    TokenDirectionView,
    TokenView,
    ViewerView,
)
from app.web.viewstate import Pin, ViewState
from app.worker.hub import ServedModel
from app.worker.jobs import Site


@dataclass(frozen=True, slots=True)
class PlaceView:
    """What is known of a place before any text is read there."""

    site: SiteView
    basis: BasisView | None
    token_direction: TokenDirectionView | None


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """A view and its matrix (tokens, columns): dot products, then each vector's norm."""

    view: ViewerView
    matrix: NDArray[np.float64]


async def make_place(services: Services, state: ViewState) -> PlaceView:
    """The site, the basis and the token's direction that a state names.

    Raises what the model, the site, the head or the token's text is refused for.
    """
    model = services.hub.get(state.model or services.hub.default or "")
    site, head = choose_place(model.sites, state)
    fitted = await _fitted(services, model, site, head)
    place = Place(site, head)
    token = None
    if isinstance(state.direction, Pin):
        token, _ = await _of_token(services, model, place, fitted, state)
    return PlaceView(site_view(model, place), None if fitted is None else basis_view(fitted), token)


async def make_view(services: Services, state: ViewState) -> Made:
    """Everything that a state shows first.

    What can be left out is left out, and `problems` says so: a text that is refused, a site or a
    component that is not there. Raises UnknownModel, ModelLoading, ModelFailed.
    """
    model = services.hub.get(state.model or services.hub.default or "")
    problems = list(state.problems)
    place = _place_or_default(model, state, problems)
    fitted = await _fitted(services, model, place.site, place.head)
    texts, shown = await _texts(services, model, state)
    mix = choose_mix(state, None if fitted is None else basis_view(fitted), problems)
    vectors = [] if fitted is None else [shown_components(fitted.basis)]
    token = None
    if isinstance(state.direction, Pin):
        try:
            token, vector = await _of_token(services, model, place, fitted, state)
            vectors.append(vector[None])
        except RsvError as refusal:
            problems.append(f"token: {refusal.detail}")
    half, scales = np.zeros((0, 1), dtype=np.float16), [1.0]
    if vectors and texts:
        scored = await score(model, place.site, place.head, texts, torch.cat(vectors))
        half, scales = to_half(np.column_stack((scored.scores, scored.norms)))
    keys = {prompt.key for prompt in shown if prompt.error is None}
    view = ViewerView(
        models=models_of(services),
        model_label=model.info.label,
        notice=services.hub.notice if model.info.name == services.hub.default else None,
        state=_state_view(state, model, place, mix, token, keys, problems),
        site=site_view(model, place),
        grid=await run_in_threadpool(grid_of, services, model),
        basis=None if fitted is None else basis_view(fitted),
        token_direction=token,
        prompts=tuple(shown),
        n_columns=half.shape[1],
        scales=tuple(scales),
        matrix=encode_matrix(half) if vectors else "",
        problems=tuple(problems),
    )
    return Made(view, half.astype(np.float64) * np.array(scales))


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


async def _of_token(
    services: Services, model: ServedModel, place: Place, fitted: Fitted | None, state: ViewState
) -> tuple[TokenDirectionView, torch.Tensor]:
    """A token's own residual as a direction, and its unit vector (width,)."""
    assert isinstance(state.direction, Pin)
    key, position = state.direction.key, state.direction.position
    text, prompt_id = None, None
    if key.kind == "p":
        prompt_id = key.number
    elif key.number < len(state.texts):
        text = state.texts[key.number]
    else:
        raise UnknownPrompt(f"There is no text {key} in this address.", field="token")
    where = TokenPlace(text=text, prompt_id=prompt_id, position=position)
    vector = await unit_vector(services, model, place.site, place.head, ByToken(token=where))
    given = [] if text is None else [text]
    stored = [] if prompt_id is None else [prompt_id]
    read = (await read_texts(services, model, given, stored))[0]
    basis = None if fitted is None else fitted.basis
    view = TokenDirectionView(
        key=str(key),
        position=position,
        text=str(token_dicts(model, read.ids)[position]["text"]),
        mean=0.0 if basis is None else basis.mean_score(vector),
        std=1.0 if basis is None else basis.std_along(vector),
    )
    return view, vector


async def _texts(
    services: Services, model: ServedModel, state: ViewState
) -> tuple[list[TokenText], list[PromptView]]:
    """The texts on screen: those that could be read, and all of them as the page shows them."""
    read: list[TokenText] = []
    shown: list[PromptView] = []
    own: list[tuple[str, int | None, str, str]] = [
        (f"t{number}", None, "your text", text) for number, text in enumerate(state.texts)
    ]
    for key, prompt_id, source, text in own + await run_in_threadpool(_sample, services, state):
        tokens: tuple[TokenView, ...] = ()
        error = None
        try:
            found = (await read_texts(services, model, [text]))[0]
        except RsvError as refusal:
            error = refusal.detail
        else:
            read.append(found)
            tokens = tuple(TokenView.model_validate(t) for t in token_dicts(model, found.ids))
        shown.append(
            PromptView(
                key=key, prompt_id=prompt_id, source=source, text=text, tokens=tokens, error=error
            )
        )
    return read, shown


def _sample(services: Services, state: ViewState) -> list[tuple[str, int | None, str, str]]:
    """The library prompts that a seed draws: key, id, register and text, in the order drawn."""
    which = prompts.Filter(dataset=prompts.LIBRARY)
    with services.sessions.begin() as session:
        page = prompts.sampled(session, which, seed=state.seed, limit=state.n)
        return [(f"p{row.id}", row.id, row.register, row.text) for row in page.items]


def _state_view(
    state: ViewState,
    model: ServedModel,
    place: Place,
    mix: tuple[tuple[int, float], ...],
    token: TokenDirectionView | None,
    keys: set[str],
    problems: list[str],
) -> StateView:
    """The state as it is shown. Keys of texts that are not on screen are dropped, and said."""
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
        token=None if token is None else f"{token.key}:{token.position}",
        unit=state.unit,
        range=state.range,
        seed=state.seed,
        n=state.n,
        texts=state.texts,
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
