"""Bad input: each kind gets problem+json that names the field, never a 5xx, never new state."""

from collections.abc import Iterator
from typing import Any

import pytest
from httpx2 import Response

from tests.web.conftest import FITTED, SITE, TEXT, Running

COMPONENT = {"component": 0}


def _refused(response: Response, *statuses: int) -> dict[str, Any]:
    assert response.status_code in (statuses or (422,)), response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = response.json()
    assert problem["status"] == response.status_code
    assert problem["type"] == "about:blank"
    assert problem["title"] and problem["detail"]
    return problem


def _scores(web: Running, **body: object) -> Response:
    return web.post("/scores", {"site": SITE, "texts": [TEXT], "directions": [COMPONENT], **body})


@pytest.fixture(autouse=True)
def _nothing_changes(web: Running) -> Iterator[None]:
    before = web.get("/sites").json(), web.client.get("/api/v1/prompts").json()
    yield
    assert (web.get("/sites").json(), web.client.get("/api/v1/prompts").json()) == before
    assert _scores(web).status_code == 200


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("\0", "NUL"),
        ("before\0after", "NUL"),
        ("word " * 200, "at most 64"),
        ("x" * 1_000_001, "1,000,000"),
    ],
)
def test_a_text_that_cannot_be_read_is_refused(web: Running, text: str, says: str) -> None:
    problem = _refused(_scores(web, texts=["fine", text]))
    assert says in problem["detail"]
    assert problem["errors"][0]["field"].startswith("texts")
    assert says in _refused(web.post("/tokens", {"text": text}))["detail"]
    assert _refused(web.post("/predictions", {"text": text}))["errors"][0]["field"] == "text"


@pytest.mark.parametrize(
    "text",
    ["🙂🙃", "👩‍👩‍👧‍👦", "שלום עולם", "مرحبا", "\x01\x02\x1b[31m", "\u202e right to left", "\ufeff",
     "\r\n\t", "<script>alert(1)</script>", "a\u0300\u0301", "\U0010ffff", "<|endoftext|>", " "],
)  # fmt: skip
def test_every_other_text_is_read_and_given_back(web: Running, text: str) -> None:
    response = _scores(web, texts=[text])
    assert response.status_code == 200
    tokens = response.json()["prompts"][0]["tokens"][1:]
    assert "".join(token["text"] for token in tokens) == text


@pytest.mark.parametrize("text", ['"\\ud800"', '"a\\udc00b"', '"\\ud83d"'])
@pytest.mark.parametrize("path", ["/tokens", "/predictions", "/scores"])
def test_a_lone_surrogate_is_refused(web: Running, path: str, text: str) -> None:
    raw = f'{{"text": {text}}}'
    if path == "/scores":
        raw = f'{{"site": "{SITE}", "texts": [{text}], "directions": [{{"component": 0}}]}}'
    _refused(_raw(web, path, raw))


def test_a_lone_surrogate_in_a_key_is_refused(web: Running) -> None:
    _refused(_raw(web, "/tokens", '{"text": "x", "\\ud800": 1}'))


@pytest.mark.parametrize("field", ["username", "name", "model", "site", "explanation"])
@pytest.mark.parametrize("text", ["\\ud800", "a\\u0000"])
def test_what_no_text_holds_is_not_saved(web: Running, field: str, text: str) -> None:
    body = {"username": "x", "name": "x", "model": web.model, "site": SITE, "explanation": "x"}
    fields = ", ".join(
        f'"{key}": "{text if key == field else value}"' for key, value in body.items()
    )
    raw = f'{{{fields}, "vector": {[1.0] * 48}}}'
    response = web.client.post(
        "/api/v1/directions", content=raw, headers={"Content-Type": "application/json"}
    )
    problem = _refused(response, 404, 422) if field in ("model", "site") else _refused(response)
    assert problem["errors"][0]["field"] == field


def _raw(web: Running, path: str, content: str | bytes, kind: str = "application/json") -> Response:
    body = content.encode() if isinstance(content, str) else content
    return web.client.post(web.api + path, content=body, headers={"Content-Type": kind})


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "1" * 5000])
@pytest.mark.parametrize(
    "direction",
    [
        '{"vector": [%s]}',
        '{"component": %s}',
        '{"combination": [{"component": 0, "weight": %s}]}',
        '{"combination": [{"component": %s, "weight": 1}]}',
        '{"token": {"text": "x", "position": %s}}',
    ],
)
def test_a_number_that_is_not_finite_or_far_too_large_is_refused(
    web: Running, direction: str, number: str
) -> None:
    given = direction.replace("%s", number)
    raw = f'{{"site": "{SITE}", "texts": ["x"], "directions": [{given}]}}'
    _refused(_raw(web, "/scores", raw), 400, 422)


@pytest.mark.parametrize(
    ("direction", "status", "says"),
    [
        ({"vector": [1.0] * 47}, 422, "48"),
        ({"vector": [1.0] * 49}, 422, "48"),
        ({"vector": []}, 422, "directions.0"),
        ({"vector": [0.0] * 48}, 422, "zero"),
        ({"vector": ["1"] * 48}, 422, "number"),
        ({"vector": [True] * 48}, 422, "number"),
        ({"vector": [[1.0]] * 48}, 422, "number"),
        ({"vector": None}, 422, "directions.0"),
        ({"component": 48}, 404, "0 to 47"),
        ({"component": -1}, 422, "greater than or equal to 0"),
        ({"component": 1.5}, 422, "integer"),
        ({"component": "1"}, 422, "integer"),
        ({"component": True}, 422, "integer"),
        ({"combination": []}, 422, "directions.0"),
        ({"combination": [{"component": 0, "weight": 0}]}, 422, "zero"),
        ({"combination": [{"component": 99, "weight": 1}]}, 404, "0 to 47"),
        (
            {"combination": [{"component": 1, "weight": 1}, {"component": 1, "weight": -1}]},
            422,
            "cancel",
        ),
        ({"token": {"text": TEXT, "position": 99}}, 422, "positions 0 to"),
        ({"token": {"position": 0}}, 422, "either"),
        ({"token": {"text": "", "position": 0}}, 422, "empty"),
        ({"token": {"prompt_id": 999_999, "position": 0}}, 404, "999999"),
        ({}, 422, "one of these keys"),
        ({"component": 0, "vector": [1.0]}, 422, "one of these keys"),
        ({"component": 0, "more": 1}, 422, "more"),
        ({"id": 9_999_999}, 404, "9999999"),
        ({"id": 0}, 422, "greater than or equal to 1"),
        ({"id": 1, "component": 0}, 422, "one of these keys"),
        ({"combination": [{"weight": 1}]}, 422, "either"),
        ({"combination": [{"id": 9_999_999, "weight": 1}]}, 404, "9999999"),
        ("component", 422, "one of these keys"),
        (None, 422, "one of these keys"),
        ([1.0], 422, "one of these keys"),
    ],
)
def test_a_direction_that_is_none_is_refused_with_what_was_expected(
    web: Running, direction: object, status: int, says: str
) -> None:
    problem = _refused(_scores(web, directions=[direction]), status)
    assert says in problem["detail"]
    assert problem["errors"][0]["field"].startswith("directions.0")


def test_extreme_numbers_are_still_directions(web: Running) -> None:
    tiny, huge = [1e-300] * 48, [1e300] * 48
    response = _scores(web, directions=[{"vector": tiny}, {"vector": huge}])
    first, second = response.json()["prompts"][0]["scores"]
    assert first == pytest.approx(second)


@pytest.mark.parametrize(
    ("site", "head", "status"),
    [
        ("nowhere", None, 404),
        ("blocks.9.hook_resid_pre", None, 404),
        ("", None, 422),
        ("x" * 300, None, 422),
        (SITE, 0, 422),
        (FITTED[2], None, 422),
        (FITTED[2], 4, 404),
        (FITTED[2], -1, 422),
        (FITTED[2], 10**20, 422),
        (7, None, 422),
    ],
)
def test_a_site_or_head_that_is_not_there_is_refused(
    web: Running, site: object, head: object, status: int
) -> None:
    body = {"site": site} if head is None else {"site": site, "head": head}
    problem = _refused(_scores(web, **body), status)
    assert problem["errors"][0]["field"] in ("site", "head")


def test_a_site_without_a_basis_says_how_to_get_one(web: Running) -> None:
    problem = _refused(_scores(web, site="blocks.2.hook_mlp_out"), 404)
    assert "fit" in problem["detail"]
    assert problem["title"] == "No basis has been fitted here"


def test_an_unknown_model_names_those_that_are_served(web: Running) -> None:
    for path in ("/sites", "/grid", f"/sites/{SITE}/basis", ""):
        problem = _refused(web.client.get(f"/api/v1/models/nobody{path}"), 404)
        assert web.model in problem["detail"]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"texts": ["x"] * 65}, "64"),
        ({"texts": ["word " * 50] * 64}, "tokens"),
        ({"directions": [COMPONENT] * 257}, "256"),
        ({"texts": [], "prompt_ids": []}, "at least one text"),
        ({"directions": []}, "directions"),
        ({"unit": "metres"}, "'dot'"),
        ({"prepend_bos": "yes"}, "prepend_bos"),
        ({"texts": "not a list"}, "texts"),
        ({"prompt_ids": [0]}, "prompt_ids"),
        ({"more": 1}, "more"),
    ],
)
def test_a_request_past_a_limit_or_out_of_shape_is_refused_with_the_limit(
    web: Running, body: dict[str, Any], says: str
) -> None:
    assert says in _refused(_scores(web, **body))["detail"]


def test_an_unknown_prompt_is_named(web: Running) -> None:
    assert "424242" in _refused(_scores(web, texts=[], prompt_ids=[424242]), 404)["detail"]


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        ("{", "application/json", 422),
        ("", "application/json", 422),
        ("[]", "application/json", 422),
        ("null", "application/json", 422),
        ('"text"', "application/json", 422),
        ("[" * 100_000, "application/json", 400),
        ('{"text":' * 50_000, "application/json", 400),
        (b"\xff\xfe\x00", "application/json", 400),
        ('{"text": "x"}', "text/plain", 415),
        ("text=x", "application/x-www-form-urlencoded", 415),
        (b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x", 415),
        ('{"text": "x"}', "not a content type", 415),
    ],
)
def test_a_body_that_is_not_a_json_object_is_refused(
    web: Running, content: str | bytes, kind: str, status: int
) -> None:
    problem = _refused(_raw(web, "/tokens", content, kind), status)
    assert "parsing the body" not in problem["detail"]


@pytest.mark.parametrize(("text", "prompt_id"), [(None, None), ("x", 1)], ids=["neither", "both"])
def test_one_text_is_asked_for_exactly(
    web: Running, text: str | None, prompt_id: int | None
) -> None:
    problem = _refused(web.post("/tokens", {"text": text, "prompt_id": prompt_id}))
    assert "either" in problem["detail"]


def test_a_refusal_does_not_repeat_what_was_sent(web: Running) -> None:
    secret = "s3cr3t" * 10
    for body in ({"text": 1, secret[:10]: secret}, {"text": [secret]}):
        assert secret not in web.post("/tokens", body).text


@pytest.mark.parametrize(
    "query",
    ["?head=-1", "?head=x", "?head=99999999999999999999", "?components=-1", "?components=1e9"],
)
def test_a_query_that_cannot_be_read_is_refused(web: Running, query: str) -> None:
    _refused(web.client.get(f"{web.api}/sites/{SITE}/basis{query}"))
