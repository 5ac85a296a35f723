"""The JSON API: one router per noun, put together under /api/v1."""

from fastapi import APIRouter

from app.web.api import (
    bundles,
    case_study,
    components,
    contributions,
    corpus,
    directions,
    explanations,
    heatmaps,
    lists,
    models,
    names,
    predictions,
    prompt_sets,
    prompts,
    scores,
    session,
    sites,
    tasks,
    tokens,
    users,
    vectors,
    weights,
)
from app.web.api.common import FAILURES


def router() -> APIRouter:
    """Every endpoint of the API."""
    whole = APIRouter(prefix="/api/v1", responses=FAILURES)
    nouns = (
        models, tokens, sites, scores, predictions, contributions, case_study, weights, corpus,
        heatmaps, components, directions, vectors, explanations, lists, prompts, prompt_sets,
        session, names, users, bundles, tasks,
    )  # fmt: skip
    for noun in nouns:
        whole.include_router(noun.router)
    return whole
