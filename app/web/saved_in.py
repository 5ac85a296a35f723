"""What requests about saved things hold: directions, explanations, votes and lists.

Lengths of names and prose are judged by the store, which says what it makes of them.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from app.web.schemas import (
    MAX_ID,
    Head,
    NeuronPlace,
    Part,
    PromptId,
    SiteName,
    Strict,
    Text,
    TokenPlace,
    VectorIn,
    check_one_text,
)

SOURCES = ("vector", "combination", "component", "token", "neuron", "difference")

Username = Annotated[
    str,
    Field(max_length=1000, description="The name under which this is saved.", examples=["ada"]),
]
Title = Annotated[str, Field(max_length=1000, description="A name of at most 80 characters.")]
Prose = Annotated[str, Field(max_length=100_000)]
ModelName = Annotated[str, Field(min_length=1, max_length=200, examples=["gpt2"])]
Visibility = Annotated[
    Literal["public", "unlisted"],
    Field(description="unlisted: found by its address only, and by its owner."),
]
Side = Annotated[
    Literal["both", "plus", "minus"],
    Field(description="What is explained: the whole direction, its + end or its − end."),
]


def _example(**body: Any) -> ConfigDict:  # noqa: ANN401
    return ConfigDict(json_schema_extra={"examples": [body]})


class TextPlace(Strict):
    """A text or a stored prompt: at one position, or without one the mean over its tokens."""

    text: Text | None = None
    prompt_id: PromptId | None = None
    position: Annotated[int, Field(ge=0, le=MAX_ID, description="BOS counts.")] | None = None

    @model_validator(mode="after")
    def _one_text(self) -> Self:
        check_one_text(self.text, self.prompt_id)
        return self


class Difference(Strict):
    """The vector from `minus` to `plus`."""

    plus: TextPlace
    minus: TextPlace


class DirectionAbout(Strict):
    """Whose a new direction is, what it is called, and where it belongs."""

    username: Username
    name: Title
    model: ModelName
    site: SiteName
    head: Head | None = None
    visibility: Visibility = "public"
    explanation: Annotated[Prose, Field(description="What you think it means.")] | None = None
    side: Side = "both"


class NewDirectionIn(DirectionAbout):
    """A direction to be saved, from exactly one source."""

    vector: VectorIn | None = None
    combination: Annotated[list[Part], Field(min_length=1, max_length=4096)] | None = None
    component: Annotated[int, Field(ge=0, le=MAX_ID)] | None = None
    token: TokenPlace | None = None
    neuron: NeuronPlace | None = None
    difference: Difference | None = None

    model_config = _example(
        username="ada",
        name="capitals against months",
        model="gpt2",
        site="blocks.3.hook_resid_pre",
        explanation="+ on capital cities, − on names of months",
        combination=[{"component": 1, "weight": 0.82}, {"component": 3, "weight": -0.31}],
    )

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if sum(getattr(self, source) is not None for source in SOURCES) != 1:
            raise ValueError(f"give exactly one of: {', '.join(SOURCES)}")
        return self


class DirectionForm(DirectionAbout):
    """The fields beside the file of an uploaded direction."""


class WriterIn(Strict):
    """Who asks."""

    username: Username

    model_config = _example(username="ada")


class DirectionEdit(WriterIn):
    """What changes about a direction."""

    name: Title | None = None
    visibility: Visibility | None = None

    model_config = _example(username="ada", name="capitals", visibility="unlisted")

    @model_validator(mode="after")
    def _something(self) -> Self:
        _check_some(self, "name", "visibility")
        return self


class CopyIn(WriterIn):
    """A copy of somebody's direction, among one's own."""

    name: Title | None = None

    model_config = _example(username="grace")


class ExplanationIn(WriterIn):
    """What somebody thinks a direction means."""

    text: Annotated[Prose, Field(description="At most 4,000 characters.")]
    side: Side = "both"

    model_config = _example(username="ada", text="Capital cities, most of all after “of”.")


class ExplanationEdit(WriterIn):
    """The new text of an explanation."""

    text: Annotated[Prose, Field(description="At most 4,000 characters.")]

    model_config = _example(username="ada", text="Capital cities.")


class VoteIn(WriterIn):
    """1: I agree; -1: I do not; 0: no vote."""

    value: Annotated[int, Field(ge=-1, le=1)]

    model_config = _example(username="grace", value=1)


class NamedIn(WriterIn):
    """Something to be made that has a name and a note."""

    name: Title
    note: Annotated[Prose, Field(description="At most 2,000 characters.")] = ""


class NamedEdit(WriterIn):
    """What changes about it."""

    name: Title | None = None
    note: Prose | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        _check_some(self, "name", "note")
        return self


class ListIn(NamedIn):
    """A list to be made."""

    model_config = _example(username="ada", name="Places", note="Directions about where things are")


class ListEdit(NamedEdit):
    """What changes about a list."""

    model_config = _example(username="ada", note="Cities, countries, rivers")


class ListItemIn(WriterIn):
    """A direction in a list, with a note."""

    note: Annotated[Prose, Field(description="At most 2,000 characters.")] = ""

    model_config = _example(username="ada", note="the clearest one")


def _check_some(body: Any, *fields: str) -> None:  # noqa: ANN401
    if all(getattr(body, field) is None for field in fields):
        raise ValueError(f"give at least one of: {', '.join(fields)}")
