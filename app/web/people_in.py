"""What requests about names, prompts and sets of prompts hold."""

from typing import Annotated

from pydantic import ConfigDict, Field, JsonValue

from app.web.saved_in import ModelName, NamedEdit, NamedIn, Username, WriterIn
from app.web.schemas import Strict, Text

Passphrase = Annotated[
    str,
    Field(
        max_length=1000,
        description="8 to 200 characters.",
        json_schema_extra={"format": "password"},
    ),
]


def _example(**body: JsonValue) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [body]})


class LoginIn(Strict):
    """A claimed name and its passphrase."""

    username: Username
    passphrase: Passphrase

    model_config = _example(username="ada", passphrase="correct horse battery staple")


class ClaimIn(Strict):
    """The passphrase that a name is to have."""

    passphrase: Passphrase

    model_config = _example(passphrase="correct horse battery staple")


class PassphraseIn(Strict):
    """The passphrase that a name has, and the one it is to have."""

    old: Passphrase
    new: Passphrase

    model_config = _example(
        old="correct horse battery staple", new="purple monkey dishwasher stapler"
    )


class PromptIn(WriterIn):
    """A text to keep, to be looked at with a served model."""

    text: Text
    model: ModelName

    model_config = _example(username="ada", text="The capital of France is Paris.", model="gpt2")


class PromptSetIn(NamedIn):
    """A set of prompts to be made."""

    model_config = _example(username="ada", name="Capitals", note="Texts that name a capital")


class PromptSetEdit(NamedEdit):
    """What changes about a set of prompts."""

    model_config = _example(username="ada", note="Texts that name a capital or a river")
