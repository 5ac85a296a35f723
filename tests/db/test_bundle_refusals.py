"""Bundles that are refused: each says why, and none changes anything."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import load, save
from sqlalchemy.orm import Session, sessionmaker

from app.db import migrate
from app.db.bundle_check import Place, Shape
from app.db.bundle_zip import Limits
from app.db.components import component_uid
from app.db.models import new_uid
from app.db.session import connect, writers_of
from app.errors import BadFile
from tests.db.bundle_world import (
    BASIS,
    HEADED,
    REVISION,
    SITE,
    bring,
    edited,
    fill,
    members,
    packed,
    repacked,
    rows,
    tampered,
)

Sessions = sessionmaker[Session]
SHARD = "vectors-00000.safetensors"
Row = dict[str, Any]


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sessions]:
    """A database that no refused bundle may change."""
    engine = connect(f"sqlite:///{tmp_path_factory.mktemp('refusals') / 'viewer.db'}")
    migrate.upgrade(engine)
    found = writers_of(engine)
    with found.begin() as session:
        fill(session)
    yield found
    engine.dispose()


@pytest.fixture(scope="module")
def bundle(here: Sessions) -> bytes:
    return packed(here)


def _refused(here: Sessions, bundle: bytes, says: str, **given: Any) -> None:  # noqa: ANN401
    with here.begin() as session:
        before = rows(session)
    with pytest.raises(BadFile) as refused:
        bring(here, bundle, **given)
    assert says in refused.value.detail
    assert refused.value.field == "file"
    with here.begin() as session:
        assert rows(session) == before


@pytest.mark.parametrize(
    "content",
    [b"", b"not a zip", b"PK\x05\x06", b"PK\x03\x04" + b"\0" * 500, b"{}", b"\0" * 70_000],
)
def test_what_is_not_a_zip(here: Sessions, content: bytes) -> None:
    _refused(here, content, "not a zip file")


def test_a_zip_of_something_else(here: Sessions) -> None:
    _refused(here, repacked({"photo.jpg": b"..."}), "no manifest.json")


def test_a_manifest_of_something_else(here: Sessions, bundle: bytes) -> None:
    other = json.dumps({"format": "other", "version": 1}).encode()
    _refused(here, tampered(bundle, "manifest.json", lambda _: other), "no bundle of this software")


def _manifest(**given: object) -> Callable[[bytes], bytes]:
    return lambda content: json.dumps({**json.loads(content), **given}).encode()


def test_a_newer_version(here: Sessions, bundle: bytes) -> None:
    newer = tampered(bundle, "manifest.json", _manifest(version=2, novelty=[1]))
    _refused(here, newer, "version 2; this software reads version 1")


@pytest.mark.parametrize(
    "change",
    [
        _manifest(of=5),
        _manifest(models=[]),
        _manifest(counts={}),
        _manifest(created_at="yesterday"),
        _manifest(extra=1),
        _manifest(version="1"),
        lambda _: b"{",
        lambda _: b"\xff\xfe",
        lambda _: b"[" * 200_000,
    ],
)
def test_a_manifest_that_cannot_be_read(
    here: Sessions, bundle: bytes, change: Callable[[bytes], bytes]
) -> None:
    _refused(here, tampered(bundle, "manifest.json", change), "manifest.json")


def test_a_file_that_is_missing_or_too_many(here: Sessions, bundle: bytes) -> None:
    files = members(bundle)
    for name in files:
        if name != "manifest.json":
            fewer = {key: value for key, value in files.items() if key != name}
            says = "missing" if name != SHARD else "vector"
            _refused(here, repacked(fewer), says)
    for name in ("../evil", "users.jsonl/", "vectors-00002.safetensors", "x" * 200):
        says = "missing" if name.startswith("vec") else "not part of a bundle"
        _refused(here, repacked({**files, name: b""}), says)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_that_is_there_twice(here: Sessions, bundle: bytes) -> None:
    made = io.BytesIO(bundle)
    with zipfile.ZipFile(made, "a") as file:
        file.writestr("users.jsonl", b"")
    _refused(here, made.getvalue(), "several files of one name")


def test_a_bundle_that_was_cut_short_or_damaged(here: Sessions, bundle: bytes) -> None:
    _refused(here, bundle[: len(bundle) // 2], "not a zip file")
    fewer = tampered(bundle, "votes.jsonl", lambda content: content.split(b"\n")[0] + b"\n")
    _refused(here, fewer, "cut short")
    with zipfile.ZipFile(io.BytesIO(bundle)) as file:
        at = file.getinfo("users.jsonl").header_offset + 60
    damaged = bundle[:at] + bytes(byte ^ 0xFF for byte in bundle[at : at + 20]) + bundle[at + 20 :]
    _refused(here, damaged, "users.jsonl is damaged")


def test_a_zip_bomb_is_measured_before_it_is_unpacked(here: Sessions, bundle: bytes) -> None:
    bomb = tampered(bundle, "users.jsonl", lambda _: b" " * 50_000_000)
    assert len(bomb) < 100_000
    _refused(here, bomb, "are read at most", limits=Limits(unpacked_bytes=10_000_000))
    _refused(here, bomb, "longer than 1,048,576 bytes")
    _refused(here, tampered(bundle, SHARD, lambda _: b"\0" * 60_000_000), "are read at most")
    _refused(here, tampered(bundle, "manifest.json", lambda _: b" " * 5_000_000), "at most")


def test_a_zip_with_a_monstrous_directory_is_refused(here: Sessions) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        for number in range(60_000):
            file.writestr(f"{number:0>60}", b"")
    _refused(here, made.getvalue(), "")


def test_more_records_than_may_be_read(here: Sessions, bundle: bytes) -> None:
    _refused(here, bundle, "5 are read at most", limits=Limits(lines=5))


def test_another_width_of_the_model_is_said_with_both_numbers(
    here: Sessions, bundle: bytes
) -> None:
    served = {"tiny": Shape(None, {SITE: Place(768, None), HEADED: Place(3, 4)})}
    with pytest.raises(BadFile) as refused:
        bring(here, bundle, served=served)
    for word in ("tiny", SITE, " 6 ", " 768"):
        assert word in refused.value.detail


def test_a_site_or_head_that_the_model_lacks(here: Sessions, bundle: bytes) -> None:
    place = {SITE: Place(6, None)}
    _refused(here, bundle, f"no site {HEADED}", served={"tiny": Shape(None, place)})
    for heads, says in ((2, "heads 0 to 1"), (None, "no heads")):
        served = {"tiny": Shape(None, {**place, HEADED: Place(3, heads)})}
        _refused(here, bundle, says, served=served)


def _vectors(change: Callable[[dict[str, Any]], object]) -> Callable[[bytes], bytes]:
    def changed(content: bytes) -> bytes:
        found = load(content)
        change(found)
        return bytes(save({name: np.ascontiguousarray(value) for name, value in found.items()}))

    return changed


def _first(vectors: dict[str, Any], value: Any) -> None:  # noqa: ANN401
    name = min(vectors)
    vectors[name] = value(vectors[name]) if callable(value) else value


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (lambda v: v * np.float32(np.nan), "NaN or infinity"),
        (lambda v: np.full_like(v, np.inf), "NaN or infinity"),
        (lambda v: v * 0, "is zero"),
        (lambda v: v * 2, "has length 2"),
        (lambda v: np.resize(v, 9), "has 9 numbers; its record says"),
        (lambda v: v.astype("f8"), "not a row of float32"),
        (lambda v: v.reshape(1, -1), "not a row of float32"),
    ],
)
def test_a_damaged_vector(
    here: Sessions, bundle: bytes, value: Callable[[Any], Any], says: str
) -> None:
    _refused(here, tampered(bundle, SHARD, _vectors(lambda found: _first(found, value))), says)


def test_vectors_that_are_missing_or_too_many(here: Sessions, bundle: bytes) -> None:
    fewer = tampered(bundle, SHARD, _vectors(lambda found: found.pop(min(found))))
    _refused(here, fewer, "is missing")
    more = _vectors(lambda found: found.update(more=np.ones(1, "f4")))
    _refused(here, tampered(bundle, SHARD, more), "belong to no direction")
    for content in (b"", b"\xff" * 100, b"\x08\0\0\0\0\0\0\0nonsense"):
        broken = repacked({**members(bundle), SHARD: content})
        _refused(here, broken, f"{SHARD} is damaged")


def _set(**given: object) -> Callable[[list[Row]], object]:
    return lambda found: found[0].update(given)


DEEP: dict[str, Any] = {"kind": "vector"}
for _ in range(300):
    DEEP = {"kind": "copy", "name": "x", "made": DEEP}


@pytest.mark.parametrize(
    ("name", "change", "says"),
    [
        ("users.jsonl", _set(name=""), "line 1: The name is empty"),
        ("users.jsonl", _set(name="Ad\u0430"), "mixes"),
        ("users.jsonl", _set(name=None), "line 1: name"),
        ("users.jsonl", _set(passphrase_hash="x"), "passphrase_hash"),
        ("users.jsonl", _set(created_at="2026-01-01T00:00:00"), "created_at"),
        ("users.jsonl", _set(created_at="0001-01-01T00:00:00Z"), "1970"),
        ("users.jsonl", _set(created_at=5), "created_at"),
        ("users.jsonl", lambda found: found.clear(), "does not list"),
        ("directions.jsonl", _set(name="x" * 81), "80 are allowed"),
        ("directions.jsonl", _set(name="a\0b"), "U+0000"),
        ("directions.jsonl", _set(uid="x"), "uid"),
        ("directions.jsonl", _set(origin="god"), "origin"),
        ("directions.jsonl", _set(origin="pca"), "neither somebody's"),
        ("directions.jsonl", _set(username=None), "neither somebody's"),
        ("directions.jsonl", _set(head=-1), "head"),
        ("directions.jsonl", _set(head=0), "names head 0"),
        ("directions.jsonl", _set(width=7), "its record says 7"),
        ("directions.jsonl", _set(width=True), "width"),
        ("directions.jsonl", _set(model="elsewhere"), "nothing of it"),
        ("directions.jsonl", _set(recipe={}), "recipe"),
        ("directions.jsonl", _set(recipe={"kind": "magic"}), "recipe"),
        ("directions.jsonl", _set(recipe={"kind": "vector", "html": 1}), "recipe"),
        ("directions.jsonl", _set(recipe={"kind": "neuron", "layer": 1}), "recipe"),
        ("directions.jsonl", _set(recipe={"kind": "neuron", "layer": 1, "index": -1}), "recipe"),
        ("directions.jsonl", _set(recipe={"kind": "neuron", "layer": 1, "head": 2}), "recipe"),
        ("directions.jsonl", _set(recipe=DEEP), "directions.jsonl, line 1"),
        ("directions.jsonl", _set(n_explanations=3), "n_explanations"),
        ("directions.jsonl", lambda found: found.append(found[0]), "is missing"),
        ("explanations.jsonl", _set(text=""), "empty"),
        ("explanations.jsonl", _set(text="x" * 4001), "4,000 are allowed"),
        ("explanations.jsonl", _set(text="a\x07"), "U+0007"),
        ("explanations.jsonl", _set(side="left"), "side"),
        ("explanations.jsonl", _set(direction="0" * 32), "not in the bundle"),
        ("explanations.jsonl", _set(username="Nobody"), "does not list"),
        ("explanations.jsonl", lambda found: found.append(found[0]), "same id"),
        ("revisions.jsonl", _set(explanation="0" * 32), "not in the bundle"),
        ("votes.jsonl", _set(value=2), "value"),
        ("votes.jsonl", _set(value=0), "value"),
        ("votes.jsonl", _set(value=True), "value"),
        ("votes.jsonl", _set(explanation="0" * 32), "not in the bundle"),
        ("votes.jsonl", _set(username="Nobody"), "does not list"),
        ("prompts.jsonl", _set(text=""), "text"),
        ("prompts.jsonl", _set(text="a\0"), "text"),
        ("prompts.jsonl", _set(username="Ada", model=None), "neither a user's"),
        ("prompts.jsonl", lambda found: found.append(found[0]), "same id"),
        ("lists.jsonl", _set(note="x" * 2001), "2,000 are allowed"),
        ("lists.jsonl", lambda found: found.append(found[0]), "twice"),
        ("list_items.jsonl", _set(list="Elsewhere"), "not in the bundle"),
        ("list_items.jsonl", _set(direction="0" * 32), "not in the bundle"),
        ("sets.jsonl", _set(username="Nobody"), "does not list"),
        ("set_items.jsonl", _set(set="Elsewhere"), "not in the bundle"),
        ("set_items.jsonl", _set(prompt=999), "not in the bundle"),
    ],
)
def test_a_record_out_of_place(
    here: Sessions, bundle: bytes, name: str, change: Callable[[list[Row]], object], says: str
) -> None:
    _refused(here, edited(bundle, name, change), says)


@pytest.mark.parametrize(
    "line",
    [
        b"[]\n",
        b"{\n",
        b"\n",
        b"\xff\n",
        b'{"name": "\\ud800", "created_at": "2026-01-01T00:00:00Z"}\n',
        b"[" * 100_000 + b"\n",
        b'{"name": NaN, "created_at": "2026-01-01T00:00:00Z"}\n',
    ],
)
def test_a_line_that_is_no_record(here: Sessions, bundle: bytes, line: bytes) -> None:
    changed = tampered(bundle, "users.jsonl", lambda content: line + content)
    _refused(here, changed, "users.jsonl, line 1")


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_any_damage_is_refused_or_harmless(
    here: Sessions, bundle: bytes, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(bundle) - 1))
    length = data.draw(st.integers(0, 40))
    noise = data.draw(st.binary(max_size=40))
    damaged = bundle[:at] + noise + bundle[at + length :]
    before = packed(here)
    try:
        bring(here, damaged)
    except BadFile:
        assert packed(here) == before


@pytest.mark.parametrize("name", ["users.jsonl", SHARD])
def test_an_encrypted_file(here: Sessions, bundle: bytes, name: str, tmp_path: Path) -> None:
    assert tmp_path.is_dir()
    with zipfile.ZipFile(io.BytesIO(bundle)) as file:
        start = file.start_dir
    marked = bytearray(bundle)
    at = marked.index(name.encode(), start) - 46 + 8
    marked[at] |= 1
    _refused(here, bytes(marked), "encrypted")


def _owned(found: list[Row]) -> Row:
    return next(row for row in found if row["username"] == "Ada")


def _with_the_uid_of_a_component(found: list[Row]) -> None:
    _owned(found)["uid"] = component_uid("tiny", REVISION, SITE, None, 5, BASIS)


def _with_another_uid(found: list[Row]) -> None:
    next(row for row in found if row["origin"] == "pca")["uid"] = new_uid()


@pytest.mark.parametrize("change", [_with_the_uid_of_a_component, _with_another_uid])
def test_an_id_of_another_kind_of_direction(
    here: Sessions, bundle: bytes, change: Callable[[list[Row]], None]
) -> None:
    before = members(bundle)["directions.jsonl"].splitlines()
    changed = members(edited(bundle, "directions.jsonl", change))
    vectors = load(changed[SHARD])
    named = {}
    for old, now in zip(before, changed["directions.jsonl"].splitlines(), strict=True):
        named[json.loads(now)["uid"]] = vectors[json.loads(old)["uid"]]
    changed[SHARD] = save(named)
    _refused(here, repacked(changed), "bears an id that is not its own")


def test_two_directions_of_one_name(here: Sessions, bundle: bytes) -> None:
    def rename(found: list[Row]) -> None:
        first, second, *_ = [row for row in found if row["username"] == "Ada"]
        second["name"] = first["name"].upper()

    _refused(here, edited(bundle, "directions.jsonl", rename), "holds two directions")


def test_a_part_of_a_combination_that_is_nothing(here: Sessions, bundle: bytes) -> None:
    recipe = {"kind": "combination", "parts": [{"weight": 1.0}]}
    _refused(here, edited(bundle, "directions.jsonl", _set(recipe=recipe)), "recipe")
