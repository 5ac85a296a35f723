"""Contributions of every subvalue of a level, none left out: asked for, and found."""

from dataclasses import dataclass
from typing import Literal

from app.worker.asked import Numbers, OfTarget, TargetFound

MatrixLevel = Literal["attn_head", "attn_position", "attn_head_position", "ffn"]
HEAD_LEVELS: tuple[MatrixLevel, ...] = ("attn_head", "attn_head_position")


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixJob(OfTarget):
    """C of every subvalue of those layers. Result: `MatrixFound`.

    `heads` None is all of them; others only at levels whose subvalues have a head. `span`: only
    those of each layer's that stand from the first number up to the second, in the answer's order.
    """

    level: MatrixLevel
    layers: tuple[int, ...]
    heads: tuple[int, ...] | None = None
    span: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class MatrixFound:
    """One row per layer asked for: C of its subvalues in the order of their indices.

    At attn_head_position the heads asked for follow each other, each with all source positions.
    `biases`: C of b_O, or of b_out, by itself.
    """

    target: TargetFound
    values: tuple[Numbers, ...]
    biases: Numbers
