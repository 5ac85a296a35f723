"""The one place where what went wrong becomes a response: RFC 9457 problem+json, or a page.

Requests under /api and those that do not ask for HTML get `application/problem+json`; a browser
that opens an address gets the page `pages/error.html` with the same words.
"""

import json
import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from jinja2 import TemplateNotFound
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app import errors
from app.web.templating import render

log = logging.getLogger(__name__)

STATUS: Mapping[type[errors.RsvError], int] = {
    errors.BadInput: 422,
    errors.Forbidden: 403,
    errors.NotThere: 404,
    errors.Taken: 409,
    errors.TooManyTries: 429,
    errors.NotNow: 503,
    errors.Cancelled: 503,
    errors.CorpusRefused: 422,
    errors.ModelRefused: 422,
    errors.DamagedFile: 503,
    errors.DatabaseRefused: 503,
}

Fault = dict[str, str]


class Problem(Response):
    """An RFC 9457 answer. Any text may be in it: it is written as pure ASCII."""

    media_type = "application/problem+json"

    def __init__(
        self,
        status: int,
        title: str,
        detail: str,
        *,
        faults: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        content: dict[str, Any] = {
            "type": "about:blank",
            "title": title,
            "status": status,
            "detail": detail,
        }
        if faults:
            content["errors"] = list(faults)
        super().__init__(json.dumps(content).encode("ascii"), status, headers)


def install(app: FastAPI) -> None:
    """Make the application answer every failure through this module."""
    app.add_exception_handler(errors.RsvError, _of_the_domain)
    app.add_exception_handler(RequestValidationError, _of_validation)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(OperationalError, _of_the_database)
    app.add_exception_handler(NoConnection, _of_the_database)
    app.add_exception_handler(Exception, _unexpected)


def status_of(error: errors.RsvError) -> int:
    """The HTTP status that an error of the domain is answered with."""
    for kind in type(error).__mro__:
        if kind in STATUS:
            return STATUS[kind]
    return 500


async def _of_the_domain(request: Request, error: Exception) -> Response:
    assert isinstance(error, errors.RsvError)
    headers = {}
    if isinstance(error, errors.NotNow | errors.TooManyTries):
        headers["Retry-After"] = str(error.retry_after_s)
    faults = [{"field": error.field, "message": error.detail}] if error.field else []
    return _answer(request, status_of(error), error.title, error.detail, faults, headers)


async def _of_validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    if _is_of_a_wrong_type(request, found):
        return _answer(
            request,
            415,
            "This content type is not read here",
            "Send the body as JSON, with Content-Type: application/json.",
        )
    faults = [_fault(each) for each in found[:20]]
    first = faults[0]
    detail = f"{first['field']}: {first['message']}" if first["field"] else first["message"]
    if len(found) > 1:
        detail += f" ({len(found) - 1} more)"
    return _answer(request, 422, errors.BadInput.title, detail, faults)


async def _of_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    title = HTTPStatus(error.status_code).phrase
    detail = error.detail
    if error.status_code == 400 and isinstance(error.__cause__, ValueError | RecursionError):
        nested = isinstance(error.__cause__, RecursionError)
        title = "This body cannot be read"
        detail = "It is nested too deep." if nested else "It is not JSON in UTF-8 that can be read."
    elif detail == title:
        detail = {
            404: f"There is nothing at {request.url.path}.",
            405: f"{request.method} is not possible at {request.url.path}.",
        }.get(error.status_code, detail)
    return _answer(request, error.status_code, title, detail, headers=error.headers)


async def _of_the_database(request: Request, error: Exception) -> Response:
    """The database is locked for too long, is being restarted, or has no connection to give."""
    log.error(
        "%s %s: the database did not answer", request.method, request.url.path, exc_info=error
    )
    busy = errors.NotNow("The database does not answer at the moment. Try again.")
    return await _of_the_domain(request, busy)


async def _unexpected(request: Request, error: Exception) -> Response:
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return _answer(
        request,
        500,
        "Something went wrong on the server",
        "This is a fault of the software, not of the request. The server's log says more.",
    )


def _answer(
    request: Request,
    status: int,
    title: str,
    detail: str,
    faults: Sequence[Fault] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    if wants_page(request):
        try:
            page = render(
                request,
                "pages/error.html",
                {"status": status, "title": title, "detail": detail, "errors": faults},
                status=status,
            )
        except TemplateNotFound:
            log.warning("templates/pages/error.html is missing")
        else:
            page.headers.update(headers or {})
            return page
    return Problem(status, title, detail, faults=faults, headers=headers)


def wants_page(request: Request) -> bool:
    """Whether the request is a person's browser opening an address, not a program's."""
    in_api = request.url.path.startswith("/api/")
    return not in_api and "text/html" in request.headers.get("accept", "")


def _fault(error: Mapping[str, Any]) -> Fault:
    """One validation error as a field's path and a message; never echoes what was sent."""
    where = [str(part) for part in error["loc"]]
    if where and where[0] in {"body", "query", "path", "header"}:
        where = where[1:]
    if error["type"] == "json_invalid":
        cause = error.get("ctx", {}).get("error", "")
        return {
            "field": "body",
            "message": f"This is not JSON: {cause} at byte {'.'.join(where)}.",
        }
    # The kind of a direction is named by its own field, so its path says that name twice.
    path = [part for part, before in zip(where, ["", *where], strict=False) if part != before]
    return {"field": ".".join(part[:80] for part in path) or "body", "message": str(error["msg"])}


def _is_of_a_wrong_type(request: Request, found: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a body failed only because it was not declared to be JSON."""
    declared = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    is_json = declared == "application/json" or declared.endswith("+json")
    return not is_json and any(tuple(error["loc"]) == ("body",) for error in found)
