"""Prompts: the stored texts, listed, searched and sampled."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from app.db import prompts
from app.web.deps import ServicesDep
from app.web.replies import PromptReply, PromptsReply
from app.web.schemas import MAX_ID

router = APIRouter(prefix="/prompts", tags=["prompts"])

WORD = r"^[^\x00]*$"


@router.get("", summary="Stored prompts")
def list_prompts(
    services: ServicesDep,
    dataset: Annotated[str | None, Query(max_length=80, pattern=WORD, examples=["library"])] = None,
    model: Annotated[str | None, Query(max_length=200, pattern=WORD)] = None,
    q: Annotated[
        str | None, Query(max_length=200, pattern=WORD, description="Text to look for.")
    ] = None,
    seed: Annotated[
        int | None,
        Query(ge=0, le=MAX_ID, description="Gives a random order, the same for the same seed."),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[
        str | None, Query(max_length=64, pattern=WORD, description="`next` of the page before.")
    ] = None,
) -> PromptsReply:
    """In the order in which they were stored, or for a `seed` in the random order that it fixes."""
    which = prompts.Filter(dataset=dataset, model=model, q=q)
    with services.sessions.begin() as session:
        if seed is None:
            page = prompts.listed(session, which, limit=limit, cursor=cursor)
        else:
            page = prompts.sampled(session, which, seed=seed, limit=limit, cursor=cursor)
    items = [PromptReply.model_validate(row) for row in page.items]
    return PromptsReply(items=items, next=page.next)


@router.get("/{prompt_id}", summary="One stored prompt")
def get_prompt(
    prompt_id: Annotated[int, Path(ge=1, le=MAX_ID)], services: ServicesDep
) -> PromptReply:
    """The prompt of that id."""
    with services.sessions.begin() as session:
        return PromptReply.model_validate(prompts.by_id(session, prompt_id))
