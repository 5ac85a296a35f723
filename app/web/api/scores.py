"""Scores: every token's dot product with every direction asked for."""

from typing import Annotated, Any

import numpy as np
import torch
from fastapi import APIRouter, Header, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from torch import Tensor

from app.analysis.directions import Unit, score_in_unit
from app.errors import BadInput
from app.web.api.common import BINARY, json_of, place
from app.web.asking import while_wanted
from app.web.deps import ModelDep, Services, ServicesDep
from app.web.directions_in import basis_of, unit_vectors
from app.web.replies import ScoresReply
from app.web.schemas import ByVector, Direction, ScoresIn
from app.web.scoring import ScoreMatrix, binary, rounded, score, to_half
from app.web.texts import TokenText, read_texts, token_dicts
from app.worker.hub import ServedModel
from app.worker.jobs import Site

router = APIRouter(prefix="/models/{m}", tags=["scores"])

BINARY_DESCRIPTION = """JSON, or for `Accept: application/octet-stream` a matrix: uint32 LE length \
of the header, the header (UTF-8 JSON, padded with spaces to 4 bytes), then float16 LE, one row \
per token of every text in turn, one column per direction and a last one with the norms. \
Header: `prompts` [{prompt_id, tokens, offset}], `n_rows`, `n_columns`, `columns`, `unit` \
(always "dot"), `scale`: score = float16 × scale[column]."""


@router.post(
    "/scores",
    summary="Scores of texts along directions",
    response_model=ScoresReply,
    responses={
        200: {
            "description": BINARY_DESCRIPTION,
            "content": {BINARY: {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def score_texts(
    request: Request,
    model: ModelDep,
    body: ScoresIn,
    services: ServicesDep,
    accept: Annotated[str, Header(include_in_schema=False)] = "",
) -> Response:
    """Typed texts first, then stored prompts; the scores of a text are one list per direction."""
    site, head = place(model, body.site, body.head)
    as_binary = BINARY in accept
    if as_binary and body.unit != "dot":
        raise BadInput("The binary answer holds dot products; leave `unit` out.", field="unit")
    texts = await read_texts(
        services, model, body.texts, body.prompt_ids, prepend_bos=body.prepend_bos
    )

    async def work() -> tuple[Tensor, ScoreMatrix]:
        vectors = await unit_vectors(
            services, model, site, head, body.directions, prepend_bos=body.prepend_bos
        )
        return vectors, await score(model, site, head, texts, vectors)

    vectors, matrix = await while_wanted(request, work())
    if as_binary:
        content = await run_in_threadpool(_binary, model, texts, body.directions, matrix)
        return Response(content, media_type=BINARY)
    if body.unit != "dot":
        matrix = await _in_unit(services, model, site, head, body.unit, vectors, matrix)
    return await json_of(await run_in_threadpool(_reply, model, texts, body.unit, matrix))


async def _in_unit(
    services: Services,
    model: ServedModel,
    site: Site,
    head: int | None,
    unit: Unit,
    vectors: Tensor,
    matrix: ScoreMatrix,
) -> ScoreMatrix:
    """The matrix read in another unit; raises NotFitted where that needs a basis."""
    basis = None if unit == "cosine" else (await basis_of(services, model, site, head)).basis
    norms = torch.from_numpy(matrix.norms)

    def convert() -> ScoreMatrix:
        columns = []
        for i, vector in enumerate(vectors):
            mean, std = (0.0, 1.0)
            if basis is not None:
                mean, std = float(basis.mean_score(vector)), float(basis.std_along(vector))
            dot = torch.from_numpy(matrix.scores[:, i].copy())
            columns.append(score_in_unit(dot, norms, unit, mean, std).numpy())
        return ScoreMatrix(np.stack(columns, axis=1), matrix.norms, matrix.offsets)

    return await run_in_threadpool(convert)


def _reply(
    model: ServedModel, texts: list[TokenText], unit: str, matrix: ScoreMatrix
) -> dict[str, Any]:
    per_direction = rounded(matrix.scores).T
    return {
        "unit": unit,
        "prompts": [
            {
                "prompt_id": text.prompt_id,
                "tokens": token_dicts(model, text.ids),
                "scores": per_direction[:, matrix.of_text(i)].tolist(),
            }
            for i, text in enumerate(texts)
        ],
    }


def _binary(
    model: ServedModel, texts: list[TokenText], directions: list[Direction], matrix: ScoreMatrix
) -> bytes:
    half, scale = to_half(np.column_stack((matrix.scores, matrix.norms)))
    header = {
        "prompts": [
            {
                "prompt_id": text.prompt_id,
                "tokens": token_dicts(model, text.ids),
                "offset": matrix.offsets[i],
            }
            for i, text in enumerate(texts)
        ],
        "n_rows": half.shape[0],
        "n_columns": half.shape[1],
        "columns": [*map(_name, directions), "norm"],
        "unit": "dot",
        "scale": scale,
    }
    return binary(header, half)


def _name(direction: Direction) -> dict[str, Any] | str:
    """A column's direction as it was asked for, a vector by its kind only."""
    if isinstance(direction, ByVector):
        return "vector"
    return direction.model_dump(exclude_none=True)
