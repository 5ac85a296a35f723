"""The whole application around the tiny model, over a corpus it has read and partly fitted."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import Connection, event

from app.corpus.ingest import ingest
from app.db.models import Prompt
from app.main import create_app
from app.model.loading import LoadedModel
from app.settings import Settings
from app.web.deps import Services
from app.worker.hub import info_of
from tests.models import SENTENCES

FITTED = ("blocks.1.hook_resid_pre", "ln_final.hook_normalized", "blocks.0.attn.hook_z")
SITE = FITTED[0]
TEXT = "The capital of France is Paris."


@dataclass(frozen=True)
class Running:
    """A running application: its client and what it is made of."""

    client: TestClient
    app: FastAPI
    model: str

    @property
    def api(self) -> str:
        return f"/api/v1/models/{self.model}"

    @property
    def services(self) -> Services:
        found: Services = self.app.state.services
        return found

    def post(self, path: str, body: object, **headers: str) -> Response:
        """POST to an endpoint of the model."""
        return self.client.post(f"{self.api}{path}", json=body, headers=headers)

    def get(self, path: str, **params: str | int) -> Response:
        """GET from an endpoint of the model."""
        return self.client.get(f"{self.api}{path}", params=params)

    @contextmanager
    def statements(self) -> Iterator[list[str]]:
        """What is sent to the database by those who read, while the block runs."""
        sent: list[str] = []

        def note(_connection: Connection, _cursor: object, statement: str, *_: object) -> None:
            sent.append(statement)

        engine = self.services.sessions.kw["bind"]
        event.listen(engine, "before_cursor_execute", note)
        try:
            yield sent
        finally:
            event.remove(engine, "before_cursor_execute", note)

    def finished(self, task: dict[str, Any], timeout: float = 60) -> dict[str, Any]:
        """The task once it has ended."""
        end = time.monotonic() + timeout
        while task["state"] in ("queued", "running") and time.monotonic() < end:
            time.sleep(0.02)
            task = self.client.get(f"/api/v1/tasks/{task['id']}").json()
        return task


def settings_for(folder: Path, **given: object) -> Settings:
    """Settings of a test's own: nothing from the environment, nothing outside its folder."""
    return Settings.read(**{"models": ("tiny",), "data_dir": folder, "prepare": False, **given})


@pytest.fixture(scope="session")
def web(tmp_path_factory: pytest.TempPathFactory, tiny_model: LoadedModel) -> Iterator[Running]:
    """An application that is ready, with a corpus and the bases of FITTED; not to be changed."""
    folder = tmp_path_factory.mktemp("web-data")
    texts = [f"{a} {b}" for a in SENTENCES for b in SENTENCES]
    ingest(texts, tiny_model.tokenizer, folder, info_of(tiny_model), name="sentences")
    # A tiny model's texts are short: a lower limit is one that a request can reach.
    app = create_app(settings_for(folder, max_tokens=2000), load=lambda _: tiny_model)
    with TestClient(app, raise_server_exceptions=False) as client:
        site = Running(client, app, tiny_model.name)
        site.services.hub.wait()
        for name in FITTED:
            task = site.post("/fits", {"site": name}).json()["task"]
            ended = site.finished(task)
            assert ended["state"] == "done", ended
        for makers in (site.services.sessions, site.services.writers):
            event.listen(makers.kw["bind"], "before_cursor_execute", _off_the_event_loop)
        yield site


def _off_the_event_loop(*_: object) -> None:
    """No statement is sent by the thread that everybody else's requests wait for."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise AssertionError("a database is asked on the event loop")


@pytest.fixture(scope="session")
def prompt_ids(web: Running) -> list[int]:
    """Ids of a few stored prompts of a dataset of our own."""
    with web.services.sessions.begin() as session:
        rows = [
            Prompt(dataset="mine", slug=f"s{i}", register="test", text=text)
            for i, text in enumerate(SENTENCES)
        ]
        session.add_all(rows)
        session.flush()
        return [row.id for row in rows]
