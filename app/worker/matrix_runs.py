"""A matrix job, run: every subvalue of some layers scored exactly, small layers together."""

from collections.abc import Sequence
from dataclasses import replace

import torch
from jaxtyping import Int
from torch import Tensor

from app.analysis.baselines import score
from app.analysis.contributions import chosen_scores
from app.analysis.subvalues import families, module_of
from app.errors import BadInput, no_such
from app.worker.at_position import AtPosition
from app.worker.contribution_jobs import MatrixFound, MatrixJob, Numbers
from app.worker.matrix_jobs import HEAD_LEVELS


def run_matrix(at: AtPosition, job: MatrixJob) -> MatrixFound:
    """The scores. Raises BadInput for a layer or a head that is not there."""
    _check_heads(job, at.stream.pattern.shape[1])
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
    if job.heads is not None:
        every = every.view(at.stream.pattern.shape[1], -1)[list(job.heads)].flatten()
    return every if job.span is None else every[slice(*job.span)]


def _check_heads(job: MatrixJob, n_heads: int) -> None:
    """Raise BadInput for a head that is not there, or where subvalues have none."""
    if job.heads is None:
        return
    if job.level not in HEAD_LEVELS:
        raise BadInput(f"Subvalues of the level {job.level} have no head.", field="heads")
    for head in job.heads:
        if not 0 <= head < n_heads:
            raise BadInput(no_such("head", head, n_heads), field="heads")


def pieces(job: MatrixJob, per_layer: int, at_once: int) -> list[MatrixJob]:
    """The same in jobs of at most so many subvalues of one layer; a layer's follow each other."""
    return [
        replace(job, layers=(layer,), span=(start, start + at_once))
        for layer in job.layers
        for start in range(0, per_layer, at_once)
    ]


def joined(jobs: Sequence[MatrixJob], parts: Sequence[MatrixFound]) -> MatrixFound:
    """The whole answer from those of all its pieces."""
    rows: dict[int, Numbers] = {}
    biases: dict[int, float] = {}
    for job, part in zip(jobs, parts, strict=True):
        for layer, row, bias in zip(job.layers, part.values, part.biases, strict=True):
            rows[layer] = rows.get(layer, ()) + row
            biases[layer] = bias
    return MatrixFound(parts[0].target, tuple(rows.values()), tuple(biases.values()))
