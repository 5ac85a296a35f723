"""Whatever fits the OpenAPI document, or nearly does, is answered as the document says."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.web.conftest import Running
from tests.web.saving import Person
from tests.web.test_openapi import ENDPOINTS, NOT_JSON

EXAMPLES = 6
WRITER = "schemathesis"
CHECKS = (
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)


@schemathesis.serializer("application/zip")  # type: ignore[untyped-decorator]
def as_they_are(_: schemathesis.SerializationContext, value: object) -> bytes:
    """Bytes that may or may not be a zip file."""
    return bytes(value) if isinstance(value, bytes | bytearray) else str(value).encode()


@pytest.fixture(scope="module")
def schema(web: Running) -> schemathesis.BaseSchema:
    return schemathesis.openapi.from_asgi("/openapi.json", _already_started(web.app))


def _already_started(app: ASGIApp) -> ASGIApp:
    """The application without its lifespan, which the fixture has entered and will leave."""

    async def requests_only(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await app(scope, receive, send)
            return
        for stage in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{stage}.complete"})

    return requests_only


# An operation whose only input is one word takes every word: there is nothing to get wrong.
TYPED = ("POST", "PUT", "PATCH", "/api/v1/prompts", "}/basis", "/grid")
CASES = [(*each, GenerationMode.POSITIVE) for each in sorted(ENDPOINTS)] + [
    (method, path, GenerationMode.NEGATIVE)
    for method, path in sorted(ENDPOINTS)
    if any(word in f"{method} {path}" for word in TYPED) and path not in NOT_JSON
]


@pytest.fixture(scope="module")
def there(web: Running) -> dict[str, int | str]:
    """Path parameters that name what is there, and is its writer's own."""
    who = Person(web, WRITER)
    direction = who.save()["id"]
    prompt = who.send("POST", "prompts", text="A prompt of a test.", model=web.model).json()["id"]
    return {
        "m": web.model,
        "direction_id": direction,
        "explanation_id": who.explain(direction)["id"],
        "list_id": who.make_list()["id"],
        "prompt_id": prompt,
        "set_id": who.send("POST", "prompt-sets", name="a set").json()["id"],
    }


@pytest.mark.filterwarnings("ignore:Do not use the `random` module")  # schemathesis's own
@pytest.mark.parametrize(("method", "path", "mode"), CASES)
def test_no_request_is_a_surprise(
    schema: schemathesis.BaseSchema,
    there: dict[str, int | str],
    method: str,
    path: str,
    mode: GenerationMode,
) -> None:
    operation = schema[path][method]

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def check(case: schemathesis.Case) -> None:
        known = there if mode == GenerationMode.POSITIVE else {"m": there["m"]}
        case.path_parameters.update((k, v) for k, v in known.items() if k in case.path_parameters)
        if mode == GenerationMode.POSITIVE:
            for given in (case.body, case.query):
                if isinstance(given, dict) and "username" in given:
                    given["username"] = WRITER
        response = case.call()
        assert response.status_code < 500, response.text
        case.validate_response(response, checks=CHECKS)

    check()
