"""The candidates of a search for the strongest subvalues, and a bound on each one's merit.

Merit is C or, at the other end, −C. A model has a million attention neurons on a short text, so
one number is kept for each: its bound. What else bounds know is worked out again when asked for.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Bool, Float64, Int
from torch import Tensor

from app.analysis.baselines import Baselines
from app.analysis.bounds import (
    Landmarks,
    Limits,
    Measured,
    landmarks,
    lower,
    measure,
    others_spread,
    spread,
    tight_lower,
    tight_upper,
    tightest_lower,
    upper,
    worth_moments,
)
from app.analysis.subvalues import Family, vectors
from app.errors import NotFinite

End = Literal["helpful", "unhelpful"]
ENDS: tuple[End, ...] = ("helpful", "unhelpful")
_ROUGH, _TIGHT, _TIGHTEST = 2**18, 2**13, 2**11
"""Subvalues bounded at a time, so that what they need stays in the processor's cache."""

Ids = Int[Tensor, " b"]
Bounding = Callable[[Measured, Ids], Limits]


@dataclass(slots=True, eq=False)
class Candidates:
    """All candidates of a search, numbered through.

    bound: what no merit exceeds, rounding allowed for. open: those neither scored nor known to
    change nothing, such as neurons at rest. first: the likeliest to be strong, which are worth
    scoring first. reached: what the k-th best merit is known to reach.
    """

    families: list[Family]
    base: Baselines
    sign: int
    starts: Int[Tensor, " m"]
    bound: Float64[Tensor, " n"]
    open: Bool[Tensor, " n"]
    first: Int[Tensor, " f"]
    reached: float
    measured: list[Measured]
    marks: Landmarks

    def __len__(self) -> int:
        """How many there are."""
        return len(self.bound)

    def where(self, ids: Int[Tensor, " b"]) -> tuple[Int[Tensor, " b"], Int[Tensor, " b"]]:
        """The family of each candidate and its index there."""
        of = torch.searchsorted(self.starts, ids, right=True) - 1
        return of, ids - self.starts[of]

    def vectors(
        self, ids: Int[Tensor, " b"], dtype: torch.dtype | None = None
    ) -> Float64[Tensor, "b d"]:
        """The candidates' subvalues."""
        made = self.base.x.new_empty(len(ids), self.base.x.shape[1])
        for i, here, flat in self._blocks(ids, max(1, len(ids))):
            made[here] = vectors(self.families[i], flat, dtype)
        return made

    def margins(self, ids: Int[Tensor, " b"]) -> Float64[Tensor, " b"]:
        """What rounding may add to or take from each one's score; 0 for what changes nothing."""
        found = self.bound.new_empty(len(ids))
        for i, here, flat in self._blocks(ids, _ROUGH):
            found[here] = upper(self.measured[i], flat, self.base).margin
        return found

    def tighten(self, ids: Int[Tensor, " b"], limit: float) -> Int[Tensor, " c"]:
        """Bound those candidates tightly; returns the ones that may still reach the limit."""
        base, marks = self.base, self.marks
        if self.sign > 0:
            self._tighten(ids, _TIGHT, lambda one, flat: tight_upper(one, flat, base, marks))
            return ids[self.bound[ids] >= limit]
        others = others_spread(base, marks)
        self._tighten(ids, _TIGHT, lambda one, flat: tight_lower(one, flat, base, marks, others))
        left = ids[self.bound[ids] >= limit]
        if worth_moments(len(left), base):

            def tightest(one: Measured, flat: Int[Tensor, " b"]) -> Limits:
                v = vectors(self.families[one.of], flat)
                return tightest_lower(one, flat, base, marks, others, v)

            self._tighten(left, _TIGHTEST, tightest)
        return left[self.bound[left] >= limit]

    def _tighten(self, ids: Int[Tensor, " b"], size: int, bounding: Bounding) -> None:
        for i, here, flat in self._blocks(ids, size):
            found, to = bounding(self.measured[i], flat), ids[here]
            tight = self.sign * found.limit + found.margin
            self.bound[to] = torch.minimum(self.bound[to], tight)

    def _blocks(
        self, ids: Int[Tensor, " b"], size: int
    ) -> Iterator[tuple[int, Int[Tensor, " c"], Int[Tensor, " c"]]]:
        """Every family with those candidates that are its own, `size` at a time.

        They are given by their places in `ids` and by their indices within the family.
        """
        of, flat = self.where(ids)
        for i in range(len(self.families)):
            for here in torch.split((of == i).nonzero()[:, 0], size):
                if len(here):
                    yield i, here, flat[here]


def candidates(
    families: list[Family], base: Baselines, end: End, *, k: int, first: int
) -> Candidates:
    """Every subvalue of the families, family i given base.x[i], with a rough bound.

    `first` are chosen to be scored first. Raises NotFinite where the model's numbers are not.
    """
    marks = landmarks(base)
    measured = [measure(family, base, marks, i) for i, family in enumerate(families)]
    starts = torch.tensor([0, *map(len, measured)], device=base.x.device).cumsum(0)
    n, sign = int(starts[-1]), 1 if end == "helpful" else -1
    bound, moving = base.scale.new_empty(n), torch.empty(n, dtype=torch.bool, device=starts.device)
    every = None if sign > 0 else spread(base, base.log_p.exp(), base.mean_rows)
    likeliest, reaching = _Best(first, base), _Best(k, base)
    for one, start in zip(measured, starts.tolist(), strict=False):
        for block in torch.split(torch.arange(len(one), device=starts.device), _ROUGH):
            found = lower(one, block, base, every) if every else upper(one, block, base)
            if not bool(torch.isfinite(found.jensen).all()):
                raise NotFinite(
                    "The model's numbers overflow on this text: no contribution can be scored."
                )
            to, guess = block + start, sign * found.jensen
            bound[to] = sign * found.limit + found.margin
            moving[to] = found.margin > 0
            likeliest.add(to[moving[to]], guess[moving[to]])
            if sign < 0:  # −U is a merit's lower limit too
                reaching.add(to, guess - found.margin)
    return Candidates(
        families, base, sign, starts[:-1], bound, moving, likeliest.ids, reaching.last, measured,
        marks,
    )  # fmt: skip


class _Best:
    """The k best of values that come block by block."""

    def __init__(self, k: int, base: Baselines) -> None:
        self._k = k
        self._values = base.scale.new_empty(0)
        self.ids = torch.empty(0, dtype=torch.long, device=base.x.device)

    def add(self, ids: Int[Tensor, " b"], values: Float64[Tensor, " b"]) -> None:
        ids, values = torch.cat([self.ids, ids]), torch.cat([self._values, values])
        best = values.topk(min(self._k, len(values))).indices
        self.ids, self._values = ids[best], values[best]

    @property
    def last(self) -> float:
        """The k-th best value, or −∞ where there are fewer."""
        return float(self._values[-1]) if len(self._values) == self._k else -torch.inf
