"""What the routers share: the failures and parameters that they document, the place a request
names, JSON made off the event loop, a 202.
"""

import json
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Path, Query
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from app.corpus.tasks import TaskView
from app.web.replies import ProblemReply, TaskReply, TaskStarted
from app.web.schemas import MAX_ID
from app.worker.hub import ServedModel
from app.worker.jobs import Site

FAILURES: dict[int | str, dict[str, Any]] = {
    400: {"model": ProblemReply, "description": "The body cannot be parsed."},
    403: {"model": ProblemReply, "description": "This is somebody else's."},
    404: {"model": ProblemReply, "description": "Something named does not exist, or not yet."},
    409: {"model": ProblemReply, "description": "Something else of that name is already there."},
    413: {"model": ProblemReply, "description": "The body is too large."},
    415: {"model": ProblemReply, "description": "The body is not declared to be JSON."},
    422: {"model": ProblemReply, "description": "The input cannot be used; `errors` says why."},
    429: {"model": ProblemReply, "description": "Tried too often; `Retry-After` says how long."},
    503: {"model": ProblemReply, "description": "Loading or busy; `Retry-After` says how long."},
}
ACCEPTED: dict[int | str, dict[str, Any]] = {
    202: {"model": TaskStarted, "description": "Being computed; ask again when the task is done."}
}
BINARY = "application/octet-stream"

WORD = r"^[^\x00]*$"
Who = Annotated[
    str, Query(max_length=1000, pattern=WORD, description="The name that asks.", examples=["ada"])
]
Me = Annotated[
    str | None,
    Query(
        max_length=1000, pattern=WORD, description="Who is looking: their own things are marked."
    ),
]
Limit = Annotated[int, Query(ge=1, le=100, description="How many, at most.")]
Cursor = Annotated[
    str | None, Query(max_length=200, pattern=WORD, description="`next` of the page before.")
]
DirectionRow = Annotated[int, Path(ge=1, le=MAX_ID, description="A saved direction's id.")]
ExplanationRow = Annotated[int, Path(ge=1, le=MAX_ID, description="An explanation's id.")]
ListRow = Annotated[int, Path(ge=1, le=MAX_ID, description="A list's id.")]


def place(model: ServedModel, site: str, head: int | None) -> tuple[Site, int | None]:
    """A request's site and head; raises UnknownSite, or what `Site.check_head` raises."""
    found = model.sites[site]
    return found, found.check_head(head)


def accepted(task: TaskView) -> JSONResponse:
    """202: the task that computes the answer."""
    started = TaskStarted(task=TaskReply.model_validate(task))
    return JSONResponse(started.model_dump(mode="json"), 202)


async def json_of(content: Mapping[str, Any]) -> Response:
    """A large answer as JSON, encoded off the event loop; no number in it may be NaN."""

    def encode() -> bytes:
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode("utf-8")

    return Response(await run_in_threadpool(encode), media_type="application/json")
