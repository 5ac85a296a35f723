"""Vectors as files: JSON, .npy and .safetensors, and the names that they are saved under."""

import io
import json
import unicodedata
from collections.abc import Callable, Mapping
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from app.db.models import Direction

BINARY = "application/octet-stream"
Floats = NDArray[np.float32]

TYPES: Mapping[str, str] = {"json": "application/json", "npy": BINARY, "safetensors": BINARY}


def as_json(row: Direction, vector: Floats) -> bytes:  # noqa: ARG001
    """The bare list, each number with as many digits as float32 holds."""
    return json.dumps([float(str(number)) for number in vector], allow_nan=False).encode()


def as_npy(row: Direction, vector: Floats) -> bytes:  # noqa: ARG001
    """A NumPy file of shape (width,)."""
    file = io.BytesIO()
    np.save(file, vector.astype("<f4"), allow_pickle=False)
    return file.getvalue()


def as_safetensors(row: Direction, vector: Floats) -> bytes:
    """One tensor `direction`, with metadata that says what it is; all its values are strings.

    Written here and not by the library, which puts metadata in another order every time: the same
    direction is the same bytes.
    """
    content = vector.astype("<f4").tobytes()
    header = {
        "__metadata__": {
            "name": row.name,
            "model": row.model,
            "revision": row.revision,
            "site": row.site,
            "head": "" if row.head is None else str(row.head),
            "provenance": json.dumps(row.recipe, ensure_ascii=False, sort_keys=True),
        },
        "direction": {"dtype": "F32", "shape": [len(vector)], "data_offsets": [0, len(content)]},
    }
    text = json.dumps(header, ensure_ascii=False).encode("utf-8")
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + content


WRITERS: Mapping[str, Callable[[Direction, Floats], bytes]] = {
    "json": as_json,
    "npy": as_npy,
    "safetensors": as_safetensors,
}


def disposition(name: str, ending: str) -> str:
    """A Content-Disposition whose file name is safe everywhere, and right where that is read."""
    full = "".join("_" if c in '/\\:*?"<>|' or not c.isprintable() else c for c in name)
    full = full.strip(". ") or "direction"
    plain = unicodedata.normalize("NFKD", full).encode("ascii", "ignore").decode()
    plain = "".join(c if c.isalnum() or c in " -_.()" else "_" for c in plain).strip(". _")
    encoded = quote(f"{full}.{ending}", safe="")
    return f"attachment; filename=\"{plain or 'direction'}.{ending}\"; filename*=UTF-8''{encoded}"
