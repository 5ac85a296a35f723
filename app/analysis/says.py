"""What a vector says: the tokens whose bs-values it raises and lowers most."""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Float64, Int
from torch import Tensor

from app.analysis.lens import bs_values
from app.analysis.parts import Unembedding


@dataclass(frozen=True, slots=True, eq=False)
class Says:
    """For each of k rows, n tokens at each end of its bs-values, with those values.

    top and last are of the unscaled row, from its outermost token inwards; `swapped` where the
    coefficient is negative, so that the subvalue lowers its top tokens and raises its last ones.
    """

    top: Int[Tensor, "k n"]
    top_bs: Float[Tensor, "k n"]
    last: Int[Tensor, "k n"]
    last_bs: Float[Tensor, "k n"]
    swapped: Bool[Tensor, " k"]

    @property
    def raised(self) -> Int[Tensor, "k n"]:
        """The tokens that each subvalue raises most."""
        return torch.where(self.swapped[:, None], self.last, self.top)

    @property
    def lowered(self) -> Int[Tensor, "k n"]:
        """The tokens that each subvalue lowers most."""
        return torch.where(self.swapped[:, None], self.top, self.last)


def says(
    rows: Float[Tensor, "k d"],
    coefficients: Float[Tensor, " k"],
    scale: Float64[Tensor, ""],
    unembedding: Unembedding,
    *,
    n: int = 10,
) -> Says:
    """Top and last n tokens by bs of unscaled rows, such as W_out[k] (arXiv 2312.12141, §3.3).

    scale: the s that the bs-values are stated at; the order does not depend on it. n is cut to
    the size of the vocabulary.
    """
    values = bs_values(rows, scale.expand(len(rows)), unembedding)
    n = min(n, unembedding.d_vocab)
    top, last = values.topk(n, dim=1), values.topk(n, dim=1, largest=False)
    return Says(top.indices, top.values, last.indices, last.values, coefficients < 0)
