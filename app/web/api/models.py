"""Models: which are served, and how large each is."""

from typing import Annotated

from fastapi import APIRouter, Path

from app.web.deps import Services, ServicesDep
from app.web.replies import ModelReply, ModelsReply

router = APIRouter(prefix="/models", tags=["models"])


@router.get("", summary="The models that are served")
async def list_models(services: ServicesDep) -> ModelsReply:
    """Every model, the default first; the sizes of one that is still loading are null."""
    return ModelsReply(items=[_reply(services, name) for name in services.hub.status()])


@router.get("/{m}", summary="One model")
async def get_model(
    m: Annotated[str, Path(description="A model's name, as `GET /models` lists it.")],
    services: ServicesDep,
) -> ModelReply:
    """Its source, revision and sizes."""
    if m not in services.hub.status():
        services.hub.get(m)  # raises, unless it has come up since
    return _reply(services, m)


def _reply(services: Services, name: str) -> ModelReply:
    status = services.hub.status()[name]
    default = name == services.hub.default
    if status != "ready":
        return ModelReply(name=name, label=name, status=status, default=default)
    info = services.hub.get(name).info
    shape = info.shape
    return ModelReply(
        name=info.name,
        label=info.label,
        status=status,
        default=default,
        source=info.source,
        revision=info.revision,
        n_layers=shape.n_layers,
        d_model=shape.d_model,
        n_heads=shape.n_heads,
        d_head=shape.d_head,
        d_mlp=shape.d_mlp,
        d_vocab=shape.d_vocab,
        n_ctx=shape.n_ctx,
        n_parameters=info.n_parameters,
        device=info.device,
        dtype=info.dtype,
    )
