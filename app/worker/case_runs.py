"""The case study's jobs, run: subtractions from an attention layer, and the cross-layer curve."""

import torch

from app.analysis.case import subtractions
from app.analysis.parts import AttentionInput, ModelWeights, StreamAt, parts_read
from app.analysis.queries import cross_layer
from app.analysis.signs import signs
from app.analysis.subvalues import families
from app.errors import BadInput, NotFinite, no_such
from app.worker.at_position import AtPosition
from app.worker.contribution_jobs import (
    AttendedPart,
    CaseFound,
    CaseJob,
    CrossLayerFound,
    CrossLayerJob,
)


def check_case(job: CaseJob, n_layers: int) -> None:
    """Raise BadInput for a layer, or a source position up to the position, that is not there."""
    there = {
        "layer": ("layer", job.layer, n_layers),
        "source_position": ("position", job.source_position, job.position + 1),
    }
    for field, (what, number, count) in there.items():
        if not 0 <= number < count:
            raise BadInput(no_such(what, number, count), field=field)


def run_case(
    weights: ModelWeights, stream: StreamAt, given: AttentionInput, job: CaseJob
) -> CaseFound:
    """Δbs with and without each part.

    Raises BadInput for a token that the vocabulary does not have, NotFinite where numbers overflow.
    """
    found = subtractions(
        given, weights.attention[job.layer], stream, weights.unembedding, job.pair,
        job.source_position, recompute=job.recompute, ln_std=job.ln_std, ln=job.ln,
    )  # fmt: skip
    if not bool(torch.isfinite(torch.stack([found.output, found.subvalue])).all()):
        raise NotFinite("Without a part the model's numbers overflow on this text.")
    parts = parts_read(job.layer, "attn")
    changes = zip(parts, found.output.tolist(), found.subvalue.tolist(), strict=True)
    return CaseFound(
        found.now.output, found.now.subvalue, tuple(AttendedPart(*change) for change in changes)
    )


def run_cross_layer(at: AtPosition, job: CrossLayerJob) -> CrossLayerFound:
    """The curve of one FFN layer. Raises BadInput for a layer that is not there."""
    chosen = families("ffn", [job.layer], at.weights, at.stream)
    found = signs(chosen[0], at.baselines("ffn", chosen))
    curve = cross_layer(at.weights, at.stream, job.layer, found.signs, keys=job.keys)
    return CrossLayerFound(
        at.target,
        int((found.signs > 0).sum()),
        int((found.signs < 0).sum()),
        found.scored,
        parts_read(job.layer, "ffn"),
        tuple(curve.helpful.tolist()),
        tuple(curve.unhelpful.tolist()),
    )
