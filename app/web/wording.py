"""The words of the viewer that depend on what it shows; the script says them the same way."""

import math
from dataclasses import dataclass, replace

from app.web.rendering import Painting, has_direction, normalised, percent
from app.web.views import BasisView, OtherDirectionView, ViewerView
from app.web.viewstate import UNITS_OF_A_BASIS

LEGEND_STEPS = 16
"""Cells of the legend on each side of zero."""

NO_DIRECTION = "Every slider is at zero: move one, or pick a component."
UNFITTED = "No colours yet: this site has to be fitted first, under Direction."
NEEDS_BASIS = (
    "Needs the corpus’s mean and standard deviation along the direction: press “Fit this site”, "
    "below, to have them."
)
"""Why a unit cannot be chosen at a site without a basis, and what to do."""


@dataclass(frozen=True, slots=True)
class UnitWords:
    """A unit: its key in the address, on its button, in full, explained, and why it is idle."""

    key: str
    short: str
    name: str
    title: str
    idle: str | None = None


UNITS = (
    UnitWords("dot", "dot", "dot product", "The score ⟨x, v⟩: how far the vector reaches along v"),
    UnitWords("centred", "centred", "dot product, mean removed", "⟨x − μ, v⟩, μ the corpus mean"),
    UnitWords("cosine", "cosine", "cosine", "The score over the vector’s length, −1 to 1"),
    UnitWords("z", "z", "standard deviations", "Centred, over the corpus’s standard deviation"),
)


def units_at(view: ViewerView) -> tuple[UnitWords, ...]:
    """The units as the view can have them: without a basis, those that need one are idle."""
    if view.basis is not None:
        return UNITS
    return tuple(
        replace(unit, idle=NEEDS_BASIS) if unit.key in UNITS_OF_A_BASIS else unit for unit in UNITS
    )


def no_basis(label: str) -> str:
    """Why scores at a site without a basis are dot products."""
    return (
        f"No basis has been fitted at {label}, so the corpus’s mean and standard deviation are not "
        "known there. Scores are dot products; fit this site to have others."
    )


def heading(view: ViewerView) -> str:
    """The direction's name: where it is, and what it is made of."""
    site = view.site
    where = site.label if site.head is None else f"{site.label}, head {site.head}"
    if view.other_direction is not None:
        if view.other_direction.kind == "neuron":
            return view.other_direction.text  # which says where it is itself
        return f"{where} · {_other(view.other_direction)}"
    if view.basis is None:
        return where
    moved = [(component, weight) for component, weight in view.state.mix if weight != 0]
    if not moved:
        return f"{where} · no direction"
    if len(moved) > 1:
        return f"{where} · mix of {len(moved)} components"
    component, weight = moved[0]
    return f"{where} · {'minus ' if weight < 0 else ''}component {component}"


def _other(direction: OtherDirectionView) -> str:
    if direction.kind == "saved":
        by = "" if direction.by is None else f" by {direction.by}"
        return f"“{direction.text}”{by}"
    text = direction.text.replace("\n", "↵").replace("\t", "⇥") or "·"
    return f"residual of “{text}”"


def explains(view: ViewerView) -> str:
    """How much of the site's variance lies along the direction, and for a neuron, of which site."""
    if view.other_direction is not None and view.other_direction.kind == "neuron":
        share = "" if view.basis is None else f" · {_explains(view)}"
        return f"at {view.site.label}{share}"
    return _explains(view)


def _explains(view: ViewerView) -> str:
    basis = view.basis
    if basis is None:
        known = view.other_direction is not None
        return "variance not known here" if known else ""
    if view.other_direction is not None and view.other_direction.std is not None:
        return _share(view.other_direction.std**2, basis)
    if not has_direction(view):
        return ""
    weights = normalised(view.state.mix, basis.gram)
    if len(weights) == 1 and weights[0][1] != 0:
        return f"explains {percent(basis.ratios[weights[0][0]])}"
    variance = sum((weight * basis.stds[component]) ** 2 for component, weight in weights)
    return _share(variance, basis)


def _share(variance: float, basis: BasisView) -> str:
    total = basis.stds[0] ** 2 / basis.ratios[0] if basis.ratios[0] > 0 else math.inf
    return f"explains {percent(variance / total)}"


def provenance(view: ViewerView) -> str:
    """What the basis was fitted to."""
    basis = view.basis
    return "" if basis is None else f"PCA of {basis.n_tokens:,} tokens of {basis.corpus}"


def legend_note(view: ViewerView, painting: Painting) -> str:
    """What is said about scores beyond the range; without colours, what to do about it."""
    if not has_direction(view):
        return UNFITTED if view.basis is None else NO_DIRECTION
    pinned = view.state.range is not None
    if painting.beyond == 0:
        return (
            "Pinned. No token lies beyond it." if pinned else "99 % of tokens are within the range."
        )
    tokens = "token" if painting.beyond == 1 else "tokens"
    share = f"{painting.beyond:,} {tokens} of {painting.counted} beyond it, at full strength."
    return f"Pinned. {share}" if pinned else f"99th percentile: {share}"
