"""What can be asked of a model's weights alone, and of the basis that its stream is written in.

Each job is a small part of a whole (a pair of layers, a layer, a batch of texts), so that a
person's request never waits for more than one of them. Formulas are in `app.analysis`.
"""

from dataclasses import dataclass

from torch import Tensor

from app.analysis.kurtosis import AT_LEAST, BasisSums, PowerSums
from app.analysis.weights import (
    READS,
    Bottleneck,
    Composition,
    LayerPair,
    Reads,
    assemble,
    bottlenecks,
)
from app.model.sites import Site
from app.worker.contribution_jobs import Said

__all__ = [
    "AT_LEAST", "READS", "BasisSums", "Bottleneck", "Composition", "CompositionJob",
    "CosinesJob", "KurtosisFound", "KurtosisJob", "LayerPair", "NeuronWords", "NeuronsFound",
    "NeuronsJob", "PowerSums", "Reads", "WeightsFound", "WeightsJob", "assemble", "bottlenecks",
    "layer_pairs",
]  # fmt: skip

WRITERS_HELD = 4
"""Layers whose writing factors the worker keeps while the pairs of layers are gone through."""


@dataclass(frozen=True, slots=True)
class CompositionJob:
    """Composition scores from one layer's modules to another's, or its own. Result: `LayerPair`.

    Raises MethodRefused for a model of another architecture, as every job of this module but
    `KurtosisJob` does.
    """

    writer: int
    reader: int


@dataclass(frozen=True, slots=True)
class CosinesJob:
    """Cos of what each FFN neuron of a layer reads and what it writes. Result: (n,), float32."""

    layer: int


@dataclass(frozen=True, slots=True)
class NeuronsJob:
    """What some FFN neurons, each (layer, index), read and write: `n` tokens at each end.

    Result: `NeuronsFound`.
    """

    neurons: tuple[tuple[int, int], ...]
    n: int = 10


@dataclass(frozen=True, slots=True)
class NeuronWords:
    """The tokens along what a neuron reads, and along what it writes when it is active.

    As bs-values whose norm does not divide (s = 1); both rows made unit.
    """

    reads: Said
    writes: Said


@dataclass(frozen=True, slots=True)
class NeuronsFound:
    """The words of each neuron, in the order asked for."""

    neurons: tuple[NeuronWords, ...]


@dataclass(frozen=True, slots=True, eq=False)
class KurtosisJob:
    """Power sums of sites' coordinates, own and rotated, over some texts. Result: KurtosisFound.

    `skip` positions at the start of each row (a BOS token) are left out. `shifts`: each site's
    pilot mean, (width,); None takes the mean of the first batch.
    """

    rows: tuple[tuple[int, ...], ...]
    sites: tuple[Site, ...]
    skip: int = 1
    shifts: tuple[Tensor, ...] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class KurtosisFound:
    """One `BasisSums` per site."""

    sums: tuple[BasisSums, ...]


WeightsJob = CompositionJob | CosinesJob | NeuronsJob
WeightsFound = LayerPair | Tensor | NeuronsFound


def layer_pairs(n_layers: int) -> list[tuple[int, int]]:
    """Every (writer, reader) pair of layers, in an order in which few factors are made twice.

    A few writers at a time meet every reader above them; each layer with itself comes last.
    """
    pairs = []
    for start in range(0, n_layers, WRITERS_HELD):
        for reader in range(start + 1, n_layers):
            block = range(start, min(start + WRITERS_HELD, reader))
            pairs += [(writer, reader) for writer in block]
    return pairs + [(layer, layer) for layer in range(n_layers)]
