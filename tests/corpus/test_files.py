"""Derived files: whole or damaged, never half, never silently wrong."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.corpus.files import read_json, replacing, seal, unseal, write_json
from app.errors import DamagedFile

ARRAYS: dict[str, npt.NDArray[Any]] = {
    "a": np.arange(12, dtype=np.float32).reshape(3, 4),
    "b": np.array([1, 2], np.int64),
}
ABOUT = {"name": "é", "n": 3}


def test_what_was_sealed_comes_back(tmp_path: Path) -> None:
    seal(tmp_path / "x.npz", ARRAYS, ABOUT)
    arrays, about = unseal(tmp_path / "x.npz")
    assert about == ABOUT
    assert arrays.keys() == ARRAYS.keys()
    for name, array in arrays.items():
        assert array.dtype == ARRAYS[name].dtype
        assert np.array_equal(array, ARRAYS[name])
    assert [p.name for p in tmp_path.iterdir()] == ["x.npz"]


@settings(deadline=None, max_examples=60)
@given(where=st.floats(0, 0.999), flip=st.integers(1, 255), cut=st.booleans())
def test_a_changed_file_is_damaged_or_says_the_same(
    tmp_path_factory: pytest.TempPathFactory, where: float, flip: int, cut: bool
) -> None:
    path = tmp_path_factory.mktemp("f") / "x.npz"
    seal(path, ARRAYS, ABOUT)
    content = bytearray(path.read_bytes())
    at = int(where * len(content))
    if cut:
        del content[at:]
    else:
        content[at] ^= flip
    path.write_bytes(content)
    try:
        arrays, about = unseal(path)
    except DamagedFile:
        return
    assert about == ABOUT
    for name, array in arrays.items():
        assert np.array_equal(array, ARRAYS[name])


def test_a_block_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("old")
    with pytest.raises(RuntimeError), replacing(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["x"]


def test_a_folder_replaces_a_folder(tmp_path: Path) -> None:
    for content in ("old", "new"):
        with replacing(tmp_path / "d") as temporary:
            temporary.mkdir()
            (temporary / "f").write_text(content)
    assert (tmp_path / "d" / "f").read_text() == "new"
    assert [p.name for p in tmp_path.iterdir()] == ["d"]


@pytest.mark.parametrize("content", ["[1]", "{", "\x00"])
def test_json_that_is_no_object_is_damaged(tmp_path: Path, content: str) -> None:
    (tmp_path / "x").write_text(content)
    with pytest.raises(DamagedFile):
        read_json(tmp_path / "x")
    write_json(tmp_path / "x", {"a": 1})
    assert read_json(tmp_path / "x") == {"a": 1}


def test_a_missing_file_is_missing_not_damaged(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        unseal(tmp_path / "x")
