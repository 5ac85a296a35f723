"""What requests about contributions hold."""

from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from app.analysis.case import LnStd, Recompute, Taken
from app.analysis.keys import KeyKind
from app.analysis.lens import Ln, LnBias
from app.analysis.queries import Method
from app.analysis.subvalues import Level
from app.web.schemas import MAX_ID, OneText, Strict
from app.worker.matrix_jobs import MatrixLevel

Number = Annotated[int, Field(ge=0, le=MAX_ID)]
Top = Annotated[
    int,
    Field(ge=1, le=100, description="How many; 10, or as many as there are, when left out."),
]
Layers = Annotated[
    list[Number] | None, Field(min_length=1, max_length=1000, description="All by default.")
]
Keys = Annotated[KeyKind, Field(description="centred: γ ⊙ W_in less its mean; paper: γ ⊙ W_in.")]
Order = Annotated[
    Literal["helpful", "unhelpful"],
    Field(description="helpful: those that raised the target most; unhelpful: lowered it most."),
]


def _example(**body: Any) -> ConfigDict:  # noqa: ANN401
    return ConfigDict(json_schema_extra={"examples": [body]})


class TargetIn(Strict):
    """A token, by its id or by the text that is exactly it (most words begin with a space)."""

    id: Number | None = None
    text: Annotated[str, Field(max_length=1000)] | None = None

    @model_validator(mode="after")
    def _one_token(self) -> Self:
        if (self.id is None) == (self.text is None):
            raise ValueError("a token is given by its `id` or by its `text`")
        return self


class AtPositionIn(OneText):
    """A text, a position in it, and how the stream is read there."""

    position: Annotated[
        Number | None, Field(description="From 0, a prepended BOS counts; the last by default.")
    ] = None
    ln: Annotated[
        Ln,
        Field(
            description="frozen: the final residual's scale divides every vector, so that "
            "bs-values add up; exact: each vector's own."
        ),
    ] = "frozen"
    ln_bias: Annotated[
        LnBias,
        Field(
            description="include: with the final norm's bias, the last point is the model's own."
        ),
    ] = "include"


class OfTargetIn(AtPositionIn):
    """The same, of one token."""

    target: Annotated[
        TargetIn | None, Field(description="The token that the model predicts, by default.")
    ] = None


class LayersIn(OfTargetIn):
    """Which layers raised a token's log-probability?"""

    model_config = _example(text="The capital of France is", target={"id": 42})


class SubvaluesIn(OfTargetIn):
    """Which neurons, heads or source positions did?"""

    level: Annotated[Level, Field(description="What the modules' outputs are taken apart into.")]
    layers: Layers = None
    top: Top | None = None
    order: Order = "helpful"
    method: Annotated[
        Literal["certified", "exhaustive"],
        Field(
            description="certified: bounds prove that what was not scored is not among them; "
            "exhaustive: every one is scored, which takes seconds a layer. The items are the same."
        ),
    ] = "certified"

    model_config = _example(text="The capital of France is", target={"id": 42}, level="ffn", top=3)


class MatrixIn(OfTargetIn):
    """What did every one of them do?"""

    level: Annotated[
        MatrixLevel, Field(description="What the modules' outputs are taken apart into.")
    ]
    layers: Layers = None
    heads: Annotated[
        list[Number] | None,
        Field(
            min_length=1, max_length=1000,
            description="All by default; at attn_head and attn_head_position only.",
        ),
    ] = None  # fmt: skip

    model_config = _example(text="The capital of France is", target={"id": 42}, level="attn_head")


class ValueIn(Strict):
    """A subvalue: FFN neuron `index`, or number `dim` of a head's value at `source_position`."""

    layer: Number
    index: Number | None = None
    head: Number | None = None
    dim: Number | None = None
    source_position: Number | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        of_attention = (self.head, self.dim, self.source_position)
        given = sum(part is not None for part in of_attention)
        if (self.index is None and given < 3) or (self.index is not None and given):
            raise ValueError(
                "a value is `layer` and `index` (FFN), or `layer`, `head`, `dim` and "
                "`source_position` (attention)"
            )
        return self


class NeuronIn(Strict):
    """An FFN neuron."""

    layer: Number
    index: Number


class QueriesIn(OfTargetIn):
    """What activated the subvalues that raised the target?"""

    values: Annotated[
        list[ValueIn] | None,
        Field(
            min_length=1, max_length=100,
            description="The `top` most helpful FFN subvalues by default.",
        ),
    ] = None  # fmt: skip
    neuron: Annotated[
        NeuronIn | None, Field(description="A neuron: is it a value, a query, or both?")
    ] = None
    keys: Keys = "centred"
    method: Annotated[
        Method,
        Field(description="iterative: a value's weight grows by its own query score."),
    ] = "direct"
    order: Order = "helpful"
    top: Top | None = None

    model_config = _example(text="The capital of France is", target={"id": 42}, top=3)


class BsValuesIn(AtPositionIn):
    """How do some tokens fare along the stream?"""

    targets: Annotated[
        list[TargetIn],
        Field(max_length=64, description="The token that the model predicts, when empty."),
    ] = []
    pair: Annotated[
        list[TargetIn] | None,
        Field(min_length=2, max_length=2, description="Two tokens, whose difference is followed."),
    ] = None

    model_config = _example(
        text="The capital of France is",
        targets=[{"id": 42}, {"id": 7}],
        pair=[{"id": 42}, {"id": 7}],
    )


class CaseIn(AtPositionIn):
    """What does a pair's difference, as an attention layer writes it, rest on?"""

    pair: Annotated[
        list[TargetIn],
        Field(
            min_length=2, max_length=2, description="Two tokens: Δbs = bs of the first − second."
        ),
    ]
    layer: Annotated[Number, Field(description="Whose attention is looked at.")]
    source_position: Annotated[
        Number, Field(description="The position whose subvalue is looked at, up to `position`.")
    ]
    recompute: Annotated[
        Recompute,
        Field(
            description="everything: queries, keys and values; values: these alone, under the "
            "attention weights that were."
        ),
    ] = "everything"
    taken: Annotated[
        Taken, Field(description="source: out of the source position only; all: out of all.")
    ] = "source"
    ln_std: Annotated[
        LnStd,
        Field(
            description="recomputed: the layer's norm divides by what is left; frozen: as before, "
            "so that with `values` the changes add up."
        ),
    ] = "recomputed"

    model_config = _example(
        text="The capital of France is",
        pair=[{"id": 42}, {"id": 7}],
        layer=1,
        source_position=2,
    )


class CrossLayerIn(OfTargetIn):
    """What did each earlier layer give the helpful, and the unhelpful, neurons of an FFN layer?"""

    layer: Annotated[Number, Field(description="The FFN layer.")]
    keys: Keys = "centred"

    model_config = _example(text="The capital of France is", target={"id": 42}, layer=1)
