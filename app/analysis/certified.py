"""Certified top-k: the subvalues that raise (or lower) the target most, found by scoring few.

Bounds rank all subvalues; the best are scored exactly, from the best bound down, until no bound
left could reach the k-th best score. The result is the exhaustive one, and says why.
"""

from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float64, Int
from torch import Tensor

from app.analysis.baselines import Baselines, score, settle
from app.analysis.bounds import (
    Landmarks,
    Measured,
    landmarks,
    lower,
    measure,
    spread,
    tight_lower,
    tight_upper,
    upper,
)
from app.analysis.contributions import DEFAULT_BUDGET, batch_rows, contributions
from app.analysis.subvalues import Family, vectors
from app.errors import BadInput, NotFinite

End = Literal["helpful", "unhelpful"]
ENDS: tuple[End, ...] = ("helpful", "unhelpful")
_ROUGH, _TIGHT = 2**18, 2**13
"""Subvalues bounded at a time, so that what they need stays in the processor's cache."""


@dataclass(frozen=True, slots=True)
class Item:
    """A subvalue found: its layer, its index within the layer, its C and its coefficient."""

    layer: int
    index: int
    contribution: float
    coefficient: float


@dataclass(frozen=True, slots=True)
class Certificate:
    """How many of the subvalues were scored, and what no other one's C exceeds (undercuts).

    `bound` is None when nothing was left out.
    """

    scored: int
    total: int
    bound: float | None


@dataclass(frozen=True, slots=True)
class Selection:
    """The k best, best first; equal scores (to float32) by layer, then index."""

    items: tuple[Item, ...]
    certificate: Certificate


@dataclass(slots=True, eq=False)
class _Field:
    """All candidates of a search, numbered through; merit is C or, at the other end, −C."""

    families: list[Family]
    base: Baselines
    sign: int
    starts: Int[Tensor, " m"]
    bound: Float64[Tensor, " n"]
    guess: Float64[Tensor, " n"]
    margin: Float64[Tensor, " n"]

    def where(self, ids: Int[Tensor, " b"]) -> tuple[Int[Tensor, " b"], Int[Tensor, " b"]]:
        """The family of each candidate and its index there."""
        of = torch.searchsorted(self.starts, ids, right=True) - 1
        return of, ids - self.starts[of]

    def vectors(
        self, ids: Int[Tensor, " b"], dtype: torch.dtype | None = None
    ) -> Float64[Tensor, "b d"]:
        """The candidates' subvalues."""
        of, flat = self.where(ids)
        made = self.base.x.new_empty(len(ids), self.base.x.shape[1])
        for i, family in enumerate(self.families):
            here = of == i
            if bool(here.any()):
                made[here] = vectors(family, flat[here], dtype)
        return made


def certified(
    families: list[Family],
    base: Baselines,
    *,
    k: int,
    end: End = "helpful",
    budget: int = DEFAULT_BUDGET,
) -> Selection:
    """The k subvalues of greatest C (or least, `unhelpful`), family i given base.x[i].

    Equal to `exhaustive`. Beside the weights it holds `budget` bytes at most, and 40 bytes a
    subvalue. Raises BadInput for a k below 1 or above the number of subvalues, NotFinite where the
    model's numbers are not.
    """
    field, measured, marks = _bounded(families, base, end)
    _check(k, len(field.bound))
    ids, merits = _certain(field, k)
    limit = _kth(merits, k)
    if end == "unhelpful":  # −U is a merit's lower limit too
        limit = max(limit, _kth(field.guess - field.margin, k))
    rows = batch_rows(base, budget)
    open_ = field.margin > 0
    first = _best(field.guess.masked_fill(~open_, -torch.inf), min(rows, max(32, 2 * k)))
    ids, merits = _score(field, first[open_[first]], ids, merits)
    limit = max(limit, _kth(merits - field.margin[ids], k))
    open_[ids] = False
    left = (open_ & (field.bound >= limit)).nonzero()[:, 0]
    _tighten(field, measured, marks, left)
    left = left[torch.argsort(field.bound[left], descending=True)]
    step = min(rows, 32)
    while len(left) and field.bound[left[0]] >= limit:
        now = left[:step]
        now = now[field.bound[now] >= limit]
        ids, merits = _score(field, now, ids, merits)
        limit = max(limit, _kth(merits - field.margin[ids], k))
        left, step = left[len(now) :], min(rows, 2 * step)
    return _selection(field, ids, merits, k)


def exhaustive(
    families: list[Family],
    base: Baselines,
    *,
    k: int,
    end: End = "helpful",
    budget: int = DEFAULT_BUDGET,
) -> Selection:
    """The same by scoring every subvalue, 2 V d operations each.

    Raises BadInput for a k below 1 or above the number of subvalues, NotFinite where the model's
    numbers are not.
    """
    field, _, _ = _bounded(families, base, end)
    _check(k, len(field.bound))
    merits = field.sign * torch.cat(contributions(families, base, budget=budget))
    return _selection(field, torch.arange(len(merits), device=merits.device), merits, k)


def _check(k: int, n: int) -> None:
    if not 1 <= k <= n:
        raise BadInput(f"{k:,} were asked for; there are {n:,}, so 1 to {n:,}.", field="top")


def _bounded(
    families: list[Family], base: Baselines, end: End
) -> tuple[_Field, list[Measured], Landmarks]:
    """All candidates with their rough bounds; rounding is allowed for in the bounds."""
    marks = landmarks(base)
    measured = [measure(family, base, marks, i) for i, family in enumerate(families)]
    sizes = torch.tensor([0, *map(len, measured)], device=base.x.device)
    starts = sizes.cumsum(0)
    bound, guess, margin = base.scale.new_empty(3, int(starts[-1])).unbind()
    sign = 1 if end == "helpful" else -1
    every = None if end == "helpful" else spread(base, base.log_p.exp(), base.mean_rows)
    for one, start in zip(measured, starts.tolist(), strict=False):
        for block in torch.split(torch.arange(len(one), device=base.x.device), _ROUGH):
            found = lower(one, block, base, every) if every else upper(one, block, base)
            to = block + start
            bound[to] = sign * found.limit + found.margin
            guess[to] = sign * found.jensen
            margin[to] = found.margin
    if not bool(torch.isfinite(guess).all()):
        raise NotFinite("The model's numbers overflow on this text: no contribution can be scored.")
    return _Field(families, base, sign, starts[:-1], bound, guess, margin), measured, marks


def _tighten(
    field: _Field, measured: list[Measured], marks: Landmarks, ids: Int[Tensor, " b"]
) -> None:
    """Replace those candidates' bounds by tight ones."""
    base = field.base
    others = None
    if field.sign < 0:
        others = spread(base, marks.p_others, marks.others + base.mean_rows)
    of, flat = field.where(ids)
    for i in range(len(measured)):
        for block in torch.split((of == i).nonzero()[:, 0], _TIGHT):
            one, at, to = measured[i], flat[block], ids[block]
            found = (
                tight_lower(one, at, base, marks, others)
                if others
                else tight_upper(one, at, base, marks)
            )
            tight = field.sign * found.limit + found.margin
            field.bound[to] = torch.minimum(field.bound[to], tight)


def _certain(field: _Field, k: int) -> tuple[Int[Tensor, " b"], Float64[Tensor, " b"]]:
    """The first k candidates that change nothing, such as neurons at rest: their C is 0."""
    ids = (field.margin == 0).nonzero()[:k, 0]
    return ids, torch.zeros_like(ids, dtype=torch.float64)


def _score(
    field: _Field,
    now: Int[Tensor, " b"],
    ids: Int[Tensor, " n"],
    merits: Float64[Tensor, " n"],
) -> tuple[Int[Tensor, " m"], Float64[Tensor, " m"]]:
    """The candidates scored so far, with those added."""
    more = field.sign * score(field.base, field.where(now)[0], field.vectors(now))
    return torch.cat([ids, now]), torch.cat([merits, more])


def _best(values: Float64[Tensor, " n"], k: int) -> Int[Tensor, " k"]:
    return values.topk(min(k, len(values))).indices


def _kth(values: Float64[Tensor, " n"], k: int) -> float:
    """The k-th largest value, or −∞ where there are fewer."""
    return float(values.topk(k).values[-1]) if len(values) >= k else -torch.inf


def _selection(
    field: _Field, ids: Int[Tensor, " n"], merits: Float64[Tensor, " n"], k: int
) -> Selection:
    """The k best of those scored; what rounding leaves open is settled in float64."""
    margin = field.margin[ids]
    scored = int((margin > 0).sum())
    limit = _kth(merits - margin, k)
    close = ids[merits + margin >= limit].sort().values
    still = close[field.margin[close] == 0][:k]  # equal: the first k can be among the best
    moving = close[field.margin[close] > 0]
    of, _ = field.where(moving)
    exact = torch.cat(
        [
            settle(field.base, of, field.vectors(moving, torch.float64)),
            torch.zeros_like(still, dtype=torch.float64),
        ]
    )
    close = torch.cat([moving, still])
    order = sorted(
        range(len(close)), key=lambda i: (-field.sign * float(exact[i].float()), int(close[i]))
    )
    kept = torch.tensor(order[:k], device=close.device)
    of, flat = field.where(close[kept])
    items = [
        _item(field.families[i], index, contribution)
        for i, index, contribution in zip(
            of.tolist(), flat.tolist(), exact[kept].tolist(), strict=True
        )
    ]
    rest = field.bound.clone()
    rest[ids] = -torch.inf
    bound = float(rest.max())
    unseen = None if bound == -torch.inf else field.sign * bound
    return Selection(tuple(items), Certificate(scored, len(field.bound), unseen))


def _item(family: Family, index: int, contribution: float) -> Item:
    return Item(family.layer, index, contribution, float(family.coefficients.flatten()[index]))
