"""The sign of every subvalue's contribution, most of them proved by bounds instead of scored.

Jensen's bound U is above C, so U ≤ 0 certifies an unhelpful subvalue; the limits with the likeliest
tokens exact certify more, of both kinds. What they leave open is scored.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float64, Int
from torch import Tensor

from app.analysis.baselines import Baselines, score, settle
from app.analysis.bounds import (
    Landmarks,
    Measured,
    landmarks,
    measure,
    others_spread,
    tight_lower,
    tight_upper,
    tightest_lower,
    upper,
    worth_moments,
)
from app.analysis.contributions import DEFAULT_BUDGET, batch_rows
from app.analysis.subvalues import Family, vectors
from app.errors import NotFinite

_BLOCK = 2**11


@dataclass(frozen=True, slots=True, eq=False)
class Signs:
    """The sign of each C: 1 helpful, −1 unhelpful, 0 neither; `scored` of them were scored."""

    signs: Float64[Tensor, " n"]
    scored: int


def signs(family: Family, base: Baselines, of: int = 0, *, budget: int = DEFAULT_BUDGET) -> Signs:
    """The sign of C of one family's subvalues given base.x[of]; equal to scoring them all.

    Beside the weights it holds `budget` bytes at most, and 40 bytes a subvalue. Raises NotFinite
    where the model's numbers are not.
    """
    marks = landmarks(base)
    measured = measure(family, base, marks, of)
    every = torch.arange(len(measured), device=base.x.device)
    rough = upper(measured, every, base)
    if not bool(torch.isfinite(rough.jensen).all()):
        raise NotFinite("The model's numbers overflow on this text: no contribution can be scored.")
    margin = rough.margin
    found = -(rough.limit + margin <= 0).double()
    found[margin == 0] = 0  # these change nothing
    left = ((found == 0) & (margin > 0)).nonzero()[:, 0]
    found[left] = _by_limits(family, measured, left, base, marks)
    left = left[found[left] == 0]
    rows = batch_rows(base, budget)
    for some in torch.split(left, rows):
        found[some] = _by_scores(family, base, of, some, margin[some])
    return Signs(found, len(left))


def _by_limits(
    family: Family,
    measured: Measured,
    left: Int[Tensor, " b"],
    base: Baselines,
    marks: Landmarks,
) -> Float64[Tensor, " b"]:
    """The signs that the tight limits prove, 0 for those that they leave open."""
    others = others_spread(base, marks)
    closely = worth_moments(len(left), base)
    found = [left.new_zeros(0, dtype=torch.float64)]
    for some in torch.split(left, _BLOCK):
        above = tight_upper(measured, some, base, marks)
        if closely:
            v = vectors(family, some)
            below = tightest_lower(measured, some, base, marks, others, v)
        else:
            below = tight_lower(measured, some, base, marks, others)
        unhelpful = above.limit + above.margin <= 0
        helpful = below.limit - below.margin > 0
        found.append(helpful.double() - unhelpful.double())
    return torch.cat(found)


def _by_scores(
    family: Family,
    base: Baselines,
    of: int,
    some: Int[Tensor, " b"],
    margin: Float64[Tensor, " b"],
) -> Float64[Tensor, " b"]:
    """The signs of those subvalues' scores; where rounding hides one, in float64."""
    scores = score(base, torch.full_like(some, of), vectors(family, some))
    close = scores.abs() <= margin
    if bool(close.any()):
        exact = vectors(family, some[close], torch.float64)
        scores[close] = settle(base, torch.full_like(some[close], of), exact)
    return scores.sign()
