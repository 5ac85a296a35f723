"""Writing a bundle: rows stream from the database into a zip, a few at a time."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import datetime
from functools import partial
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import numpy as np
from safetensors.numpy import save
from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from app.db import bundle_rows, users
from app.db.bundle_format import (
    FILES,
    MANIFEST,
    SHARD,
    SHARD_BYTES,
    SHARD_VECTORS,
    Manifest,
    ModelEntry,
)
from app.db.bundle_recipe import ids_in, portable
from app.db.bundle_rows import Chosen
from app.db.directions import VISIBILITIES
from app.db.models import Direction

ROWS = 500
ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, default=datetime.isoformat)

Line = dict[str, Any]
Shape = Callable[[Session, Sequence[Row[Any]]], Iterator[Line]]


def write_bundle(
    session: Session,
    file: IO[bytes],
    username: str | None,
    moment: datetime,
    visibilities: tuple[str, ...] = VISIBILITIES,
) -> Manifest:
    """Write what a user made, or everything, as a bundle; returns its manifest.

    The session, which has not read anything yet, reads one state of the database throughout:
    nothing that the bundle refers to is missing from it, whatever is written meanwhile. Raises
    UnknownUser.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    user = users.by_name(session, username) if username is not None else None
    chosen = Chosen(user, visibilities)
    counts = {}
    with ZipFile(file, "w", ZIP_DEFLATED, compresslevel=6) as made:
        for name in FILES:
            counts[name] = _write_lines(session, made, name, chosen)
            if name == "directions.jsonl":
                _write_vectors(session, made, bundle_rows.vectors(chosen))
        manifest = Manifest(
            created_at=moment,
            of=user.name if user is not None else None,
            models=_models(session, chosen),
            counts=counts,
        )
        with made.open(_member(MANIFEST), "w") as out:
            out.write(manifest.model_dump_json(indent=2).encode())
    return manifest


def _write_lines(session: Session, made: ZipFile, name: str, chosen: Chosen) -> int:
    """One file of JSON Lines; returns how many."""
    n = 0
    query = bundle_rows.QUERIES[name](chosen)
    shape = partial(_with_links, chosen) if name == "directions.jsonl" else _as_they_are
    with made.open(_member(name), "w", force_zip64=True) as out:
        for rows in _partitions(session, query):
            lines = [_json(line) for line in shape(session, rows)]
            out.write(b"".join(lines))
            n += len(lines)
    return n


def _as_they_are(_session: Session, rows: Sequence[Row[Any]]) -> Iterator[Line]:
    names = rows[0]._fields
    for row in rows:
        yield dict(zip(names, row, strict=True))


def _with_links(chosen: Chosen, session: Session, rows: Sequence[Row[Any]]) -> Iterator[Line]:
    """Directions, their recipes naming those others by uid that the bundle may show."""
    named = {id_ for row in rows for id_ in ids_in(row.recipe)}
    there = select(Direction.id, Direction.uid).where(Direction.id.in_(named), chosen.there())
    uid_of = {id_: uid for id_, uid in session.execute(there)} if named else {}
    for row in rows:
        yield {**row._asdict(), "recipe": portable(row.recipe, uid_of)}


def _json(line: Line) -> bytes:
    if "context" in line and not line["context"]:
        del line["context"]
    elif "context" in line:
        line["context"] = True  # SQLite has numbers for truth
    return ENCODER.encode(line).encode() + b"\n"


def _write_vectors(session: Session, made: ZipFile, query: Select[str, bytes]) -> None:
    """The vectors, in shards that are small enough to be held in memory."""
    shard: dict[str, np.ndarray[Any, np.dtype[np.float32]]] = {}
    n_shards = size = 0

    def flush() -> None:
        nonlocal n_shards, size
        with made.open(_member(SHARD.format(n_shards), stored=True), "w", force_zip64=True) as out:
            out.write(save(shard))
        shard.clear()
        n_shards += 1
        size = 0

    for rows in _partitions(session, query):
        for row in rows:
            uid, vector = row.uid, row.vector
            if shard and (len(shard) >= SHARD_VECTORS or size + len(vector) > SHARD_BYTES):
                flush()
            shard[uid] = np.frombuffer(vector, dtype="<f4").astype(np.float32)
            size += len(vector)
    if shard:
        flush()


def _models(session: Session, chosen: Chosen) -> dict[str, ModelEntry]:
    found: dict[str, tuple[set[str], dict[str, int]]] = {}
    for model, revision, site, width in session.execute(bundle_rows.places(chosen)):
        revisions, sites = found.setdefault(model, (set(), {}))
        revisions.add(revision)
        sites[site] = width
    return {
        model: ModelEntry(revisions=sorted(revisions), sites=sites)
        for model, (revisions, sites) in found.items()
    }


def _partitions(session: Session, query: Select[*tuple[Any, ...]]) -> Iterator[Sequence[Row[Any]]]:
    """The rows of a query, a few hundred at a time, held by the database until they are asked."""
    with closing(session.execute(query, execution_options={"yield_per": ROWS})) as result:
        yield from result.partitions()


def _member(name: str, *, stored: bool = False) -> ZipInfo:
    """A file of the zip, without a date: the same rows make the same bytes."""
    member = ZipInfo(name)
    member.compress_type = ZIP_STORED if stored else ZIP_DEFLATED
    member.external_attr = 0o644 << 16
    return member
