"""What answers about contributions hold."""

from typing import Any, Literal

from pydantic import ConfigDict, Field

from app.web.replies import Reply, TokenReply


def _example(body: dict[str, Any]) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [body]})


_TOKENS = [{"id": 464, "text": "The", "special": False}]
_TARGET = {"id": 6342, "text": " Paris", "logprob": -0.93}
EXAMPLE_AT: dict[str, Any] = {"tokens": _TOKENS, "position": 5, "target": _TARGET}
"""The fields of `AtPositionReply` in examples."""
_SAYS = {
    "top_tokens": [{"id": 6342, "text": " Paris", "bs": 3.1}],
    "bottom_tokens": [{"id": 11, "text": ",", "bs": -1.2}],
    "swapped": False,
}


class TargetReply(Reply):
    """A token, with the model's own log-probability of it."""

    id: int
    text: str
    logprob: float


class AtPositionReply(Reply):
    """The text, the position looked at and the target there."""

    tokens: list[TokenReply]
    position: int
    target: TargetReply


class LayerReply(Reply):
    """What one layer's two modules did."""

    layer: int
    attn: float
    ffn: float


class LayersReply(AtPositionReply):
    """Contributions by layer: start_logprob + Σ(attn + ffn) = end_logprob.

    `biases` are what b_O and b_out do by themselves: parts of the layers, not beside them.
    """

    start_logprob: float
    end_logprob: float = Field(description="The target's, unless `ln_bias` is omit.")
    layers: list[LayerReply]
    biases: list[LayerReply]

    model_config = _example(
        {
            **EXAMPLE_AT,
            "start_logprob": -10.8,
            "end_logprob": -0.93,
            "layers": [{"layer": 0, "attn": 0.21, "ffn": 1.4}],
            "biases": [{"layer": 0, "attn": 0.01, "ffn": -0.02}],
        }
    )


class SaidTokenReply(Reply):
    """A token and its bs-value in an unscaled row."""

    id: int
    text: str
    bs: float


class SaysReply(Reply):
    """What a subvalue says: both ends of its unscaled row's bs-values, outermost first.

    `swapped`: its coefficient is negative, so that it raises its bottom tokens.
    """

    top_tokens: list[SaidTokenReply]
    bottom_tokens: list[SaidTokenReply]
    swapped: bool


class PlaceReply(Reply):
    """Where a subvalue stands; `index` is its number within its layer at its level."""

    layer: int
    index: int
    head: int | None = None
    dim: int | None = None
    source_position: int | None = None


class SubvalueReply(PlaceReply, SaysReply):
    """One subvalue, coefficient × row, and its contribution."""

    contribution: float
    coefficient: float


class SubvaluesReply(AtPositionReply):
    """The strongest subvalues, strongest first, with the certificate that they are.

    Of `total` subvalues `scored` were scored; no other one's contribution is above `bound` (below
    it, for the unhelpful ones). `bound` is null where nothing was left out.
    """

    level: str
    items: list[SubvalueReply]
    scored: int
    total: int
    bound: float | None

    model_config = _example(
        {
            **EXAMPLE_AT,
            "level": "ffn",
            "items": [
                {
                    "layer": 9,
                    "index": 2342,
                    "head": None,
                    "dim": None,
                    "source_position": None,
                    "contribution": 0.73,
                    "coefficient": 4.1,
                    **_SAYS,
                }
            ],
            "scored": 384,
            "total": 36864,
            "bound": 0.021,
        }
    )


class ValueReply(Reply):
    """A value subvalue, with its contribution."""

    layer: int
    index: int | None = None
    head: int | None = None
    dim: int | None = None
    source_position: int | None = None
    contribution: float


class QueryLayerReply(LayerReply):
    """Query scores of a layer's outputs; its heads' sum, with the bias, to `attn`."""

    heads: list[float]


class QuerySubvalueReply(PlaceReply, SaysReply):
    """An earlier FFN subvalue that activated the values."""

    score: float
    coefficient: float


class QueriesAtReply(Reply):
    """Query scores at one position, of the embeddings, the layers and the strongest subvalues."""

    position: int
    token: float
    position_embedding: float
    layers: list[QueryLayerReply]
    by_position: list[float] = Field(
        description="What each source position, from 0, brought through all layers' attention; "
        "with attn_bias they sum to the sum of the layers' attn."
    )
    attn_bias: float = Field(description="What the b_O of all layers brought.")
    subvalues: list[QuerySubvalueReply]


class NeuronReply(Reply):
    """Whether a neuron is a value, a query or both: whether its scores reach the hundredth's."""

    layer: int
    index: int
    contribution: float
    query: float
    value_bar: float = Field(
        description="The hundredth strongest contribution at the neuron's own end: of the most "
        "helpful neurons, or, for a contribution below 0, of the most unhelpful."
    )
    query_bar: float = Field(description="The hundredth largest query score.")
    role: Literal["value", "query", "both", "neither"]


class QueriesReply(QueriesAtReply):
    """What activated the values: query scores at the position looked at.

    `sources` are the same at the source positions of attention values. `undefined` counts values
    whose shares have no meaning, and which were left out.
    """

    tokens: list[TokenReply]
    target: TargetReply
    values: list[ValueReply]
    sources: list[QueriesAtReply]
    undefined: int
    neuron: NeuronReply | None

    model_config = _example(
        {
            **EXAMPLE_AT,
            "values": [{"layer": 9, "index": 2342, "contribution": 0.73}],
            "token": 0.01,
            "position_embedding": 0.002,
            "layers": [{"layer": 0, "attn": 0.05, "ffn": 0.11, "heads": [0.02, 0.03]}],
            "by_position": [0.01, 0.0, 0.002, 0.001, 0.035, 0.002],
            "attn_bias": 0.0,
            "subvalues": [{"layer": 8, "index": 17, "score": 0.09, "coefficient": 2.2, **_SAYS}],
            "sources": [],
            "undefined": 0,
            "neuron": None,
        }
    )


class CarrierReply(Reply):
    """A head × position subvalue and what it adds to the pair's difference."""

    layer: int
    head: int
    source_position: int
    value: float


class PairReply(Reply):
    """bs of the first token less bs of the second: at every point, and of all that was added."""

    tokens: list[TokenReply]
    difference: list[float]
    bias: float = Field(
        description="What the final norm's bias adds at every point: difference + bias is the "
        "first token's log-probability less the second's there. 0 where `ln_bias` is omit."
    )
    token: float
    position_embedding: float
    layers: list[LayerReply]
    carriers: list[CarrierReply] = Field(description="The strongest, with the frozen scale.")


class BsValuesReply(Reply):
    """Tokens along the stream: one row per target, one number per point; ranks count from 1."""

    tokens: list[TokenReply]
    position: int
    targets: list[TokenReply]
    points: list[str]
    values: list[list[float]]
    logprobs: list[list[float]]
    probabilities: list[list[float]]
    ranks: list[list[int]]
    pair: PairReply | None

    model_config = _example(
        {
            "tokens": _TOKENS,
            "position": 5,
            "targets": [{"id": 6342, "text": " Paris", "special": False}],
            "points": ["0_pre", "0_mid", "final"],
            "values": [[0.1, 0.4, 12.3]],
            "logprobs": [[-10.8, -9.9, -0.93]],
            "probabilities": [[0.00002, 0.00005, 0.39]],
            "ranks": [[41000, 33000, 1]],
            "pair": None,
        }
    )
