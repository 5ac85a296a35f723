"""Bundles: everything, or what one user made, as a file that another instance can import."""

from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import IO, Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import ConfigDict, Field
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import StreamingResponse

from app.bundling import (
    Turns,
    export_bundle,
    export_public,
    import_bundle,
    is_component_here,
    served_by,
)
from app.db import users
from app.db.bundle_merge import Report, Rules
from app.db.bundle_zip import Limits
from app.web.deps import Services, ServicesDep
from app.web.downloads import disposition
from app.web.people import writer
from app.web.replies import ProblemReply, Reply

PATH = "/api/v1/bundles"
ZIP = "application/zip"
CHUNK_BYTES = 2**20
UNPACKED = 4
"""How many times its own size an uploaded bundle may unpack to."""
MAX_LINES = 100_000
"""Records of an uploaded bundle: while they are merged, nobody else can write on SQLite."""

router = APIRouter(prefix="/bundles", tags=["bundles"])


class AtOnce:
    """How many bundles one server reads and writes at the same time."""

    def __init__(self) -> None:
        self.imports = Turns(1, "Another bundle is being imported. Try again when it is done.")
        self.exports = Turns(2, "Other bundles are being made. Try again when they are done.")


Username = Annotated[str, Query(max_length=1000, examples=["ada"])]


class TallyOfBundle(Reply):
    """What became of the records of one kind."""

    added: int
    known: int = Field(description="Here already, and left as they were.")
    skipped: int


class BundleReply(Reply):
    """What an import did."""

    users: TallyOfBundle
    directions: TallyOfBundle
    explanations: TallyOfBundle
    votes: TallyOfBundle
    prompts: TallyOfBundle
    lists: TallyOfBundle
    list_items: TallyOfBundle
    sets: TallyOfBundle
    set_items: TallyOfBundle
    skipped: list[str] = Field(description="Why what was skipped was.")
    notes: list[str] = Field(description="What is worth knowing of what was taken.")

    model_config = ConfigDict(extra="forbid")


@router.get(
    "",
    summary="Export a bundle",
    response_class=StreamingResponse,
    responses={200: {"content": {ZIP: {}}, "description": "The bundle, a zip file."}},
)
def get_bundle(
    request: Request,
    services: ServicesDep,
    username: Annotated[
        str | None,
        Query(max_length=1000, description="Whose; without it, all that is public."),
    ] = None,
) -> StreamingResponse:
    """Directions with their vectors, explanations, votes, prompts, lists and sets.

    A user's bundle holds their unlisted directions too, and what their explanations, votes and
    lists are about, unless somebody else keeps it unlisted.
    """
    file = TemporaryFile()  # noqa: SIM115 - closed when it has been sent
    try:
        with _at_once(request).exports.take():
            if username is None:
                manifest = export_public(services.sessions, file)
            else:
                manifest = export_bundle(services.sessions, file, username)
    except BaseException:
        file.close()
        raise
    size = file.tell()
    file.seek(0)
    whose = (manifest.of or "everything").replace(" ", "-")
    name = f"residual-streams-{whose}-{manifest.created_at:%Y-%m-%d}"
    return StreamingResponse(
        _pieces(file),
        media_type=ZIP,
        headers={
            "Content-Length": str(size),
            "Content-Disposition": disposition(name, "zip"),
            "Cache-Control": "no-store",
        },
    )


@router.post(
    "",
    summary="Import a bundle",
    responses={
        415: {"model": ProblemReply, "description": "The body is not declared to be a zip."}
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {ZIP: {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def post_bundle(request: Request, services: ServicesDep, username: Username) -> BundleReply:
    """Adds what is not here yet and never overwrites: once more, it adds nothing.

    Taken is what was saved under your name and under names that nobody has claimed; the rest is
    skipped. A bundle that is broken, or made for a model of another width, changes nothing.
    """
    declared = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if declared not in (ZIP, "application/x-zip-compressed"):
        raise HTTPException(415, f"Send the bundle as it is, with Content-Type: {ZIP}.")
    await run_in_threadpool(_admit, request, services, username)
    with TemporaryFile() as file:
        async for piece in request.stream():
            await run_in_threadpool(file.write, piece)
        file.seek(0)
        report = await run_in_threadpool(_imported, request, services, username, file)
    return reply(report)


def reply(report: Report) -> BundleReply:
    """A report as it is answered."""
    tallies: dict[str, Any] = {
        kind: TallyOfBundle.model_validate(tally) for kind, tally in report.tallies.items()
    }
    return BundleReply(**tallies, skipped=report.skipped, notes=report.notes)


def _at_once(request: Request) -> AtOnce:
    found: AtOnce = request.app.state.bundles
    return found


def _admit(request: Request, services: Services, username: str) -> None:
    """Refuse, before a large body is read, what would be refused after it. Nothing is written: a
    free name is made by the import itself.
    """
    _at_once(request).imports.check()
    with services.sessions.begin() as session:
        if users.find(session, username) is not None:
            writer(request, session, username)


def _imported(request: Request, services: Services, username: str, file: IO[bytes]) -> Report:
    def rules(session: Session) -> Rules:
        asker = writer(request, session, username)
        return Rules(
            may_write=lambda user: not user.claimed or user.id == asker.id,
            trusts=lambda record, vector: is_component_here(
                services.hub, services.corpora, record, vector
            ),
        )

    limits = Limits(unpacked_bytes=UNPACKED * services.limits.max_bundle_bytes, lines=MAX_LINES)
    with _at_once(request).imports.take():
        return import_bundle(
            services.writers,
            file,
            limits,
            served=lambda names: served_by(services.hub, names),
            rules=rules,
        )


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(CHUNK_BYTES):
            yield piece
