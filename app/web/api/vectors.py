"""A saved direction's numbers: downloaded in three formats, and compared with others."""

import hashlib
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Query
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from app.db import directions
from app.web.api.common import BINARY, DirectionRow
from app.web.deps import ServicesDep
from app.web.downloads import TYPES, WRITERS, disposition
from app.web.saved_out import SimilarsReply
from app.web.saved_vectors import to_tensor
from app.web.similar import similar_to

router = APIRouter(prefix="/directions", tags=["directions"])

NUMBERS = {"type": "array", "items": {"type": "number"}}


@router.get(
    "/{direction_id}/vector",
    summary="A direction's vector",
    response_class=Response,
    responses={
        200: {
            "description": "A bare JSON list, a NumPy file, or a safetensors file whose tensor is "
            "`direction` and whose metadata says where it belongs.",
            "content": {
                "application/json": {"schema": NUMBERS},
                BINARY: {"schema": {"type": "string", "format": "binary"}},
            },
        },
        304: {"description": "It is the one that `If-None-Match` names."},
    },
)
def get_vector(
    direction_id: DirectionRow,
    services: ServicesDep,
    format_: Annotated[Literal["json", "npy", "safetensors"], Query(alias="format")] = "json",
    if_none_match: Annotated[str, Header(include_in_schema=False)] = "",
) -> Response:
    """Float32, of length 1. Every format can be uploaded again as it is."""
    with services.sessions.begin() as session:
        row = directions.by_id(session, direction_id)
        vector = to_tensor(directions.vector_of(session, direction_id)).numpy()
    content = WRITERS[format_](row, vector)
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {
        "ETag": tag,
        "Cache-Control": "no-cache",
        "Content-Disposition": disposition(row.name, format_),
    }
    if tag in [each.strip().removeprefix("W/") for each in if_none_match.split(",")]:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=TYPES[format_], headers=headers)


@router.get("/{direction_id}/similar", summary="Similar directions")
async def get_similar(
    direction_id: DirectionRow,
    services: ServicesDep,
    limit: Annotated[int, Query(ge=1, le=100, description="How many, at most.")] = 10,
) -> SimilarsReply:
    """Saved directions and PCA components at the same site (and head), by |cosine|; the sign is
    kept: close to −1 is the same line the other way round.
    """
    items = await run_in_threadpool(similar_to, services, direction_id, limit)
    return SimilarsReply(items=items)
