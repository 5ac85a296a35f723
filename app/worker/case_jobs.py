"""The case study: what an attention layer's output, and an FFN layer's neurons, rest on."""

from dataclasses import dataclass

from app.analysis.case import LnStd, Recompute, Taken
from app.analysis.keys import KeyKind
from app.analysis.parts import Part
from app.worker.asked import AtOnePosition, Numbers, OfTarget, TargetFound


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseJob(AtOnePosition):
    """Each part taken out of what an attention layer reads. Result: `CaseFound`.

    Δbs is bs of the first of the pair less bs of the second.
    """

    pair: tuple[int, int]
    layer: int
    source_position: int
    recompute: Recompute = "everything"
    taken: Taken = "source"
    ln_std: LnStd = "recomputed"


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossLayerJob(OfTarget):
    """What each earlier part gave one FFN layer's neurons. Result: `CrossLayerFound`."""

    layer: int
    keys: KeyKind = "centred"


@dataclass(frozen=True, slots=True)
class AttendedPart:
    """A part of the stream, and how much Δbs changes without it."""

    part: Part
    output: float
    subvalue: float


@dataclass(frozen=True, slots=True)
class CaseFound:
    """Δbs of the attention layer's output and of the source position's subvalue, now; the parts."""

    output: float
    subvalue: float
    parts: tuple[AttendedPart, ...]


@dataclass(frozen=True, slots=True)
class CrossLayerFound:
    """Σ r · K_k of each earlier part r over the helpful, and over the unhelpful, neurons k.

    Of all signs `scored` had to be worked out one by one; bounds proved the others.
    """

    target: TargetFound
    n_helpful: int
    n_unhelpful: int
    scored: int
    parts: tuple[Part, ...]
    helpful: Numbers
    unhelpful: Numbers
