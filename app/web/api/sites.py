"""Sites: where vectors can be read, the basis fitted at each, and the layer × component grid."""

import io
import json
from dataclasses import asdict
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Header, Query
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from app.corpus.bases import Fitted
from app.web.api.common import BINARY, json_of, place
from app.web.deps import ModelDep, ServicesDep
from app.web.directions_in import basis_of
from app.web.replies import BasisReply, GridReply, GridSite, SiteReply, SitesReply
from app.web.scoring import rounded

router = APIRouter(prefix="/models/{m}", tags=["sites"])

Components = Annotated[
    int, Query(ge=0, le=100_000, description="How many components, at most.", examples=[8])
]


@router.get("/sites", summary="A model's sites")
async def list_sites(model: ModelDep, services: ServicesDep) -> SitesReply:
    """Every site in the order of the forward pass; `basic` marks the short list."""
    fitted = await run_in_threadpool(services.corpora.fitted, model)
    return SitesReply(
        items=[
            SiteReply(
                name=site.name,
                label=site.label,
                layer=site.layer,
                kind=site.kind,
                width=site.width,
                n_heads=site.n_heads,
                basic=site.basic,
                fitted=site.name in fitted,
            )
            for site in model.sites.values()
        ]
    )


@router.get(
    "/sites/{site}/basis",
    summary="A site's PCA",
    response_model=BasisReply,
    responses={
        200: {
            "description": "As JSON, or as .npz for Accept: application/octet-stream.",
            "content": {BINARY: {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def get_basis(
    model: ModelDep,
    site: str,
    services: ServicesDep,
    head: Annotated[int | None, Query(ge=0, le=100_000)] = None,
    components: Components = 32,
    accept: Annotated[str, Header(include_in_schema=False)] = "",
) -> Response:
    """Mean, the first components and what each explains; which tokens it was fitted to."""
    found, checked = place(model, site, head)
    fitted = await basis_of(services, model, found, checked)
    if BINARY in accept:
        content = await run_in_threadpool(_npz, fitted, components)
        name = f"{model.info.name}-{found.name}" + ("" if checked is None else f"-head{checked}")
        return Response(
            content,
            media_type=BINARY,
            headers={"Content-Disposition": f'attachment; filename="{name}.npz"'},
        )
    return await json_of(await run_in_threadpool(_basis, fitted, components))


@router.get("/grid", summary="Explained variance at every layer")
async def get_grid(
    model: ModelDep, services: ServicesDep, components: Components = 32
) -> GridReply:
    """What each of the first components explains at each basic site, for the picker."""

    def read() -> list[GridSite]:
        fitted = services.corpora.fitted(model)
        rows = []
        for site in model.sites.basic:
            ratios: list[float] = []
            if site.name in fitted:
                basis = services.corpora.basis(model, site, None).basis
                ratios = rounded(basis.explained_variance_ratio[:components].numpy()).tolist()
            rows.append(
                GridSite(
                    name=site.name,
                    label=site.label,
                    layer=site.layer,
                    fitted=site.name in fitted,
                    explained_variance_ratio=ratios,
                )
            )
        return rows

    return GridReply(components=components, sites=await run_in_threadpool(read))


def _arrays(fitted: Fitted, count: int) -> dict[str, np.ndarray[Any, Any]]:
    """The first `count` components and everything about them."""
    basis = fitted.basis
    components = basis.components[:count]
    return {
        "mean": basis.mean.numpy(),
        "components": components.numpy(),
        "explained_variance_ratio": basis.explained_variance_ratio[:count].numpy(),
        "eigenvalues": basis.eigenvalues[:count].numpy(),
        "std": basis.std[:count].numpy(),
        "mean_scores": (components.double() @ basis.mean.double()).numpy(),
    }


def _basis(fitted: Fitted, count: int) -> dict[str, Any]:
    return {
        "n_tokens": fitted.basis.n_tokens,
        "n_components": len(fitted.basis.components),
        "standardised": fitted.basis.standardised,
        **{name: rounded(array).tolist() for name, array in _arrays(fitted, count).items()},
        "provenance": asdict(fitted.provenance),
    }


def _npz(fitted: Fitted, count: int) -> bytes:
    """The arrays as .npz; `provenance` is JSON text in a zero-dimensional array."""
    file = io.BytesIO()
    provenance = np.array(json.dumps(asdict(fitted.provenance)))
    np.savez(
        file,
        allow_pickle=False,
        n_tokens=np.array(fitted.basis.n_tokens),
        provenance=provenance,
        **_arrays(fitted, count),
    )
    return file.getvalue()
