"""Explanations: what people think a direction means, and how many agree."""

from fastapi import APIRouter, Request, Response

from app.db import directions, explanations, votes
from app.db.names import MAX_EXPLANATION, read_prose
from app.web import people
from app.web.api.common import Cursor, DirectionRow, ExplanationRow, Limit, Me, Who
from app.web.deps import ServicesDep
from app.web.saved_in import ExplanationEdit, ExplanationIn, VoteIn, WriterIn
from app.web.saved_out import (
    ExplanationReply,
    ExplanationsReply,
    HistoryReply,
    RevisionReply,
    TallyReply,
    explanations_out,
)

router = APIRouter(tags=["explanations"])


@router.get("/directions/{direction_id}/explanations", summary="A direction's explanations")
def list_explanations(
    direction_id: DirectionRow,
    services: ServicesDep,
    me: Me = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> ExplanationsReply:
    """The best first: by the lower bound of the share of up-votes, then by age."""
    with services.sessions.begin() as session:
        row = directions.by_id(session, direction_id)
        page = explanations.of(session, row.id, limit=limit, cursor=cursor)
        items = explanations_out(session, page.items, people.reader(session, me))
    return ExplanationsReply(items=items, next=page.next)


@router.post(
    "/directions/{direction_id}/explanations",
    summary="Explain a direction",
    status_code=201,
    responses={200: {"model": ExplanationReply, "description": "You said so before."}},
)
def explain(
    request: Request,
    direction_id: DirectionRow,
    body: ExplanationIn,
    services: ServicesDep,
    response: Response,
) -> ExplanationReply:
    """One explanation per name and side: another text on the same side is an edit (409)."""
    text = read_prose(body.text, field="text", limit=MAX_EXPLANATION)
    with people.writing(request, services, body.username) as (session, user):
        row = directions.by_id(session, direction_id)
        made, is_new = explanations.add(session, row, user, text, body.side)
        (reply,) = explanations_out(session, [made], user)
    response.status_code = 201 if is_new else 200
    return reply


@router.patch("/explanations/{explanation_id}", summary="Edit an explanation")
def edit_explanation(
    request: Request, explanation_id: ExplanationRow, body: ExplanationEdit, services: ServicesDep
) -> ExplanationReply:
    """Only its author does; the earlier text stays in its history."""
    text = read_prose(body.text, field="text", limit=MAX_EXPLANATION)
    with people.writing(request, services, body.username) as (session, user):
        row = explanations.own(session, explanation_id, user)
        edited = explanations.edit(session, row, text)
        (reply,) = explanations_out(session, [edited], user)
    return reply


@router.delete("/explanations/{explanation_id}", summary="Delete an explanation", status_code=204)
def delete_explanation(
    request: Request, explanation_id: ExplanationRow, username: Who, services: ServicesDep
) -> None:
    """Only its author does. It can be restored, with its votes."""
    with people.writing(request, services, username) as (session, user):
        explanations.delete(session, explanations.own(session, explanation_id, user))


@router.post(
    "/explanations/{explanation_id}/restore", summary="Undo the deletion of an explanation"
)
def restore_explanation(
    request: Request, explanation_id: ExplanationRow, body: WriterIn, services: ServicesDep
) -> ExplanationReply:
    """With its votes; nothing happens to one that is there."""
    with people.writing(request, services, body.username) as (session, user):
        row = explanations.restore(session, explanation_id, user)
        (reply,) = explanations_out(session, [row], user)
    return reply


@router.get("/explanations/{explanation_id}/history", summary="An explanation's earlier texts")
def explanation_history(explanation_id: ExplanationRow, services: ServicesDep) -> HistoryReply:
    """Every text that an edit replaced, oldest first."""
    with services.sessions.begin() as session:
        row = explanations.by_id(session, explanation_id)
        earlier = explanations.history(session, row)
    return HistoryReply(items=[RevisionReply.model_validate(each) for each in earlier])


@router.put("/explanations/{explanation_id}/vote", summary="Vote on an explanation")
def vote(
    request: Request, explanation_id: ExplanationRow, body: VoteIn, services: ServicesDep
) -> TallyReply:
    """One vote per name: a second one replaces the first, and 0 withdraws it."""
    with people.writing(request, services, body.username) as (session, user):
        tally = votes.cast(session, explanation_id, user, body.value)
    return TallyReply.model_validate(tally)
