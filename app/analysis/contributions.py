"""Contribution scores: how much each part of the model raised the target's log-probability."""

from dataclasses import dataclass

import torch
from jaxtyping import Float64, Int
from torch import Tensor

from app.analysis.baselines import Baselines, baselines, score
from app.analysis.lens import Ln, LnBias, check_tokens, logits, points, scales
from app.analysis.parts import VOCABULARY_CHUNK, ModelWeights, StreamAt, Unembedding
from app.analysis.subvalues import Family, Level, module_of, vectors

GIB = 2**30
DEFAULT_BUDGET = 1 * GIB


@dataclass(frozen=True, slots=True, eq=False)
class LayerScores:
    """C of each layer's attention and FFN output; start + Σ(attn + ffn) = end, log p(target).

    bias_attn and bias_ffn: C of b_O given resid_pre and of b_out given resid_mid, which are parts
    of those outputs that no subvalue holds.
    """

    start: float
    end: float
    attn: Float64[Tensor, " L"]
    ffn: Float64[Tensor, " L"]
    bias_attn: Float64[Tensor, " L"]
    bias_ffn: Float64[Tensor, " L"]


def layer_scores(
    weights: ModelWeights,
    stream: StreamAt,
    target: int,
    *,
    ln: Ln = "frozen",
    ln_bias: LnBias = "include",
) -> LayerScores:
    """C of every layer's two outputs and biases (arXiv 2312.12141, §3.2).

    Differences of log-probabilities, from one product with the vocabulary. Raises BadInput for a
    target that the vocabulary does not have.
    """
    unembedding = weights.unembedding
    check_tokens([target], unembedding)
    _, u = points(stream)
    b_o = torch.stack([layer.b_o for layer in weights.attention])
    b_out = torch.stack([layer.b_out for layer in weights.ffn])
    biases = torch.stack([b_o, b_out], dim=1).flatten(0, 1)  # (2 L, d), as the points are
    every = torch.cat([u, u[:-1] + biases])
    scale = scales(every, stream.final, unembedding, ln)
    values = logits(every, scale, unembedding, ln_bias).double()
    log_p = values[:, target] - torch.logsumexp(values, dim=1)
    curve, biased = log_p[: len(u)], log_p[len(u) :]
    steps, shifts = curve.diff(), biased - curve[:-1]
    return LayerScores(
        float(curve[0]), float(curve[-1]), steps[0::2], steps[1::2], shifts[0::2], shifts[1::2]
    )


def level_baselines(
    level: Level,
    families: list[Family],
    stream: StreamAt,
    unembedding: Unembedding,
    target: int,
    *,
    ln: Ln = "frozen",
    ln_bias: LnBias = "include",
) -> Baselines:
    """The distributions before those families' modules add to the stream, in their order.

    Raises BadInput for a target that the vocabulary does not have.
    """
    x = stream.before(module_of(level))[[family.layer for family in families]]
    return baselines(x, stream.final, unembedding, target, ln=ln, ln_bias=ln_bias)


def batch_rows(base: Baselines, budget: int) -> int:
    """How many vectors can be scored at a time in `budget` bytes, at least 1 and at most 512.

    More than 512 at a time is no faster.
    """
    size = torch.finfo(base.unembedding.dtype).bits // 8
    each = 3 * min(VOCABULARY_CHUNK, base.unembedding.d_vocab) * size + 6 * 8 * base.x.shape[1]
    return max(1, min(512, budget // each))


def contributions(
    families: list[Family], base: Baselines, *, budget: int = DEFAULT_BUDGET
) -> list[Float64[Tensor, " n"]]:
    """C of every subvalue, family i given base.x[i]: 2 V d operations each (exhaustive).

    At most `budget` bytes are held beside the result.
    """
    every = [torch.arange(family.coefficients.numel()) for family in families]
    return chosen_scores(families, base, every, budget=budget)


def chosen_scores(
    families: list[Family],
    base: Baselines,
    indices: list[Int[Tensor, " n"]],
    *,
    budget: int = DEFAULT_BUDGET,
) -> list[Float64[Tensor, " n"]]:
    """C of the subvalues of those indices, one list per family: family i given base.x[i].

    Small families share their passes over the vocabulary. At most `budget` bytes are held beside
    the result.
    """
    device, rows = base.x.device, batch_rows(base, budget)
    sizes = [len(index) for index in indices]
    of = torch.repeat_interleave(torch.tensor(sizes)).to(device)
    flat = torch.cat(indices).to(device)
    pieces = [base.scale.new_zeros(0)]
    for start in range(0, len(flat), rows):
        here = of[start : start + rows]
        made = [
            vectors(families[i], flat[start : start + rows][here == i])
            for i in sorted(set(here.tolist()))
        ]
        pieces.append(score(base, here, torch.cat(made)))
    return list(torch.split(torch.cat(pieces), sizes))
