"""The OpenAPI document, and its rows for the page that shows it without outside scripts."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app.web.bodies import two_kinds_of_body
from app.web.replies import ProblemReply

DESCRIPTION = """Residual-stream vectors of a transformer's tokens, scored along directions.

Sites bear TransformerLens hook names. Lists are `{"items": [...], "next": cursor|null}`. Errors \
are RFC 9457 `application/problem+json`; for bad input `errors[]` names each field."""

PROBLEM = "application/problem+json"
REF = "#/components/schemas/"
METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an operation. `where`: path or query."""

    name: str
    where: str
    required: bool
    type: str
    description: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of an operation. `example` is JSON text, None where there is none."""

    status: str
    description: str
    content_type: str | None
    example: str | None


@dataclass(frozen=True, slots=True)
class Operation:
    """One endpoint, ready to be shown."""

    method: str
    path: str
    tag: str
    summary: str
    description: str
    parameters: tuple[Parameter, ...]
    request_example: str | None
    answers: tuple[Answer, ...]


def version() -> str:
    """The installed package's version; "0" when it runs from a folder that is not installed."""
    try:
        return metadata.version("residual-stream-viewer")
    except metadata.PackageNotFoundError:
        return "0"


def install(app: FastAPI) -> None:
    """Make the application's document say problem+json where errors are that."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _document(app: FastAPI) -> dict[str, Any]:
    made = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes
    )
    schemas = made["components"]["schemas"]
    for name, schema in two_kinds_of_body(REF + "{model}").items():
        schemas.setdefault(name, schema)
    problem = ProblemReply.__name__
    for _, _, operation in _operations(made):
        for answer in operation["responses"].values():
            content = answer.get("content", {})
            schema = content.get("application/json", {}).get("schema", {})
            if schema.get("$ref") == REF + problem:
                content[PROBLEM] = content.pop("application/json")
    unused = ("HTTPValidationError", "ValidationError")
    for name in unused:
        schemas.pop(name, None)
    return made


def rows(document: Mapping[str, Any]) -> list[Operation]:
    """Every operation of an OpenAPI document, in its order."""
    schemas = document.get("components", {}).get("schemas", {})
    return [
        Operation(
            method=method.upper(),
            path=path,
            tag=(operation.get("tags") or [""])[0],
            summary=operation.get("summary", ""),
            description=operation.get("description", ""),
            parameters=tuple(_parameter(each) for each in operation.get("parameters", ())),
            request_example=_request_example(operation, schemas),
            answers=tuple(
                _answer(status, answer, schemas)
                for status, answer in operation["responses"].items()
            ),
        )
        for path, method, operation in _operations(document)
    ]


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method in METHODS:
                yield path, method, operation


def _parameter(given: Mapping[str, Any]) -> Parameter:
    schema = given.get("schema", {})
    return Parameter(
        name=given["name"],
        where=given["in"],
        required=bool(given.get("required")),
        type=_type_of(schema),
        description=given.get("description", schema.get("description", "")),
    )


def _type_of(schema: Mapping[str, Any]) -> str:
    """A schema's type in words: what may be given, null left out."""
    if "anyOf" in schema:
        words = [_type_of(each) for each in schema["anyOf"]]
        return " or ".join(word for word in words if word != "null")
    return str(schema.get("type", "any"))


def _request_example(operation: Mapping[str, Any], schemas: Mapping[str, Any]) -> str | None:
    content = operation.get("requestBody", {}).get("content", {})
    return _example(content.get("application/json", {}).get("schema", {}), schemas)


def _answer(status: str, answer: Mapping[str, Any], schemas: Mapping[str, Any]) -> Answer:
    content = answer.get("content", {})
    kind = next(iter(content), None)
    example = None
    if kind in ("application/json", PROBLEM):
        example = _example(content[kind].get("schema", {}), schemas)
    return Answer(status, answer.get("description", ""), kind, example)


def _example(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> str | None:
    """The first example of a schema, as indented JSON."""
    schema = schemas.get(schema.get("$ref", "").removeprefix(REF), schema)
    examples = schema.get("examples") or []
    return json.dumps(examples[0], indent=2, ensure_ascii=False) if examples else None
