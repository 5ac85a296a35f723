"""PCA components as saved directions: each gets its row when somebody first asks for it."""

from app.corpus.bases import Fitted
from app.db import directions
from app.db.models import Direction
from app.web.deps import Services
from app.web.directions_in import in_basis
from app.web.saved_vectors import to_bytes
from app.web.schemas import ByComponent
from app.worker.hub import ServedModel
from app.worker.jobs import Site

LONGEST_NAME = 80


def component_row(
    services: Services, model: ServedModel, site: Site, head: int | None, component: int
) -> Direction:
    """The direction that component of the site's basis is; made if it is not there.

    Reads files and the database. Raises NotFitted and UnknownComponent.
    """
    fitted = services.corpora.basis(model, site, head)
    vector = in_basis(ByComponent(component=component), fitted.basis, site)
    with services.sessions.begin() as session:
        found = directions.find_component(
            session,
            model=model.info.name,
            revision=model.info.revision,
            site=site.name,
            head=head,
            component=component,
            basis=fitted.provenance.fingerprint,
        )
    if found is not None:
        return found
    with services.writers.begin() as session:
        return directions.component(
            session,
            model=model.info.name,
            revision=model.info.revision,
            site=site.name,
            head=head,
            component=component,
            basis=fitted.provenance.fingerprint,
            width=site.width,
            vector=to_bytes(vector),
            name=component_name(site, head, component),
        )


def component_name(site: Site, head: int | None, component: int) -> str:
    """What a component is called: its site, its head where there are heads, its number."""
    end = ("" if head is None else f" · head {head}") + f" · component {component}"
    return site.label[: LONGEST_NAME - len(end)] + end


def is_of_basis(row: Direction, fitted: Fitted) -> bool:
    """Whether the direction is a component of that basis."""
    return row.origin == "pca" and row.basis == fitted.provenance.fingerprint
