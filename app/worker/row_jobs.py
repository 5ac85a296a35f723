"""One row of a model's weights, and what a vector of the residual stream says in its vocabulary."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from app.analysis.parts import ModelWeights
from app.analysis.says import says
from app.worker.contribution_jobs import Said


@dataclass(frozen=True, slots=True)
class WeightRowJob:
    """Row `index` of a layer's W_out; with a head, row `index` of that head's W_O.

    Whoever asks has seen to it that the model has it. Result: the row (d,), float32, as it is in
    the weights: not scaled to length 1.
    """

    layer: int
    index: int
    head: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class SaysJob:
    """The `n` tokens at each end of a vector's bs-values, as it is, unscaled. Result: `Said`."""

    vector: Float[Tensor, " d"]
    n: int = 10


RowJob = WeightRowJob | SaysJob
RowFound = Tensor | Said


def run_row(weights: ModelWeights, job: RowJob) -> RowFound:
    """The job's answer."""
    with torch.no_grad():
        return row_of(weights, job) if isinstance(job, WeightRowJob) else said_by(weights, job)


def row_of(weights: ModelWeights, job: WeightRowJob) -> Float[Tensor, " d"]:
    """The row that the job names."""
    if job.head is None:
        row = weights.ffn[job.layer].w_out[job.index]
    else:
        row = weights.attention[job.layer].w_o[job.head, job.index]
    return row.detach().to("cpu", torch.float32, copy=True)


def said_by(weights: ModelWeights, job: SaysJob) -> Said:
    """The tokens that the vector raises and lowers most, from the outermost inwards."""
    row = job.vector.to(weights.unembedding.weight.device)[None]
    one = row.new_ones(())
    found = says(row, one[None], one.double(), weights.unembedding, n=job.n)
    top = zip(found.top[0].tolist(), found.top_bs[0].tolist(), strict=True)
    last = zip(found.last[0].tolist(), found.last_bs[0].tolist(), strict=True)
    return Said(tuple(top), tuple(last), swapped=False)
