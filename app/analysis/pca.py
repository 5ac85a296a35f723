"""Streaming, exact PCA: moments that add up over shards, and the basis they make."""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Float32, Float64
from torch import Tensor

from app.analysis.directions import Unit, score_in_unit
from app.errors import BadDirection, BadInput


@dataclass(frozen=True, eq=False)
class Moments:
    """Count, sum and sum of outer products of vectors, about a fixed `shift`; all in float64.

    first: Σ(x − shift), (d,); second: Σ(x − shift)(x − shift)ᵀ, (d, d). A shift near the mean
    keeps the small differences that a raw second moment would round away.
    """

    n: int
    shift: Float64[Tensor, " d"]
    first: Float64[Tensor, " d"]
    second: Float64[Tensor, "d d"]

    @property
    def width(self) -> int:
        """How many numbers a vector has."""
        return self.shift.shape[0]

    def merge(self, other: "Moments") -> "Moments":
        """The moments of both sets of vectors, exactly, about this one's shift.

        Raises BadInput when the widths differ.
        """
        if self.width != other.width:
            raise BadInput(
                f"Moments of vectors {self.width} wide do not add to moments of {other.width}."
            )
        moved = other.about(self.shift)
        return Moments(
            self.n + moved.n, self.shift, self.first + moved.first, self.second + moved.second
        )

    def about(self, shift: Float[Tensor, " d"]) -> "Moments":
        """The same moments about another shift."""
        target = _as_shift(shift)
        if torch.equal(target, self.shift):
            return self
        step = self.shift - target
        cross = torch.outer(self.first, step)
        return Moments(
            self.n,
            target,
            self.first + self.n * step,
            self.second + cross + cross.T + self.n * torch.outer(step, step),
        )

    @property
    def mean(self) -> Float64[Tensor, " d"]:
        """The mean vector; the shift itself when there are no vectors."""
        return self.shift + self.first / max(self.n, 1)

    @property
    def covariance(self) -> Float64[Tensor, "d d"]:
        """The sample covariance (divisor n − 1); raises BadInput below two vectors."""
        if self.n < 2:
            raise BadInput(f"A covariance needs at least 2 tokens; there are {self.n}.")
        scatter = self.second - torch.outer(self.first, self.first) / self.n
        return (scatter + scatter.T) / (2 * (self.n - 1))

    def basis(self, *, standardise: bool = False) -> "Basis":
        """The principal components, min(n, d) of them, by falling eigenvalue.

        With `standardise`, those of the z-scored coordinates, each mapped back to the raw space.
        Raises BadInput below two vectors or for moments that are not finite.
        """
        covariance = self.covariance
        if not bool(torch.isfinite(covariance).all()):
            raise BadInput("The vectors hold NaN or infinity; no basis can be fitted to them.")
        scale = _coordinate_scale(covariance, self.n, self.mean) if standardise else None
        matrix = covariance if scale is None else covariance / torch.outer(scale, scale)
        eigenvalues, columns = torch.linalg.eigh(matrix)
        k = min(self.n, self.width)
        eigenvalues = eigenvalues.flip(0)[:k].clamp_min(0)
        rows = columns.T.flip(0)[:k]
        if scale is not None:
            # ⟨u, (x − μ)/σ⟩ = ⟨u/σ, x − μ⟩: the raw direction that gives the same scores.
            rows = rows / scale
            rows = rows / rows.norm(dim=1, keepdim=True)
        rows = _signed(rows)
        total = matrix.trace()
        ratio = eigenvalues / total if total > 0 else torch.zeros_like(eigenvalues)
        std = eigenvalues if scale is None else ((rows @ covariance) * rows).sum(dim=1)
        return Basis(
            mean=self.mean.to(torch.float32),
            components=rows.to(torch.float32).contiguous(),
            eigenvalues=eigenvalues.contiguous(),
            explained_variance_ratio=ratio.contiguous(),
            std=std.clamp_min(0).sqrt(),
            n_tokens=self.n,
            scale=scale,
        )


@dataclass(frozen=True, eq=False)
class Basis:
    """The PCA of one site: unit rows whose loading of largest magnitude is positive.

    eigenvalues and their ratios are those of what was decomposed (of the z-scored coordinates,
    where `scale` holds the coordinates' standard deviations); std is that of the raw scores.
    """

    mean: Float32[Tensor, " d"]
    components: Float32[Tensor, "k d"]
    eigenvalues: Float64[Tensor, " k"]
    explained_variance_ratio: Float64[Tensor, " k"]
    std: Float64[Tensor, " k"]
    n_tokens: int
    scale: Float64[Tensor, " d"] | None = None

    @property
    def standardised(self) -> bool:
        """Whether coordinates were z-scored before the decomposition."""
        return self.scale is not None

    @property
    def width(self) -> int:
        """How many numbers a vector has at this site."""
        return self.mean.shape[0]

    def __len__(self) -> int:
        """How many components there are."""
        return self.components.shape[0]

    def std_along(self, vector: Float[Tensor, " d"]) -> float:
        """The corpus standard deviation of scores along `vector`, sqrt(vᵀΣv).

        Raises BadDirection for a vector of another width.
        """
        v = self._fitting(vector)
        rows = self.components.to(torch.float64)
        if self.scale is not None:
            rows = rows * self.scale
            rows = rows / rows.norm(dim=1, keepdim=True)
            v = v * self.scale
        return float(((rows @ v).square() @ self.eigenvalues).sqrt())

    def mean_score(self, vector: Float[Tensor, " d"]) -> float:
        """⟨μ, v⟩: the score of the corpus mean; raises BadDirection for another width."""
        return float(self.mean.to(torch.float64) @ self._fitting(vector))

    def in_unit(
        self,
        dot: Float[Tensor, "*tokens"],
        norms: Float[Tensor, "*tokens"],
        unit: Unit,
        vector: Float[Tensor, " d"],
    ) -> Float[Tensor, "*tokens"]:
        """Dot products with the unit direction `vector`, read in `unit` against this corpus."""
        return score_in_unit(dot, norms, unit, self.mean_score(vector), self.std_along(vector))

    def _fitting(self, vector: Float[Tensor, "..."]) -> Float64[Tensor, " d"]:
        """The vector in float64, if it is as wide as the basis."""
        if vector.shape != (self.width,):
            raise BadDirection(
                f"A vector of shape {tuple(vector.shape)} does not fit a basis of vectors "
                f"of shape {(self.width,)}.",
                field="vector",
            )
        return vector.detach().cpu().to(torch.float64)


def _as_shift(shift: Float[Tensor, " d"]) -> Float64[Tensor, " d"]:
    """A shift that float32 holds exactly, so that x − shift subtracts what was recorded."""
    return shift.detach().cpu().to(torch.float32).to(torch.float64)


def _coordinate_scale(
    covariance: Float64[Tensor, "d d"], n: int, mean: Float64[Tensor, " d"]
) -> Float64[Tensor, " d"]:
    """Each coordinate's standard deviation (divisor n), and 1 for a constant coordinate."""
    std = (covariance.diagonal().clamp_min(0) * (n - 1) / n).sqrt()
    # What float32 leaves of a constant coordinate is rounding; dividing by it would make noise.
    constant = std <= 1e-7 * mean.abs() + 1e-30
    return torch.where(constant, torch.ones_like(std), std)


def _signed(rows: Float64[Tensor, "k d"]) -> Float64[Tensor, "k d"]:
    """Each row with the sign that makes its loading of largest magnitude positive."""
    largest = rows.abs().argmax(dim=1, keepdim=True)
    return rows * torch.where(rows.gather(1, largest) < 0, -1.0, 1.0)
