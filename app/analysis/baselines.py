"""The next-token distributions before modules add to the stream, and exact scores from them.

C(v|x) = log p(w|x+v) − log p(w|x). The change of the logits is δ_j = r_j · y, where y is the
change of the (centred) stream over the norm's scale, and

    C = r_w · y − log Σ_j p_j e^{δ_j} = g · y − log Σ_j p_j e^{t_j},

with r̄ = Σ p_j r_j, g = r_w − r̄ and t_j = δ_j − r̄ · y. The second term is ≥ 0 and of second order
in y, so a small C keeps its digits although the sum runs over the vocabulary in float32.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float, Float64, Int
from torch import Tensor

from app.analysis.lens import Ln, LnBias, check_tokens, logits, scales
from app.analysis.parts import Unembedding

_LARGE = 60.0
"""e^60 times the least float32 is still nothing beside 1; beyond it sums go by log-sum-exp."""


@dataclass(frozen=True, eq=False)
class Baselines:
    """m stream vectors x that modules add to, and the distribution each of them gives.

    scale: the norm's std at x. target: w. mean_rows: r̄, (m, d). gradients: g, (m, d).
    """

    unembedding: Unembedding
    ln: Ln
    target: int
    x: Float64[Tensor, "m d"]
    scale: Float64[Tensor, " m"]
    log_p: Float64[Tensor, "m V"]
    p: Float[Tensor, "m V"]
    mean_rows: Float64[Tensor, "m d"]
    gradients: Float64[Tensor, "m d"]

    def __len__(self) -> int:
        """How many stream vectors there are."""
        return self.x.shape[0]

    def step(
        self,
        of: Int[Tensor, "*b"],
        covariance: Float64[Tensor, "*b"],
        variance: Float64[Tensor, "*b"],
    ) -> tuple[Float64[Tensor, "*b"], Float64[Tensor, "*b"]]:
        """(a, b) such that adding v to x[of] changes the normed stream by y = a v + b x.

        covariance: mean(centre(x) centre(v)); variance: mean(centre(v)²). Frozen: (1/s, 0). Exact:
        (1/s', 1/s' − 1/s), s'² = s² + 2 cov(x, v) + var(v).
        """
        scale = self.scale[of]
        if self.ln == "frozen":
            return 1 / scale, torch.zeros_like(scale)
        more = 2 * covariance + variance
        after = (scale.square() + more).clamp_min(self.unembedding.norm.eps).sqrt()
        return 1 / after, -more / (scale * after * (scale + after))

    def change(self, of: Int[Tensor, " b"], v: Float[Tensor, "b d"]) -> Float64[Tensor, "b d"]:
        """y, centred, for each vector v added to x[of]."""
        centre = self.unembedding.norm.centre
        v, x = centre(v.double()), centre(self.x[of])
        a, b = self.step(of, (x * v).mean(dim=1), v.square().mean(dim=1))
        return a[:, None] * v + b[:, None] * x


def baselines(
    x: Float[Tensor, "m d"],
    final: Float[Tensor, " d"],
    unembedding: Unembedding,
    target: int,
    *,
    ln: Ln = "frozen",
    ln_bias: LnBias = "include",
) -> Baselines:
    """The distributions at the vectors x of one position, whose final residual is `final`.

    Raises BadInput for a target that the vocabulary does not have.
    """
    token = check_tokens([target], unembedding)
    scale = scales(x, final, unembedding, ln)
    log_p = torch.log_softmax(logits(x, scale, unembedding, ln_bias).double(), dim=1)
    p = log_p.exp().to(unembedding.dtype)
    mean_rows = unembedding.mean_rows(p)
    gradients = unembedding.rows(token) - mean_rows
    return Baselines(
        unembedding, ln, target, x.double(), scale, log_p, p, mean_rows, gradients
    )  # fmt: skip


def score(base: Baselines, of: Int[Tensor, " b"], v: Float[Tensor, "b d"]) -> Float64[Tensor, " b"]:
    """C(v|x[of]) of each vector, the vocabulary read in the weights' own precision.

    Never above its Jensen bound g · y. Transient memory: b × (3 × VOCABULARY_CHUNK + 4 d) numbers.
    """
    y = base.change(of, v)
    mean = (y * base.mean_rows[of]).sum(dim=1)
    growth = _growth(base, of, y, mean)
    scores = (y * base.gradients[of]).sum(dim=1) - growth
    lost = ~torch.isfinite(growth)
    if bool(lost.any()):
        scores[lost] = settle(base, of[lost], v[lost])
    return scores


def _growth(
    base: Baselines,
    of: Int[Tensor, " b"],
    y: Float64[Tensor, "b d"],
    mean: Float64[Tensor, " b"],
) -> Float64[Tensor, " b"]:
    """Log Σ_j p_j e^{t_j} as log1p Σ_j p_j (e^{t_j} − 1 − t_j), or infinity where t is large."""
    weight, dtype = base.unembedding.weight, base.unembedding.dtype
    folded = (base.unembedding.norm.gain.double() * y).to(dtype)
    shift = mean.to(dtype)[:, None]
    look = bool((_reach(base, y, mean) > _LARGE).any())
    total = torch.zeros(len(y), len(base), dtype=torch.float64, device=y.device)
    large = torch.zeros(len(y), dtype=torch.bool, device=y.device)
    for chunk in base.unembedding.chunks():
        t = F.linear(folded, weight[chunk].to(dtype)).sub_(shift)
        if look:
            large |= t.amax(dim=1) > _LARGE
        # One product with every distribution costs less than gathering each vector's own.
        total += torch.expm1(t).sub_(t) @ base.p[:, chunk].T
    own = total.gather(1, of[:, None])[:, 0]
    return torch.log1p(own.clamp_min(0)).masked_fill(large | own.isnan(), torch.inf)


def settle(
    base: Baselines, of: Int[Tensor, " b"], v: Float[Tensor, "b d"], *, rows: int = 64
) -> Float64[Tensor, " b"]:
    """C(v|x[of]) in float64 throughout, whatever the size of δ; `rows` vectors at a time."""
    pieces = [
        _settle(base, of[start : start + rows], v[start : start + rows])
        for start in range(0, len(v), rows)
    ]
    return torch.cat(pieces) if pieces else base.scale.new_zeros(0)


def _settle(
    base: Baselines, of: Int[Tensor, " b"], v: Float[Tensor, "b d"]
) -> Float64[Tensor, " b"]:
    unembedding = base.unembedding
    y = base.change(of, v)
    folded = unembedding.norm.gain.double() * y
    target = folded @ unembedding.weight[base.target].double()
    shift = (y * base.mean_rows[of]).sum(dim=1)
    large = _reach(base, y, shift) > _LARGE
    growth = torch.zeros_like(shift)
    log_sum = torch.full_like(shift, -torch.inf)
    for chunk in unembedding.chunks():
        t = folded @ unembedding.weight[chunk].double().T - shift[:, None]
        log_p = base.log_p[of, chunk]
        growth += (log_p.exp() * torch.expm1(t)).sum(dim=1)
        if bool(large.any()):
            log_sum = torch.logaddexp(log_sum, torch.logsumexp(log_p + t, dim=1))
    return target - shift - torch.where(large, log_sum, torch.log1p(growth))


def _reach(
    base: Baselines, y: Float64[Tensor, "b d"], mean: Float64[Tensor, " b"]
) -> Float64[Tensor, " b"]:
    """What no |t_j| exceeds: W_U's longest row times |y|, and the mean."""
    reach: Tensor = base.unembedding.row_squares.max().sqrt() * y.norm(dim=1) + mean.abs()
    return reach
