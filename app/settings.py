"""The settings: everything that can be configured, read once from `RSV_*` variables.

Each field below is one setting, its description is its documentation: `python -m app settings`
prints them, and README lists them. Only `app.main` and the command line read this module.
"""

import difflib
import os
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.errors import RsvError

PREFIX = "RSV_"


class SettingRefused(RsvError):
    """A setting that does not exist, or a value that it cannot take."""

    title = "A setting cannot be used"


class Settings(BaseSettings):
    """What the server runs with. Immutable; made by `Settings.read`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="forbid", hide_input_in_errors=True
    )

    models: Annotated[tuple[str, ...], NoDecode] = Field(
        default=("auto",),
        description="Models to serve, separated by commas: auto, gpt2, demo, a folder, a hub id. "
        "The first is the one that pages open with.",
    )
    data_dir: Path = Field(
        default=Path("data"),
        description="Folder for everything derived: corpora, bases, and the SQLite database.",
    )
    database_url: str = Field(
        default="",
        description="SQLAlchemy URL of the database; empty means SQLite in the data folder.",
    )
    host: str = Field(default="127.0.0.1", min_length=1, description="Address to listen at.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port to listen at; 0 picks one.")
    device: str = Field(
        default="auto",
        pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$",
        description="Where the model runs: auto (CUDA if there, else CPU), cpu, cuda, cuda:1, mps.",
    )
    dtype: Literal["float32", "bfloat16", "float16"] = Field(
        default="float32", description="Number format of the weights."
    )
    threads: int | None = Field(
        default=None, ge=1, le=1024, description="CPU threads for the model; unset: all cores."
    )
    queue_limit: int = Field(
        default=1024, ge=1, le=100_000, description="Jobs that may wait before a request gets 503."
    )
    token_budget: int = Field(
        default=2048, ge=1, le=1_000_000, description="Tokens that one batch may hold."
    )
    max_texts: int = Field(default=64, ge=1, description="Texts that one request may name.")
    max_tokens: int = Field(
        default=16_384, ge=1, description="Tokens that one request's texts may make together."
    )
    max_directions: int = Field(
        default=256, ge=1, description="Directions that one request may score."
    )
    max_body_bytes: int = Field(
        default=16 * 1024 * 1024, ge=1024, description="Size of the largest request body, in bytes."
    )
    max_bundle_bytes: int = Field(
        default=256 * 1024 * 1024,
        ge=1024,
        description="Size of the largest bundle that can be uploaded, in bytes.",
    )
    prepare: bool = Field(
        default=True,
        description="While serving, ingest the bundled corpus and fit the basic sites of each "
        "model that has no basis yet.",
    )
    prepare_texts: int = Field(
        default=3_000, ge=10, description="Texts of the bundled corpus that such a fit reads."
    )
    access_log: bool = Field(default=False, description="Log one line for every request.")

    @field_validator("models", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        """A comma list as a tuple, blanks dropped."""
        if isinstance(value, str):
            value = tuple(part.strip() for part in value.split(",") if part.strip())
        if not value:
            raise ValueError("name at least one model, such as 'auto'")
        return value

    @classmethod
    def read(cls, **given: object) -> Self:
        """The settings of this process: `given` values first, then RSV_* variables, then defaults.

        Raises SettingRefused for an RSV_* variable that does not exist, or a value out of place.
        """
        _refuse_unknown(cls)
        try:
            return cls(**given)  # type: ignore[arg-type]
        except ValidationError as error:
            first = error.errors()[0]
            field = str(first["loc"][0]) if first["loc"] else ""
            name = variable(field)
            raise SettingRefused(
                f"{name}: {first['msg']}. It is described so: {_description(cls, field)}",
                field=name,
            ) from None

    @property
    def database(self) -> str:
        """The database's URL, with the default filled in."""
        return self.database_url or f"sqlite:///{self.data_dir / 'viewer.db'}"


def variable(field: str) -> str:
    """The environment variable of a setting."""
    return f"{PREFIX}{field.upper()}"


def described() -> list[tuple[str, str, str]]:
    """Every setting as (variable, default, description), in the order above."""
    rows = []
    for field, info in Settings.model_fields.items():
        default = ",".join(info.default) if isinstance(info.default, tuple) else info.default
        rows.append((variable(field), "" if default is None else str(default), info.description))
    return [(name, default, text or "") for name, default, text in rows]


def _refuse_unknown(settings: type[Settings]) -> None:
    known = {variable(field) for field in settings.model_fields}
    for name in sorted(os.environ):
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            close = difflib.get_close_matches(name.upper(), sorted(known), n=1)
            hint = f"Did you mean {close[0]}?" if close else "`python -m app settings` lists them."
            raise SettingRefused(f"There is no setting {name}. {hint}", field=name)


def _description(settings: type[Settings], field: str) -> str:
    info = settings.model_fields.get(field)
    return (info.description or "") if info else ""
