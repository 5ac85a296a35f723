"""From the directions of a request to unit vectors at a site."""

from collections.abc import Sequence

import torch
from starlette.concurrency import run_in_threadpool
from torch import Tensor

from app.analysis.directions import check_vector, combine, unit
from app.corpus.bases import Fitted
from app.errors import BadInput, RsvError, TooMuch, UnknownComponent
from app.web.deps import Services
from app.web.schemas import ByCombination, ByComponent, ByVector, Direction, TokenPlace
from app.web.texts import read_text
from app.worker.hub import ServedModel
from app.worker.jobs import Basis, CaptureJob, Read, Site


async def basis_of(services: Services, model: ServedModel, site: Site, head: int | None) -> Fitted:
    """The fitted basis of a site (and head); raises NotFitted, which says what to do."""
    return await run_in_threadpool(services.corpora.basis, model, site, head)


async def unit_vectors(
    services: Services,
    model: ServedModel,
    site: Site,
    head: int | None,
    directions: Sequence[Direction],
    *,
    prepend_bos: bool = True,
) -> Tensor:
    """The directions as unit vectors (directions, width), float32.

    Raises TooMuch past the limit, NotFitted, UnknownComponent, BadDirection, and for the vector
    of a token whatever its text is refused for; the error's field names the direction.
    """
    if len(directions) > services.limits.max_directions:
        raise TooMuch(
            what="directions",
            got=len(directions),
            limit=services.limits.max_directions,
            field="directions",
        )
    rows = []
    for i, direction in enumerate(directions):
        try:
            rows.append(await unit_vector(services, model, site, head, direction, prepend_bos))
        except RsvError as error:
            error.field = f"directions.{i}.{error.field}" if error.field else f"directions.{i}"
            raise
    return torch.stack(rows)


async def unit_vector(
    services: Services,
    model: ServedModel,
    site: Site,
    head: int | None,
    direction: Direction,
    prepend_bos: bool = True,
) -> Tensor:
    """One direction as a unit vector (width,), float32."""
    if isinstance(direction, ByVector):
        return unit(check_vector(direction.vector, site.width))
    if isinstance(direction, ByComponent | ByCombination):
        fitted = await basis_of(services, model, site, head)
        return in_basis(direction, fitted.basis, site)
    return await _of_token(services, model, site, head, direction.token, prepend_bos)


def in_basis(direction: ByComponent | ByCombination, basis: Basis, site: Site) -> Tensor:
    """A component or a combination of components as a unit vector (width,).

    Raises UnknownComponent beyond the basis, and BadDirection when the parts cancel.
    """
    if isinstance(direction, ByComponent):
        return basis.components[_checked(direction.component, basis, site)]
    parts = direction.combination
    chosen = [_checked(part.component, basis, site) for part in parts]
    return combine(basis.components[chosen], [part.weight for part in parts])


def _checked(component: int, basis: Basis, site: Site) -> int:
    count = len(basis.components)
    if component >= count:
        raise UnknownComponent(
            f"{site.label} has components 0 to {count - 1}, not {component}.", field="component"
        )
    return component


async def _of_token(
    services: Services,
    model: ServedModel,
    site: Site,
    head: int | None,
    place: TokenPlace,
    prepend_bos: bool,
) -> Tensor:
    """The unit vector along one token's own vector at the site."""
    text = await read_text(services, model, place.text, place.prompt_id, prepend_bos=prepend_bos)
    if place.position >= len(text.ids):
        raise BadInput(
            f"The text has positions 0 to {len(text.ids) - 1}, not {place.position}.",
            field="token.position",
        )
    captured = await model.batcher.ask(CaptureJob(text.ids, (Read(site, head),)))
    return unit(captured.vectors[0][place.position], field="token").cpu()
