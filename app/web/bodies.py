"""A body that comes in one of two content types: JSON, or a form with one file.

FastAPI reads one content type per endpoint; here both are read, held to the same models, and
refused in the same words.
"""

import json
from dataclasses import dataclass
from typing import Any, TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from pydantic.json_schema import models_json_schema
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException

from app.errors import BadFile
from app.web.saved_in import DirectionForm, NewDirectionIn
from app.web.uploads import FIELD, MAX_FILE_BYTES, check_size

Model = TypeVar("Model", bound=BaseModel)

FORM = "multipart/form-data"
LARGEST_FIELDS = 256 * 1024
"""What a form may hold beside its file, in bytes."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a form."""

    filename: str
    content: bytes


def two_kinds_of_body(ref_template: str) -> dict[str, Any]:
    """The schemas of the bodies that FastAPI does not know of, by name."""
    _, found = models_json_schema(
        [(NewDirectionIn, "validation"), (DirectionForm, "validation")], ref_template=ref_template
    )
    schemas: dict[str, Any] = found["$defs"]
    form = schemas[DirectionForm.__name__]
    form["properties"][FIELD] = {
        "type": "string",
        "format": "binary",
        "description": f".json, .npy or .safetensors, of at most {MAX_FILE_BYTES:,} bytes",
    }
    form["required"].append(FIELD)
    return schemas


def content_type(request: Request) -> str:
    """The content type that the body is declared to have, without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def read_json(request: Request, model: type[Model]) -> Model:
    """The body as `model`; raises RequestValidationError, as FastAPI does for its own."""
    declared = content_type(request)
    if declared != "application/json" and not declared.endswith("+json"):
        raise HTTPException(415, f"Send JSON (application/json), or a form ({FORM}) with a file.")
    raw = await request.body()
    # Python parses JSON in one go in which no other thread runs: how long that is, is bounded here.
    if len(raw) > MAX_FILE_BYTES:
        raise HTTPException(413, f"JSON of at most {MAX_FILE_BYTES:,} bytes is read here.")
    return await run_in_threadpool(_parsed, raw, model)


def _parsed(raw: bytes, model: type[Model]) -> Model:
    try:
        content = json.loads(raw)
    except json.JSONDecodeError as error:
        fault = {"type": "json_invalid", "loc": ("body", error.pos), "ctx": {"error": error.msg}}
        raise RequestValidationError([fault]) from None
    except (ValueError, RecursionError) as error:
        raise HTTPException(400, "Bad Request") from error
    return validated(model, content)


async def read_form(
    request: Request, model: type[Model], *, numbers: tuple[str, ...]
) -> tuple[Model, Upload]:
    """A form's fields as `model`, and its one file.

    Fields that are left empty count as not given; those in `numbers` are whole numbers. Raises
    BadFile for a form without a file, or with one that is too large: where its length is declared,
    before it is read.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > MAX_FILE_BYTES + LARGEST_FIELDS:
        check_size(int(declared))
    async with request.form(max_files=2, max_fields=32, max_part_size=LARGEST_FIELDS) as form:
        fields, file = _sorted_out(form, numbers)
        parsed = validated(model, fields)
        check_size(file.size or 0)
        return parsed, Upload(file.filename or "", await file.read())


def validated(model: type[Model], content: object) -> Model:
    """`content` as `model`; raises RequestValidationError, whose places begin at the body."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        placed = [{**fault, "loc": ("body", *fault["loc"])} for fault in faults]
        raise RequestValidationError(placed) from None


def _sorted_out(form: FormData, numbers: tuple[str, ...]) -> tuple[dict[str, Any], UploadFile]:
    """A form's fields, and the one file among them."""
    fields: dict[str, Any] = {}
    file = None
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            if name != FIELD or file is not None:
                raise BadFile(f"Send one file, in the field {FIELD!r}.", field=FIELD)
            file = value
        elif name in fields:
            fault = {"type": "given_twice", "loc": ("body", name), "msg": "This is given twice"}
            raise RequestValidationError([fault])
        elif value != "":
            fields[name] = _whole(value) if name in numbers else value
    if file is None or not file.filename:
        raise BadFile(f"Send the vector's file, in the field {FIELD!r}.", field=FIELD)
    return fields, file


def _whole(value: str) -> int | str:
    """A field's whole number; text that is none is left for the model to refuse."""
    short = value.strip()
    return int(short) if len(short) < 20 and short.isascii() and short.isdecimal() else value
