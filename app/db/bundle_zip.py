"""Reading a bundle that anybody may have made: nothing is taken into memory before it was measured.

Whatever is wrong with the file raises BadFile, which says where.
"""

import io
import re
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any, TypeVar, cast
from zipfile import BadZipFile, ZipFile, ZipInfo

import numpy as np
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.numpy import load

from app.db.bundle_format import (
    FILES,
    FORMAT,
    LINE_BYTES,
    MANIFEST,
    SHARD,
    SHARD_BYTES,
    SHARD_PATTERN,
    VERSION,
    DirectionRecord,
    Manifest,
    Record,
)
from app.errors import BadFile, RsvError

FIELD = "file"
READ_BYTES = 2**20
GUARD_BYTES = 4 * 2**20
MAX_SHARD_BYTES = 3 * SHARD_BYTES
NOT_LENGTH_ONE = 1e-3
BROKEN = (
    BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, IndexError, OverflowError,
    NotImplementedError, RuntimeError,
)  # fmt: skip
"""What `zipfile` raises for files that are broken in one way or another."""

R = TypeVar("R", bound=Record)
Vector = np.ndarray[Any, np.dtype[np.float32]]


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a bundle may get when it is unpacked; None: as large as it is."""

    unpacked_bytes: int | None = None
    lines: int | None = None


class Bundle:
    """An opened bundle: its manifest, its records file by file, its vectors."""

    def __init__(self, packed: ZipFile, manifest: Manifest, n_shards: int) -> None:
        self.manifest = manifest
        self._packed = packed
        self._n_shards = n_shards

    def records(self, name: str) -> Iterator[Record]:
        """The records of one file, in its order."""
        n = 0
        with _said_of(name), _lines(self._packed, name) as file:
            while line := file.readline(LINE_BYTES + 1):
                n += 1
                if len(line) > LINE_BYTES:
                    raise bad(f"{name}, line {n} is longer than {LINE_BYTES:,} bytes.")
                yield _parsed(FILES[name], line, f"{name}, line {n}")
        if n != self.manifest.counts[name]:
            expected = self.manifest.counts[name]
            raise bad(f"{name} has {n:,} lines; the manifest says {expected:,}. It was cut short.")

    def directions(self) -> Iterator[tuple[DirectionRecord, Vector]]:
        """Directions with their vectors, each a float32 array (width,)."""
        shards = iter(range(self._n_shards))
        shard: dict[str, Vector] = {}
        for record in self.records("directions.jsonl"):
            assert isinstance(record, DirectionRecord)
            while not shard:
                number = next(shards, None)
                if number is None:
                    raise _no_vector(record)
                shard = self._shard(number)
            vector = shard.pop(record.uid, None)
            if vector is None:
                raise _no_vector(record)
            yield record, _checked(record, vector)
        if shard or next(shards, None) is not None:
            raise bad("It holds vectors that belong to no direction.")

    def _shard(self, number: int) -> dict[str, Vector]:
        name = SHARD.format(number)
        with _said_of(name), self._packed.open(name) as file:
            content = bytearray()
            while piece := file.read(READ_BYTES):
                content += piece
        try:
            found: dict[str, Vector] = load(bytes(content))
        except (SafetensorError, KeyError, TypeError, ValueError, AttributeError):
            raise bad(f"{name} is damaged: it is not a safetensors file of vectors.") from None
        return found


@contextmanager
def opened(file: IO[bytes], limits: Limits) -> Iterator[Bundle]:
    """The bundle in a file; raises BadFile for anything else, or one that is too large."""
    try:
        packed = ZipFile(io.BufferedReader(_Guarded(file)))
    except BROKEN:
        raise bad("This is not a zip file, so it is not a bundle.") from None
    with packed:
        n_shards = _check_members(packed, limits)
        manifest = _manifest(packed)
        lines = sum(manifest.counts.values())
        if limits.lines is not None and lines > limits.lines:
            raise bad(f"The bundle has {lines:,} records; {limits.lines:,} are read at most.")
        yield Bundle(packed, manifest, n_shards)


def bad(detail: str) -> BadFile:
    """The refusal of a bundle."""
    return BadFile(detail, field=FIELD)


def _lines(packed: ZipFile, name: str) -> io.BufferedReader:
    return io.BufferedReader(cast("io.RawIOBase", packed.open(name)))


class _Guarded(io.RawIOBase):
    """A file of which no more than a few megabytes are read at once: so long may a zip's own list
    of its members be, which is taken into memory as a whole.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401
        content = self._file.read(min(len(buffer), GUARD_BYTES))
        buffer[: len(content)] = content
        return len(content)


def _check_members(packed: ZipFile, limits: Limits) -> int:
    """Raises BadFile unless exactly the files of a bundle are there; returns how many shards."""
    members = {member.filename: member for member in packed.infolist()}
    if MANIFEST not in members:
        raise bad(f"This zip has no {MANIFEST}, so it is not a bundle.")
    if len(members) != len(packed.infolist()):
        raise bad("The zip holds several files of one name.")
    shards = sum(re.fullmatch(SHARD_PATTERN, name) is not None for name in members)
    expected = {MANIFEST, *FILES, *(SHARD.format(number) for number in range(shards))}
    for name in sorted(expected - members.keys()):
        raise bad(f"{name} is missing from the bundle.")
    for name in sorted(members.keys() - expected):
        raise bad(f"The zip holds {name[:80]!r}, which is not part of a bundle.")
    for member in members.values():
        _check_size(member)
    total = sum(member.file_size for member in members.values())
    if limits.unpacked_bytes is not None and total > limits.unpacked_bytes:
        raise bad(
            f"Unpacked, the bundle has {total:,} bytes; {limits.unpacked_bytes:,} are read at most."
        )
    return shards


def _check_size(member: ZipInfo) -> None:
    name = member.filename
    most = MAX_SHARD_BYTES if name.endswith(".safetensors") else None
    most = LINE_BYTES * 4 if name == MANIFEST else most
    if most is not None and member.file_size > most:
        raise bad(f"{name} has {member.file_size:,} bytes; {most:,} are read at most.")
    if member.flag_bits & 1:
        raise bad(f"{name} is encrypted.")


def _manifest(packed: ZipFile) -> Manifest:
    with _said_of(MANIFEST), packed.open(MANIFEST) as file:
        content = file.read()
    head = _parsed(_Head, content, MANIFEST)
    if head.format != FORMAT:
        raise bad(f"{MANIFEST} says that this is no bundle of this software.")
    if head.version > VERSION:
        raise bad(
            f"The bundle is of version {head.version}; this software reads version {VERSION}. "
            "Update it, and import the bundle then."
        )
    manifest = _parsed(Manifest, content, MANIFEST)
    if manifest.counts.keys() != FILES.keys():
        raise bad(f"{MANIFEST} does not count the lines of each file.")
    return manifest


class _Head(Record):
    """What every version of the manifest says."""

    model_config = {"extra": "ignore", "strict": True}

    format: str
    version: int


def _parsed(kind: type[R], line: bytes, where: str) -> R:
    try:
        return kind.model_validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        path = ".".join(str(part)[:40] for part in first["loc"])
        raise bad(f"{where}: {path + ': ' if path else ''}{first['msg']}.") from None
    except RsvError as error:
        raise bad(f"{where}: {error.detail}") from None


def _checked(record: DirectionRecord, vector: Vector) -> Vector:
    """The vector, if it is one of the direction's width and of length 1."""
    of = f"The vector of the direction {record.name!r} ({record.uid})"
    if vector.dtype != np.float32 or vector.ndim != 1:
        raise bad(f"{of} is not a row of float32 numbers.")
    if len(vector) != record.width:
        raise bad(f"{of} has {len(vector):,} numbers; its record says {record.width:,}.")
    if not np.isfinite(vector).all():
        raise bad(f"{of} holds NaN or infinity.")
    length = float(np.linalg.norm(vector.astype(np.float64)))
    if length == 0:
        raise bad(f"{of} is zero, and zero has no direction.")
    if abs(length - 1) > NOT_LENGTH_ONE:
        raise bad(f"{of} has length {length:.6g}; directions have length 1.")
    return vector


def _no_vector(record: DirectionRecord) -> BadFile:
    return bad(f"The vector of the direction {record.name!r} ({record.uid}) is missing.")


@contextmanager
def _said_of(name: str) -> Iterator[None]:
    """Whatever a damaged member of a zip makes its reader raise, as BadFile."""
    try:
        yield
    except BROKEN:
        raise bad(f"{name} is damaged and cannot be unpacked.") from None
