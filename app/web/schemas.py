"""What requests hold, parsed strictly: nothing is coerced, nothing unknown is let through.

A direction is a union told apart by its one key, so that an error speaks of the kind that was
meant. What answers hold is in `app.web.replies`.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

from app.analysis.directions import Unit

MAX_ID = 2**31 - 1
KINDS = ("component", "id", "vector", "combination", "token", "neuron")

Head = Annotated[int, Field(ge=0, le=100_000, description="Head, at sites that have heads.")]
SiteName = Annotated[
    str,
    Field(
        min_length=1,
        max_length=200,
        description="A site's TransformerLens hook name.",
        examples=["blocks.3.hook_resid_pre"],
    ),
]
DirectionId = Annotated[int, Field(ge=1, le=MAX_ID, description="A saved direction's id.")]
PromptId = Annotated[int, Field(ge=1, le=MAX_ID, description="A stored prompt's id.")]
Text = Annotated[
    str,
    Field(
        description="Any text of at least one character; NUL and lone surrogates are refused.",
        examples=["The capital of France is Paris."],
    ),
]
UnitName = Annotated[
    Unit,
    Field(
        description="dot ⟨x,v⟩; centred ⟨x−μ,v⟩; cosine; z: centred over the corpus standard "
        "deviation. centred and z need a fitted basis."
    ),
]
PrependBos = Annotated[bool, Field(description="Put the model's BOS token before the text.")]


class Strict(BaseModel):
    """The base of everything a request holds."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, frozen=True)


class ByComponent(Strict):
    """A PCA component of the site's basis."""

    component: Annotated[int, Field(ge=0, le=MAX_ID, examples=[4])]


class ById(Strict):
    """A saved direction of this model, site and head."""

    id: DirectionId


VectorIn = Annotated[list[float], Field(min_length=1, max_length=1_000_000, fail_fast=True)]
"""Numbers, one for each of the site's dimensions; of many that are none, the first is said."""


class ByVector(Strict):
    """Any vector of the site's width; it is scaled to length 1."""

    vector: VectorIn


class Part(Strict):
    """One part of a combination, with its weight: a component, or a saved direction."""

    component: Annotated[int, Field(ge=0, le=MAX_ID)] | None = None
    id: DirectionId | None = None
    weight: float

    @model_validator(mode="after")
    def _one_direction(self) -> Self:
        if (self.component is None) == (self.id is None):
            raise ValueError("a part is either a `component` or the `id` of a saved direction")
        return self


class ByCombination(Strict):
    """A weighted sum of components and saved directions, scaled to length 1."""

    combination: Annotated[
        list[Part],
        Field(
            min_length=1,
            max_length=4096,
            examples=[[{"component": 0, "weight": 0.82}, {"component": 3, "weight": -0.31}]],
        ),
    ]


class TokenPlace(Strict):
    """One token: of a text or of a stored prompt, at a position (BOS counts, where prepended)."""

    text: Text | None = None
    prompt_id: PromptId | None = None
    position: Annotated[int, Field(ge=0, le=MAX_ID)]

    @model_validator(mode="after")
    def _one_text(self) -> Self:
        check_one_text(self.text, self.prompt_id)
        return self


class ByToken(Strict):
    """A token's own vector at the site, scaled to length 1."""

    token: TokenPlace


class NeuronPlace(Strict):
    """A neuron: of an FFN by `layer` and `index`, of attention by `layer`, `head` and `dim`."""

    layer: Annotated[int, Field(ge=0, le=MAX_ID, examples=[1])]
    index: Annotated[int, Field(ge=0, le=MAX_ID, examples=[7])] | None = None
    head: Annotated[int, Field(ge=0, le=MAX_ID)] | None = None
    dim: Annotated[int, Field(ge=0, le=MAX_ID, description="A number of the head's.")] | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        of_attention = sum(part is not None for part in (self.head, self.dim))
        if of_attention != (2 if self.index is None else 0):
            raise ValueError(
                "a neuron is `layer` and `index` (FFN), or `layer`, `head` and `dim` (attention)"
            )
        return self

    @property
    def number(self) -> int:
        """Which of its layer's FFN, or of its head's."""
        number = self.dim if self.index is None else self.index
        assert number is not None  # one of them was given
        return number


class ByNeuron(Strict):
    """What a neuron adds to the residual stream, scaled to length 1.

    An FFN neuron adds a row of W_out, one of attention a row of its head's W_O.
    """

    neuron: Annotated[NeuronPlace, Field(examples=[{"layer": 1, "index": 7}])]


def _kind(value: Any) -> str | None:  # noqa: ANN401
    """The one key that tells which kind of direction this is."""
    named = [k for k in KINDS if (k in value if isinstance(value, dict) else hasattr(value, k))]
    return named[0] if len(named) == 1 else None


Direction = Annotated[
    Annotated[ByComponent, Tag("component")]
    | Annotated[ById, Tag("id")]
    | Annotated[ByVector, Tag("vector")]
    | Annotated[ByCombination, Tag("combination")]
    | Annotated[ByToken, Tag("token")]
    | Annotated[ByNeuron, Tag("neuron")],
    Discriminator(
        _kind,
        custom_error_type="direction_kind",
        custom_error_message="A direction is an object with one of these keys: component, id, "
        "vector, combination, token, neuron",
    ),
]


class OneText(Strict):
    """A text, or the id of a stored prompt."""

    text: Text | None = None
    prompt_id: PromptId | None = None
    prepend_bos: PrependBos = True

    @model_validator(mode="after")
    def _one_text(self) -> Self:
        check_one_text(self.text, self.prompt_id)
        return self


class TokensIn(OneText):
    """A text to be tokenized."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"text": "The capital of France is Paris."}]}
    )


class PredictionsIn(OneText):
    """A text whose next tokens are to be predicted."""

    top: Annotated[int, Field(ge=1, le=100, description="Tokens per position.")] = 5

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"text": "The capital of France is", "top": 5}]}
    )


class ScoresIn(Strict):
    """Texts to be scored at one site along some directions."""

    site: SiteName
    head: Head | None = None
    texts: list[Text] = Field(default=[], description="Texts, answered first.")
    prompt_ids: list[PromptId] = Field(default=[], description="Stored prompts, answered next.")
    directions: Annotated[list[Direction], Field(min_length=1)]
    unit: UnitName = "dot"
    prepend_bos: PrependBos = True

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "site": "blocks.3.hook_resid_pre",
                    "texts": ["The capital of France is Paris."],
                    "directions": [
                        {"component": 0},
                        {"combination": [{"component": 1, "weight": 0.8}]},
                        {"neuron": {"layer": 1, "index": 7}},
                    ],
                }
            ]
        }
    )


class HeatmapIn(OneText):
    """One text along one direction, at every layer."""

    site: SiteName | None = None
    head: Head | None = None
    direction: Direction
    across: Annotated[
        Literal["component", "direction"],
        Field(
            description="component: the same component number of each layer's own basis; "
            "direction: the same vector, made at `site`, at every layer."
        ),
    ] = "component"

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "text": "The capital of France is Paris.",
                    "direction": {"component": 0},
                    "across": "component",
                }
            ]
        }
    )


def check_one_text(text: str | None, prompt_id: int | None) -> None:
    """Raises ValueError unless exactly one of the two is given."""
    if (text is None) == (prompt_id is None):
        raise ValueError("give either `text` or `prompt_id`")
