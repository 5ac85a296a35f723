"""A saved direction's page as one typed object."""

from dataclasses import dataclass

import torch
from starlette.concurrency import run_in_threadpool

from app.db import directions, explanations
from app.db.models import Direction
from app.errors import NotFitted, RsvError
from app.web.deps import Services
from app.web.directions_in import basis_of
from app.web.other_directions import parts_of
from app.web.samples import Samples, SampleUnit, samples
from app.web.saved_out import DirectionReply, ExplanationsReply, direction_out, explanations_out
from app.web.saved_vectors import check_place, to_tensor
from app.web.saved_words import Phrase, made, origin_of, place, viewer
from app.web.snippet import snippet
from app.web.views import View
from app.worker.hub import ServedModel
from app.worker.jobs import Site

EXPLANATIONS = 50


class DirectionView(View):
    """A direction, what is said of it, and its colours where its model is served."""

    direction: DirectionReply
    explanations: ExplanationsReply
    next: str | None
    model_label: str
    place: str
    made: tuple[Phrase, ...]
    viewer: str
    sliders: str | None
    unit: SampleUnit
    samples: Samples | None
    unsampled: str | None
    other_revision: bool
    snippet: str | None


@dataclass(frozen=True, slots=True, eq=False)
class _Stored:
    """What the database holds of a direction."""

    row: Direction
    reply: DirectionReply
    said: ExplanationsReply
    vector: torch.Tensor


@dataclass(frozen=True, slots=True, eq=False)
class _Placed:
    """A direction's model, site and head, as they are served."""

    model: ServedModel
    site: Site
    head: int | None


async def direction_page(
    services: Services, id_: int, *, cursor: str | None, address: str
) -> DirectionView:
    """The page of one direction. `address` is this instance's, with a slash at its end.

    Raises UnknownDirection, and BadInput for a cursor of another list.
    """
    stored = await run_in_threadpool(_read, services, id_, cursor)
    reply = stored.reply
    where = place(reply.site_label, reply.head)
    unit: SampleUnit = "dot"
    if origin_of(reply.provenance).get("kind") == "token":
        unit = "centred"  # every residual reaches far along the mean, and so along every other one
    placed: _Placed | None = None
    shown: Samples | None = None
    unsampled: str | None = None
    sliders: str | None = None
    try:
        placed = _placed(services, stored)
        shown = await samples(
            services, placed.model, placed.site, placed.head, stored.vector, unit=unit
        )
        sliders = await _sliders(services, placed, stored)
    except RsvError as refusal:
        unsampled = refusal.detail
    return DirectionView(
        direction=reply,
        explanations=stored.said,
        next=None if stored.said.next is None else f"/directions/{id_}?cursor={stored.said.next}",
        model_label=reply.model if placed is None else placed.model.info.label,
        place=where,
        made=made(reply.provenance, where),
        viewer=viewer(direction=id_, unit=None if unit == "dot" else unit),
        sliders=sliders,
        unit=unit if shown is None else shown.unit,
        samples=shown,
        unsampled=unsampled,
        other_revision=placed is not None and placed.model.info.revision != reply.revision,
        snippet=None if placed is None else _snippet(placed, reply, address),
    )


def _read(services: Services, id_: int, cursor: str | None) -> _Stored:
    with services.sessions.begin() as session:
        row = directions.by_id(session, id_)
        page = explanations.of(session, id_, limit=EXPLANATIONS, cursor=cursor)
        said = explanations_out(session, page.items, None)
        return _Stored(
            row=row,
            reply=direction_out(services, session, row, None),
            said=ExplanationsReply(items=said, next=page.next),
            vector=to_tensor(directions.vector_of(session, id_)),
        )


def _placed(services: Services, stored: _Stored) -> _Placed:
    """Raises UnknownModel, ModelLoading, UnknownSite, and BadDirection for another width."""
    row = stored.row
    model = services.hub.get(row.model)
    site = model.sites[row.site]
    head = site.check_head(row.head)
    check_place(row, model, site, head)
    return _Placed(model, site, head)


async def _sliders(services: Services, placed: _Placed, stored: _Stored) -> str | None:
    """Where the viewer mixes the direction again, if it is a mix of what the page can mix."""
    try:
        fitted = await basis_of(services, placed.model, placed.site, placed.head)
    except NotFitted:
        return None
    parts = parts_of(dict(stored.reply.provenance), stored.vector, fitted)
    if parts is None:
        return None
    mix = ",".join(f"{component}:{weight:.7g}" for component, weight in parts)
    return viewer(model=placed.model.info.name, site=placed.site.name, head=placed.head, mix=mix)


def _snippet(placed: _Placed, reply: DirectionReply, address: str) -> str:
    return snippet(
        name=reply.name,
        site=placed.site.name,
        site_label=placed.site.label,
        head=placed.head,
        width=placed.site.width,
        vector=f"{address}api/v1/directions/{reply.id}/vector?format=json",
        info=placed.model.info,
    )
