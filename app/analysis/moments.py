"""Running moments: what many vectors add to a PCA, summed in place as they come."""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Float32, Float64
from torch import Tensor

from app.analysis.pca import Moments
from app.errors import BadInput

ROWS_PER_PRODUCT = 8192
"""Vectors whose outer products are added in float32, before the sum goes on in float64."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """What one batch adds: its n, Σ(x − shift), and Σ(x − shift)(x − shift)ᵀ in pieces."""

    shift: Float32[Tensor, " d"]
    n: int
    first: Float64[Tensor, " d"]
    products: list[Float32[Tensor, "d d"]]


class RunningMoments:
    """Sums about the shift given, (d,), or about the mean of the first vectors that are added."""

    def __init__(self, shift: Float[Tensor, " d"] | None = None) -> None:
        self._shift = shift
        self._n = 0
        self._first: Tensor | None = None
        self._second: Tensor | None = None

    def part(self, x: Float[Tensor, "n d"]) -> Part:
        """What these vectors would add, none included; nothing is counted yet."""
        shift = self._shift
        if shift is None:  # the mean of no vectors would be NaN
            shift = x.float().mean(dim=0) if len(x) else x.new_zeros(x.shape[1])
        shift = shift.to(x.device, torch.float32)
        moved = x.float() - shift
        starts = range(0, len(moved), ROWS_PER_PRODUCT)
        pieces = [moved[start : start + ROWS_PER_PRODUCT] for start in starts]
        products = [piece.T @ piece for piece in pieces]
        return Part(shift, len(x), moved.sum(dim=0, dtype=torch.float64).cpu(), products)

    def add(self, part: Part) -> None:
        """Count a part, in place: a wide site's second moments are too large to copy each time."""
        if self._first is None or self._second is None:
            self._shift = part.shift
            self._first = torch.zeros_like(part.first)
            self._second = torch.zeros(len(part.first), len(part.first), dtype=torch.float64)
        self._n += part.n
        self._first += part.first
        for product in part.products:
            self._second += product.cpu()

    def moments(self) -> Moments:
        """The sums as moments. Raises BadInput when nothing was counted."""
        if self._first is None or self._second is None or self._shift is None:
            raise BadInput("These rows hold no tokens to count.")
        return Moments(self._n, self._shift.cpu().double(), self._first, self._second)
