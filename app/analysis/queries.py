"""Queries: the earlier vectors that activated the subvalues which raised the target.

A value subvalue k of contribution C_k has a key K_k that reads the stream x_k. An earlier vector r
is credited with C_k (r · K_k)/(x_k · K_k): S_r = r · z, z = Σ_k weight_k/(x_k · K_k) K_k over the
values above r, so that one vector z per layer scores every earlier vector in O(d). Direct:
weight_k = C_k. Iterative: from the top layer down, weight_k = C_k + S_k (arXiv 2312.12141, §3.4).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from app.analysis.keys import KeyKind, attention_keys, ffn_keys, stream_parts
from app.analysis.parts import ModelWeights, StreamAt, working
from app.errors import BadInput

Method = Literal["direct", "iterative"]
METHODS: tuple[Method, ...] = ("direct", "iterative")
_NOTHING = 1e-6
"""A cosine of x with a key below this is rounding: what it is divided by has no meaning."""


@dataclass(frozen=True, slots=True)
class FfnValue:
    """An FFN subvalue chosen as a value, with its contribution C."""

    layer: int
    neuron: int
    contribution: float


@dataclass(frozen=True, slots=True)
class AttentionValue:
    """An attention neuron at its source position, chosen as a value, with its contribution C."""

    layer: int
    head: int
    dim: int
    source_position: int
    contribution: float


Value = FfnValue | AttentionValue


@dataclass(frozen=True, slots=True, eq=False)
class QueryScores:
    """Query scores at one position: of its embeddings, layer outputs, and every subvalue.

    ffn_subvalues sum with b_out's share to ffn, attn_heads with b_O's to attn. attn_positions:
    what each source position brought through all layers' attention; with attn_bias, the shares of
    all b_O, they sum to the sum of attn.
    """

    token: float
    position: float
    attn: Float64[Tensor, " L"]
    ffn: Float64[Tensor, " L"]
    attn_heads: Float64[Tensor, "L h"]
    attn_positions: Float64[Tensor, " T"]
    attn_bias: float
    ffn_subvalues: Float64[Tensor, "L n"]


@dataclass(frozen=True, slots=True, eq=False)
class Queries:
    """Query scores by position, and how many values' shares were undefined and left out."""

    by_position: dict[int, QueryScores]
    undefined: int


@dataclass(frozen=True, slots=True, eq=False)
class CrossLayer:
    """Σ r · K_k of each earlier part r, over the helpful and the unhelpful k of one FFN layer."""

    names: tuple[str, ...]
    helpful: Float64[Tensor, " parts"]
    unhelpful: Float64[Tensor, " parts"]


def queries(
    weights: ModelWeights,
    streams: Mapping[int, StreamAt],
    position: int,
    values: Sequence[Value],
    *,
    keys: KeyKind = "centred",
    method: Method = "direct",
) -> Queries:
    """Query scores of everything below the values, at `position` and the values' sources.

    streams: one text's activations at those positions. An FFN value reads `position`, an attention
    value its source position. O(n d) per layer and position. Raises BadInput for a position
    without activations.
    """
    wanted = {position} | {v.source_position for v in values if isinstance(v, AttentionValue)}
    for p in sorted(wanted - set(streams)):
        raise BadInput(f"The activations at position {p} were not given.", field="position")
    credits = {p: _Credit(streams[p]) for p in sorted(wanted)}
    undefined = 0
    for layer in reversed(range(streams[position].n_layers)):
        for credit in credits.values():
            credit.score_ffn(weights, layer)
        ffn = [v for v in values if isinstance(v, FfnValue) and v.layer == layer]
        undefined += _credit_ffn(weights, credits[position], layer, ffn, keys, method)
        for credit in credits.values():
            credit.score_attention(weights, layer)
        attention = [v for v in values if isinstance(v, AttentionValue) and v.layer == layer]
        undefined += _credit_attention(weights, credits, position, layer, attention, keys, method)
    return Queries({p: credit.scores() for p, credit in credits.items()}, undefined)


class _Credit:
    """z at one position, gathered from the top layer down, and the scores read off on the way."""

    def __init__(self, stream: StreamAt) -> None:
        self.stream = stream
        self.z = torch.zeros_like(stream.final, dtype=torch.float64)
        n, h = stream.coefficients.shape[1], stream.pattern.shape[1]
        layers = stream.n_layers
        self.attn, self.ffn = self.z.new_zeros(layers), self.z.new_zeros(layers)
        self.attn_heads, self.ffn_subvalues = (
            self.z.new_zeros(layers, h),
            self.z.new_zeros(layers, n),
        )
        self.attn_positions, self.attn_bias = self.z.new_zeros(stream.pattern.shape[2]), 0.0

    def score_ffn(self, weights: ModelWeights, layer: int) -> None:
        read = _product(weights.ffn[layer].w_out, self.z)
        self.ffn_subvalues[layer] = self.stream.coefficients[layer].double() * read
        self.ffn[layer] = self.stream.mlp_out[layer].double() @ self.z

    def score_attention(self, weights: ModelWeights, layer: int) -> None:
        read = _product(weights.attention[layer].w_o, self.z)  # (h, dh)
        pattern, values = self.stream.pattern[layer], self.stream.values[layer]
        shares = pattern.double() * torch.einsum("phi,hi->hp", values.double(), read)
        self.attn_heads[layer] = shares.sum(dim=1)
        self.attn_positions += shares.sum(dim=0)
        self.attn_bias += float(weights.attention[layer].b_o.double() @ self.z)
        self.attn[layer] = self.stream.attn_out[layer].double() @ self.z

    def add(
        self,
        x: Float64[Tensor, " d"],
        keys: Float64[Tensor, "k d"],
        weight: Float64[Tensor, " k"],
    ) -> int:
        """Give those shares to what x is made of; returns how many were undefined."""
        read = keys @ x
        defined = read.abs() > _NOTHING * keys.norm(dim=1) * x.norm()
        share = torch.where(defined, weight / torch.where(defined, read, 1), 0)
        self.z = self.z + share @ keys
        return int((~defined).sum())

    def scores(self) -> QueryScores:
        token, position = self.stream.token.double(), self.stream.position.double()
        return QueryScores(
            float(token @ self.z), float(position @ self.z),
            self.attn, self.ffn, self.attn_heads, self.attn_positions, self.attn_bias,
            self.ffn_subvalues,
        )  # fmt: skip


def _product(rows: Float[Tensor, "*rows d"], z: Float64[Tensor, " d"]) -> Float64[Tensor, "*rows"]:
    """Every row of a weight matrix with z, in the weights' own precision: no copy is made."""
    dtype = working(rows.dtype)
    return (rows.to(dtype) @ z.to(dtype)).double()


def _credit_ffn(
    weights: ModelWeights,
    credit: _Credit,
    layer: int,
    values: list[FfnValue],
    kind: KeyKind,
    method: Method,
) -> int:
    if not values:
        return 0
    neurons = torch.tensor([v.neuron for v in values], device=credit.z.device)
    weight = credit.z.new_tensor([v.contribution for v in values])
    if method == "iterative":
        weight = weight + credit.ffn_subvalues[layer, neurons]
    keys = ffn_keys(weights.ffn[layer], neurons, kind)
    return credit.add(credit.stream.resid_mid[layer].double(), keys, weight)


def _credit_attention(
    weights: ModelWeights,
    credits: Mapping[int, _Credit],
    position: int,
    layer: int,
    values: list[AttentionValue],
    kind: KeyKind,
    method: Method,
) -> int:
    """The values write at `position` and read their sources; all are weighed before any reads."""
    stream, z = credits[position].stream, credits[position].z
    w_o, undefined = weights.attention[layer].w_o, 0
    for source, credit in credits.items():
        here = [v for v in values if v.source_position == source]
        if not here:
            continue
        heads = torch.tensor([v.head for v in here], device=z.device)
        dims = torch.tensor([v.dim for v in here], device=z.device)
        weight = z.new_tensor([v.contribution for v in here])
        if method == "iterative":
            written = (
                stream.pattern[layer][heads, source] * stream.values[layer][source, heads, dims]
            )
            weight = weight + written.double() * (w_o[heads, dims].double() @ z)
        keys = attention_keys(weights.attention[layer], heads, dims, kind)
        undefined += credit.add(credit.stream.resid_pre[layer].double(), keys, weight)
    return undefined


def cross_layer(
    weights: ModelWeights,
    stream: StreamAt,
    layer: int,
    contributions: Float64[Tensor, " n"],
    *,
    keys: KeyKind = "centred",
) -> CrossLayer:
    """The cross-layer curve of one FFN layer (arXiv 2312.12141, Fig. 8).

    contributions: C of that layer's subvalues, or its signs (`app.analysis.signs`); > 0 are the
    helpful, < 0 the unhelpful.
    """
    parts = stream_parts(stream, layer, "ffn")
    sums = [
        ffn_keys(weights.ffn[layer], chosen.nonzero()[:, 0], keys).sum(dim=0)
        for chosen in (contributions > 0, contributions < 0)
    ]
    helpful, unhelpful = torch.stack(sums) @ parts.vectors.double().T
    return CrossLayer(parts.names, helpful, unhelpful)


Role = Literal["value", "query", "both", "neither"]


def role(contribution: float, query: float, *, value_bar: float, query_bar: float) -> Role:
    """Whether a neuron is a value, a query, or both: whose scores reach the bars given.

    A bar is the score of, say, the hundredth strongest of that kind. A contribution below zero is
    measured against the values that lower: its bar is that of the hundredth most negative. Where
    fewer than that have a share at all, the bar is zero or on the other side of it: a score has to
    be on its own side of zero too.
    """
    raises = contribution > 0 and contribution >= value_bar
    lowers = contribution < 0 and contribution <= value_bar
    match raises or lowers, query >= query_bar and query > 0:
        case True, True:
            return "both"
        case True, False:
            return "value"
        case False, True:
            return "query"
        case _:
            return "neither"
