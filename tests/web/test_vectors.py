"""A direction's vector as a file and as an upload, what is close to it, and scores along it."""

import io
import json
from typing import Any

import numpy as np
import pytest
from httpx2 import Response
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import save as save_safetensors

from app.web.uploads import MAX_FILE_BYTES
from tests.web.conftest import FITTED, SITE, Running
from tests.web.saving import Person, new_vector, ok, person, refused, walk

Floats = NDArray[np.float32]
FORMATS = ("json", "npy", "safetensors")


@pytest.fixture
def ada(web: Running) -> Person:
    return person(web, "ada")


def _download(who: Person, id_: int, format_: str, **headers: str) -> Response:
    path = f"/api/v1/directions/{id_}/vector"
    return who.web.client.get(path, params={"format": format_}, headers=headers)


def _npy(array: NDArray[Any]) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def _upload(who: Person, filename: str, content: bytes, /, **given: str) -> Response:
    """An upload by a form; the direction is called as its file unless it says otherwise."""
    fields = {"username": who.username, "name": filename, "model": who.web.model, "site": SITE}
    return who.web.client.post(
        "/api/v1/directions", data={**fields, **given}, files={"file": (filename, content)}
    )


def test_each_format_holds_the_same_numbers(ada: Person, tmp_path: Any) -> None:  # noqa: ANN401
    saved = ada.save("thrice")
    as_json = _download(ada, saved["id"], "json")
    assert as_json.headers["content-type"] == "application/json"
    vector = np.array(as_json.json(), dtype=np.float32)
    assert vector.shape == (48,) and abs(float(vector @ vector) - 1) < 1e-6
    as_npy = np.load(io.BytesIO(_download(ada, saved["id"], "npy").content), allow_pickle=False)
    assert as_npy.dtype == np.float32 and as_npy.tolist() == vector.tolist()
    path = tmp_path / "x.safetensors"
    path.write_bytes(_download(ada, saved["id"], "safetensors").content)
    with safe_open(path, "np") as file:
        assert file.get_tensor("direction").tolist() == vector.tolist()
        about = file.metadata()
    assert about["name"] == "thrice"
    assert (about["model"], about["site"], about["head"]) == (ada.web.model, SITE, "")
    assert json.loads(about["provenance"]) == {"kind": "vector"}


@pytest.mark.parametrize("format_", FORMATS)
def test_what_is_downloaded_is_uploaded_as_it_is(ada: Person, format_: str) -> None:
    saved = ada.save()
    content = _download(ada, saved["id"], format_).content
    again = ok(_upload(ada, f"again.{format_}", content), 201)
    assert again["provenance"] == {
        "kind": "upload", "file": f"again.{format_}", "format": format_,
    }  # fmt: skip
    numbers = [_download(ada, row["id"], "json").json() for row in (saved, again)]
    np.testing.assert_allclose(numbers[0], numbers[1], atol=1e-7)


def test_a_bare_list_of_numbers_is_an_upload(ada: Person) -> None:
    vector = new_vector()
    saved = ok(_upload(ada, "direction.json", json.dumps(vector).encode()), 201)
    expected = np.array(vector) / np.linalg.norm(vector)
    np.testing.assert_allclose(_download(ada, saved["id"], "json").json(), expected, atol=1e-7)
    assert ok(_upload(ada, "direction.json", json.dumps(vector).encode()), 200) == saved


def test_an_upload_has_the_fields_of_any_other(ada: Person) -> None:
    saved = ok(
        _upload(
            ada, "x.npy", _npy(np.arange(1.0, 13.0)), site=FITTED[2], head="3",
            visibility="unlisted", explanation="numbers going up", side="plus",
        ),
        201,
    )  # fmt: skip
    assert (saved["head"], saved["width"], saved["visibility"]) == (3, 12, "unlisted")
    assert saved["my_explanation"]["side"] == "plus"
    left_empty = ok(_upload(ada, "y.npy", _npy(np.ones(48)), head="", explanation=""), 201)
    assert (left_empty["head"], left_empty["n_explanations"]) == (None, 0)


@pytest.mark.parametrize("name", ["x.json", "x.npy", "x.safetensors"])
def test_another_width_is_refused_with_both_numbers(ada: Person, name: str) -> None:
    vector = np.ones(47, dtype=np.float32)
    content = {
        "x.json": json.dumps(vector.tolist()).encode(),
        "x.npy": _npy(vector),
        "x.safetensors": save_safetensors({"v": vector}),
    }[name]
    problem = refused(_upload(ada, name, content), 422, field="file")
    assert "47" in problem["detail"] and "48" in problem["detail"]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("x.json", b"[" * 100_000, "JSON"),
        ("x.json", b'{"a": 1}', "list"),
        ("x.json", json.dumps([0.0] * 48).encode(), "zero"),
        ("x.json", b"[" + b"NaN," * 47 + b"1]", "NaN"),
        ("x.npy", b"\x80\x04", "NumPy"),
        ("x.npy", _npy(np.full(48, np.inf)), "infinity"),
        ("x.npy", _npy(np.ones((48, 2))), "shape"),
        ("x.npy", _npy(np.array([None] * 48)), "floats"),
        ("x.safetensors", b"", "safetensors"),
        ("x.pt", b"", ".safetensors"),
        ("x.json", b"1" * (MAX_FILE_BYTES + 1), "4,194,304"),
        ("x.json", b"1" * (MAX_FILE_BYTES + 400_000), "4,194,304"),
    ],
)
def test_a_file_that_is_no_direction_is_refused(
    ada: Person, name: str, content: bytes, says: str
) -> None:
    refused(_upload(ada, name, content), 422, field="file", says=says)
    assert walk(ada.get, "directions", username=ada.username) == []


def test_a_body_past_every_limit_is_refused_before_it_is_read(ada: Person) -> None:
    refused(_upload(ada, "x.json", b"1" * 17_000_000), 413)


def test_a_form_says_what_is_wrong_with_each_field(ada: Person) -> None:
    content = _npy(np.ones(48))
    for given, field in (
        ({"head": "x"}, "head"),
        ({"head": "-1"}, "head"),
        ({"more": "1"}, "more"),
        ({"visibility": "secret"}, "visibility"),
        ({"username": ""}, "username"),
        ({"name": "x" * 81}, "name"),
        ({"site": ""}, "site"),
        ({"vector": "[1]"}, "vector"),
    ):
        refused(_upload(ada, "x.npy", content, **given), 422, field=field)
    fields = {"username": ada.username, "name": "x", "model": ada.web.model, "site": SITE}
    post = ada.web.client.post
    refused(post("/api/v1/directions", data=fields, files={"other": ("x.npy", content)}), 422,
            field="file")  # fmt: skip
    twice = [("file", ("x.npy", content)), ("file", ("y.npy", content))]
    refused(post("/api/v1/directions", data=fields, files=twice), 422, field="file")
    names = {**fields, "name": ["x", "y"]}
    refused(post("/api/v1/directions", data=names, files={"file": ("x.npy", content)}), 422,
            field="name")  # fmt: skip


def test_a_files_name_is_kept_without_its_folders(ada: Person) -> None:
    saved = ok(_upload(ada, "C:\\secret\\a/../b c.npy", _npy(np.ones(48)), name="n"), 201)
    assert saved["provenance"]["file"] == "b c.npy"


@pytest.mark.parametrize(
    ("name", "plain", "full"),
    [
        ("capitals", 'filename="capitals.npy"', "UTF-8''capitals.npy"),
        ('a "b" / c\\d', 'filename="a _b_ _ c_d.npy"', "UTF-8''a%20_b_%20_%20c_d.npy"),
        ("Städte – été", 'filename="Stadte  ete.npy"', "%C3%A4dte"),
        ("都市", 'filename="direction.npy"', "%E9%83%BD"),
        ("../../etc", 'filename="', "UTF-8''_.._etc.npy"),
    ],
)
def test_a_download_is_named_after_its_direction(
    ada: Person, name: str, plain: str, full: str
) -> None:
    saved = ada.save(name)
    header = _download(ada, saved["id"], "npy").headers["content-disposition"]
    assert plain in header and full in header
    assert header.isascii() and header.isprintable()


def test_a_vector_that_is_there_already_is_not_sent_again(ada: Person) -> None:
    saved = ada.save()
    tags = set()
    for format_ in FORMATS:
        first = _download(ada, saved["id"], format_)
        tag = first.headers["etag"]
        tags.add(tag)
        for sent in (tag, f'"x", W/{tag}'):
            again = _download(ada, saved["id"], format_, **{"If-None-Match": sent})
            assert again.status_code == 304 and again.content == b""
            assert again.headers["etag"] == tag
        assert _download(ada, saved["id"], format_, **{"If-None-Match": '"x"'}).content
    assert len(tags) == 3


def test_another_format_is_refused(ada: Person) -> None:
    refused(_download(ada, ada.save()["id"], "pickle"), 422, field="format")
