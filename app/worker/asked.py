"""What every question about one position of a text holds."""

from dataclasses import dataclass

from app.analysis.lens import Ln, LnBias

Numbers = tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AtOnePosition:
    """One position of a text, and how the stream is read there."""

    tokens: tuple[int, ...]
    position: int
    ln: Ln = "frozen"
    ln_bias: LnBias = "include"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfTarget(AtOnePosition):
    """`target` is a token's id; None is the one that the model predicts there."""

    target: int | None = None


@dataclass(frozen=True, slots=True)
class TargetFound:
    """The target and the model's own log-probability of it."""

    id: int
    log_probability: float
