"""A matrix job, run: every subvalue of some layers scored exactly, small layers together."""

from collections.abc import Sequence
from itertools import chain

import torch
from jaxtyping import Int
from torch import Tensor

from app.analysis.baselines import score
from app.analysis.contributions import chosen_scores
from app.analysis.subvalues import families, module_of
from app.worker.at_position import AtPosition
from app.worker.contribution_jobs import MatrixFound, MatrixJob


def run_matrix(at: AtPosition, job: MatrixJob) -> MatrixFound:
    """The scores. Raises BadInput for a layer that is not there."""
    chosen = families(job.level, list(job.layers), at.weights, at.stream)
    base = at.baselines(job.level, chosen)
    indices = [_indices(job, family.coefficients.numel(), at) for family in chosen]
    scores = chosen_scores(chosen, base, indices)
    if module_of(job.level) == "ffn":
        biases = torch.stack([at.weights.ffn[family.layer].b_out for family in chosen])
    else:
        biases = torch.stack([at.weights.attention[family.layer].b_o for family in chosen])
    of = torch.arange(len(chosen), device=base.x.device)
    return MatrixFound(
        at.target,
        tuple(tuple(row.tolist()) for row in scores),
        tuple(score(base, of, biases).tolist()),
    )


def _indices(job: MatrixJob, n: int, at: AtPosition) -> Int[Tensor, " n"]:
    """The subvalues asked for within a layer of n."""
    every = torch.arange(n)
    if job.heads is None:
        return every
    return every.view(at.stream.pattern.shape[1], -1)[list(job.heads)].flatten()


def joined(parts: Sequence[MatrixFound]) -> MatrixFound:
    """The answer over several layers from each layer's own."""
    return MatrixFound(
        parts[0].target,
        tuple(chain.from_iterable(part.values for part in parts)),
        tuple(chain.from_iterable(part.biases for part in parts)),
    )
