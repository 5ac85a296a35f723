"""Certified top-k: the subvalues that raise (or lower) the target most, found by scoring few.

Bounds rank all subvalues; the best are scored exactly, from the best bound down, until no bound
left could reach the k-th best score. The result is the exhaustive one, and says why.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float64, Int
from torch import Tensor

from app.analysis.baselines import Baselines, score, settle
from app.analysis.candidates import ENDS, Candidates, End, candidates
from app.analysis.contributions import DEFAULT_BUDGET, batch_rows, contributions
from app.analysis.subvalues import Family
from app.errors import BadInput

__all__ = ["ENDS", "Certificate", "End", "Item", "Selection", "certified", "exhaustive"]


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


def certified(
    families: list[Family],
    base: Baselines,
    *,
    k: int,
    end: End = "helpful",
    budget: int = DEFAULT_BUDGET,
) -> Selection:
    """The k subvalues of greatest C (or least, `unhelpful`), family i given base.x[i].

    Equal to `exhaustive`. Beside the weights it holds `budget` bytes at most, and 20 bytes a
    subvalue. Raises BadInput for a k below 1 or above the number of subvalues, NotFinite where the
    model's numbers are not.
    """
    _check(k, families)
    rows = batch_rows(base, budget)
    field = candidates(families, base, end, k=k, first=min(rows, max(32, 2 * k)))
    ids, merits = _certain(field, k)
    limit = max(field.reached, _kth(merits, k))
    ids, merits = _score(field, field.first, ids, merits)
    limit = max(limit, _kth(merits - field.margins(ids), k))
    field.open[ids] = False
    left = field.tighten((field.open & (field.bound >= limit)).nonzero()[:, 0], limit)
    left = left[torch.argsort(field.bound[left], descending=True)]
    step = min(rows, 32)
    while len(left) and field.bound[left[0]] >= limit:
        now = left[:step]
        now = now[field.bound[now] >= limit]
        ids, merits = _score(field, now, ids, merits)
        limit = max(limit, _kth(merits - field.margins(ids), k))
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
    _check(k, families)
    field = candidates(families, base, end, k=k, first=k)
    merits = field.sign * torch.cat(contributions(families, base, budget=budget))
    return _selection(field, torch.arange(len(merits), device=merits.device), merits, k)


def _check(k: int, families: list[Family]) -> None:
    n = sum(family.coefficients.numel() for family in families)
    if not 1 <= k <= n:
        raise BadInput(f"{k:,} were asked for; there are {n:,}, so 1 to {n:,}.", field="top")


def _certain(field: Candidates, k: int) -> tuple[Int[Tensor, " b"], Float64[Tensor, " b"]]:
    """The first k candidates that change nothing, such as neurons at rest: their C is 0."""
    ids = (~field.open).nonzero()[:k, 0]
    return ids, torch.zeros_like(ids, dtype=torch.float64)


def _score(
    field: Candidates,
    now: Int[Tensor, " b"],
    ids: Int[Tensor, " n"],
    merits: Float64[Tensor, " n"],
) -> tuple[Int[Tensor, " m"], Float64[Tensor, " m"]]:
    """The candidates scored so far, with those added."""
    more = field.sign * score(field.base, field.where(now)[0], field.vectors(now))
    return torch.cat([ids, now]), torch.cat([merits, more])


def _kth(values: Float64[Tensor, " n"], k: int) -> float:
    """The k-th largest value, or −∞ where there are fewer."""
    return float(values.topk(k).values[-1]) if len(values) >= k else -torch.inf


def _selection(
    field: Candidates, ids: Int[Tensor, " n"], merits: Float64[Tensor, " n"], k: int
) -> Selection:
    """The k best of those scored; what rounding leaves open is settled in float64."""
    margin = field.margins(ids)
    scored = int((margin > 0).sum())
    limit = _kth(merits - margin, k)
    within = merits + margin >= limit
    still = ids[within & (margin == 0)].sort().values[:k]  # equal: the first k can be the best
    moving = ids[within & (margin > 0)].sort().values
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
    field.bound[ids] = -torch.inf
    bound = float(field.bound.max())
    unseen = None if bound == -torch.inf else field.sign * bound
    return Selection(tuple(items), Certificate(scored, len(field), unseen))


def _item(family: Family, index: int, contribution: float) -> Item:
    row, copy = divmod(index, family.coefficients.shape[1])
    return Item(family.layer, index, contribution, float(family.coefficients[row, copy]))
