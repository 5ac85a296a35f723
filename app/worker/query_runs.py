"""A query job, run: the values' contributions, then what activated them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from app.analysis.baselines import settle
from app.analysis.certified import End, certified
from app.analysis.parts import StreamAt
from app.analysis.queries import (
    AttentionValue,
    FfnValue,
    Queries,
    QueryScores,
    Value,
    queries,
    role,
)
from app.analysis.subvalues import Level, families, place, vectors
from app.worker.at_position import AtPosition
from app.worker.contribution_jobs import (
    NeuronFound,
    QueriesAt,
    QueriesFound,
    QueriesJob,
    QueryFound,
)

BAR = 100
"""A neuron is a value (a query) if its score reaches that of the hundredth strongest; one that
lowers the target, that of the hundredth which lowers it most."""


def run_queries(at: AtPosition, streams: Mapping[int, StreamAt], job: QueriesJob) -> QueriesFound:
    """The query scores; `streams` holds the position and every source of an attention value.

    Raises BadInput for a layer that is not there.
    """
    values = _strongest(at, job.top, "helpful") if job.values is None else _scored(at, job.values)
    found = queries(at.weights, streams, job.position, values, keys=job.keys, method=job.method)
    places = [job.position, *sorted(set(found.by_position) - {job.position})]
    return QueriesFound(
        at.target,
        tuple(values),
        tuple(
            _scores(replace(at, stream=streams[p]), p, found.by_position[p], job) for p in places
        ),
        found.undefined,
        None if job.neuron is None else _neuron(at, found, job, job.neuron),
    )


def _strongest(at: AtPosition, top: int, end: End) -> list[Value]:
    """The most helpful (unhelpful) FFN subvalues of all layers."""
    chosen = families("ffn", None, at.weights, at.stream)
    k = min(top, sum(family.coefficients.numel() for family in chosen))
    selection = certified(chosen, at.baselines("ffn", chosen), k=k, end=end)
    return [FfnValue(item.layer, item.index, item.contribution) for item in selection.items]


def _scored(at: AtPosition, values: Sequence[Value]) -> list[Value]:
    """The values with their contributions."""
    ffn = [value for value in values if isinstance(value, FfnValue)]
    attention = [value for value in values if isinstance(value, AttentionValue)]
    scores: dict[Value, float] = {}
    at_levels: list[tuple[Level, Sequence[Value]]] = [("ffn", ffn), ("attn_neuron", attention)]
    for level, mine in at_levels:
        found = _contributions(at, level, [(value.layer, _index(at, value)) for value in mine])
        scores.update(zip(mine, found, strict=True))
    return [replace(value, contribution=scores[value]) for value in values]


def _index(at: AtPosition, value: Value) -> int:
    """Its index within its layer's family."""
    if isinstance(value, FfnValue):
        return value.neuron
    _, length, _, width = at.stream.values.shape
    return (value.head * width + value.dim) * length + value.source_position


def _contributions(at: AtPosition, level: Level, at_places: list[tuple[int, int]]) -> list[float]:
    """C of the subvalues (layer, index) of a level."""
    if not at_places:
        return []
    layers = sorted({layer for layer, _ in at_places})
    chosen = families(level, layers, at.weights, at.stream)
    device = at.stream.final.device
    of = torch.tensor([layers.index(layer) for layer, _ in at_places], device=device)
    rows = [
        vectors(chosen[layers.index(layer)], torch.tensor([index], device=device))
        for layer, index in at_places
    ]
    return list(settle(at.baselines(level, chosen), of, torch.cat(rows)).tolist())


def _scores(at: AtPosition, position: int, scores: QueryScores, job: QueriesJob) -> QueriesAt:
    return QueriesAt(
        position,
        scores.token,
        scores.position,
        tuple(scores.attn.tolist()),
        tuple(scores.ffn.tolist()),
        tuple(tuple(row) for row in scores.attn_heads.tolist()),
        tuple(scores.attn_positions.tolist()),
        scores.attn_bias,
        tuple(_strongest_queries(at, scores.ffn_subvalues, job)),
    )


def _strongest_queries(at: AtPosition, scores: Tensor, job: QueriesJob) -> list[QueryFound]:
    """The FFN subvalues with the largest (or most negative) query scores; none that is zero."""
    merit = scores.flatten() if job.end == "helpful" else -scores.flatten()
    best = merit.topk(min(job.top, len(merit)))
    flat = best.indices[best.values > 0].tolist()
    every = families("ffn", None, at.weights, at.stream)
    chosen = [divmod(i, scores.shape[1]) for i in flat]
    said = at.said([(every[layer], index) for layer, index in chosen])
    return [
        QueryFound(
            place("ffn", layer, index, at.stream),
            float(scores[layer, index]),
            float(every[layer].coefficients[index, 0]),
            words,
        )
        for (layer, index), words in zip(chosen, said, strict=True)
    ]


def _neuron(
    at: AtPosition, found: Queries, job: QueriesJob, neuron: tuple[int, int]
) -> NeuronFound:
    layer, index = neuron
    (contribution,) = _contributions(at, "ffn", [neuron])
    scores = found.by_position[job.position].ffn_subvalues
    query = float(scores[layer, index])
    bar = min(BAR, scores.numel())
    end: End = "unhelpful" if contribution < 0 else "helpful"
    value_bar = _strongest(at, bar, end)[-1].contribution
    query_bar = float(scores.flatten().topk(bar).values[-1])
    return NeuronFound(
        place("ffn", layer, index, at.stream),
        contribution,
        query,
        value_bar,
        query_bar,
        role(contribution, query, value_bar=value_bar, query_bar=query_bar),
    )
