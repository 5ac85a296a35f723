"""Predictions: what the model expects after every token of a text."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from app.web.api.common import json_of
from app.web.asking import while_wanted
from app.web.deps import ModelDep, ServicesDep
from app.web.replies import PredictionsReply
from app.web.schemas import PredictionsIn
from app.web.scoring import rounded
from app.web.texts import read_text, token_dicts
from app.worker.hub import ServedModel
from app.worker.jobs import Predictions, PredictJob

router = APIRouter(prefix="/models/{m}", tags=["predictions"])


@router.post("/predictions", summary="Next tokens", response_model=PredictionsReply)
async def predict(
    request: Request, model: ModelDep, body: PredictionsIn, services: ServicesDep
) -> Response:
    """The likeliest next tokens after each token of a text, with their probabilities."""
    text = await read_text(services, model, body.text, body.prompt_id, prepend_bos=body.prepend_bos)
    top = min(body.top, model.info.shape.d_vocab)
    job = PredictJob(text.ids, top)
    found = await while_wanted(request, model.batcher.ask(job))
    rows = await run_in_threadpool(_rows, model, found)
    return await json_of({"tokens": token_dicts(model, text.ids), "predictions": rows})


def _rows(model: ServedModel, found: Predictions) -> list[list[dict[str, Any]]]:
    """One list of {id, text, p} per position."""
    text_of = {id_: model.tokenizer.text_of(id_) for id_ in set(found.ids.flatten().tolist())}
    probabilities = rounded(found.probabilities.float().cpu().numpy()).tolist()
    return [
        [{"id": id_, "text": text_of[id_], "p": p} for id_, p in zip(ids, ps, strict=True)]
        for ids, ps in zip(found.ids.tolist(), probabilities, strict=True)
    ]
