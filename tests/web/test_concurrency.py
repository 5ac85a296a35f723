"""Requests at the same time share the model's batches, and those given up leave the queue."""

import asyncio
import json
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient

from app.main import create_app
from app.model.loading import LoadedModel
from app.web.asking import while_wanted
from app.worker.jobs import Job
from tests.web.conftest import SITE, Running, settings_for

BODY = {"site": SITE, "directions": [{"vector": [1.0] * 48}]}


class Recorder:
    """Stands in front of an engine: holds it while told to, and keeps the sizes of batches."""

    def __init__(self, engine: Any) -> None:  # noqa: ANN401
        self.engine = engine
        self.batches: list[int] = []
        self.holding = 0
        self.go = threading.Event()
        self.held = threading.Event()

    def run(self, jobs: Sequence[Job]) -> Any:  # noqa: ANN401
        self.holding = len(jobs)
        self.held.set()
        self.go.wait(30)
        self.batches.append(len(jobs))
        return self.engine.run(jobs)


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory, tiny_model: LoadedModel) -> Iterator[Running]:
    """An application of this module's own, in which nothing runs in the background."""
    settings = settings_for(tmp_path_factory.mktemp("quiet"))
    app = create_app(settings, load=lambda _: tiny_model)
    with TestClient(app) as client:
        running = Running(client, app, "tiny")
        running.services.hub.wait()
        yield running


@pytest.fixture
def recorder(web: Running, monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorder]:
    batcher = web.services.hub.get("tiny").batcher
    recorder = Recorder(batcher._engine)
    monkeypatch.setattr(batcher, "_engine", recorder)
    yield recorder
    recorder.go.set()


async def _post(client: httpx2.AsyncClient, web: Running, text: str) -> httpx2.Response:
    return await client.post(f"{web.api}/scores", json={**BODY, "texts": [text]})


def _client(web: Running) -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(web.app)
    return httpx2.AsyncClient(transport=transport, base_url="http://test", timeout=60)


async def _until(holds: Any) -> None:  # noqa: ANN401
    for _ in range(1000):
        if holds():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came to be so")


def test_requests_that_wait_together_run_together(web: Running, recorder: Recorder) -> None:
    texts = [f"Request number {i}." for i in range(32)]

    async def all_at_once() -> list[httpx2.Response]:
        batcher = web.services.hub.get("tiny").batcher
        async with _client(web) as client:
            tasks = [asyncio.create_task(_post(client, web, text)) for text in texts]
            await _until(lambda: batcher.depth + recorder.holding >= len(texts))
            recorder.go.set()
            return list(await asyncio.gather(*tasks))

    responses = asyncio.run(all_at_once())
    assert [response.status_code for response in responses] == [200] * 32
    assert sum(recorder.batches) == 32
    assert len(recorder.batches) <= 4
    for text, response in zip(texts, responses, strict=True):
        tokens = response.json()["prompts"][0]["tokens"]
        assert "".join(token["text"] for token in tokens[1:]) == text


def test_a_client_that_goes_takes_its_jobs_out_of_the_queue(
    web: Running, recorder: Recorder
) -> None:
    batcher = web.services.hub.get("tiny").batcher

    async def go_away() -> None:
        gone = asyncio.Event()
        sent: list[dict[str, Any]] = []
        content = json.dumps({**BODY, "texts": ["x"]}).encode()
        messages = [{"type": "http.request", "body": content, "more_body": False}]

        async def receive() -> dict[str, Any]:
            if messages:
                return messages.pop()
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:  # noqa: ANN401
            sent.append(message)

        first = asyncio.create_task(_post_blocking(web))
        await _until(recorder.held.is_set)
        request = asyncio.create_task(web.app(_scope(web), receive, send))
        await _until(lambda: batcher.depth == 1)
        gone.set()
        await request
        assert batcher.depth == 0
        recorder.go.set()
        assert (await first).status_code == 200

    asyncio.run(go_away())
    assert recorder.batches == [1]


async def _post_blocking(web: Running) -> httpx2.Response:
    async with _client(web) as client:
        return await _post(client, web, "the first one holds the model")


def _scope(web: Running) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "path": f"{web.api}/scores",
        "raw_path": f"{web.api}/scores".encode(),
        "query_string": b"",
        "root_path": "",
        "scheme": "http",
        "headers": [(b"content-type", b"application/json"), (b"host", b"test")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }


def test_a_full_queue_is_a_503_that_says_when_to_come_back(
    web: Running, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    batcher = web.services.hub.get("tiny").batcher
    monkeypatch.setattr(batcher, "limit", 3)

    async def too_many() -> list[httpx2.Response]:
        async with _client(web) as client:
            first = asyncio.create_task(_post(client, web, "the first"))
            await _until(recorder.held.is_set)
            tasks = [asyncio.create_task(_post(client, web, "more")) for _ in range(5)]
            await _until(lambda: sum(task.done() for task in tasks) == 2)
            recorder.go.set()
            return list(await asyncio.gather(first, *tasks))

    responses = asyncio.run(too_many())
    refused = [response for response in responses if response.status_code == 503]
    assert len(refused) == 2
    assert len([response for response in responses if response.status_code == 200]) == 4
    for response in refused:
        assert response.headers["content-type"] == "application/problem+json"
        assert int(response.headers["Retry-After"]) >= 1


def test_work_that_fails_fails_as_itself() -> None:
    class Patient:
        async def receive(self) -> dict[str, str]:
            await asyncio.Event().wait()
            return {}

    async def fail() -> None:
        raise ValueError("as itself")

    with pytest.raises(ValueError, match="as itself"):
        asyncio.run(while_wanted(Patient(), fail()))  # type: ignore[arg-type]
