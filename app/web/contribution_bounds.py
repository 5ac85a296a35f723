"""Which of a state's choices a text and a model have; the others are left out, and said."""

from dataclasses import fields, replace
from typing import Any

from app.errors import no_such
from app.web.contribution_state import AttentionNeuron, ContributionState
from app.worker.jobs import ModelShape

MAX_MATRIX = 4096
"""Subvalues that one matrix may hold."""
Bound = tuple[str, int, int]
"""What it is, its number, and how many there are."""


def within(
    state: ContributionState, shape: ModelShape, n_tokens: int, problems: list[str]
) -> ContributionState:
    """The state, less what is not there; `problems` says what that is."""
    last = n_tokens - 1
    position = last if state.position is None else min(state.position, last)
    defaults = {field.name: field.default for field in fields(ContributionState)}
    dropped: dict[str, Any] = {}
    for name, bounds in _bounds(state, shape, n_tokens, position).items():
        for what, number, count in bounds:
            if number >= count:
                said = no_such(what, number, count)
                problems.append(f"{name}: {said[0].lower()}{said[1:]}")
                dropped[name] = defaults[name]
                break
    return replace(state, **dropped)


def _bounds(
    state: ContributionState, shape: ModelShape, n_tokens: int, position: int
) -> dict[str, list[Bound]]:
    """What every choice has to be below; sources lie at the position or before it."""
    found: dict[str, list[Bound]] = {
        "tokens": [("token", id_, shape.d_vocab) for id_ in state.tokens],
        "layers": [("layer", layer, shape.n_layers) for layer in state.layers or ()],
    }
    if state.position is not None:
        found["position"] = [("position", state.position, n_tokens)]
    if state.target is not None:
        found["target"] = [("token", state.target, shape.d_vocab)]
    if state.other is not None:
        found["other"] = [("token", state.other, shape.d_vocab)]
    if state.head is not None:
        found["head"] = [
            ("layer", state.head.layer, shape.n_layers),
            ("head", state.head.head, shape.n_heads),
        ]
    if isinstance(state.value, AttentionNeuron):
        found["value"] = [
            ("layer", state.value.layer, shape.n_layers),
            ("head", state.value.head, shape.n_heads),
            ("dim", state.value.dim, shape.d_head),
            ("source position", state.value.source_position, position + 1),
        ]
    elif state.value is not None:
        found["value"] = [
            ("layer", state.value.layer, shape.n_layers),
            ("neuron", state.value.index, shape.d_mlp),
        ]
    if state.case is not None:
        found["case"] = [
            ("layer", state.case.layer, shape.n_layers),
            ("source position", state.case.source_position, position + 1),
        ]
    return found
