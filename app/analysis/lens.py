"""bs-values, and the distribution over the next token, along the residual stream."""

from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from jaxtyping import Float, Float64, Int
from torch import Tensor

from app.analysis.parts import StreamAt, Unembedding
from app.errors import BadInput

Ln = Literal["frozen", "exact"]
LNS: tuple[Ln, ...] = ("frozen", "exact")
LnBias = Literal["include", "omit"]
LN_BIASES: tuple[LnBias, ...] = ("include", "omit")


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """Some tokens along the stream, at the points named (0_pre, 0_mid, 1_pre, …, final).

    bs: bs-values; log_probabilities: natural logarithms; ranks: 1 is the likeliest token.
    """

    points: tuple[str, ...]
    bs: Float64[Tensor, "targets points"]
    log_probabilities: Float64[Tensor, "targets points"]
    ranks: Int[Tensor, "targets points"]


def scales(
    u: Float[Tensor, "*rest d"], final: Float[Tensor, " d"], unembedding: Unembedding, ln: Ln
) -> Float64[Tensor, "*rest"]:
    """S for each vector: the final residual's for all (`frozen`), or its own (`exact`)."""
    if ln == "exact":
        return unembedding.norm.std(u)
    return unembedding.norm.std(final).expand(u.shape[:-1])


def bs_values(
    u: Float[Tensor, "k d"], scale: Float64[Tensor, " k"], unembedding: Unembedding
) -> Float[Tensor, "k V"]:
    """bs(u; s) = W_U (γ ⊙ (u − mean u)) / s for every token (arXiv 2312.12141, §3)."""
    folded = unembedding.norm.fold(u.double()) / scale[:, None]
    return F.linear(folded.to(unembedding.dtype), unembedding.weight.to(unembedding.dtype))


def bs_of(
    u: Float[Tensor, "*rest d"],
    scale: Float64[Tensor, "*rest"],
    unembedding: Unembedding,
    ids: Int[Tensor, " k"],
) -> Float64[Tensor, "*rest k"]:
    """bs-values of some tokens only, in float64 and O(d) each."""
    values: Tensor = (u.double() @ unembedding.rows(ids).T) / scale[..., None]
    return values


def pair_difference(
    u: Float[Tensor, "*rest d"],
    scale: Float64[Tensor, "*rest"],
    unembedding: Unembedding,
    pair: tuple[int, int],
) -> Float64[Tensor, "*rest"]:
    """Δbs = bs_a(u) − bs_b(u); linear in u where the scale is one for all."""
    ids = check_tokens(pair, unembedding)
    a, b = unembedding.rows(ids)
    difference: Tensor = (u.double() @ (a - b)) / scale
    return difference


def logits(
    u: Float[Tensor, "k d"],
    scale: Float64[Tensor, " k"],
    unembedding: Unembedding,
    ln_bias: LnBias,
) -> Float[Tensor, "k V"]:
    """bs(u; s), and with `include` W_U β: then the final residual gives the model's own output."""
    values = bs_values(u, scale, unembedding)
    return values + unembedding.constant if ln_bias == "include" else values


def points(stream: StreamAt) -> tuple[tuple[str, ...], Float[Tensor, "points d"]]:
    """The stream's 2 L + 1 points: 0_pre, 0_mid, 1_pre, …, final."""
    names = [f"{layer}_{at}" for layer in range(stream.n_layers) for at in ("pre", "mid")]
    pairs = torch.stack([stream.resid_pre, stream.resid_mid], dim=1)  # (L, 2, d)
    return (*names, "final"), torch.cat([pairs.flatten(0, 1), stream.final[None]])


def read(
    stream: StreamAt,
    unembedding: Unembedding,
    targets: Int[Tensor, " targets"],
    *,
    ln: Ln = "frozen",
    ln_bias: LnBias = "include",
) -> Reading:
    """bs-values, log-probabilities and ranks of the targets at every point of the stream.

    Raises BadInput for a token that the vocabulary does not have.
    """
    ids = check_tokens(targets.tolist(), unembedding)
    names, u = points(stream)
    scale = scales(u, stream.final, unembedding, ln)
    every = logits(u, scale, unembedding, ln_bias)
    chosen = every[:, ids].double()
    total = torch.logsumexp(every.double(), dim=1, keepdim=True)
    ranks = torch.stack([(every > every[:, i, None]).sum(dim=1) + 1 for i in ids.tolist()])
    return Reading(names, bs_of(u, scale, unembedding, ids).T, (chosen - total).T, ranks)


def check_tokens(
    ids: tuple[int, ...] | list[int], unembedding: Unembedding, *, field: str = "target"
) -> Int[Tensor, " k"]:
    """The ids as a tensor beside the weights; raises BadInput for one out of the vocabulary."""
    for i in ids:
        if not 0 <= i < unembedding.d_vocab:
            raise BadInput(
                f"There is no token {i}; ids go from 0 to {unembedding.d_vocab - 1:,}.", field=field
            )
    return torch.tensor(ids, dtype=torch.long, device=unembedding.weight.device)
