"""The OpenAPI document: every endpoint described, with examples that really work."""

import json
from typing import Any

import pytest

from app.web.openapi import Operation, rows
from tests.web.conftest import Running
from tests.web.saving import Person


@pytest.fixture(scope="module")
def document(web: Running) -> dict[str, Any]:
    found: dict[str, Any] = web.client.get("/openapi.json").json()
    return found


@pytest.fixture(scope="module")
def operations(document: dict[str, Any]) -> list[Operation]:
    return rows(document)


ENDPOINTS = {
    tuple(line.split())
    for line in """
    GET /healthz
    GET /readyz
    GET /api/v1/models
    GET /api/v1/models/{m}
    POST /api/v1/models/{m}/tokens
    GET /api/v1/models/{m}/sites
    GET /api/v1/models/{m}/sites/{site}/basis
    GET /api/v1/models/{m}/sites/{site}/components/{k}
    GET /api/v1/models/{m}/grid
    POST /api/v1/models/{m}/scores
    POST /api/v1/models/{m}/predictions
    POST /api/v1/models/{m}/contributions/layers
    POST /api/v1/models/{m}/contributions/subvalues
    POST /api/v1/models/{m}/contributions/matrix
    POST /api/v1/models/{m}/contributions/queries
    POST /api/v1/models/{m}/contributions/case
    POST /api/v1/models/{m}/contributions/cross-layer
    POST /api/v1/models/{m}/bs-values
    GET /api/v1/models/{m}/weights/composition
    GET /api/v1/models/{m}/weights/erasers
    GET /api/v1/models/{m}/weights/basis
    POST /api/v1/models/{m}/histogram
    POST /api/v1/models/{m}/top-tokens
    POST /api/v1/models/{m}/heatmap
    POST /api/v1/models/{m}/fits
    GET /api/v1/tasks/{task_id}
    DELETE /api/v1/tasks/{task_id}
    GET /api/v1/directions
    POST /api/v1/directions
    GET /api/v1/directions/{direction_id}
    PATCH /api/v1/directions/{direction_id}
    DELETE /api/v1/directions/{direction_id}
    POST /api/v1/directions/{direction_id}/restore
    POST /api/v1/directions/{direction_id}/copies
    GET /api/v1/directions/{direction_id}/vector
    GET /api/v1/directions/{direction_id}/similar
    GET /api/v1/directions/{direction_id}/explanations
    POST /api/v1/directions/{direction_id}/explanations
    PATCH /api/v1/explanations/{explanation_id}
    DELETE /api/v1/explanations/{explanation_id}
    POST /api/v1/explanations/{explanation_id}/restore
    GET /api/v1/explanations/{explanation_id}/history
    PUT /api/v1/explanations/{explanation_id}/vote
    GET /api/v1/lists
    POST /api/v1/lists
    GET /api/v1/lists/{list_id}
    PATCH /api/v1/lists/{list_id}
    DELETE /api/v1/lists/{list_id}
    POST /api/v1/lists/{list_id}/restore
    PUT /api/v1/lists/{list_id}/items/{direction_id}
    DELETE /api/v1/lists/{list_id}/items/{direction_id}
    GET /api/v1/prompts
    POST /api/v1/prompts
    GET /api/v1/prompts/{prompt_id}
    DELETE /api/v1/prompts/{prompt_id}
    POST /api/v1/prompts/{prompt_id}/restore
    GET /api/v1/prompt-sets
    POST /api/v1/prompt-sets
    GET /api/v1/prompt-sets/{set_id}
    PATCH /api/v1/prompt-sets/{set_id}
    DELETE /api/v1/prompt-sets/{set_id}
    POST /api/v1/prompt-sets/{set_id}/restore
    PUT /api/v1/prompt-sets/{set_id}/items/{prompt_id}
    DELETE /api/v1/prompt-sets/{set_id}/items/{prompt_id}
    GET /api/v1/session
    POST /api/v1/session
    DELETE /api/v1/session
    GET /api/v1/names
    GET /api/v1/users/{username}
    POST /api/v1/users/{username}/claim
    PUT /api/v1/users/{username}/passphrase
    GET /api/v1/bundles
    POST /api/v1/bundles
    """.strip().splitlines()
}


def test_it_describes_exactly_these_endpoints(operations: list[Operation]) -> None:
    assert {(each.method, each.path) for each in operations} == ENDPOINTS


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


NOT_JSON = {"/api/v1/bundles"}
NEEDS_A_LOGIN = {"/api/v1/session", "/api/v1/users/{username}/claim",
                 "/api/v1/users/{username}/passphrase"}  # fmt: skip


def test_every_request_has_an_example(operations: list[Operation]) -> None:
    for each in operations:
        if each.method in ("POST", "PUT", "PATCH") and each.path not in NOT_JSON:
            assert each.request_example is not None, each.path


def test_every_example_is_understood(web: Running, operations: list[Operation]) -> None:
    for each in operations:
        if each.request_example is None or each.path in NEEDS_A_LOGIN:
            continue
        # The examples are of a larger model: only its layers are changed to what is here.
        text = each.request_example.replace("blocks.3.", "blocks.1.").replace("gpt2", web.model)
        body = json.loads(text)
        path = _filled(web, each.path, body.get("username", ""))
        response = web.client.request(each.method, path, json=body)
        assert response.status_code in (200, 201, 202), (each.method, each.path, response.text)


def _filled(web: Running, path: str, username: str) -> str:
    """The path, with ids of things that are there and are the user's."""
    path = path.replace("{m}", web.model)
    who = Person(web, username)
    if "{direction_id}" in path:
        path = path.replace("{direction_id}", str(who.save()["id"]))
    if "{explanation_id}" in path:
        path = path.replace("{explanation_id}", str(who.explain(who.save()["id"])["id"]))
    if "{list_id}" in path:
        path = path.replace("{list_id}", str(_made(who, "lists", name=path)))
    if "{prompt_id}" in path:
        text = f"A prompt for {path}"
        path = path.replace("{prompt_id}", str(_made(who, "prompts", text=text, model=web.model)))
    if "{set_id}" in path:
        path = path.replace("{set_id}", str(_made(who, "prompt-sets", name=path)))
    return path


def _made(who: Person, noun: str, **body: str) -> int:
    response = who.send("POST", noun, **body)
    assert response.status_code in (200, 201), response.text
    return int(response.json()["id"])


def test_the_interactive_pages_with_outside_scripts_are_off(web: Running) -> None:
    for path in ("/docs", "/redoc"):
        assert web.client.get(path).status_code == 404
