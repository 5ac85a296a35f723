"""Contributions as answers give them: token ids with their texts, numbers at 9 digits."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

from app.analysis.parts import Part
from app.web.texts import token_dicts
from app.worker.asked import OfTarget
from app.worker.contribution_jobs import (
    BsValuesFound,
    BsValuesJob,
    CaseFound,
    CaseJob,
    CrossLayerFound,
    CrossLayerJob,
    FfnValue,
    LayersFound,
    LayersJob,
    MatrixFound,
    MatrixJob,
    PairFound,
    Place,
    QueriesAt,
    QueriesFound,
    QueriesJob,
    Said,
    SubvaluesFound,
    SubvaluesJob,
    TargetFound,
    TokenValue,
    Value,
)
from app.worker.hub import ServedModel
from app.worker.matrix_jobs import HEAD_LEVELS

View = dict[str, Any]


def layers_view(model: ServedModel, job: LayersJob, found: LayersFound) -> View:
    """The body of LayersReply."""
    return {
        **_asked(model, job, found.target),
        "start_logprob": _number(found.start),
        "end_logprob": _number(found.end),
        "layers": _by_layer(found.attn, found.ffn),
        "biases": _by_layer(found.bias_attn, found.bias_ffn),
    }


def subvalues_view(model: ServedModel, job: SubvaluesJob, found: SubvaluesFound) -> View:
    """The body of SubvaluesReply."""
    bound = found.certificate.bound
    return {
        **_asked(model, job, found.target),
        "level": job.level,
        "items": [
            {
                **_place(item.place),
                "contribution": _number(item.contribution),
                "coefficient": _number(item.coefficient),
                **_says(model, item.said),
            }
            for item in found.items
        ],
        "scored": found.certificate.scored,
        "total": found.certificate.total,
        "bound": None if bound is None or not math.isfinite(bound) else _number(bound),
    }


def matrix_view(model: ServedModel, job: MatrixJob, found: MatrixFound) -> View:
    """The body of MatrixReply."""
    heads = None
    if job.level in HEAD_LEVELS:
        heads = job.heads or tuple(range(model.info.shape.n_heads))
    values: list[Any] = [_numbers(row) for row in found.values]
    if job.level == "attn_head_position":
        length = job.position + 1
        values = [[row[i : i + length] for i in range(0, len(row), length)] for row in values]
    return {
        **_asked(model, job, found.target),
        "level": job.level,
        "layers": job.layers,
        "heads": heads,
        "values": values,
        "biases": _numbers(found.biases),
    }


def queries_view(model: ServedModel, job: QueriesJob, found: QueriesFound) -> View:
    """The body of QueriesReply."""
    here, *sources = found.at
    neuron = found.neuron
    return {
        **_asked(model, job, found.target),
        **_queries_at(model, here),
        "values": [_value(value) for value in found.values],
        "sources": [_queries_at(model, at) for at in sources],
        "undefined": found.undefined,
        "neuron": None
        if neuron is None
        else {
            "layer": neuron.place.layer,
            "index": neuron.place.index,
            "contribution": _number(neuron.contribution),
            "query": _number(neuron.query),
            "value_bar": _number(neuron.value_bar),
            "query_bar": _number(neuron.query_bar),
            "role": neuron.role,
        },
    }


def bs_values_view(model: ServedModel, job: BsValuesJob, found: BsValuesFound) -> View:
    """The body of BsValuesReply."""
    return {
        "tokens": token_dicts(model, job.tokens),
        "position": job.position,
        "targets": _tokens(model, found.targets),
        "points": found.points,
        "values": [_numbers(row) for row in found.values],
        "logprobs": [_numbers(row) for row in found.log_probabilities],
        "probabilities": [_numbers(map(math.exp, row)) for row in found.log_probabilities],
        "ranks": found.ranks,
        "pair": None
        if found.pair is None or job.pair is None
        else _pair(model, job.pair, found.pair),
    }


def case_view(model: ServedModel, job: CaseJob, found: CaseFound) -> View:
    """The body of CaseReply."""
    return {
        "tokens": token_dicts(model, job.tokens),
        "position": job.position,
        "pair": _tokens(model, job.pair),
        "layer": job.layer,
        "source_position": job.source_position,
        "output": _number(found.output),
        "subvalue": _number(found.subvalue),
        "parts": [
            {
                **_part(change.part),
                "output": _number(change.output),
                "subvalue": _number(change.subvalue),
            }
            for change in found.parts
        ],
    }


def cross_layer_view(model: ServedModel, job: CrossLayerJob, found: CrossLayerFound) -> View:
    """The body of CrossLayerReply."""
    return {
        **_asked(model, job, found.target),
        "layer": job.layer,
        "n_helpful": found.n_helpful,
        "n_unhelpful": found.n_unhelpful,
        "scored": found.scored,
        "parts": [
            {**_part(part), "helpful": _number(helpful), "unhelpful": _number(unhelpful)}
            for part, helpful, unhelpful in zip(
                found.parts, found.helpful, found.unhelpful, strict=True
            )
        ],
    }


def _part(part: Part) -> View:
    return {"name": part.name, "kind": part.kind, "layer": part.layer}


def _pair(model: ServedModel, pair: tuple[int, int], found: PairFound) -> View:
    return {
        "tokens": _tokens(model, pair),
        "difference": _numbers(found.difference),
        "bias": _number(found.bias),
        "token": _number(found.token),
        "position_embedding": _number(found.position_embedding),
        "layers": _by_layer(found.attn, found.ffn),
        "carriers": [
            {
                "layer": carrier.place.layer,
                "head": carrier.place.head,
                "source_position": carrier.place.source_position,
                "value": _number(carrier.difference),
            }
            for carrier in found.carriers
        ],
    }


def _asked(model: ServedModel, job: OfTarget, target: TargetFound) -> View:
    return {
        "tokens": token_dicts(model, job.tokens),
        "position": job.position,
        "target": {
            "id": target.id,
            "text": model.tokenizer.text_of(target.id),
            "logprob": _number(target.log_probability),
        },
    }


def _queries_at(model: ServedModel, at: QueriesAt) -> View:
    return {
        "position": at.position,
        "token": _number(at.token),
        "position_embedding": _number(at.position_embedding),
        "layers": [
            {**layer, "heads": _numbers(heads)}
            for layer, heads in zip(_by_layer(at.attn, at.ffn), at.heads, strict=True)
        ],
        "by_position": _numbers(at.by_position),
        "attn_bias": _number(at.attn_bias),
        "subvalues": [
            {
                **_place(query.place),
                "score": _number(query.score),
                "coefficient": _number(query.coefficient),
                **_says(model, query.said),
            }
            for query in at.subvalues
        ],
    }


def _value(value: Value) -> View:
    contribution = _number(value.contribution)
    if isinstance(value, FfnValue):
        return {"layer": value.layer, "index": value.neuron, "contribution": contribution}
    return {
        "layer": value.layer,
        "head": value.head,
        "dim": value.dim,
        "source_position": value.source_position,
        "contribution": contribution,
    }


def _place(place: Place) -> View:
    """The place, of the fields only those that its level has."""
    fields = {"head": place.head, "dim": place.dim, "source_position": place.source_position}
    there = {name: value for name, value in fields.items() if value is not None}
    return {"layer": place.layer, "index": place.index, **there}


def _says(model: ServedModel, said: Said) -> View:
    return {
        "top_tokens": said_tokens(model, said.top),
        "bottom_tokens": said_tokens(model, said.bottom),
        "swapped": said.swapped,
    }


def said_tokens(model: ServedModel, tokens: Sequence[TokenValue]) -> list[View]:
    """Tokens, each by itself, with their bs-values."""
    text_of = model.tokenizer.text_of
    return [{"id": id_, "text": text_of(id_), "bs": _number(bs)} for id_, bs in tokens]


def _tokens(model: ServedModel, ids: Sequence[int]) -> list[View]:
    """Tokens that do not follow each other, each by itself."""
    tokenizer = model.tokenizer
    return [
        {"id": id_, "text": tokenizer.text_of(id_), "special": tokenizer.is_special(id_)}
        for id_ in ids
    ]


def _by_layer(attn: Sequence[float], ffn: Sequence[float]) -> list[View]:
    return [
        {"layer": layer, "attn": _number(a), "ffn": _number(f)}
        for layer, (a, f) in enumerate(zip(attn, ffn, strict=True))
    ]


def _numbers(row: Iterable[float]) -> list[float]:
    return [_number(value) for value in row]


def _number(value: float) -> float:
    return float(f"{value:.9g}")
