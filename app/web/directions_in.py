"""From the directions of a request to unit vectors at a site."""

from collections.abc import Iterator, Mapping, Sequence

import torch
from starlette.concurrency import run_in_threadpool
from torch import Tensor

from app.analysis.directions import check_vector, combine, unit
from app.corpus.bases import Fitted
from app.errors import BadInput, RsvError, TooMuch, UnknownComponent
from app.web.deps import Services
from app.web.neurons import neuron_vector
from app.web.saved_vectors import read_saved
from app.web.schemas import (
    ByCombination,
    ByComponent,
    ById,
    ByNeuron,
    ByToken,
    ByVector,
    Direction,
)
from app.web.texts import TokenText, read_text
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

    Raises TooMuch past the limit, NotFitted, UnknownComponent, UnknownDirection, BadDirection, and
    for the vector of a token whatever its text is refused for, for that of a neuron BadInput and
    MethodRefused; the error's field names the direction.
    """
    limit = services.limits.max_directions
    if len(directions) > limit:
        raise TooMuch(what="directions", got=len(directions), limit=limit, field="directions")
    named: dict[int, str] = {}
    for i, direction in enumerate(directions):
        for id_, field in _saved_ids(direction):
            named.setdefault(id_, f"directions.{i}.{field}")
    saved = await read_saved(services, model, site, head, named)
    rows = []
    for i, direction in enumerate(directions):
        try:
            row = await _one(services, model, site, head, direction, saved, prepend_bos)
        except RsvError as error:
            error.field = f"directions.{i}.{error.field}" if error.field else f"directions.{i}"
            raise
        rows.append(row)
    return torch.stack(rows)


async def unit_vector(
    services: Services,
    model: ServedModel,
    site: Site,
    head: int | None,
    direction: Direction,
    prepend_bos: bool = True,
) -> Tensor:
    """One direction as a unit vector (width,), float32; raises as `unit_vectors`."""
    saved = await read_saved(services, model, site, head, dict(_saved_ids(direction)))
    return await _one(services, model, site, head, direction, saved, prepend_bos)


async def _one(
    services: Services,
    model: ServedModel,
    site: Site,
    head: int | None,
    direction: Direction,
    saved: Mapping[int, Tensor],
    prepend_bos: bool,
) -> Tensor:
    """A direction as a unit vector, given the saved ones that it names."""
    match direction:
        case ByVector():
            return unit(check_vector(direction.vector, site.width))
        case ById():
            return saved[direction.id]
        case ByToken():
            place = direction.token
            text = await read_text(
                services, model, place.text, place.prompt_id, prepend_bos=prepend_bos
            )
            return await token_vector(model, site, head, text, place.position)
        case ByNeuron():
            return await neuron_vector(model, site, direction.neuron)
        case ByComponent():
            fitted = await basis_of(services, model, site, head)
            return in_basis(direction, fitted.basis, site)
        case ByCombination():
            basis = None
            if any(part.component is not None for part in direction.combination):
                basis = (await basis_of(services, model, site, head)).basis
            return combined(direction, basis, saved, site)


def in_basis(direction: ByComponent | ByCombination, basis: Basis, site: Site) -> Tensor:
    """A component or a combination of components as a unit vector (width,).

    Raises UnknownComponent beyond the basis, and BadDirection when the parts cancel.
    """
    if isinstance(direction, ByComponent):
        return basis.components[_checked(direction.component, basis, site)]
    return combined(direction, basis, {}, site)


def combined(
    direction: ByCombination, basis: Basis | None, saved: Mapping[int, Tensor], site: Site
) -> Tensor:
    """A combination as a unit vector (width,), of components of a basis and of saved directions.

    Raises UnknownComponent beyond the basis, BadInput for a part that is in neither, and
    BadDirection when the parts cancel.
    """
    rows = []
    for i, part in enumerate(direction.combination):
        if part.component is not None and basis is not None:
            rows.append(basis.components[_checked(part.component, basis, site)])
        elif part.id is not None and part.id in saved:
            rows.append(saved[part.id])
        else:
            raise BadInput(
                "Here a combination is one of components only: a saved direction belongs to one "
                "site.",
                field=f"combination.{i}",
            )
    return combine(torch.stack(rows), [part.weight for part in direction.combination])


async def token_vector(
    model: ServedModel, site: Site, head: int | None, text: TokenText, position: int
) -> Tensor:
    """The unit vector along one token's own vector at the site; raises BadInput beyond the text."""
    check_position(position, len(text.ids), field="token.position")
    captured = await model.batcher.ask(CaptureJob(text.ids, (Read(site, head),)))
    return unit(captured.vectors[0][position], field="token").cpu()


def check_position(position: int, n_tokens: int, *, field: str) -> int:
    """The position, if a text of that many tokens has it; raises BadInput."""
    if position >= n_tokens:
        raise BadInput(f"The text has positions 0 to {n_tokens - 1}, not {position}.", field=field)
    return position


def _checked(component: int, basis: Basis, site: Site) -> int:
    count = len(basis.components)
    if component >= count:
        raise UnknownComponent(
            f"{site.label} has components 0 to {count - 1}, not {component}.", field="component"
        )
    return component


def _saved_ids(direction: Direction) -> Iterator[tuple[int, str]]:
    """The saved directions that a direction names, each with the field that names it."""
    if isinstance(direction, ById):
        yield direction.id, "id"
    elif isinstance(direction, ByCombination):
        for i, part in enumerate(direction.combination):
            if part.id is not None:
                yield part.id, f"combination.{i}.id"
