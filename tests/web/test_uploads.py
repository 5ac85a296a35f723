"""Uploaded files: one vector in each of three formats, and everything else refused."""

import io
import json
import pickle
import struct
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from safetensors.numpy import save as save_safetensors
from safetensors.torch import save as save_torch

from app.errors import BadFile
from app.web.uploads import MAX_FILE_BYTES, read_upload

NUMBERS = [0.5, -1.25, 3.0, 0.0]


def npy(array: NDArray[Any]) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def npy_with_header(header: str, data: bytes = b"", version: int = 1) -> bytes:
    raw = header.encode("latin-1")
    length = struct.pack("<H" if version == 1 else "<I", len(raw))
    return b"\x93NUMPY" + bytes([version, 0]) + length + raw + data


def said(filename: str, content: bytes) -> str:
    with pytest.raises(BadFile) as refused:
        read_upload(filename, content)
    assert refused.value.field == "file"
    return refused.value.detail


WRITERS: dict[str, Callable[[NDArray[Any]], bytes]] = {
    "json": lambda array: json.dumps(array.tolist()).encode(),
    "npy": npy,
    "safetensors": lambda array: save_safetensors({"direction": array}),
}


@given(
    numbers=st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1),
    kind=st.sampled_from(sorted(WRITERS)),
)
def test_what_is_written_in_any_format_is_what_is_read(numbers: list[float], kind: str) -> None:
    written = WRITERS[kind](np.array(numbers, dtype=np.float32))
    read, format_ = read_upload(f"mine.{kind}", written)
    assert read.tolist() == numbers
    assert format_ == kind


@pytest.mark.parametrize("type_", ["<f2", "<f4", ">f4", "<f8", ">f8", "f16", "<i4", ">i8", "u1"])
def test_any_kind_of_number_in_a_numpy_file_is_read(type_: str) -> None:
    read, _ = read_upload("x.NPY", npy(np.array([1, 2, 3], dtype=type_)))
    assert read.tolist() == [1, 2, 3]


def test_a_numpy_file_of_one_row_is_a_vector() -> None:
    assert read_upload("x.npy", npy(np.array([NUMBERS])))[0].tolist() == NUMBERS


def test_a_numpy_file_of_version_two_is_read() -> None:
    file = io.BytesIO()
    np.lib.format.write_array(file, np.array(NUMBERS), version=(2, 0))
    assert read_upload("x.npy", file.getvalue())[0].tolist() == NUMBERS


@pytest.mark.parametrize("type_", [torch.bfloat16, torch.float16, torch.int64])
def test_tensors_of_other_number_formats_are_read(type_: torch.dtype) -> None:
    content = save_torch({"v": torch.tensor([1.0, -2.0]).to(type_)})
    assert read_upload("x.safetensors", content)[0].tolist() == [1.0, -2.0]


def test_a_byte_order_mark_before_json_is_passed_over() -> None:
    assert read_upload("direction.json", b"\xef\xbb\xbf[1, 2]")[0].tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"null", b"1", b'"x"', b'["1"]', b"[true]", b"[null]", b"[[1.0]]", b"[1,",
     b"\xff\xfe", b"[" * 200_000, b'{"a":' * 100_000, b"[1" + b"0" * 5000 + b"]",
     b"[1" + b"0" * 400 + b"]", b'{"vector": [1.0]}'],
)  # fmt: skip
def test_json_that_is_not_a_list_of_numbers_is_refused(content: bytes) -> None:
    assert said("direction.json", content)


HEADER = "{'descr': '%s', 'fortran_order': False, 'shape': %s, }\n"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x93NUMPY",
        b"\x93NUMPY\x01\x00",
        b"\x93NUMPY\x09\x00\x10\x00",
        b"\x93NUMPY\x01\x00\xff\xff{}",
        b"\x93NUMPY\x02\x00\xff\xff\xff\xff{}",
        npy(np.array([NUMBERS, NUMBERS])),
        npy(np.array(1.0)),
        npy(np.array([True, False])),
        npy(np.array([1j])),
        npy(np.array(["text"])),
        npy(np.array([1.0, None])),
        npy(np.array([(1, 2.0)], dtype="i4,f4")),
        npy(np.array(NUMBERS))[:-1],
        npy(np.array(NUMBERS)) + b"\0",
        npy_with_header(HEADER % ("<f4", "(-1,)")),
        npy_with_header(HEADER % ("<f4", "(True,)"), b"1234"),
        npy_with_header(HEADER % ("<f4", "4"), b"1234"),
        npy_with_header(HEADER % ("<f4", "(1.0,)"), b"1234"),
        npy_with_header("(" * 5000),
        npy_with_header("[]"),
        npy_with_header("{'descr': ['<f4'], 'shape': (1,)}", b"1234"),
        npy_with_header("{'descr': '|O', 'shape': (1,)}", pickle.dumps(print)),
        npy_with_header("__import__('os').getcwd()"),
    ],
)
def test_a_numpy_file_that_holds_no_vector_is_refused(content: bytes) -> None:
    assert said("x.npy", content)


@pytest.mark.parametrize(
    "shape", ["(10**12,)", "(1000000000000,)", f"({10**4000},)", "(1, 9" + "9" * 30 + ")"]
)
def test_a_size_that_a_header_only_claims_is_not_allocated(shape: str) -> None:
    content = npy_with_header(HEADER % ("<f8", shape), b"12345678")
    tracemalloc.start()
    said("x.npy", content)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10**6


def test_a_pickle_in_a_numpy_file_is_not_read() -> None:
    class Harm:
        def __reduce__(self) -> tuple[Any, ...]:
            raise AssertionError("was pickled") from None

    content = npy_with_header(HEADER % ("|O", "(1,)"), b"cbuiltins\nexec\n(S'raise'\ntR.")
    assert "floats or integers" in said("x.npy", content)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 8,
        struct.pack("<Q", 2**63) + b"{}",
        struct.pack("<Q", 100_000_000) + b"{}",
        struct.pack("<Q", 2) + b"{}",
        struct.pack("<Q", 50_000) + b"[" * 50_000,
        save_safetensors({}),
        save_safetensors({"a": np.zeros(4, np.float32), "b": np.zeros(4, np.float32)}),
        save_safetensors({"a": np.zeros((1, 4), np.float32)}),
        save_safetensors({"a": np.array(1.0, np.float32)}),
        save_safetensors({"a": np.zeros(4, np.bool_)}),
        save_safetensors({"a": np.zeros(4, np.complex64)}),
        save_safetensors({"a": np.zeros(4, np.float32)})[:-1],
    ],
)
def test_a_safetensors_file_that_does_not_hold_one_vector_is_refused(content: bytes) -> None:
    assert said("x.safetensors", content)


@pytest.mark.parametrize("name", ["x.pt", "x.npz", "x.pkl", "x", "", ".", "x.json.exe"])
def test_another_kind_of_file_is_refused_by_its_name(name: str) -> None:
    assert ".safetensors" in said(name, b"[1.0]")


def test_a_file_that_is_too_large_is_refused_with_the_limit() -> None:
    detail = said("x.json", b" " * (MAX_FILE_BYTES + 1))
    assert f"{MAX_FILE_BYTES:,}" in detail and f"{MAX_FILE_BYTES + 1:,}" in detail


@given(content=st.binary(max_size=200), kind=st.sampled_from(sorted(WRITERS)))
def test_any_bytes_give_numbers_or_a_refusal(content: bytes, kind: str) -> None:
    for whole in (
        content,
        b"\x93NUMPY\x01\x00" + content,
        struct.pack("<Q", len(content)) + content,
    ):
        try:
            numbers, _ = read_upload(f"x.{kind}", whole)
        except BadFile:
            continue
        assert numbers.ndim == 1 and numbers.dtype == np.float64


@pytest.mark.filterwarnings("error")
@given(st.binary(min_size=16, max_size=16))
def test_any_bits_of_a_float_are_read_without_a_word(bits: bytes) -> None:
    content = npy_with_header(HEADER % ("<f2", "(8,)"), bits)
    assert len(read_upload("x.npy", content)[0]) == 8
