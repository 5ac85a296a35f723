"""Is the stream's basis privileged? The kurtosis of its coordinates, and of the same ones rotated.

Elhage et al., A Mathematical Framework for Transformer Circuits (2021): nothing in the weights
singles out the stream's coordinates, so that after a random rotation they should look the same.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from app.errors import BadInput

AT_LEAST = 4
"""Tokens below which a kurtosis says nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class PowerSums:
    """Count and sums of the first four powers of each coordinate, about a fixed `shift`.

    sums: row k is Σ(x − shift)^(k+1). A shift near the mean keeps the small differences that a
    raw fourth moment would round away. Sums about one shift add up over batches.
    """

    n: int
    shift: Float64[Tensor, " d"]
    sums: Float64[Tensor, "4 d"]

    @classmethod
    def of(cls, x: Float[Tensor, "n d"], shift: Float64[Tensor, " d"]) -> "PowerSums":
        """The sums of some vectors."""
        moved = x.double() - shift.to(x.device)
        squares = moved.square()
        rows = (moved, squares, squares * moved, squares.square())
        sums = torch.stack([row.sum(dim=0) for row in rows])
        return cls(len(x), shift.cpu(), sums.cpu())

    def merge(self, other: "PowerSums") -> "PowerSums":
        """The sums of both sets of vectors. Raises BadInput when the shifts differ."""
        if not torch.equal(self.shift, other.shift):
            raise BadInput("Sums of powers about different shifts do not add.")
        return PowerSums(self.n + other.n, self.shift, self.sums + other.sums)

    @property
    def mean(self) -> Float64[Tensor, " d"]:
        """The mean vector."""
        return self.shift + self.sums[0] / self.n

    @property
    def std(self) -> Float64[Tensor, " d"]:
        """The standard deviation of each coordinate (divisor n)."""
        return self._second.clamp_min(0).sqrt()

    @property
    def kurtosis(self) -> Float64[Tensor, " d"]:
        """The fourth central moment over the squared variance, 3 for a Gaussian; NaN for a
        constant coordinate. Raises BadInput below four tokens.
        """
        if self.n < AT_LEAST:
            raise BadInput(f"A kurtosis needs at least {AT_LEAST} tokens; there are {self.n}.")
        first, second, third, fourth = self.sums / self.n
        central = fourth - 4 * first * third + 6 * first**2 * second - 3 * first**4
        # What rounding leaves of a constant coordinate's variance is no variance.
        constant = self._second <= 1e-12 * (second + self.shift**2)
        found: Tensor = torch.where(constant, torch.nan, central / self._second.square())
        return found

    @property
    def _second(self) -> Float64[Tensor, " d"]:
        first, second = self.sums[:2] / self.n
        variance: Tensor = second - first.square()
        return variance


@dataclass(frozen=True, slots=True, eq=False)
class BasisSums:
    """The power sums of a site's coordinates, and of the same vectors in a random rotation."""

    own: PowerSums
    rotated: PowerSums

    @classmethod
    def of(
        cls,
        x: Float[Tensor, "n d"],
        shift: Float64[Tensor, " d"],
        rotation: Float[Tensor, "d d"],
    ) -> "BasisSums":
        """The sums of some vectors, about a shift that is rotated as they are."""
        shift, turn = shift.to(x.device), rotation.to(x.device)
        moved = x - shift.to(x.dtype)
        turned = moved.to(turn.dtype) @ turn
        return cls(PowerSums.of(x, shift), PowerSums.of(turned, torch.zeros_like(shift)))

    def merge(self, other: "BasisSums") -> "BasisSums":
        """The sums of both sets of vectors."""
        return BasisSums(self.own.merge(other.own), self.rotated.merge(other.rotated))


def random_rotation(width: int, seed: int = 0) -> Float64[Tensor, "d d"]:
    """An orthogonal matrix of that size, the same one every time."""
    generator = torch.Generator().manual_seed(seed)
    square = torch.randn(width, width, generator=generator, dtype=torch.float64)
    rotation: Tensor = torch.linalg.qr(square).Q
    return rotation
