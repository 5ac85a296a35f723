"""The address of a state of the contributions page. `contributions/state.js` writes the same."""

from collections.abc import Sequence
from urllib.parse import urlencode

from app.web.contribution_shown import StateView
from app.web.contribution_state import Case, ContributionState, Neuron

DEFAULTS = ContributionState()
"""What an address leaves out."""


def serialise(state: StateView) -> str:
    """The query string of a state, without the question mark."""
    asked: dict[str, str | int] = {"model": state.model}
    if state.text is not None:
        asked["text"] = state.text
    elif state.prompt is not None:
        asked["prompt"] = state.prompt
    if not state.bos:
        asked["bos"] = 0
    for name in ("position", "target", "other"):
        if (value := getattr(state, name)) is not None:
            asked[name] = value
    if state.tokens:
        asked["tokens"] = ",".join(map(str, state.tokens))
    for name in ("curve", "level", "order", "top", "ln", "bias", "keys", "method"):
        if (value := getattr(state, name)) != getattr(DEFAULTS, name):
            asked[name] = value
    if state.layers is not None:
        asked["layers"] = ranges(state.layers)
    if state.head is not None:
        asked["head"] = f"{state.head.layer}.{state.head.head}"
    if state.value is not None:
        of = state.value
        asked["value"] = (
            f"{of.layer}.{of.index}"
            if isinstance(of, Neuron)
            else f"{of.layer}.{of.head}.{of.dim}.{of.source_position}"
        )
    if state.case is not None:
        asked["case"] = _case(state.case)
    return urlencode(asked, safe=",")


def ranges(layers: Sequence[int]) -> str:
    """Layers in order, as short as can be: `3,5-7`."""
    runs: list[tuple[int, int]] = []
    for layer in layers:
        if runs and runs[-1][1] == layer - 1:
            runs[-1] = (runs[-1][0], layer)
        else:
            runs.append((layer, layer))
    return ",".join(f"{first}" if first == last else f"{first}-{last}" for first, last in runs)


def _case(case: Case) -> str:
    return f"{case.layer}.{case.source_position}.{case.recompute}.{case.taken}.{case.ln_std}"
