"""What the weights say, as answers give it: plain lists, numbers at 5 digits."""

import math
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from app.corpus.weights import BasisStatistics, CompositionScores
from app.corpus.weights_work import Numbers
from app.web.contribution_views import said_tokens
from app.worker.contribution_jobs import Said
from app.worker.hub import ServedModel
from app.worker.weights_jobs import NeuronsFound, Reads, bottlenecks

View = dict[str, Any]
Order = Literal["erasers", "amplifiers"]

THRESHOLD = 0.5
"""A neuron is called an eraser below −THRESHOLD, an amplifier above it."""
BINS = 40
COORDINATES = 8


def composition_view(model: ServedModel, reads: Reads, found: CompositionScores) -> View:
    """The body of CompositionReply."""
    shape = model.info.shape
    n, h = shape.n_layers, shape.n_heads
    return {
        "reads": reads,
        "n_layers": n,
        "n_heads": h,
        "baseline": _number(shape.d_model**-0.5),
        "heads": _matrix(found.heads[reads].reshape(n * h, n * h)),
        "heads_to_ffn": _matrix(found.heads_to_ffn.reshape(n * h, n)),
        "ffn_to_heads": _matrix(found.ffn_to_heads[reads].reshape(n, n * h)),
        "ffn": _matrix(found.ffn),
    }


def strongest(
    cosines: Numbers, layers: Sequence[int], order: Order, top: int
) -> list[tuple[int, int]]:
    """The (layer, neuron) of the lowest cosines of some layers, or of the highest."""
    chosen = cosines[list(layers)]
    signed = chosen if order == "erasers" else -chosen
    flat = np.argsort(signed, axis=None, kind="stable")[:top]
    rows, columns = np.unravel_index(flat, chosen.shape)
    return [(layers[row], int(column)) for row, column in zip(rows, columns, strict=True)]


def erasers_view(
    model: ServedModel,
    order: Order,
    cosines: Numbers,
    neurons: Sequence[tuple[int, int]],
    words: NeuronsFound,
) -> View:
    """The body of ErasersReply."""
    return {
        "order": order,
        "threshold": THRESHOLD,
        "layers": [_spread(layer, row) for layer, row in enumerate(cosines)],
        "items": [
            {
                "layer": layer,
                "index": index,
                "cosine": _number(cosines[layer, index]),
                **_says(model, said.writes),
                "reads": _says(model, said.reads),
            }
            for (layer, index), said in zip(neurons, words.neurons, strict=True)
        ],
    }


def basis_view(model: ServedModel, found: BasisStatistics) -> View:
    """The body of WeightBasisReply."""
    shape = model.info.shape
    return {
        "corpus": found.corpus,
        "n_tokens": found.n_tokens,
        "items": [
            {
                "site": name,
                "label": model.sites[name].label,
                "own": _median_and_max(found.own[at]),
                "rotated": _median_and_max(found.rotated[at]),
                "coordinates": [
                    {
                        "index": index,
                        "kurtosis": _number(found.own[at, index]),
                        "mean": _number(found.mean[at, index]),
                        "std": _number(found.std[at, index]),
                    }
                    for index in _heaviest(found.own[at])
                ],
            }
            for at, name in enumerate(found.sites)
        ],
        "bottlenecks": [
            {"layer": at.layer, "before": _number(at.before), "after": _number(at.after)}
            for at in bottlenecks(shape.n_layers, shape.d_mlp, shape.d_model)
        ],
    }


def _spread(layer: int, cosines: Numbers) -> View:
    counts, edges = np.histogram(cosines, bins=BINS, range=(-1, 1))
    return {
        "layer": layer,
        "edges": _numbers(edges),
        "counts": counts.tolist(),
        "erasers": int((cosines < -THRESHOLD).sum()),
        "amplifiers": int((cosines > THRESHOLD).sum()),
    }


def _says(model: ServedModel, said: Said) -> View:
    return {
        "top_tokens": said_tokens(model, said.top),
        "bottom_tokens": said_tokens(model, said.bottom),
    }


def _median_and_max(kurtosis: Numbers) -> View:
    known = kurtosis[np.isfinite(kurtosis)]
    if len(known) == 0:
        return {"median": None, "max": None}
    return {"median": _number(float(np.median(known))), "max": _number(float(known.max()))}


def _heaviest(kurtosis: Numbers) -> list[int]:
    known = np.where(np.isfinite(kurtosis), kurtosis, -math.inf)
    order = np.argsort(-known, kind="stable")[:COORDINATES]
    return [int(index) for index in order if np.isfinite(kurtosis[index])]


def _matrix(rows: Numbers) -> list[list[float]]:
    return [_numbers(row) for row in rows]


def _numbers(row: Sequence[float] | Numbers) -> list[float]:
    return [_number(value) for value in row]


def _number(value: float) -> float:
    return float(f"{value:.5g}")
