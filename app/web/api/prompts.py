"""Prompts: the stored texts, listed, searched and sampled, and those that visitors keep."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from app.db import prompts, sets, users
from app.errors import BadInput
from app.web import people
from app.web.api.common import WORD, Cursor, Limit, Who
from app.web.deps import ServicesDep
from app.web.people_in import PromptIn
from app.web.replies import PromptReply, PromptsReply
from app.web.saved_in import WriterIn
from app.web.schemas import MAX_ID
from app.web.texts import read_text

router = APIRouter(prefix="/prompts", tags=["prompts"])

PromptRow = Annotated[int, Path(ge=1, le=MAX_ID, description="A stored prompt's id.")]


@router.get("", summary="Stored prompts")
def list_prompts(
    services: ServicesDep,
    username: Annotated[
        str | None,
        Query(max_length=1000, pattern=WORD, description="Whose prompts.", examples=["ada"]),
    ] = None,
    dataset: Annotated[
        str | None,
        Query(
            max_length=80,
            pattern=WORD,
            description="`library`: the bundled ones; `visitors`: those kept under a name.",
            examples=["library"],
        ),
    ] = None,
    model: Annotated[
        str | None,
        Query(max_length=200, pattern=WORD, description="Kept while looking at this model."),
    ] = None,
    q: Annotated[
        str | None, Query(max_length=200, pattern=WORD, description="Text to look for.")
    ] = None,
    set_id: Annotated[
        int | None,
        Query(alias="set", ge=1, le=MAX_ID, description="Prompts of the set of this id."),
    ] = None,
    sort: Annotated[
        Literal["old", "new"] | None, Query(description="Oldest first, or newest first.")
    ] = None,
    seed: Annotated[
        int | None,
        Query(ge=0, le=MAX_ID, description="Gives a random order, the same for the same seed."),
    ] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> PromptsReply:
    """In the order in which they were stored, or for a `seed` in the random order that it fixes.
    A name under which nothing is saved has none.
    """
    if seed is not None and sort is not None:
        raise BadInput("Give either `seed` or `sort`: a seed fixes an order too.", field="sort")
    with services.sessions.begin() as session:
        user = None if username is None else users.find(session, username)
        if username is not None and user is None:
            return PromptsReply(items=[], next=None)
        which = prompts.Filter(
            dataset=dataset,
            model=model,
            q=q,
            user_id=None if user is None else user.id,
            set_id=None if set_id is None else sets.by_id(session, set_id).id,
        )
        if seed is None:
            page = prompts.listed(session, which, sort=sort or "old", limit=limit, cursor=cursor)
        else:
            page = prompts.sampled(session, which, seed=seed, limit=limit, cursor=cursor)
        items = [PromptReply.model_validate(row) for row in page.items]
    return PromptsReply(items=items, next=page.next)


@router.post(
    "",
    summary="Keep a text under a name",
    status_code=201,
    responses={200: {"model": PromptReply, "description": "You have kept it already."}},
)
async def keep_prompt(
    request: Request, body: PromptIn, response: Response, services: ServicesDep
) -> PromptReply:
    """Any text that the model reads. The same text is kept once for each model."""
    model = services.hub.get(body.model)
    text = await read_text(services, model, body.text, None)

    def keep() -> tuple[PromptReply, bool]:
        with people.writing(request, services, body.username) as (session, user):
            row, is_new = prompts.keep(session, user, text=text.text, model=model.info.name)
            return PromptReply.model_validate(row), is_new

    reply, is_new = await run_in_threadpool(keep)
    response.status_code = 201 if is_new else 200
    return reply


@router.get("/{prompt_id}", summary="One stored prompt")
def get_prompt(prompt_id: PromptRow, services: ServicesDep) -> PromptReply:
    """The prompt of that id."""
    with services.sessions.begin() as session:
        return PromptReply.model_validate(prompts.by_id(session, prompt_id))


@router.delete("/{prompt_id}", summary="Delete a prompt", status_code=204)
def delete_prompt(
    request: Request, prompt_id: PromptRow, username: Who, services: ServicesDep
) -> None:
    """Only who kept it does, and can restore it. It leaves every list and every set."""
    with people.writing(request, services, username) as (session, user):
        prompts.delete(session, prompts.own(session, prompt_id, user))


@router.post("/{prompt_id}/restore", summary="Undo the deletion of a prompt")
def restore_prompt(
    request: Request, prompt_id: PromptRow, body: WriterIn, services: ServicesDep
) -> PromptReply:
    """It comes back into its sets; nothing happens to one that is there."""
    with people.writing(request, services, body.username) as (session, user):
        return PromptReply.model_validate(prompts.restore(session, prompt_id, user))
