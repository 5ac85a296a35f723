"""Health: whether the process is alive, and whether its models can be asked."""

from fastapi import APIRouter, Response

from app.web.deps import ServicesDep
from app.web.replies import HealthReply, QueueReply, ReadyReply, TaskReply

router = APIRouter(tags=["health"])


@router.get("/healthz", summary="Is the process alive?")
async def healthz() -> HealthReply:
    """Always ok while the server answers."""
    return HealthReply()


@router.get(
    "/readyz",
    summary="Can the models be asked?",
    responses={503: {"model": ReadyReply, "description": "A model is loading, or none loaded."}},
)
async def readyz(services: ServicesDep, response: Response) -> ReadyReply:
    """200 when no model is loading and at least one is ready, else 503, with each one's state."""
    status = services.hub.status()
    loaded = services.hub.ready()
    ready = bool(loaded) and "loading" not in status.values()
    response.status_code = 200 if ready else 503
    if not ready:
        response.headers["Retry-After"] = "1"
    preparing = services.preparing()
    return ReadyReply(
        ready=ready,
        models=status,
        default=services.hub.default,
        notice=services.hub.notice,
        queue=QueueReply(
            depth=sum(model.batcher.depth for model in loaded),
            limit=sum(model.batcher.limit for model in loaded),
        ),
        preparing=TaskReply.model_validate(preparing) if preparing else None,
    )
