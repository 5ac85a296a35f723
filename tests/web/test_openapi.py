"""The OpenAPI document: every endpoint described, with examples that really work."""

import json
from typing import Any

import pytest

from app.web.openapi import Operation, rows
from tests.web.conftest import Running


@pytest.fixture(scope="module")
def document(web: Running) -> dict[str, Any]:
    found: dict[str, Any] = web.client.get("/openapi.json").json()
    return found


@pytest.fixture(scope="module")
def operations(document: dict[str, Any]) -> list[Operation]:
    return rows(document)


CONTRACT = {
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/api/v1/models"),
    ("GET", "/api/v1/models/{m}"),
    ("POST", "/api/v1/models/{m}/tokens"),
    ("GET", "/api/v1/models/{m}/sites"),
    ("GET", "/api/v1/models/{m}/sites/{site}/basis"),
    ("GET", "/api/v1/models/{m}/grid"),
    ("POST", "/api/v1/models/{m}/scores"),
    ("POST", "/api/v1/models/{m}/predictions"),
    ("POST", "/api/v1/models/{m}/histogram"),
    ("POST", "/api/v1/models/{m}/top-tokens"),
    ("POST", "/api/v1/models/{m}/heatmap"),
    ("POST", "/api/v1/models/{m}/fits"),
    ("GET", "/api/v1/tasks/{task_id}"),
    ("DELETE", "/api/v1/tasks/{task_id}"),
    ("GET", "/api/v1/prompts"),
    ("GET", "/api/v1/prompts/{prompt_id}"),
}


def test_it_describes_exactly_the_contract(operations: list[Operation]) -> None:
    assert {(each.method, each.path) for each in operations} == CONTRACT


def test_every_operation_says_what_it_is(operations: list[Operation]) -> None:
    for each in operations:
        assert each.summary and each.description and each.tag, each.path


def test_every_parameter_has_a_type(operations: list[Operation]) -> None:
    for each in operations:
        for parameter in each.parameters:
            assert parameter.type not in ("", "any"), (each.path, parameter.name)


def test_every_error_is_problem_json(operations: list[Operation]) -> None:
    for each in operations:
        if each.path.startswith("/api/"):
            for answer in each.answers:
                if answer.status >= "400":
                    assert answer.content_type == "application/problem+json"


def test_every_request_has_an_example_that_is_understood(
    web: Running, operations: list[Operation]
) -> None:
    for each in operations:
        if each.method != "POST":
            continue
        assert each.request_example is not None, each.path
        body = json.loads(each.request_example)
        # The examples are of a larger model: only its layers are changed to what is here.
        text = json.dumps(body).replace("blocks.3.", "blocks.1.")
        response = web.client.post(each.path.replace("{m}", "tiny"), json=json.loads(text))
        assert response.status_code in (200, 202), (each.path, response.text)


def test_the_interactive_pages_with_outside_scripts_are_off(web: Running) -> None:
    for path in ("/docs", "/redoc"):
        assert web.client.get(path).status_code == 404
