"""Contribution jobs, run: one pass of the model over the text, then the mathematics."""

from collections.abc import Sequence
from functools import cached_property

import torch
from torch import Tensor

from app.analysis.case import carriers, pair_by_layer
from app.analysis.certified import Certificate, certified, exhaustive
from app.analysis.contributions import layer_scores
from app.analysis.lens import check_tokens, pair_difference, points, read, scales
from app.analysis.parts import ModelWeights, StreamAt, Unembedding
from app.analysis.subvalues import families, place
from app.model.loading import LoadedModel
from app.model.streams import read_attention_input, read_streams
from app.model.weights import model_weights
from app.worker.asked import OfTarget
from app.worker.at_position import AtPosition, check_finite, target_of
from app.worker.case_runs import check_case, run_case, run_cross_layer
from app.worker.contribution_jobs import (
    AttentionValue,
    BsValuesFound,
    BsValuesJob,
    Carrier,
    CaseFound,
    CaseJob,
    ContributionJob,
    CrossLayerJob,
    Found,
    LayersFound,
    LayersJob,
    MatrixJob,
    PairFound,
    QueriesFound,
    QueriesJob,
    SubvalueFound,
    SubvaluesFound,
    SubvaluesJob,
)
from app.worker.matrix_runs import run_matrix
from app.worker.query_runs import run_queries

CARRIERS = 20
"""Head × position subvalues that are named as carriers of a pair's difference."""


class ContributionRuns:
    """Runs contribution jobs on one model, whose weights it describes once."""

    def __init__(self, model: LoadedModel) -> None:
        self._model = model
        self._last: tuple[tuple[int, ...], dict[int, StreamAt]] = ((), {})

    @cached_property
    def weights(self) -> ModelWeights:
        """The model's weights as views; raises MethodRefused for a model that does not fit."""
        return model_weights(self._model)

    def run(self, job: ContributionJob) -> Found:
        """The job's answer. Raises MethodRefused, BadInput and NotFinite."""
        with torch.inference_mode():
            match job:
                case LayersJob():
                    return _layers(self._at(job))
                case SubvaluesJob():
                    return _subvalues(self._at(job), job)
                case MatrixJob():
                    return run_matrix(self._at(job), job)
                case CrossLayerJob():
                    return run_cross_layer(self._at(job), job)
                case CaseJob():
                    return self._case(job)
                case QueriesJob():
                    return self._queries(job)
                case BsValuesJob():
                    (stream,) = self._streams(job.tokens, [job.position]).values()
                    return _bs_values(self.weights, stream, job)

    def _streams(self, tokens: Sequence[int], positions: Sequence[int]) -> dict[int, StreamAt]:
        """The activations at those positions.

        The last text's are kept: a page asks several things about one text, and one pass of the
        model serves them all.
        """
        read = tuple(tokens[: max(positions) + 1])
        known, streams = self._last
        if known != read or not set(positions) <= set(streams):
            streams = read_streams(self._model.trunk, self.weights, read, positions)
            for stream in streams.values():
                check_finite(stream)
            self._last = read, streams
        return {position: streams[position] for position in positions}

    def _at(self, job: OfTarget) -> AtPosition:
        (stream,) = self._streams(job.tokens, [job.position]).values()
        target = target_of(self.weights, stream, job.target)
        return AtPosition(self.weights, stream, target, job.ln, job.ln_bias)

    def _case(self, job: CaseJob) -> CaseFound:
        check_case(job, len(self.weights.attention))
        (stream,) = self._streams(job.tokens, [job.position]).values()
        tokens = job.tokens[: job.position + 1]
        taken = [job.source_position] if job.taken == "source" else range(len(tokens))
        given = read_attention_input(self._model.trunk, self.weights, tokens, job.layer, taken)
        return run_case(self.weights, stream, given, job)

    def _queries(self, job: QueriesJob) -> QueriesFound:
        given = job.values or ()
        sources = [value.source_position for value in given if isinstance(value, AttentionValue)]
        streams = self._streams(job.tokens, [job.position, *sources])
        target = target_of(self.weights, streams[job.position], job.target)
        at = AtPosition(self.weights, streams[job.position], target, job.ln, job.ln_bias)
        return run_queries(at, streams, job)


def _layers(at: AtPosition) -> LayersFound:
    found = layer_scores(at.weights, at.stream, at.target.id, ln=at.ln, ln_bias=at.ln_bias)
    return LayersFound(
        at.target, found.start, found.end, _numbers(found.attn), _numbers(found.ffn),
        _numbers(found.bias_attn), _numbers(found.bias_ffn),
    )  # fmt: skip


def _subvalues(at: AtPosition, job: SubvaluesJob) -> SubvaluesFound:
    layers = None if job.layers is None else list(job.layers)
    chosen = families(job.level, layers, at.weights, at.stream)
    k = min(job.top, sum(family.coefficients.numel() for family in chosen))
    search = certified if job.method == "certified" else exhaustive
    selection = search(chosen, at.baselines(job.level, chosen), k=k, end=job.end)
    family_of = {family.layer: family for family in chosen}
    said = at.said([(family_of[item.layer], item.index) for item in selection.items])
    items = tuple(
        SubvalueFound(
            place(job.level, item.layer, item.index, at.stream),
            item.contribution,
            item.coefficient,
            words,
        )
        for item, words in zip(selection.items, said, strict=True)
    )
    return SubvaluesFound(at.target, items, selection.certificate)


def merged(parts: Sequence[SubvaluesFound], job: SubvaluesJob) -> SubvaluesFound:
    """The answer over several layers from each layer's own exhaustive one."""
    sign = -1 if job.end == "helpful" else 1
    items = [item for part in parts for item in part.items]
    items.sort(
        key=lambda item: (
            sign * float(torch.tensor(item.contribution, dtype=torch.float32)),
            item.place.layer,
            item.place.index,
        )
    )
    certificates = [part.certificate for part in parts]
    scored, total = sum(c.scored for c in certificates), sum(c.total for c in certificates)
    return SubvaluesFound(
        parts[0].target, tuple(items[: job.top]), Certificate(scored, total, None)
    )


def _bs_values(weights: ModelWeights, stream: StreamAt, job: BsValuesJob) -> BsValuesFound:
    targets = job.targets or (target_of(weights, stream, None).id,)
    ids = check_tokens(targets, weights.unembedding, field="targets")
    found = read(stream, weights.unembedding, ids, ln=job.ln, ln_bias=job.ln_bias)
    return BsValuesFound(
        targets,
        found.points,
        tuple(_numbers(row) for row in found.bs),
        tuple(_numbers(row) for row in found.log_probabilities),
        tuple(tuple(row.tolist()) for row in found.ranks),
        None if job.pair is None else _pair(weights, stream, job, job.pair),
    )


def _pair(
    weights: ModelWeights, stream: StreamAt, job: BsValuesJob, pair: tuple[int, int]
) -> PairFound:
    unembedding = weights.unembedding
    check_tokens(pair, unembedding, field="pair")
    _, u = points(stream)
    scale = scales(u, stream.final, unembedding, job.ln)
    by_layer = pair_by_layer(stream, unembedding, pair, ln=job.ln)
    carried = carriers(weights, stream, pair).flatten(1)  # (L, h T)
    strongest = carried.abs().flatten().topk(min(CARRIERS, carried.numel())).indices.tolist()
    found = [(*divmod(i, carried.shape[1]), float(carried.flatten()[i])) for i in strongest]
    return PairFound(
        _numbers(pair_difference(u, scale, unembedding, pair)),
        _bias(unembedding, job, pair),
        by_layer.token,
        by_layer.position,
        _numbers(by_layer.attn),
        _numbers(by_layer.ffn),
        tuple(
            Carrier(place("attn_head_position", layer, index, stream), difference)
            for layer, index, difference in found
        ),
    )


def _bias(unembedding: Unembedding, job: BsValuesJob, pair: tuple[int, int]) -> float:
    """What the final norm's bias adds to the pair's difference."""
    if job.ln_bias == "omit":
        return 0.0
    a, b = unembedding.constant[list(pair)].double().tolist()
    return float(a - b)


def _numbers(row: Tensor) -> tuple[float, ...]:
    return tuple(row.tolist())
