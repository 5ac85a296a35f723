"""Derived files: written under a temporary name and renamed, sealed by checksums, found damaged.

A sealed file is an npz archive: its members carry CRC-32 sums that are checked when it is read,
and one member holds a JSON description. There is one file to rename, so a reader sees the old
content or the new, never half of either.
"""

import json
import os
import secrets
import shutil
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from app.errors import DamagedFile

Array = npt.NDArray[Any]

_ABOUT = "about"


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path beside `path` that takes its place when the block ends without an error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.parent / f".{path.name}.{secrets.token_hex(4)}.tmp"
    try:
        yield temporary
        if path.is_dir():  # a folder cannot be renamed over another that holds files
            aside = temporary.with_suffix(".old")
            os.replace(path, aside)
            os.replace(temporary, path)
            remove(aside)
        else:
            os.replace(temporary, path)
    finally:
        remove(temporary)


def remove(path: Path) -> None:
    """Delete a file or a folder, if it is there."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON object, atomically."""
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n", "utf-8")


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object; raises FileNotFoundError, or DamagedFile when it is anything else."""
    try:
        content = json.loads(path.read_bytes())
    except ValueError:
        raise damaged(path) from None
    if not isinstance(content, dict):
        raise damaged(path)
    return content


def seal(path: Path, arrays: Mapping[str, Array], about: Mapping[str, Any]) -> None:
    """Write arrays and their description into one checksummed file, atomically."""
    text = np.frombuffer(json.dumps(about, sort_keys=True).encode(), dtype=np.uint8)
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez(file, allow_pickle=False, **{_ABOUT: text}, **arrays)


def unseal(path: Path) -> tuple[dict[str, Array], dict[str, Any]]:
    """The arrays of a sealed file and its description.

    Raises FileNotFoundError, or DamagedFile when any byte of the content is not what was written.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        about = json.loads(arrays.pop(_ABOUT).tobytes())
    except FileNotFoundError:
        raise
    except (OSError, ValueError, KeyError, EOFError, NotImplementedError, SyntaxError,
            MemoryError, zipfile.BadZipFile, AttributeError, RuntimeError) as error:  # fmt: skip
        raise damaged(path) from error
    if not isinstance(about, dict):
        raise damaged(path)
    return arrays, about


def damaged(path: Path) -> DamagedFile:
    """The error that says a derived file has to be made again."""
    return DamagedFile(f"{path} does not hold what was written there; it has to be made again.")


def crc32(array: Array) -> int:
    """The CRC-32 sum of an array's bytes."""
    return zlib.crc32(np.ascontiguousarray(array).data)
