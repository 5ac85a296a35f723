"""A database with something of every kind in it, and bundles packed, read and tampered with."""

import io
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from app.db import directions, explanations, lists, prompts, sets, users, votes
from app.db.bundle_check import Place, Served, Shape, check
from app.db.bundle_in import merge_bundle
from app.db.bundle_merge import EVERYTHING, Report, Rules
from app.db.bundle_out import write_bundle
from app.db.bundle_zip import Limits, opened
from app.db.directions import NewDirection
from app.db.models import Collection, Direction, Explanation, Prompt, PromptSet

MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SITE = "blocks.1.hook_resid_pre"
HEADED = "blocks.0.attn.hook_z"
BASIS = "0123456789abcdef"
REVISION = "a" * 40
SERVED: Served = {"tiny": Shape(REVISION, {SITE: Place(6, None), HEADED: Place(3, 4)})}

Contents = dict[str, Any]


def unit(seed: int, width: int = 6) -> bytes:
    """A random unit vector as it is stored."""
    drawn = np.random.default_rng(seed).normal(size=width)
    return (drawn / np.linalg.norm(drawn)).astype("<f4").tobytes()


def new(name: str, seed: int, **given: Any) -> NewDirection:  # noqa: ANN401
    """A direction to be saved."""
    kept = {
        "name": name, "model": "tiny", "revision": REVISION, "site": SITE, "head": None,
        "width": 6, "vector": unit(seed), "recipe": {"kind": "vector"},
    }  # fmt: skip
    return NewDirection(**(kept | given))


def bundled(slug: str, prose: str) -> Prompt:
    """A prompt that came with the software."""
    return Prompt(dataset="library", slug=slug, register="x", text=prose, created_at=MOMENT)


def fill(session: Session) -> None:
    """Two users who made, explained, voted on, edited and deleted things, and one component."""
    ada, bob, cyd = (users.named(session, name) for name in ("Ada", "Bob", "Çelik Üç"))
    for slug, prose in (("one", "A bundled text."), ("two", "Another one.")):
        session.add(bundled(slug, prose))
    capitals, _ = directions.saved(session, ada, new("capitals", 1))
    months, _ = directions.saved(session, ada, new("Months — “12”", 2, visibility="unlisted"))
    gone, _ = directions.saved(session, ada, new("gone", 3))
    head = new("of a head", 4, site=HEADED, head=2, width=3, vector=unit(4, 3))
    of_head, _ = directions.saved(session, bob, head)
    parts = [
        {"id": capitals.id, "name": "capitals", "weight": 0.5},
        {"component": 3, "weight": -2},
        {"id": gone.id, "name": "gone", "weight": 1.0},
    ]
    recipe = {"kind": "combination", "basis": BASIS, "parts": parts}
    mixed, _ = directions.saved(session, bob, new("mixed", 5, recipe=recipe))
    place = {"text": "Paris \u2028 in\nFrance", "prompt_id": 1, "position": 1, "token": " in"}
    difference = {"kind": "difference", "plus": place, "minus": {"text": "Rome"}}
    directions.saved(session, bob, new("difference", 6, recipe=difference))
    token = {"kind": "token", **place}
    directions.saved(session, bob, new("token", 7, recipe=token))
    upload = {"kind": "upload", "file": "direction.json", "format": "json"}
    directions.saved(session, cyd, new("uploaded", 8, recipe=upload, model="other"))
    directions.copy(session, mixed, ada)
    component = directions.component(
        session, model="tiny", revision=REVISION, site=SITE, head=None, component=3, basis=BASIS,
        width=6, vector=unit(9), name="Component 3",
    )  # fmt: skip

    first, _ = explanations.add(session, capitals, bob, "<b>Capitals</b> of\n\ncountries")
    explanations.edit(session, first, "Capital cities")
    explanations.edit(session, first, "Capital cities of Europe")
    second, _ = explanations.add(session, capitals, cyd, "Places", "plus")
    third, _ = explanations.add(session, component, ada, "Numbers, 数字", "minus")
    erased, _ = explanations.add(session, capitals, ada, "Mine, no longer")
    of_gone, _ = explanations.add(session, gone, bob, "Of something deleted")
    for explanation, user, value in (
        (first, ada, 1), (first, cyd, 1), (first, bob, -1), (second, ada, -1), (third, bob, 1),
        (erased, bob, 1), (of_gone, ada, 1),
    ):  # fmt: skip
        votes.cast(session, explanation.id, user, value)

    places, _ = lists.make(session, ada, "Places", "Where things are")
    for direction, note in ((of_head, "first"), (capitals, ""), (gone, "deleted"), (component, "")):
        lists.put(session, places, direction, note)
    empty, _ = lists.make(session, bob, "Deleted list")
    lists.delete(session, empty)
    own, _ = prompts.keep(session, ada, text="Ada's own text", model="tiny")
    other, _ = prompts.keep(session, bob, text="Bob's text 🙂", model="tiny")
    away, _ = prompts.keep(session, ada, text="thrown away", model="tiny")
    chosen, _ = sets.make(session, ada, "Chosen", "A note")
    library = session.scalars(select(Prompt).where(Prompt.slug == "two")).one()
    for prompt in (other, library, own, away):
        sets.put(session, chosen, prompt)
    prompts.delete(session, away)
    explanations.delete(session, erased)
    directions.delete(session, gone)
    assert months.visibility == "unlisted"


def packed(sessions: sessionmaker[Session], username: str | None = None) -> bytes:
    """A bundle, as bytes."""
    file = io.BytesIO()
    with sessions.begin() as session:
        write_bundle(session, file, username, MOMENT)
    return file.getvalue()


def bring(
    sessions: sessionmaker[Session],
    bundle: bytes,
    rules: Rules = EVERYTHING,
    served: Served = SERVED,
    limits: Limits | None = None,
) -> Report:
    """Import a bundle."""
    with opened(io.BytesIO(bundle), limits or Limits()) as there:
        check(there, served)
        with sessions.begin() as session:
            return merge_bundle(session, there, rules, served)


def members(bundle: bytes) -> dict[str, bytes]:
    """The files of a bundle."""
    with zipfile.ZipFile(io.BytesIO(bundle)) as file:
        return {name: file.read(name) for name in file.namelist()}


def repacked(files: dict[str, bytes]) -> bytes:
    """A bundle of those files."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in files.items():
            file.writestr(name, content)
    return made.getvalue()


def tampered(bundle: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """The bundle with one file changed."""
    files = members(bundle)
    return repacked({**files, name: change(files[name])})


def edited(bundle: bytes, name: str, change: Callable[[list[dict[str, Any]]], object]) -> bytes:
    """The bundle with the records of one file changed, and the manifest's count with them."""
    files = members(bundle)
    rows = [json.loads(line) for line in files[name].splitlines()]
    change(rows)
    files[name] = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    manifest = json.loads(files["manifest.json"])
    manifest["counts"][name] = len(rows)
    return repacked({**files, "manifest.json": json.dumps(manifest).encode()})


def contents(bundle: bytes) -> Contents:
    """What a bundle says, prompts' numbers (which are this database's) made ranks."""
    found: Contents = {}
    for name, content in members(bundle).items():
        found[name] = content
        if name.endswith(".json"):
            found[name] = json.loads(content)
        elif name.endswith(".jsonl"):
            found[name] = [json.loads(line) for line in content.decode().split("\n") if line]
    numbers = sorted(row["number"] for row in found["prompts.jsonl"])
    for row in found["prompts.jsonl"]:
        row["number"] = numbers.index(row["number"])
    for row in found["set_items.jsonl"]:
        row["prompt"] = numbers.index(row["prompt"])
    return found


def counted(session: Session) -> dict[str, list[tuple[Any, ...]]]:
    """What rows say of others, and what must be kept right by whoever writes."""
    by_direction = select(
        Direction.uid, Direction.n_explanations, Direction.score, Direction.listed
    ).where(Direction.deleted_at.is_(None))
    by_explanation = (
        select(Explanation.uid, Explanation.up, Explanation.down, Explanation.score)
        .join(Direction, Direction.id == Explanation.direction_id)
        .where(Explanation.deleted_at.is_(None), Direction.deleted_at.is_(None))
    )
    return {
        "directions": sorted(map(tuple, session.execute(by_direction))),
        "explanations": sorted(map(tuple, session.execute(by_explanation))),
    }


def rows(session: Session) -> dict[str, int]:
    """How many rows the tables that an import writes have."""
    tables = (Direction, Explanation, Collection, PromptSet, Prompt)
    return {table.__tablename__: len(list(session.scalars(select(table.id)))) for table in tables}
