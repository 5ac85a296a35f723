"""What wraps every response: security headers, bodies bounded, no writes from other sites' pages,
compression where it pays.
"""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx2
import pytest
from fastapi.testclient import TestClient

from app.main import create_app
from app.model.loading import LoadedModel
from tests.web.conftest import SITE, Running, settings_for

PATHS = ("/healthz", "/api/v1/models", "/api/v1/nothing", "/openapi.json", "/static/nothing")


@pytest.mark.parametrize("path", PATHS)
def test_every_response_has_the_security_headers(web: Running, path: str) -> None:
    headers = web.client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "server" not in headers


@pytest.fixture
def narrow(tmp_path: Path, tiny_model: LoadedModel) -> Iterator[TestClient]:
    """A server that reads bodies of 2,000 bytes at most."""
    settings = settings_for(tmp_path, max_body_bytes=2000)
    with TestClient(create_app(settings, load=lambda _: tiny_model)) as client:
        client.app.state.services.hub.wait()  # type: ignore[attr-defined]
        yield client


def test_a_body_within_the_limit_is_read(narrow: TestClient) -> None:
    response = narrow.post("/api/v1/models/tiny/tokens", json={"text": "ab" * 15})
    assert response.status_code == 200


def test_a_body_over_the_limit_is_refused_by_its_declared_length(narrow: TestClient) -> None:
    response = narrow.post("/api/v1/models/tiny/tokens", json={"text": "a" * 3000})
    assert response.status_code == 413
    assert response.headers["content-type"] == "application/problem+json"
    assert "2,000" in response.json()["detail"]
    assert "content-security-policy" in response.headers


def test_a_chunked_body_over_the_limit_is_refused_before_it_is_all_there(
    narrow: TestClient,
) -> None:
    def chunks() -> Iterator[bytes]:
        yield b'{"text": "'
        for _ in range(50):
            yield b"a" * 100

    response = narrow.post(
        "/api/v1/models/tiny/tokens",
        content=chunks(),
        headers={"Content-Type": "application/json"},
    )
    assert response.status_code == 413
    assert response.headers["content-type"] == "application/problem+json"


async def _endless(taken: list[int]) -> AsyncIterator[bytes]:
    while True:
        taken.append(1)
        yield b"a" * 1000


def test_an_endless_body_is_cut_off(narrow: TestClient) -> None:
    """The limit holds while the body streams, not after."""
    import anyio

    taken: list[int] = []

    async def send() -> int:
        transport = httpx2.ASGITransport(narrow.app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
            response = await client.post(
                "/api/v1/models/tiny/tokens",
                content=_endless(taken),
                headers={"Content-Type": "application/json"},
            )
            return response.status_code

    assert anyio.run(send) == 413
    assert len(taken) < 10


def test_large_answers_are_compressed_and_small_ones_are_not(web: Running) -> None:
    large = web.client.get("/openapi.json", headers={"Accept-Encoding": "gzip"})
    small = web.client.get("/healthz", headers={"Accept-Encoding": "gzip"})
    assert large.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in small.headers


def test_the_score_matrix_is_sent_as_it_is(web: Running) -> None:
    body = {"site": SITE, "texts": ["a b c d e"], "directions": [{"component": 0}] * 200}
    headers = {"Accept": "application/octet-stream", "Accept-Encoding": "gzip"}
    response = web.client.post(f"{web.api}/scores", json=body, headers=headers)
    assert "content-encoding" not in response.headers


WRITES = ("POST", "PUT", "PATCH", "DELETE")


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "anything"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://evil.example"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://testserver:8080"},
        {"Origin": "http://testserver.evil.example"},
        {"Origin": "http://testserver@evil.example"},
        {"Origin": "http://testserver:99999999"},
        {"Origin": "file://testserver"},
        {"Origin": "http://[testserver"},
    ],
)
def test_a_write_that_another_sites_page_makes_is_refused(
    web: Running, method: str, headers: dict[str, str]
) -> None:
    response = web.client.request(method, "/api/v1/prompts/1?username=ada", headers=headers)
    assert response.status_code == 403
    assert response.headers["content-type"] == "application/problem+json"
    assert "another site" in response.json()["title"]
    assert "content-security-policy" in response.headers


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://testserver"},
        {"Origin": "https://testserver"},  # behind a proxy that ends TLS
        {"Origin": "http://TESTSERVER:80"},
        {"Origin": "https://viewer.example:8443", "Host": "viewer.example:8443"},
        {"Origin": "https://viewer.example", "Host": "viewer.example:443"},
        {"Origin": "http://[::1]:8000", "Host": "[::1]:8000", "Sec-Fetch-Site": "same-origin"},
    ],
)
def test_a_write_of_our_own_pages_or_of_a_program_is_not_refused(
    web: Running, headers: dict[str, str]
) -> None:
    assert web.client.delete("/api/v1/session", headers=headers).status_code == 204


def test_another_sites_page_may_cause_a_read(web: Running) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Origin": "http://evil.example"}
    for path in ("/api/v1/models", "/"):
        assert web.client.get(path, headers=headers).status_code == 200


def test_only_the_api_is_guarded(web: Running) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert web.client.post("/apiary", headers=headers).status_code == 404
