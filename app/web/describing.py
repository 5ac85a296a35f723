"""Models, sites, bases and the grid of them, as the page is told about them."""

import torch

from app.corpus.bases import Fitted
from app.web.choosing import Place
from app.web.deps import Services
from app.web.views import COMPONENTS, GRID_COMPONENTS, BasisView, GridRow, ModelChoice, SiteView
from app.worker.hub import ServedModel
from app.worker.jobs import Basis

SHORT = {"embed": "tok", "pos_embed": "pos", "ln_final": "out"}


def models_of(services: Services) -> tuple[ModelChoice, ...]:
    """The models in the page's picker, each with how it stands."""
    labels = {model.info.name: model.info.label for model in services.hub.ready()}
    return tuple(
        ModelChoice(name=name, label=labels.get(name, name), state=state.partition(":")[0])
        for name, state in services.hub.status().items()
    )


def site_view(model: ServedModel, place: Place) -> SiteView:
    """A chosen site, for the page."""
    site = place.site
    return SiteView(
        name=site.name,
        label=site.label,
        layer=site.layer,
        head=place.head,
        n_heads=site.n_heads,
        width=site.width,
        in_model_space=site.in_model_space,
        basic=site.basic,
        blocks=model.info.shape.n_layers,
    )


def basis_view(fitted: Fitted) -> BasisView:
    """What the page needs of a basis to mix its components and change units by itself."""
    basis = fitted.basis
    rows = shown_components(basis).to(torch.float64)
    # Components of z-scored coordinates, mapped back, are not orthogonal: mixing needs angles.
    gram = (rows @ rows.T).tolist() if basis.standardised else None
    return BasisView(
        n_tokens=basis.n_tokens,
        n_components=len(basis),
        corpus=fitted.provenance.corpus,
        ratios=tuple(basis.explained_variance_ratio[: len(rows)].tolist()),
        means=tuple((rows @ basis.mean.to(torch.float64)).tolist()),
        stds=tuple(basis.std[: len(rows)].tolist()),
        gram=gram,
    )


def shown_components(basis: Basis) -> torch.Tensor:
    """The components that the page shows: (columns, width)."""
    return basis.components[:COMPONENTS]


def grid_of(services: Services, model: ServedModel) -> tuple[GridRow, ...]:
    """The picker's rows: the basic sites, each with what its components explain."""
    fitted = services.corpora.fitted(model)
    rows = []
    for site in model.sites.basic:
        ratios: tuple[float, ...] = ()
        if site.name in fitted:
            basis = services.corpora.basis(model, site, None).basis
            ratios = tuple(basis.explained_variance_ratio[:GRID_COMPONENTS].tolist())
        short = SHORT.get(site.kind, str(site.layer))
        rows.append(
            GridRow(
                name=site.name, label=site.label, short=short, fitted=bool(ratios), ratios=ratios
            )
        )
    return tuple(rows)
