"""The directory of saved directions as one typed object; its page is rendered from it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from app.db import directions
from app.errors import RsvError
from app.web.deps import Services
from app.web.describing import models_of
from app.web.saved_out import DirectionReply, directions_out
from app.web.saved_words import place, viewer
from app.web.views import ModelChoice, View

Sort = Literal["new", "top"]
Origin = Literal["user", "pca"]

ROWS = 20
LONGEST_QUERY = 200
EXAMPLE_MIX = "6:0.8,4:0.6"
EXAMPLE_SITE = "blocks.4.hook_resid_pre"


class Asked(View):
    """What the address of a directory asks for."""

    model: str | None = None
    site: str | None = None
    username: str | None = None
    origin: Origin | None = None
    q: str | None = None
    sort: Sort = "new"
    cursor: str | None = None

    @property
    def narrowed(self) -> bool:
        """Whether anything but the order is asked for."""
        return any((self.model, self.site, self.username, self.origin, self.q))

    def address(self, **other: str | None) -> str:
        """The address that asks for this, or for something else of it; from the beginning."""
        asked = {**self.model_dump(exclude={"cursor"}), **other}
        if asked["sort"] == "new":
            del asked["sort"]
        query = urlencode({name: value for name, value in asked.items() if value})
        return "/directions" + (f"?{query}" if query else "")


class DirectionRow(View):
    """A saved direction in a list: what it is, where, and where it opens."""

    direction: DirectionReply
    model_label: str
    place: str
    viewer: str


class SiteChoice(View):
    """A site that the directory can be narrowed to."""

    name: str
    label: str


class DirectoryView(View):
    """A page of the directory."""

    asked: Asked
    rows: tuple[DirectionRow, ...]
    next: str | None
    new: str
    top: str
    models: tuple[ModelChoice, ...]
    default_model: str | None
    sites: tuple[SiteChoice, ...]
    example: str
    continued: bool
    problems: tuple[str, ...]


@dataclass(slots=True)
class _Reading:
    """What has been read of an address, and what could not be."""

    params: QueryParams
    problems: list[str] = field(default_factory=list)

    def text(self, name: str, limit: int) -> str | None:
        given = self.params.get(name, "").replace("\0", "").strip()
        if len(given) > limit:
            self.problems.append(f"{name}: {len(given)} characters; at most {limit} are read.")
        return given[:limit] or None

    def word(self, name: str, words: tuple[str, ...]) -> str | None:
        given = self.params.get(name)
        if not given or given in words:
            return given or None
        self.problems.append(f"{name}={given[:40]}: expected {' or '.join(words)}.")
        return None


def read_asked(params: QueryParams) -> tuple[Asked, list[str]]:
    """What a directory's address asks for, and what of it cannot be read."""
    reading = _Reading(params)
    asked = Asked.model_validate(
        {
            "model": reading.text("model", LONGEST_QUERY),
            "site": reading.text("site", LONGEST_QUERY),
            "username": reading.text("username", LONGEST_QUERY),
            "origin": reading.word("origin", ("user", "pca")),
            "q": reading.text("q", LONGEST_QUERY),
            "sort": reading.word("sort", ("new", "top")) or "new",
            "cursor": reading.text("cursor", LONGEST_QUERY),
        }
    )
    return asked, reading.problems


def directory(services: Services, asked: Asked, problems: Iterable[str] = ()) -> DirectoryView:
    """A page of the directory; raises BadInput for a cursor of another list."""
    which = directions.Filter(
        model=asked.model,
        site=asked.site,
        username=asked.username,
        origin=asked.origin,
        q=asked.q,
    )
    with services.sessions.begin() as session:
        page = directions.listed(session, which, sort=asked.sort, limit=ROWS, cursor=asked.cursor)
        rows = rows_of(services, directions_out(services, session, page.items, None))
    return DirectoryView(
        asked=asked,
        rows=rows,
        next=None if page.next is None else asked.address(cursor=page.next),
        new=asked.address(sort="new"),
        top=asked.address(sort="top"),
        models=models_of(services),
        default_model=services.hub.default,
        sites=sites_of(services, asked),
        example=example(services),
        continued=asked.cursor is not None,
        problems=tuple(problems),
    )


def rows_of(services: Services, replies: Iterable[DirectionReply]) -> tuple[DirectionRow, ...]:
    """Directions as rows of a list."""
    labels = {model.info.name: model.info.label for model in services.hub.ready()}
    return tuple(
        DirectionRow(
            direction=reply,
            model_label=labels.get(reply.model, reply.model),
            place=place(reply.site_label, reply.head),
            viewer=viewer(direction=reply.id),
        )
        for reply in replies
    )


def sites_of(services: Services, asked: Asked) -> tuple[SiteChoice, ...]:
    """The sites of the model asked for, or of the first; and the one asked for, whatever it is."""
    found: dict[str, str] = {}
    try:
        model = services.hub.get(asked.model or services.hub.default or "")
        found = {site.name: site.label for site in model.sites.values()}
    except RsvError:
        pass  # not served, or not yet: there is nothing to choose from
    if asked.site is not None:
        found.setdefault(asked.site, asked.site)
    return tuple(SiteChoice(name=name, label=label) for name, label in found.items())


def example(services: Services) -> str:
    """An address of the viewer on which a direction can be made at once."""
    if services.hub.default == "demo":
        return viewer(model="demo", site=EXAMPLE_SITE, mix=EXAMPLE_MIX)
    return viewer(model=services.hub.default, mix="1:0.8,2:0.6")
