"""/healthz and /readyz: alive at once, ready when no model is loading, honest about failures."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.errors import ModelRefused
from app.main import Load, create_app
from app.model.loading import LoadedModel
from tests.web.conftest import SITE, Running, settings_for


@contextmanager
def _serving(folder: Path, load: Load, **given: object) -> Iterator[TestClient]:
    app = create_app(settings_for(folder, **given), load=load)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def test_a_running_server_is_alive(web: Running) -> None:
    response = web.client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_a_ready_server_names_its_models_and_its_queue(web: Running) -> None:
    response = web.client.get("/readyz")
    assert response.status_code == 200
    body = response.json()
    assert body["ready"] is True
    assert body["models"] == {"tiny": "ready"}
    assert body["default"] == "tiny"
    assert body["queue"] == {"depth": 0, "limit": 1024}
    assert body["preparing"] is None


def test_while_the_model_loads_the_server_is_alive_but_not_ready(
    tmp_path: Path, tiny_model: LoadedModel
) -> None:
    go = threading.Event()

    def load(_: str) -> LoadedModel:
        go.wait(30)
        return tiny_model

    with _serving(tmp_path, load) as client:
        assert client.get("/healthz").status_code == 200
        waiting = client.get("/readyz")
        assert waiting.status_code == 503
        assert waiting.json()["models"] == {"tiny": "loading"}
        assert int(waiting.headers["Retry-After"]) >= 1
        asked = client.post("/api/v1/models/tiny/tokens", json={"text": "x"})
        assert asked.status_code == 503
        assert asked.headers["content-type"] == "application/problem+json"
        assert int(asked.headers["Retry-After"]) >= 1
        listed = client.get("/api/v1/models").json()["items"]
        assert listed[0]["status"] == "loading"
        assert listed[0]["n_layers"] is None
        assert client.get("/api/v1/models/tiny").json() == listed[0]
        go.set()
        client.app.state.services.hub.wait()  # type: ignore[attr-defined]
        assert client.get("/readyz").status_code == 200


def test_a_model_that_cannot_be_loaded_says_why(tmp_path: Path) -> None:
    def load(_: str) -> LoadedModel:
        raise ModelRefused("There is no folder 'tiny'.")

    with _serving(tmp_path, load) as client:
        client.app.state.services.hub.wait()  # type: ignore[attr-defined]
        response = client.get("/readyz")
        assert response.status_code == 503
        assert "no folder" in response.json()["models"]["tiny"]
        asked = client.get("/api/v1/models/tiny/sites")
        assert asked.status_code == 503
        assert "no folder" in asked.json()["detail"]


def test_a_model_that_failed_leaves_the_others_ready(
    tmp_path: Path, tiny_model: LoadedModel
) -> None:
    def load(name: str) -> LoadedModel:
        if name == "absent":
            raise ModelRefused("It is not here.")
        return tiny_model

    with _serving(tmp_path, load, models=("tiny", "absent")) as client:
        client.app.state.services.hub.wait()  # type: ignore[attr-defined]
        response = client.get("/readyz")
        assert response.status_code == 200
        assert response.json()["models"]["tiny"] == "ready"
        assert response.json()["models"]["absent"].startswith("failed")


@pytest.mark.parametrize("again", [False, True], ids=["first start", "second start"])
def test_preparing_is_shown_until_the_bases_are_there(
    tmp_path_factory: pytest.TempPathFactory, tiny_model: LoadedModel, again: bool
) -> None:
    folder = tmp_path_factory.mktemp("prepared")
    for _ in range(1 + again):
        with _serving(folder, lambda _: tiny_model, prepare=True, prepare_texts=40) as client:
            services = client.app.state.services  # type: ignore[attr-defined]
            services.hub.wait()
            running = Running(client, client.app, "tiny")  # type: ignore[arg-type]
            for _ in range(600):
                preparing = client.get("/readyz").json()["preparing"]
                grid = running.get("/grid").json()["sites"]
                if preparing is None and all(site["fitted"] for site in grid):
                    break
                threading.Event().wait(0.05)
            assert preparing is None
            response = running.post(
                "/top-tokens", {"site": SITE, "direction": {"component": 0}, "k": 3}
            )
            assert response.status_code == 200
            assert len(response.json()["highest"]) == 3
