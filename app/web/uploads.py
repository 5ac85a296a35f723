"""Uploaded vectors: JSON, .npy and .safetensors, read without trusting any of it.

Nothing is unpickled, and nothing is allocated for a size that the file only claims.
"""

import ast
import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load as load_safetensors

from app.errors import BadFile

MAX_FILE_BYTES = 4 * 1024 * 1024
FIELD = "file"

Numbers = NDArray[np.float64]

_NPY = b"\x93NUMPY"
_NUMBER_TYPE = re.compile(r"(?:[<>|=]?(?:f(?:2|4|8|16)|[iu](?:1|2|4|8)))", re.ASCII)


def read_upload(filename: str, content: bytes) -> tuple[Numbers, str]:
    """The numbers (n,) in an uploaded file, and its format: json, npy or safetensors.

    The format follows from the end of the file's name. Raises BadFile.
    """
    kind = filename.rpartition(".")[2].lower()
    reader = _READERS.get(kind)
    if reader is None:
        raise BadFile("The file's name ends in .json, .npy or .safetensors.", field=FIELD)
    check_size(len(content))
    return reader(content), kind


def check_size(size: int) -> None:
    """Raises BadFile for a file that is too large to be one vector."""
    if size > MAX_FILE_BYTES:
        raise BadFile(
            f"The file has {size:,} bytes; files of at most {MAX_FILE_BYTES:,} are read.",
            field=FIELD,
        )


def _read_json(content: bytes) -> Numbers:
    """A bare list of numbers."""
    try:
        values = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise _bad("This is not JSON: the file holds one list of numbers.") from None
    if not isinstance(values, list) or not all(type(value) in (int, float) for value in values):
        raise _bad("A JSON file holds one bare list of numbers, such as [0.1, -0.2].")
    try:
        return np.array(values, dtype=np.float64)
    except OverflowError:
        raise _bad("The file holds a number that is too large.") from None


def _read_npy(content: bytes) -> Numbers:
    """One array of floats or integers, of shape (d,) or (1, d)."""
    major = content[6] if len(content) > 6 else 0
    width = {1: 2, 2: 4}.get(major)
    if not content.startswith(_NPY) or width is None:
        raise _bad("This is not a NumPy file (.npy, of version 1 or 2).")
    start = 8 + width
    end = start + int.from_bytes(content[8:start], "little")
    if end > min(len(content), start + 10_000):
        raise _bad("The NumPy file's header is cut off, or too long.")
    header = _npy_header(content[start:end])
    dtype, shape = np.dtype(header["descr"]), header["shape"]
    held = len(content) - end
    if dtype.itemsize * math.prod(shape) != held:
        raise _bad(
            f"The NumPy file's header speaks of {_words(shape)} numbers of {dtype.itemsize} bytes; "
            f"{held:,} bytes follow it."
        )
    if len(shape) != 1 and (len(shape) != 2 or shape[0] != 1):
        raise _bad(
            f"The array has shape {_words(shape)}; a direction is one row of numbers, (d,) or "
            "(1, d)."
        )
    with np.errstate(all="ignore"):
        return np.frombuffer(content, dtype=dtype, offset=end).astype(np.float64)


def _npy_header(raw: bytes) -> Mapping[str, Any]:
    """`descr` and `shape` of a NumPy file, both checked."""
    try:
        header = ast.literal_eval(raw.decode("latin-1").strip())
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        header = None
    if not isinstance(header, dict) or not {"descr", "shape"} <= header.keys():
        raise _bad("The NumPy file's header cannot be read.")
    descr, shape = header["descr"], header["shape"]
    if not isinstance(descr, str) or not _NUMBER_TYPE.fullmatch(descr):
        raise _bad("The NumPy file holds something else than floats or integers.")
    if not isinstance(shape, tuple) or not all(type(n) is int and n >= 0 for n in shape):
        raise _bad("The NumPy file's header cannot be read.")
    return header


def _read_safetensors(content: bytes) -> Numbers:
    """The one 1-D tensor of a safetensors file."""
    try:
        tensors = load_safetensors(content)
    except (SafetensorError, KeyError, TypeError, ValueError, RuntimeError, AttributeError):
        raise _bad("This safetensors file cannot be read.") from None
    if len(tensors) != 1:
        raise _bad(f"The file holds {len(tensors)} tensors; a direction's holds exactly one.")
    (tensor,) = tensors.values()
    if tensor.ndim != 1:
        raise _bad(
            f"The tensor has shape {_words(tuple(tensor.shape))}; a direction's has one axis."
        )
    if tensor.is_complex() or tensor.dtype == torch.bool:
        raise _bad("The tensor holds something else than floats or integers.")
    numbers: Numbers = tensor.to(torch.float64).numpy()
    return numbers


_READERS: Mapping[str, Callable[[bytes], Numbers]] = {
    "json": _read_json,
    "npy": _read_npy,
    "safetensors": _read_safetensors,
}


def _words(shape: tuple[int, ...]) -> str:
    """A shape as errors say it; a size that nobody could read is cut."""
    sizes = "×".join(str(n) if n < 10**12 else "very many" for n in shape[:8])
    return f"({sizes or 'none'})"


def _bad(detail: str) -> BadFile:
    return BadFile(detail, field=FIELD)
