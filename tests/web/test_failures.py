"""Failures: every error is problem+json under /api, and a readable page in a browser."""

from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from jinja2 import Environment
from sqlalchemy.exc import OperationalError

from app import errors
from app.web import failures
from app.web.failures import status_of
from tests.web.conftest import Running

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def _subclasses(kind: type[errors.RsvError]) -> list[type[errors.RsvError]]:
    return [found for sub in kind.__subclasses__() for found in (sub, *_subclasses(sub))]


@pytest.mark.parametrize("kind", _subclasses(errors.RsvError), ids=lambda kind: kind.__name__)
def test_every_error_of_the_domain_has_a_status(kind: type[errors.RsvError]) -> None:
    busy = (errors.NotNow, errors.DamagedFile, errors.DatabaseRefused, errors.Cancelled)
    special = {errors.Forbidden: 403, errors.Taken: 409, errors.TooManyTries: 429}
    expected = 503 if issubclass(kind, busy) else 404 if issubclass(kind, errors.NotThere) else 422
    if kind.__module__ == "app.errors":
        assert status_of(kind.__new__(kind)) == special.get(kind, expected)


def test_an_address_that_is_not_there_is_a_problem_for_a_program(web: Running) -> None:
    for path in ("/api/v1/nothing", "/nothing", "/static/nothing.css", "/api/v1/models/x/y/z"):
        response = web.client.get(path)
        assert response.status_code == 404
        assert response.headers["content-type"] == "application/problem+json"
        assert path in response.json()["detail"]


def test_an_address_that_is_not_there_is_a_page_for_a_person(web: Running) -> None:
    response = web.client.get("/nothing/<b>here", headers=HTML)
    assert response.status_code == 404
    assert response.headers["content-type"].startswith("text/html")
    assert "<b>here" not in response.text


def test_the_api_never_answers_with_a_page(web: Running) -> None:
    response = web.client.get("/api/v1/nothing", headers=HTML)
    assert response.headers["content-type"] == "application/problem+json"


def test_a_method_that_is_not_possible_says_which_are(web: Running) -> None:
    response = web.client.put("/api/v1/prompts")
    assert response.status_code == 405
    assert response.headers["allow"] == "GET"
    assert "PUT" in response.json()["detail"]


@pytest.fixture
def broken() -> TestClient:
    """An application whose one page has a fault of its own."""
    app = FastAPI()
    app.state.templates = Environment(autoescape=True)
    failures.install(app)

    @app.get("/broken")
    async def handler() -> None:
        raise RuntimeError("the secret of the house")

    @app.get("/busy")
    async def busy() -> None:
        error = errors.QueueFull("Too many wait.")
        error.retry_after_s = 7
        raise error

    @app.get("/locked")
    async def locked() -> None:
        raise OperationalError("UPDATE secret", {}, Exception("database is locked"))

    return TestClient(app, raise_server_exceptions=False)


def test_a_fault_of_the_software_is_a_problem_that_tells_nothing(broken: TestClient) -> None:
    response = broken.get("/broken")
    assert response.status_code == 500
    assert response.headers["content-type"] == "application/problem+json"
    assert "secret" not in response.text


def test_a_busy_server_says_when_to_come_back(broken: TestClient) -> None:
    response = broken.get("/busy")
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "7"
    assert response.json()["title"] == "The model is busy"


def test_a_locked_database_is_a_busy_server(broken: TestClient) -> None:
    response = broken.get("/locked")
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) >= 1
    assert "secret" not in response.text


def test_without_the_error_page_a_person_still_gets_the_problem(
    broken: TestClient, tmp_path: Path
) -> None:
    from jinja2 import FileSystemLoader

    broken.app.state.templates.loader = FileSystemLoader(tmp_path)  # type: ignore[attr-defined]
    response = broken.get("/busy", headers=HTML)
    assert response.headers["content-type"] == "application/problem+json"
