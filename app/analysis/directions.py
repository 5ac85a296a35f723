"""Directions: unit vectors at one site, what they combine into, and the units of a score."""

from collections.abc import Sequence
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from app.errors import BadDirection

Unit = Literal["dot", "centred", "cosine", "z"]
UNITS: tuple[Unit, ...] = ("dot", "centred", "cosine", "z")


def check_vector(
    values: Sequence[float] | Tensor, width: int, *, field: str = "vector"
) -> Float[Tensor, " d"]:
    """`values` as one float64 vector (width,); it need not have length 1.

    Raises BadDirection, naming both sizes, for another shape, and for NaN, infinity or zero.
    """
    try:
        vector = torch.as_tensor(values, dtype=torch.float64).detach().cpu()
    except (TypeError, ValueError, RuntimeError, OverflowError):
        raise BadDirection("A direction is a plain list of numbers.", field=field) from None
    if vector.shape != (width,):
        if vector.ndim == 1:
            held = f"The vector has {len(vector)} numbers"
        elif vector.ndim == 0:
            held = "The vector is a single number"
        else:
            held = f"The vector has shape {'x'.join(str(size) for size in vector.shape)}"
        raise BadDirection(f"{held}; a direction at this site has {width}.", field=field)
    if not bool(torch.isfinite(vector).all()):
        raise BadDirection("The vector holds NaN or infinity.", field=field)
    if not bool(vector.any()):
        raise BadDirection("The vector is zero, and zero has no direction.", field=field)
    return vector


def unit(vector: Float[Tensor, " d"], *, field: str = "vector") -> Float[Tensor, " d"]:
    """The vector at length 1, in float32; raises BadDirection for zero, NaN or infinity."""
    exact = check_vector(vector, vector.shape[0], field=field)
    # Squares of very large or very small numbers leave float64's range; the ratios do not.
    exact = exact / exact.abs().max()
    direction: Tensor = (exact / exact.norm()).to(torch.float32)
    return direction


def combine(
    vectors: Float[Tensor, "k d"], weights: Sequence[float] | Float[Tensor, " k"]
) -> Float[Tensor, " d"]:
    """The direction Σ w_i v_i, normalised, in float32.

    Raises BadDirection when there is not one finite weight per vector, or they cancel to zero.
    """
    exact = vectors.detach().cpu().to(torch.float64)
    if len(weights) != exact.shape[0]:
        raise BadDirection(
            f"There are {len(weights)} weights for {exact.shape[0]} vectors.", field="combination"
        )
    scale = torch.as_tensor(weights, dtype=torch.float64).detach().cpu()
    if not bool(torch.isfinite(scale).all()) or not bool(torch.isfinite(exact).all()):
        raise BadDirection("The combination holds NaN or infinity.", field="combination")
    largest = scale.abs().max() if len(weights) else torch.zeros(())
    if largest == 0:
        raise BadDirection("Every weight is zero; move at least one.", field="combination")
    scale = scale / largest
    total = scale @ exact
    # What is left when equal and opposite vectors cancel is rounding, not a direction.
    if total.norm() <= 1e-7 * (scale.abs() @ exact.norm(dim=1)):
        raise BadDirection("The parts of this combination cancel to zero.", field="combination")
    return unit(total, field="combination")


def score_in_unit(
    dot: Float[Tensor, "*tokens"],
    norms: Float[Tensor, "*tokens"],
    unit: Unit,
    mean_score: float,
    std: float,
) -> Float[Tensor, "*tokens"]:
    """Dot products with a unit direction, read in `unit`.

    norms: the lengths of the vectors scored; mean_score: ⟨μ, v⟩; std: the corpus standard
    deviation along v. A zero vector has cosine 0, and a direction without spread z 0.
    """
    match unit:
        case "dot":
            return dot
        case "centred":
            return dot - mean_score
        case "cosine":
            return torch.where(norms > 0, dot / norms.clamp_min(1e-30), torch.zeros_like(dot))
        case "z":
            return (dot - mean_score) / std if std > 0 else torch.zeros_like(dot)
