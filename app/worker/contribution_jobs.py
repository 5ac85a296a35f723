"""What can be asked about one position of a text: what raised a token's probability there.

Frozen descriptions and their answers, as plain numbers. Formulas are in `app.analysis`.
"""

from dataclasses import dataclass
from typing import Literal

from app.analysis.case import LnStd, Recompute, Taken
from app.analysis.certified import Certificate, End
from app.analysis.keys import KeyKind
from app.analysis.lens import Ln, LnBias
from app.analysis.queries import AttentionValue, FfnValue, Method, Role, Value
from app.analysis.subvalues import Level, Place
from app.model.sites import ModelShape
from app.worker.asked import AtOnePosition, Numbers, OfTarget, TargetFound
from app.worker.case_jobs import (
    AttendedPart,
    CaseFound,
    CaseJob,
    CrossLayerFound,
    CrossLayerJob,
)
from app.worker.matrix_jobs import MatrixFound, MatrixJob, MatrixLevel

__all__ = [
    "AttendedPart", "AttentionValue", "BsValuesFound", "BsValuesJob", "Carrier", "CaseFound",
    "CaseJob", "Certificate", "ContributionJob", "CrossLayerFound", "CrossLayerJob", "End",
    "FfnValue", "Found", "KeyKind", "LayersFound", "LayersJob", "Level", "Ln", "LnBias", "LnStd",
    "MatrixFound", "MatrixJob", "MatrixLevel", "Method", "NeuronFound", "Numbers", "PairFound",
    "Place", "QueriesAt", "QueriesFound", "QueriesJob", "QueryFound", "Recompute", "Role", "Said",
    "Search", "SubvalueFound", "SubvaluesFound", "SubvaluesJob", "Taken", "TargetFound",
    "TokenValue", "Value", "per_layer",
]  # fmt: skip

Search = Literal["certified", "exhaustive"]
TokenValue = tuple[int, float]
"""A token's id and its bs-value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayersJob(OfTarget):
    """C of every layer's two outputs and biases. Result: `LayersFound`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubvaluesJob(OfTarget):
    """The `top` strongest subvalues of a level, or as many as there are. Result: `SubvaluesFound`.

    `layers` None is all of them; an exhaustive search takes seconds a layer.
    """

    level: Level = "ffn"
    layers: tuple[int, ...] | None = None
    top: int = 10
    end: End = "helpful"
    method: Search = "certified"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueriesJob(OfTarget):
    """What activated some value subvalues. Result: `QueriesFound`.

    `values` None takes the `top` most helpful FFN subvalues, in all layers; those given bear any
    contribution, which is worked out. `neuron`: an FFN (layer, index) whose role is asked for.
    """

    values: tuple[Value, ...] | None = None
    neuron: tuple[int, int] | None = None
    keys: KeyKind = "centred"
    method: Method = "direct"
    end: End = "helpful"
    top: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class BsValuesJob(AtOnePosition):
    """Some tokens along the stream, and the difference of a pair. Result: `BsValuesFound`.

    No targets: the token that the model predicts.
    """

    targets: tuple[int, ...] = ()
    pair: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class LayersFound:
    """start + Σ(attn + ffn) = end, log p(target); biases are parts of those."""

    target: TargetFound
    start: float
    end: float
    attn: Numbers
    ffn: Numbers
    bias_attn: Numbers
    bias_ffn: Numbers


@dataclass(frozen=True, slots=True)
class Said:
    """The tokens at both ends of an unscaled row's bs-values; `swapped`: it is scaled below 0."""

    top: tuple[TokenValue, ...]
    bottom: tuple[TokenValue, ...]
    swapped: bool


@dataclass(frozen=True, slots=True)
class SubvalueFound:
    """One subvalue: where it stands, its C, its coefficient and what it says."""

    place: Place
    contribution: float
    coefficient: float
    said: Said


@dataclass(frozen=True, slots=True)
class SubvaluesFound:
    """The strongest subvalues, strongest first, and how it is known that they are."""

    target: TargetFound
    items: tuple[SubvalueFound, ...]
    certificate: Certificate


@dataclass(frozen=True, slots=True)
class QueryFound:
    """An earlier FFN subvalue with its query score."""

    place: Place
    score: float
    coefficient: float
    said: Said


@dataclass(frozen=True, slots=True)
class QueriesAt:
    """Query scores at one position; `heads` are parts of `attn`, `subvalues` the strongest.

    by_position: what each source position brought through all layers' attention; with attn_bias
    it sums to the sum of attn.
    """

    position: int
    token: float
    position_embedding: float
    attn: Numbers
    ffn: Numbers
    heads: tuple[Numbers, ...]
    by_position: Numbers
    attn_bias: float
    subvalues: tuple[QueryFound, ...]


@dataclass(frozen=True, slots=True)
class NeuronFound:
    """Whether an FFN neuron is a value, a query, or both, and the bars that say so.

    value_bar is that of the end its contribution is at: of those that raise, or those that lower.
    """

    place: Place
    contribution: float
    query: float
    value_bar: float
    query_bar: float
    role: Role


@dataclass(frozen=True, slots=True)
class QueriesFound:
    """Query scores at the position, then at the sources of attention values.

    `undefined` counts values whose shares have no meaning and were left out.
    """

    target: TargetFound
    values: tuple[Value, ...]
    at: tuple[QueriesAt, ...]
    undefined: int
    neuron: NeuronFound | None


@dataclass(frozen=True, slots=True)
class Carrier:
    """A head × position subvalue and its Δbs."""

    place: Place
    difference: float


@dataclass(frozen=True, slots=True)
class PairFound:
    """Δbs = bs_a − bs_b at every point, of everything added to the stream, and its carriers.

    bias: what the final norm's bias adds at every point, so that difference + bias is
    log p_a − log p_b there; 0 where it is omitted.
    """

    difference: Numbers
    bias: float
    token: float
    position_embedding: float
    attn: Numbers
    ffn: Numbers
    carriers: tuple[Carrier, ...]


@dataclass(frozen=True, slots=True)
class BsValuesFound:
    """One row per target, one number per point; ranks count from 1."""

    targets: tuple[int, ...]
    points: tuple[str, ...]
    values: tuple[Numbers, ...]
    log_probabilities: tuple[Numbers, ...]
    ranks: tuple[tuple[int, ...], ...]
    pair: PairFound | None


ContributionJob = (
    LayersJob | SubvaluesJob | MatrixJob | QueriesJob | BsValuesJob | CaseJob | CrossLayerJob
)
Found = (
    LayersFound
    | SubvaluesFound
    | MatrixFound
    | QueriesFound
    | BsValuesFound
    | CaseFound
    | CrossLayerFound
)


def per_layer(level: Level, shape: ModelShape, length: int) -> int:
    """How many subvalues of a level one layer has at the last of `length` positions."""
    match level:
        case "ffn":
            return shape.d_mlp
        case "attn_head":
            return shape.n_heads
        case "attn_position":
            return length
        case "attn_head_position":
            return shape.n_heads * length
        case "attn_neuron":
            return shape.n_heads * shape.d_head * length
