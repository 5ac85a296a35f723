"""Bounds of contribution scores that cost O(d) a subvalue instead of O(V d).

With t_j = δ_j − E_p δ, C = U − log E_p e^t and U = g · y. Jensen: C ≤ U. Keeping the n likeliest
tokens exact and using Jensen for the rest only, of mass P and mean t̄:

    C ≤ U − log(Σ_top p_j e^{t_j} + P e^{t̄}).

From the other side, the rest is at most P e^{t̄ + ℓ}, where ℓ is the least of three bounds on a
centred variable's log-moment, from radius b ≥ |t − t̄| and variance σ²: b; Hoeffding's b²/2; and
Bennett's log(1 + σ² (e^b − 1 − b)/b²). |t_j − t̄| ≤ |r_j − r̄| |y| and σ² ≤ Σ p_j |r_j − r̄|² |y|².
Where that is too far off, σ² ≤ max p_j · yᵀ M y, M being the second moments of all rows: O(d²).
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Float64, Int
from torch import Tensor

from app.analysis.baselines import Baselines
from app.analysis.subvalues import Family

N_EXACT = 32
"""Likeliest tokens that are kept exact."""

_BLOCK = 4096
_NOISE = {torch.float32: 3e-6, torch.float64: 1e-12}
"""Rounding of a product of W_U with y, as a part of the longest row times |y|."""


@dataclass(frozen=True, slots=True, eq=False)
class Landmarks:
    """What bounds read of the vocabulary at m baselines: the n likeliest tokens, and the rest.

    p: the likeliest tokens' probabilities; likeliest: their r_j − r̄. mass: the probability of all
    others; others: their mean row − r̄; p_others: how that mass is shared out, each row sums to 1.
    """

    p: Float64[Tensor, "m n"]
    likeliest: Float64[Tensor, "m n d"]
    mass: Float64[Tensor, " m"]
    others: Float64[Tensor, "m d"]
    p_others: Float64[Tensor, "m V"]


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """How far the rows of many tokens lie from their mean, at m baselines.

    trace: the mean of |r_j − mean|²; radius: the largest |r_j − mean|.
    """

    trace: Float64[Tensor, " m"]
    radius: Float64[Tensor, " m"]


def landmarks(base: Baselines, n: int = N_EXACT) -> Landmarks:
    """The landmarks of each baseline: one product of the vocabulary with m vectors."""
    n = min(n, base.p.shape[1] - 1)
    top = base.log_p.topk(n, dim=1).indices  # (m, n)
    rows = base.unembedding.rows(top.flatten()).view(*top.shape, -1)
    others = base.log_p.exp().scatter_(1, top, 0)
    mass = others.sum(dim=1)
    others /= mass.clamp_min(1e-300)[:, None]
    return Landmarks(
        p=base.log_p.gather(1, top).exp(),
        likeliest=rows - base.mean_rows[:, None],
        mass=mass,
        others=base.unembedding.mean_rows(others) - base.mean_rows,
        p_others=others,
    )


def spread(base: Baselines, p: Float64[Tensor, "m V"], mean: Float64[Tensor, "m d"]) -> Spread:
    """The spread of the rows that p weighs, about their mean: one product of the vocabulary."""
    unembedding = base.unembedding
    gain, dtype = unembedding.norm.gain.double(), unembedding.dtype
    cross = (gain * mean).to(dtype) @ unembedding.weight.to(dtype).T  # r_j · mean, (m, V)
    squares = unembedding.row_squares
    # What rounding hides is added, so that the differences are never too small.
    distance = squares - 2 * cross.double() + mean.square().sum(dim=1, keepdim=True)
    distance = distance.clamp_min(0) + _NOISE[dtype] * squares.max()
    radius = distance.masked_fill(p == 0, 0).amax(dim=1).sqrt()
    return Spread((p * distance).sum(dim=1), radius)


def others_spread(base: Baselines, marks: Landmarks) -> Spread:
    """The spread of all tokens but the likeliest."""
    return spread(base, marks.p_others, marks.others + base.mean_rows)


def worth_moments(n: int, base: Baselines) -> bool:
    """Whether n subvalues are enough to ask for M: it costs as much as scoring d, but only once."""
    return n > base.x.shape[1] // 8


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """A family's rows against the directions that bounds read: (rows, 3 + n), and their variance.

    The directions are g, centre(x)/d, the others' mean and the n likeliest; x_reads is the same
    for the stream vector x itself.
    """

    of: int
    coefficients: Float[Tensor, "rows copies"]
    reads: Float64[Tensor, "rows readers"]
    variance: Float64[Tensor, " rows"]
    x_reads: Float64[Tensor, " readers"]

    def __len__(self) -> int:
        """How many subvalues the family has."""
        return self.coefficients.numel()


def measure(family: Family, base: Baselines, marks: Landmarks, of: int) -> Measured:
    """Read the rows of a family that adds to base.x[of], some thousand at a time."""
    norm = base.unembedding.norm
    x = norm.centre(base.x[of])
    readers = torch.cat(
        [
            base.gradients[of][None],
            x[None] / len(x),
            marks.others[of][None],
            marks.likeliest[of],
        ]
    )
    n = len(family.coefficients)
    reads, variance = [], []
    for start in range(0, n, _BLOCK):
        rows = norm.centre(family.take(torch.arange(start, min(n, start + _BLOCK)).to(x.device)))
        reads.append((rows @ readers.to(rows.dtype).T).double())
        variance.append(rows.square().mean(dim=1).double())
    return Measured(of, family.coefficients, torch.cat(reads), torch.cat(variance), readers @ x)


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """One limit of C for some subvalues, by U too, and what rounding may add to a score.

    jensen: U, an upper limit; limit: the one asked for; margin: the rounding.
    """

    jensen: Float64[Tensor, " b"]
    limit: Float64[Tensor, " b"]
    margin: Float64[Tensor, " b"]


def upper(measured: Measured, flat: Int[Tensor, " b"], base: Baselines) -> Limits:
    """C ≤ U, Jensen's bound: O(1) for each of those indices."""
    change = _change(measured, flat, base, 1)
    return Limits(change.reads[:, 0], change.reads[:, 0], change.margin)


def lower(measured: Measured, flat: Int[Tensor, " b"], base: Baselines, every: Spread) -> Limits:
    """C ≥ U − ℓ, with the spread of all tokens: O(1) for each of those indices."""
    change = _change(measured, flat, base, 1)
    jensen, variance = change.reads[:, 0], _variance(every, measured.of, change.size)
    moment = _log_moment(every, measured.of, change.size, variance)
    return Limits(jensen, jensen - moment, change.margin)


def tight_upper(
    measured: Measured, flat: Int[Tensor, " b"], base: Baselines, marks: Landmarks
) -> Limits:
    """The upper limit with the n likeliest tokens exact: O(n) for each of those indices."""
    change = _change(measured, flat, base, measured.reads.shape[1])
    jensen = change.reads[:, 0]
    # e^t stays a number when clamped, and the limit stays above C.
    known = _known(change.reads.clamp_max(700), measured.of, marks)
    return Limits(jensen, jensen - torch.log1p(known), change.margin)


def tight_lower(
    measured: Measured,
    flat: Int[Tensor, " b"],
    base: Baselines,
    marks: Landmarks,
    others: Spread,
) -> Limits:
    """The lower limit with the n likeliest tokens exact: O(n) for each of those indices."""
    change = _change(measured, flat, base, measured.reads.shape[1])
    variance = _variance(others, measured.of, change.size)
    return _lower(measured.of, change, marks, others, variance)


def tightest_lower(
    measured: Measured,
    flat: Int[Tensor, " b"],
    base: Baselines,
    marks: Landmarks,
    others: Spread,
    v: Float64[Tensor, "b d"],
) -> Limits:
    """The same with the variance along each subvalue v itself: O(d²) for each of those indices."""
    of, unembedding = measured.of, base.unembedding
    change = _change(measured, flat, base, measured.reads.shape[1])
    y, moments = base.change(torch.full_like(flat, of), v), unembedding.moments
    rounding = _NOISE[unembedding.dtype] * moments.trace() * change.size.square()
    along = marks.p_others[of].max() * (((y @ moments) * y).sum(dim=1).clamp_min(0) + rounding)
    variance = torch.minimum(along, _variance(others, of, change.size))
    return _lower(of, change, marks, others, variance)


def _lower(
    of: int,
    change: "_Change",
    marks: Landmarks,
    others: Spread,
    variance: Float64[Tensor, " b"],
) -> Limits:
    reads = change.reads
    spread = torch.expm1(_log_moment(others, of, change.size, variance))
    growth = _known(reads, of, marks) + marks.mass[of] * reads[:, 2].exp() * spread
    limit = reads[:, 0] - torch.log1p(growth)
    # Where e^t is beyond numbers there is no such limit.
    limit = limit.nan_to_num(nan=-torch.inf, neginf=-torch.inf)
    return Limits(reads[:, 0], limit, change.margin)


def _known(read: Float64[Tensor, "b readers"], of: int, marks: Landmarks) -> Float64[Tensor, " b"]:
    """Σ_top p_j e^{t_j} + P e^{t̄}, less 1; never negative."""
    return _second(read[:, 3:]) @ marks.p[of] + marks.mass[of] * _second(read[:, 2])


@dataclass(frozen=True, slots=True, eq=False)
class _Change:
    """y of some subvalues, as far as bounds know it: what readers see of it, |y|, and rounding."""

    reads: Float64[Tensor, "b readers"]
    size: Float64[Tensor, " b"]
    margin: Float64[Tensor, " b"]


def _change(measured: Measured, flat: Int[Tensor, " b"], base: Baselines, n: int) -> _Change:
    """Y = a v + b x of the subvalues of those indices, seen by the first n readers."""
    copies, of = measured.coefficients.shape[1], measured.of
    row, copy = flat // copies, flat % copies
    coefficient = measured.coefficients[row, copy].double()
    covariance = coefficient * measured.reads[row, 1]
    variance = coefficient.square() * measured.variance[row]
    a, b = base.step(torch.full_like(flat, of), covariance, variance)
    reads = (a * coefficient)[:, None] * measured.reads[row, :n] + b[:, None] * measured.x_reads[:n]
    x_variance, width = measured.x_reads[1], base.x.shape[1]
    square = a.square() * variance + 2 * a * b * covariance + b.square() * x_variance
    # The two terms may cancel, and their rounding does not.
    terms = a * variance.sqrt() + b.abs() * x_variance.sqrt()
    longest = base.unembedding.row_squares.max().sqrt() + base.mean_rows[of].norm()
    margin = _NOISE[base.unembedding.dtype] * longest * terms * width**0.5
    return _Change(reads, (square.clamp_min(0) * width).sqrt(), margin)


def _second(t: Float64[Tensor, "*b"]) -> Float64[Tensor, "*b"]:
    """e^t − 1 − t, never negative."""
    return (torch.expm1(t) - t).clamp_min(0)


def _variance(spread: Spread, of: int, size: Float64[Tensor, " b"]) -> Float64[Tensor, " b"]:
    """What σ² of t over tokens so spread does not exceed, whichever way y of that size points."""
    return torch.minimum(spread.trace[of], spread.radius[of].square()) * size.square()


def _log_moment(
    spread: Spread, of: int, size: Float64[Tensor, " b"], variance: Float64[Tensor, " b"]
) -> Float64[Tensor, " b"]:
    """ℓ: the least upper bound on log E e^{t − t̄} over tokens so spread, for |y| = size."""
    b = spread.radius[of] * size
    safe = b.clamp(1e-3, 700)
    ratio = torch.where(b < 1e-3, 0.5 + b / 6 + b.square() / 23, _second(safe) / safe.square())
    bennett = torch.log1p(variance * ratio)
    return torch.minimum(torch.minimum(bennett.where(b <= 700, b), b), b.square() / 2)
