"""Tasks: work in the background, its progress, and how to stop it."""

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from app.web.api.common import ACCEPTED, accepted
from app.web.corpus_in import FitIn
from app.web.deps import ModelDep, ServicesDep
from app.web.replies import TaskReply, TaskStarted

router = APIRouter(tags=["tasks"])

TaskId = Annotated[str, Path(max_length=200, description="A task's id.")]


@router.post(
    "/models/{m}/fits",
    summary="Fit a site",
    status_code=202,
    response_model=TaskStarted,
    responses=ACCEPTED,
)
async def fit(model: ModelDep, body: FitIn, services: ServicesDep) -> JSONResponse:
    """Fit the basis of one site, for all its heads, over the ingested corpus."""
    site = model.sites[body.site]
    return accepted(await run_in_threadpool(services.corpora.fit_site, model, site))


@router.get("/tasks/{task_id}", summary="A task's progress")
async def get_task(task_id: TaskId, services: ServicesDep) -> TaskReply:
    """How far it is; `message` says what it does, or why it failed."""
    return TaskReply.model_validate(services.tasks.get(task_id))


@router.delete("/tasks/{task_id}", summary="Stop a task")
async def cancel_task(task_id: TaskId, services: ServicesDep) -> TaskReply:
    """Cancel it; one that is done stays done."""
    return TaskReply.model_validate(services.tasks.cancel(task_id))
