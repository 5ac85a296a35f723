"""Applications around other models, and questions about contributions put to them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from app.main import create_app
from app.model.loading import LoadedModel, load_named
from tests.model.test_loading import llama
from tests.models import byte_level_tokenizer, save
from tests.web.conftest import Running, settings_for

FRANCE = {"text": "The capital of France is", "target": {"text": " Paris"}}


def served(folder: Path, model: LoadedModel) -> Iterator[Running]:
    """The application around that model, ready, its data in the folder."""
    app = create_app(settings_for(folder, models=(model.name,)), load=lambda _: model)
    with TestClient(app, raise_server_exceptions=False) as client:
        site = Running(client, app, model.name)
        site.services.hub.wait()
        yield site


def around_demo(folder: Path) -> Iterator[Running]:
    """The application around the bundled model."""
    yield from served(folder, load_named("demo", device="cpu"))


def around_llama(folder: Path) -> Iterator[Running]:
    """The application around a model of another architecture."""
    saved = save(llama(), byte_level_tokenizer(), folder / "llama")
    yield from served(folder / "data", load_named(str(saved), device="cpu"))


def ask(site: Running, path: str, **body: Any) -> Any:  # noqa: ANN401
    """The answer of an endpoint."""
    response = site.post(path, body)
    assert response.status_code == 200, response.text
    return response.json()


def fault(site: Running, path: str, **body: Any) -> dict[str, str]:  # noqa: ANN401
    """The field that a refusal names, and its message."""
    response = site.post(path, body)
    assert response.status_code == 422, response.text
    assert response.headers["content-type"] == "application/problem+json"
    found: dict[str, str] = response.json()["errors"][0]
    return found
