"""What a name saved, and collections of directions, as typed objects."""

from datetime import datetime
from typing import Literal, get_args

from sqlalchemy.orm import Session

from app.db import directions, explanations, lists, prompts, sets, users
from app.db.models import User
from app.web.deps import Services
from app.web.saved_out import (
    ExplanationReply,
    ListBrief,
    directions_out,
    explanations_out,
    list_brief_out,
)
from app.web.saved_views import DirectionRow, example, rows_of
from app.web.saved_words import person, viewer
from app.web.views import View

Tab = Literal["directions", "explanations", "prompts", "sets", "collections"]
TABS: tuple[Tab, ...] = get_args(Tab)

ROWS = 20


class Said(View):
    """An explanation, with the name of the direction that it is of."""

    explanation: ExplanationReply
    direction: str


class KeptPrompt(View):
    """A text that somebody kept."""

    id: int
    text: str
    model: str | None
    created_at: datetime
    viewer: str


class KeptSet(View):
    """Prompts put together under a name."""

    id: int
    name: str
    note: str
    n_prompts: int
    created_at: datetime
    viewer: str


class TabView(View):
    """A tab of a person's page: its name, its address, how much it holds where that is counted."""

    key: Tab
    href: str
    count: int | None
    here: bool


class PersonView(View):
    """What a name saved: one tab of it."""

    username: str
    claimed: bool
    since: datetime
    n_votes: int
    example: str
    tabs: tuple[TabView, ...]
    tab: Tab
    next: str | None
    directions: tuple[DirectionRow, ...] = ()
    explanations: tuple[Said, ...] = ()
    prompts: tuple[KeptPrompt, ...] = ()
    sets: tuple[KeptSet, ...] = ()
    collections: tuple[ListBrief, ...] = ()


class ListsView(View):
    """A page of everybody's collections."""

    lists: tuple[ListBrief, ...]
    next: str | None


class ListedDirection(View):
    """A direction in a collection, with its note."""

    row: DirectionRow
    note: str


class ListView(View):
    """A collection with its directions."""

    id: int
    name: str
    note: str
    username: str
    created_at: datetime
    items: tuple[ListedDirection, ...]


def person_page(services: Services, username: str, tab: Tab, cursor: str | None) -> PersonView:
    """One tab of what a name saved; raises UnknownUser, and BadInput for a foreign cursor."""
    with services.sessions.begin() as session:
        user = users.by_name(session, username)
        made = users.activity(session, user)
        counts: dict[Tab, int | None] = {
            "directions": made.n_directions,
            "explanations": made.n_explanations,
            "prompts": made.n_prompts,
            "sets": None,
            "collections": made.n_lists,
        }
        base = person(user.name)
        items, after = _items(services, session, user, tab, cursor)
        return PersonView(
            username=user.name,
            claimed=user.claimed,
            since=user.created_at,
            n_votes=made.n_votes,
            example=example(services),
            tabs=tuple(
                TabView(
                    key=key,
                    href=base if key == "directions" else f"{base}?tab={key}",
                    count=counts[key],
                    here=key == tab,
                )
                for key in TABS
            ),
            tab=tab,
            next=None if after is None else f"{base}?tab={tab}&cursor={after}",
            **{tab: items},
        )


def _items(
    services: Services, session: Session, user: User, tab: Tab, cursor: str | None
) -> tuple[tuple[object, ...], str | None]:
    """What one tab holds, and the cursor of its next page."""
    if tab == "directions":
        which = directions.Filter(username=user.name)
        page = directions.listed(session, which, sort="new", limit=ROWS, cursor=cursor)
        replies = directions_out(services, session, page.items, None)
        return rows_of(services, replies), page.next
    if tab == "explanations":
        said = explanations.by_user(session, user, limit=ROWS, cursor=cursor)
        of = directions.by_ids(session, list({row.direction_id for row in said.items}))
        names = {row.id: row.name for row in of}
        shown = explanations_out(session, said.items, None)
        return tuple(
            Said(explanation=each, direction=names[each.direction_id]) for each in shown
        ), said.next
    if tab == "prompts":
        kept = prompts.listed(
            session, prompts.Filter(user_id=user.id), limit=ROWS, cursor=cursor, sort="new"
        )
        return tuple(
            KeptPrompt(
                id=row.id,
                text=row.text,
                model=row.model,
                created_at=row.created_at,
                viewer=viewer(model=_served(services, row.model), prompt=row.id),
            )
            for row in kept.items
        ), kept.next
    if tab == "sets":
        found = sets.listed(session, user_id=user.id, limit=ROWS, cursor=cursor)
        sizes = sets.sizes(session, [row.id for row in found.items])
        return tuple(
            KeptSet(
                id=row.id,
                name=row.name,
                note=row.note,
                n_prompts=sizes[row.id],
                created_at=row.created_at,
                viewer=viewer(set=row.id),
            )
            for row in found.items
        ), found.next
    collected = lists.of(session, username=user.name, limit=ROWS, cursor=cursor)
    n_of = lists.sizes(session, [row.id for row in collected.items])
    return tuple(
        list_brief_out(row, n_of.get(row.id, 0)) for row in collected.items
    ), collected.next


def _served(services: Services, model: str | None) -> str | None:
    """A model's name, where it is served here: an address should not name another."""
    return model if model in services.hub.names else None


def lists_page(services: Services, cursor: str | None) -> ListsView:
    """Everybody's collections, the newest first; raises BadInput for a foreign cursor."""
    with services.sessions.begin() as session:
        page = lists.of(session, limit=ROWS, cursor=cursor)
        sizes = lists.sizes(session, [row.id for row in page.items])
        return ListsView(
            lists=tuple(list_brief_out(row, sizes.get(row.id, 0)) for row in page.items),
            next=None if page.next is None else f"/lists?cursor={page.next}",
        )


def list_page(services: Services, id_: int) -> ListView:
    """One collection; raises UnknownList."""
    with services.sessions.begin() as session:
        row = lists.by_id(session, id_)
        held = lists.items(session, id_)
        replies = directions_out(services, session, [found for _, found in held], None)
        rows = rows_of(services, replies)
        return ListView(
            id=row.id,
            name=row.name,
            note=row.note,
            username=row.user.name,
            created_at=row.created_at,
            items=tuple(
                ListedDirection(row=each, note=item.note)
                for each, (item, _) in zip(rows, held, strict=True)
            ),
        )
