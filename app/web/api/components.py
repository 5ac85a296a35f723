"""PCA components as directions, so that they can be explained and voted on like any other."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.concurrency import run_in_threadpool

from app.web import people
from app.web.api.common import Me, place
from app.web.component_rows import component_row
from app.web.deps import ModelDep, ServicesDep
from app.web.saved_out import DirectionReply, direction_out
from app.web.schemas import MAX_ID

router = APIRouter(prefix="/models/{m}", tags=["directions"])


@router.get("/sites/{site}/components/{k}", summary="A PCA component as a direction")
async def get_component(
    model: ModelDep,
    site: str,
    k: Annotated[int, Path(ge=0, le=MAX_ID, description="The component's number, from 0.")],
    services: ServicesDep,
    head: Annotated[int | None, Query(ge=0, le=100_000)] = None,
    me: Me = None,
) -> DirectionReply:
    """Component `k` of the site's basis, with what people say about it."""
    found, checked = place(model, site, head)

    def read() -> DirectionReply:
        row = component_row(services, model, found, checked, k)
        with services.sessions.begin() as session:
            return direction_out(services, session, row, people.reader(session, me))

    return await run_in_threadpool(read)
