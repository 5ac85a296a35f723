"""Run tokens through a model and read only the sites asked for.

A site is read by a sink: a function called with that site's tensor as the forward pass reaches
it. Nothing else is kept, so what a wide site costs in memory is what its sink keeps of it, and the
pass ends as soon as every sink has been served.
"""

from collections.abc import Callable, Mapping
from typing import Protocol

import torch
from jaxtyping import Float, Int
from torch import Tensor

from app.model.foreign import Bridge, HFModule

Sink = Callable[[Tensor], None]

LOGITS = "logits"
"""The name under which a sink is given the model's output, (batch, pos, d_vocab)."""


class Trunk(Protocol):
    """A decoder that can be read at its sites."""

    def run(self, ids: Int[Tensor, "batch pos"], sinks: Mapping[str, Sink]) -> None:
        """One forward pass, which calls each sink once and stops after the deepest site.

        Sinks are keyed by site name, or LOGITS; a tensor is (batch, pos, width), or
        (batch, pos, heads, width) at sites with heads, and must not be written to. Rows shorter
        than `pos` are padded on the right with any token: attention looks only to the left, so
        padding changes nothing before it.
        """
        ...


class Reader:
    """Hands tensors to the sinks that ask for them, and knows when all have been served."""

    def __init__(self, sinks: Mapping[str, Sink]) -> None:
        self._waiting = dict(sinks)

    def done(self) -> bool:
        """Whether every sink has been served, so that the pass can end."""
        return not self._waiting

    def wants(self, name: str) -> bool:
        """Whether a sink still waits for that site."""
        return name in self._waiting

    def give(self, name: str, value: Tensor) -> None:
        """Serve the sink of that site, if there is one."""
        sink = self._waiting.pop(name, None)
        if sink is not None:
            sink(value)


class _AllServedError(Exception):
    """Ends a bridged forward pass once every sink has been served."""


class BridgeTrunk:
    """Any decoder that TransformerBridge boots, read through the bridge's own hooks."""

    def __init__(self, bridge: Bridge, device: torch.device) -> None:
        self._bridge = bridge
        self._device = device

    @torch.inference_mode()
    def run(self, ids: Int[Tensor, "batch pos"], sinks: Mapping[str, Sink]) -> None:
        """One forward pass through the bridge; see `Trunk.run`."""
        reader = Reader(sinks)

        def hook_for(name: str) -> Callable[[Tensor, HFModule], None]:
            def read(value: Tensor, hook: HFModule) -> None:  # noqa: ARG001
                reader.give(name, value)
                if reader.done():
                    raise _AllServedError

            return read

        hooks = [(name, hook_for(name)) for name in sinks if name != LOGITS]
        try:
            logits: Float[Tensor, "batch pos d_vocab"] = self._bridge.run_with_hooks(
                ids.to(self._device), fwd_hooks=hooks, return_type="logits"
            )
        except _AllServedError:
            return
        reader.give(LOGITS, logits)
        assert reader.done(), "a site in the table that the forward pass does not reach"
