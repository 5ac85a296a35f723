"""Directions close to a saved one: other saved ones, and components of the site's basis."""

import numpy as np
from numpy.typing import NDArray

from app.corpus.bases import Fitted
from app.db import directions
from app.db.models import Direction
from app.errors import RsvError
from app.web.component_rows import component_name, is_of_basis
from app.web.deps import Services
from app.web.saved_out import SimilarReply, brief_out
from app.web.saved_vectors import to_tensor
from app.worker.jobs import Site


def similar_to(services: Services, direction_id: int, limit: int) -> list[SimilarReply]:
    """The closest directions at the same model, site and head, by |cosine|, itself left out.

    Reads files and the database. Raises UnknownDirection.
    """
    with services.sessions.begin() as session:
        row = directions.by_id(session, direction_id)
        vector = to_tensor(directions.vector_of(session, direction_id)).numpy()
    found = _saved(services, row, vector, limit) + _components(services, row, vector, limit)
    return sorted(found, key=lambda each: -abs(each.cosine))[:limit]


def _saved(
    services: Services, row: Direction, vector: NDArray[np.float32], limit: int
) -> list[SimilarReply]:
    """People's directions at the same place."""
    place = row.model, row.site, row.head
    near = dict(services.near.nearest(*place, vector, limit, row.id))
    near |= {id_: -cosine for id_, cosine in services.near.nearest(*place, -vector, limit, row.id)}
    with services.sessions.begin() as session:
        there = directions.existing(session, near)  # some were deleted a moment ago
        return [
            SimilarReply(
                cosine=cosine,
                direction=brief_out(there[id_]),
                component=None,
                label=there[id_].name,
            )
            for id_, cosine in near.items()
            if id_ in there
        ]


def _components(
    services: Services, row: Direction, vector: NDArray[np.float32], limit: int
) -> list[SimilarReply]:
    """Components of the basis that is fitted there now; none where there is none."""
    basis = _basis_at(services, row)
    if basis is None:
        return []
    site, fitted = basis
    cosines = fitted.basis.components.numpy().astype(np.float64) @ vector
    itself = row.component if is_of_basis(row, fitted) else None
    closest = np.argsort(-np.abs(cosines), kind="stable")[: limit + 1].tolist()
    return [
        SimilarReply(
            cosine=float(cosines[k]),
            direction=None,
            component=k,
            label=component_name(site, row.head, k),
        )
        for k in closest
        if k != itself
    ]


def _basis_at(services: Services, row: Direction) -> tuple[Site, Fitted] | None:
    """The basis at a direction's place, where its model is served and one is fitted."""
    try:
        model = services.hub.get(row.model)
        site = model.sites[row.site]
        fitted = services.corpora.basis(model, site, row.head)
    except RsvError:
        return None
    return (site, fitted) if site.width == row.width else None
