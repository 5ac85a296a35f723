"""The JSON API: one router per noun, put together under /api/v1."""

from fastapi import APIRouter

from app.web.api import (
    corpus,
    heatmaps,
    models,
    predictions,
    prompts,
    scores,
    sites,
    tasks,
    tokens,
)
from app.web.api.common import FAILURES


def router() -> APIRouter:
    """Every endpoint of the API."""
    whole = APIRouter(prefix="/api/v1", responses=FAILURES)
    nouns = (models, tokens, sites, scores, predictions, corpus, heatmaps, prompts, tasks)
    for noun in nouns:
        whole.include_router(noun.router)
    return whole
