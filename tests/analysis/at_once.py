"""What jobs work out in small parts, worked out at once: a second way to the same numbers."""

from dataclasses import dataclass

from jaxtyping import Float, Float64
from torch import Tensor

from app.analysis.kurtosis import random_rotation
from app.analysis.parts import ModelWeights
from app.analysis.weights import (
    Composition,
    Readers,
    Writers,
    assemble,
    compose_layers,
    own_layer,
)


@dataclass(frozen=True, slots=True, eq=False)
class BasisKurtosis:
    """Kurtosis of each coordinate, and of each after a random rotation."""

    own: Float64[Tensor, " d"]
    rotated: Float64[Tensor, " d"]


def basis_kurtosis(x: Float[Tensor, "tokens d"], *, seed: int = 0) -> BasisKurtosis:
    """The kurtosis of some vectors' coordinates."""
    rotation = random_rotation(x.shape[1], seed)
    return BasisKurtosis(_kurtosis(x.double()), _kurtosis(x.double() @ rotation))


def composition(weights: ModelWeights) -> Composition:
    """The composition scores of a whole model."""
    n = len(weights.attention)
    writers = [Writers.of(weights, layer) for layer in range(n)]
    pairs = {(layer, layer): own_layer(weights, layer) for layer in range(n)}
    for to in range(n):
        readers = Readers.of(weights, to)
        for layer in range(to):
            pairs[layer, to] = compose_layers(writers[layer], readers)
    return assemble(pairs)


def _kurtosis(x: Float64[Tensor, "tokens d"]) -> Float64[Tensor, " d"]:
    """The fourth central moment over the squared variance."""
    centred = x - x.mean(dim=0)
    return centred.pow(4).mean(dim=0) / centred.square().mean(dim=0).square()
