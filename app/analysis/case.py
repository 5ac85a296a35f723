"""The case study: what carries a pair of tokens' difference, and what that rests on."""

from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float, Float64, Int
from torch import Tensor

from app.analysis.lens import Ln, check_tokens, pair_difference, scales
from app.analysis.parts import AttentionWeights, ModelWeights, StreamAt, Unembedding
from app.analysis.subvalues import Family
from app.errors import BadInput

Recompute = Literal["everything", "values"]
RECOMPUTES: tuple[Recompute, ...] = ("everything", "values")
LnStd = Literal["recomputed", "frozen"]
LN_STDS: tuple[LnStd, ...] = ("recomputed", "frozen")
Taken = Literal["source", "all"]
TAKEN: tuple[Taken, ...] = ("source", "all")
_BLOCK = 4096


@dataclass(frozen=True, slots=True, eq=False)
class PairByLayer:
    """Δbs = bs_a − bs_b of everything that was added to the stream.

    Frozen: all of them sum to the difference of the two bs-values at the stream's end.
    """

    token: float
    position: float
    attn: Float64[Tensor, " L"]
    ffn: Float64[Tensor, " L"]


@dataclass(frozen=True, slots=True, eq=False)
class AttentionInput:
    """What one attention layer reads at positions 0 … T − 1, and the parts that sum to it."""

    x: Float[Tensor, "T d"]
    names: tuple[str, ...]
    parts: Float[Tensor, "parts T d"]


@dataclass(frozen=True, slots=True, eq=False)
class Subtraction:
    """Δbs with each part taken out of the attention's input, less Δbs with it in.

    output: of the attention layer's whole output; subvalue: of the source position's subvalue.
    """

    names: tuple[str, ...]
    output: Float64[Tensor, " parts"]
    subvalue: Float64[Tensor, " parts"]


def pair_by_layer(
    stream: StreamAt, unembedding: Unembedding, pair: tuple[int, int], *, ln: Ln = "frozen"
) -> PairByLayer:
    """Δbs of the embeddings and of every layer's outputs.

    Raises BadInput for a token that the vocabulary does not have.
    """

    def difference(u: Float[Tensor, "k d"]) -> Float64[Tensor, " k"]:
        return pair_difference(u, scales(u, stream.final, unembedding, ln), unembedding, pair)

    token, position = difference(torch.stack([stream.token, stream.position])).tolist()
    return PairByLayer(token, position, difference(stream.attn_out), difference(stream.mlp_out))


def carriers(
    weights: ModelWeights, stream: StreamAt, pair: tuple[int, int]
) -> Float64[Tensor, "L h T"]:
    """Δbs of every layer's head × position subvalues (frozen), in O(d) a head.

    With Δbs of b_O, a layer's sum to that of its attention output. Raises BadInput for a token
    that the vocabulary does not have.
    """
    reader = _reader(stream, weights.unembedding, pair)
    read = torch.stack([layer.w_o.double() @ reader for layer in weights.attention])  # (L, h, dh)
    carried: Tensor = torch.einsum("lphi,lhi->lhp", stream.values.double(), read)
    return stream.pattern.double() * carried


def pair_of_subvalues(
    family: Family, stream: StreamAt, unembedding: Unembedding, pair: tuple[int, int]
) -> Float64[Tensor, "rows copies"]:
    """Δbs (frozen) of every subvalue of one module at any level, in O(d) a row.

    Raises BadInput for a token that the vocabulary does not have.
    """
    reader = _reader(stream, unembedding, pair)
    blocks = torch.split(torch.arange(len(family.coefficients), device=reader.device), _BLOCK)
    read = torch.cat([family.take(block).double() @ reader for block in blocks])
    return family.coefficients.double() * read[:, None]


def subtractions(
    given: AttentionInput,
    weights: AttentionWeights,
    stream: StreamAt,
    unembedding: Unembedding,
    pair: tuple[int, int],
    source: int,
    *,
    recompute: Recompute = "everything",
    taken: Taken = "source",
    ln_std: LnStd = "recomputed",
) -> Subtraction:
    """Take each part out of what an attention layer reads and attend again from the last position.

    recompute: queries, keys and values (`everything`), or the values alone, under the attention
    weights that were (`values`); then, with ln_std `frozen`, changes add up over parts. taken: out
    of the source position only, or all. Raises BadInput for a source that is not there.
    """
    length = len(given.x)
    if not 0 <= source < length:
        raise BadInput(
            f"There is no position {source}; they go from 0 to {length - 1}.", field="source"
        )
    x, parts = given.x.double(), given.parts.double()
    std = weights.norm.std(x)
    out = parts
    if taken == "source":
        out = torch.zeros_like(parts)
        out[:, source] = parts[:, source]
    reader = _reader(stream, unembedding, pair)
    before = _attend(x, std, weights, None) @ reader  # (T,)
    pattern = attention_pattern(x, std, weights) if recompute == "values" else None
    changes = []
    for part in out:  # one at a time: a layer's parts together would fill the memory
        less = x - part
        new_std = std if ln_std == "frozen" else weights.norm.std(less)
        changes.append(_attend(less, new_std, weights, pattern) @ reader - before)
    change = torch.stack(changes)  # (parts, T)
    return Subtraction(given.names, change.sum(dim=1), change[:, source])


def attention_pattern(
    x: Float64[Tensor, "T d"], std: Float64[Tensor, " T"], weights: AttentionWeights
) -> Float64[Tensor, "h T"]:
    """The attention weights from the last position to all, each position's norm dividing by std."""
    normed = _normed(x, std, weights)
    query = torch.einsum("d,hdi->hi", normed[-1], weights.w_q.double()) + weights.b_q.double()
    keys = torch.einsum("pd,hdi->hpi", normed, weights.w_k.double())
    keys = keys + weights.b_k.double()[:, None]
    scores = torch.einsum("hi,hpi->hp", query, keys) * weights.scaling
    return torch.softmax(scores, dim=1)


def _attend(
    x: Float64[Tensor, "T d"],
    std: Float64[Tensor, " T"],
    weights: AttentionWeights,
    pattern: Float64[Tensor, "h T"] | None,
) -> Float64[Tensor, "T d"]:
    """What each source position adds at the last one, b_O apart."""
    weigh = attention_pattern(x, std, weights) if pattern is None else pattern
    values = torch.einsum("pd,hdi->phi", _normed(x, std, weights), weights.w_v.double())
    values = (values + weights.b_v.double()) * weigh.T[:, :, None]
    return values.flatten(1) @ weights.w_o.double().flatten(0, 1)


def _normed(
    x: Float64[Tensor, "T d"], std: Float64[Tensor, " T"], weights: AttentionWeights
) -> Float64[Tensor, "T d"]:
    normed = weights.norm.fold(x) / std[:, None]
    return normed if weights.norm.bias is None else normed + weights.norm.bias.double()


def _reader(
    stream: StreamAt, unembedding: Unembedding, pair: tuple[int, int]
) -> Float64[Tensor, " d"]:
    """The vector whose dot product with u is Δbs of u at the final residual's scale."""
    ids: Int[Tensor, " 2"] = check_tokens(pair, unembedding)
    a, b = unembedding.rows(ids)
    reader: Tensor = (a - b) / unembedding.norm.std(stream.final)
    return reader
