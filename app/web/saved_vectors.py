"""Saved directions as unit vectors, where a request at one site names them by their ids."""

from collections.abc import Iterable, Mapping

import numpy as np
import torch
from starlette.concurrency import run_in_threadpool
from torch import Tensor

from app.db import directions
from app.db.models import Direction
from app.errors import BadDirection, RsvError, TooMuch
from app.web.deps import Services
from app.worker.hub import ServedModel
from app.worker.jobs import Site

Named = Mapping[int, str]
"""Names of directions by their ids."""


async def read_saved(
    services: Services, model: ServedModel, site: Site, head: int | None, named: Mapping[int, str]
) -> dict[int, Tensor]:
    """The unit vectors (width,) of the directions that `named` maps to the fields naming them.

    Raises TooMuch past the limit of one request, UnknownDirection, and BadDirection for one of
    another model, site or head.
    """
    limit = services.limits.max_directions
    if len(named) > limit:
        field = next(iter(named.values()))
        raise TooMuch(what="saved directions", got=len(named), limit=limit, field=field)

    def read() -> dict[int, Tensor]:
        with services.sessions.begin() as session:
            found = directions.with_vectors(session, named)
            for id_, field in named.items():
                try:
                    if id_ not in found:  # refused, unless it was restored this moment
                        row = directions.by_id(session, id_)
                        found[id_] = row, directions.vector_of(session, id_)
                    check_place(found[id_][0], model, site, head)
                except RsvError as error:
                    error.field = field
                    raise
        return {id_: to_tensor(found[id_][1]) for id_ in named}

    return await run_in_threadpool(read) if named else {}


async def name_saved(services: Services, ids: Iterable[int]) -> Named:
    """The names of saved directions."""
    wanted = list(ids)

    def read() -> Named:
        with services.sessions.begin() as session:
            return {row.id: row.name for row in directions.by_ids(session, wanted)}

    return await run_in_threadpool(read) if wanted else {}


def check_place(row: Direction, model: ServedModel, site: Site, head: int | None) -> None:
    """Raises BadDirection unless the direction is one of this model, site and head."""
    here = place_in_words(model.info.name, site.name, head)
    its = place_in_words(row.model, row.site, row.head)
    if here != its:
        raise BadDirection(f"Direction {row.id} is one of {its}; this request is of {here}.")
    if row.width != site.width:
        raise BadDirection(
            f"Direction {row.id} has {row.width} numbers; a direction at {site.label} of this "
            f"{model.info.name} has {site.width}."
        )


def place_in_words(model: str, site: str, head: int | None) -> str:
    """Where a direction belongs, as errors say it."""
    return f"{model}, {site}" + ("" if head is None else f", head {head}")


def to_bytes(vector: Tensor) -> bytes:
    """A vector as the store keeps it: float32 numbers, little-endian."""
    return np.ascontiguousarray(vector.detach().cpu().numpy(), dtype="<f4").tobytes()


def to_tensor(stored: bytes) -> Tensor:
    """A stored vector (width,), float32."""
    return torch.from_numpy(np.frombuffer(stored, dtype="<f4").astype(np.float32))
