"""The case study: what carries a pair of tokens' difference, and what that rests on."""

from dataclasses import dataclass, replace
from typing import Literal

import torch
from jaxtyping import Float, Float64, Int
from torch import Tensor

from app.analysis.lens import Ln, check_tokens, pair_difference, scales
from app.analysis.parts import AttentionInput, AttentionWeights, ModelWeights, StreamAt, Unembedding
from app.errors import BadInput, no_such

Recompute = Literal["everything", "values"]
RECOMPUTES: tuple[Recompute, ...] = ("everything", "values")
LnStd = Literal["recomputed", "frozen"]
LN_STDS: tuple[LnStd, ...] = ("recomputed", "frozen")
Taken = Literal["source", "all"]
TAKEN: tuple[Taken, ...] = ("source", "all")


@dataclass(frozen=True, slots=True, eq=False)
class PairByLayer:
    """Δbs = bs_a − bs_b of everything that was added to the stream.

    Frozen: all of them sum to the difference of the two bs-values at the stream's end.
    """

    token: float
    position: float
    attn: Float64[Tensor, " L"]
    ffn: Float64[Tensor, " L"]


@dataclass(frozen=True, slots=True)
class Attended:
    """Δbs of an attention layer's whole output, and of the source position's subvalue."""

    output: float
    subvalue: float


@dataclass(frozen=True, slots=True, eq=False)
class Subtraction:
    """Δbs now, and how much each part changes it when it is taken out of the attention's input."""

    now: Attended
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


def subtractions(
    given: AttentionInput,
    weights: AttentionWeights,
    stream: StreamAt,
    unembedding: Unembedding,
    pair: tuple[int, int],
    source: int,
    *,
    recompute: Recompute = "everything",
    ln_std: LnStd = "recomputed",
    ln: Ln = "frozen",
) -> Subtraction:
    """Take each part out of what an attention layer reads and attend again from the last position.

    recompute: queries, keys and values (`everything`), or the values alone, under the attention
    weights that were (`values`); then, with ln_std and ln `frozen`, changes add up over parts.
    ln: the scale that the Δbs are read at. O(h T d) a part. Raises BadInput for a source that is
    not there.
    """
    length = len(given.x)
    if not 0 <= source < length:
        raise BadInput(no_such("position", source, length), field="source")
    ids = check_tokens(pair, unembedding, field="pair")
    a, b = unembedding.rows(ids)

    def read(written: Float64[Tensor, "2 d"]) -> Float64[Tensor, " 2"]:
        difference: Tensor = written @ (a - b) / scales(written, stream.final, unembedding, ln)
        return difference

    exact = _in_float64(weights)
    x, at = given.x.double(), torch.tensor(given.positions, device=given.x.device)
    std = weights.norm.std(x)
    pattern = _pattern(x, std, exact)
    now = read(_attend(x, std, exact, pattern, source))
    changes = [now.new_zeros(0, 2)]
    for part in given.parts:  # one at a time: each takes a copy of all of x in float64
        less = x.index_add(0, at, part.double(), alpha=-1)
        new_std = std if ln_std == "frozen" else weights.norm.std(less)
        weigh = pattern if recompute == "values" else _pattern(less, new_std, exact)
        changes.append((read(_attend(less, new_std, exact, weigh, source)) - now)[None])
    output, subvalue = torch.cat(changes).T
    return Subtraction(Attended(*now.tolist()), given.names, output, subvalue)


def _pattern(
    x: Float64[Tensor, "T d"], std: Float64[Tensor, " T"], weights: AttentionWeights
) -> Float64[Tensor, "h T"]:
    """The attention weights from the last position to all, each position's norm dividing by std."""
    normed = _normed(x, std, weights)
    query = torch.einsum("d,hdi->hi", normed[-1], weights.w_q) + weights.b_q
    # q · (x W_K) as (W_K q) · x: no position's key is made.
    read = torch.einsum("hdi,hi->hd", weights.w_k, query)
    constant = (query * weights.b_k).sum(dim=1, keepdim=True)
    return torch.softmax((read @ normed.T + constant) * weights.scaling, dim=1)


def _attend(
    x: Float64[Tensor, "T d"],
    std: Float64[Tensor, " T"],
    weights: AttentionWeights,
    pattern: Float64[Tensor, "h T"],
    source: int,
) -> Float64[Tensor, "2 d"]:
    """What the layer writes at the last position, b_O with it, and the source's share of that."""
    normed = _normed(x, std, weights)
    mixed = torch.stack([pattern @ normed, pattern[:, source, None] * normed[source]])  # (2, h, d)
    weight = torch.stack([pattern.sum(dim=1), pattern[:, source]])  # (2, h)
    z = torch.einsum("khd,hdi->khi", mixed, weights.w_v) + weight[..., None] * weights.b_v
    written = z.flatten(1) @ weights.w_o.flatten(0, 1)
    written[0] += weights.b_o
    return written


def _in_float64(weights: AttentionWeights) -> AttentionWeights:
    """The same weights in float64, made once for all parts."""
    made = {
        name: getattr(weights, name).double()
        for name in ("w_q", "b_q", "w_k", "b_k", "w_v", "b_v", "w_o", "b_o")
    }
    return replace(weights, **made)


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
