"""One text's activations at chosen positions: what contribution scores take apart."""

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor

from app.analysis.parts import AttentionInput, ModelWeights, StreamAt, part_names, working
from app.model.capture import Sink, Trunk

_AT_POSITIONS = {
    "resid_pre": "hook_resid_pre",
    "resid_mid": "hook_resid_mid",
    "attn_out": "hook_attn_out",
    "mlp_out": "hook_mlp_out",
    "coefficients": "mlp.hook_post",
}


def read_streams(
    trunk: Trunk, weights: ModelWeights, tokens: Sequence[int], positions: Sequence[int]
) -> dict[int, StreamAt]:
    """The activations at those positions, from one pass over the tokens up to the last of them.

    Numbers are kept where the model is, in float32 at least.
    """
    kept = _Kept(weights, sorted(set(positions)))
    ids = torch.tensor([list(tokens[: kept.positions[-1] + 1])], dtype=torch.long)
    with torch.inference_mode():
        trunk.run(ids, kept.sinks())
        return {p: kept.stream(row, p) for row, p in enumerate(kept.positions)}


def read_attention_input(
    trunk: Trunk,
    weights: ModelWeights,
    tokens: Sequence[int],
    layer: int,
    positions: Sequence[int],
) -> AttentionInput:
    """What that layer's attention reads at every token, and its parts at those positions.

    One pass as far as that layer. In float32 at least: 4 (2 layer + 2) d bytes a position.
    """
    hooks = ["hook_embed", "hook_pos_embed"]
    for i in range(layer):
        hooks += [f"blocks.{i}.hook_attn_out", f"blocks.{i}.hook_mlp_out"]
    weight = weights.unembedding.weight
    dtype, width = working(weight.dtype), weight.shape[1]
    at = torch.tensor(list(positions), device=weight.device)
    with torch.inference_mode():
        # Filled in place: a long text's parts are too much to be held twice.
        parts = torch.empty(len(hooks), len(at), width, dtype=dtype, device=weight.device)
        x = torch.empty(len(tokens), width, dtype=dtype, device=weight.device)
        sinks = {name: _keep(part, at) for name, part in zip(hooks, parts, strict=True)}
        sinks[f"blocks.{layer}.hook_resid_pre"] = _keep(x, slice(None))
        trunk.run(torch.tensor([list(tokens)], dtype=torch.long), sinks)
    return AttentionInput(x, part_names(layer, "attn"), tuple(positions), parts)


def _keep(into: Float[Tensor, "rows d"], rows: Int[Tensor, " rows"] | slice) -> Sink:
    """A sink that copies those rows."""

    def take(value: Tensor) -> None:
        into.copy_(value[0, rows])

    return take


class _Kept:
    """What the sinks of one pass keep: rows at the positions, and every position's values."""

    def __init__(self, weights: ModelWeights, positions: list[int]) -> None:
        self.positions = positions
        self._weights = weights
        self._dtype = working(weights.unembedding.weight.dtype)
        self._at = torch.tensor(positions, device=weights.unembedding.weight.device)
        self._seen: dict[str, Tensor] = {}

    def sinks(self) -> dict[str, Sink]:
        n = len(self._weights.ffn)
        names = ["hook_embed", "hook_pos_embed", f"blocks.{n - 1}.hook_resid_post"]
        names += [f"blocks.{i}.{hook}" for i in range(n) for hook in _AT_POSITIONS.values()]
        sinks = {name: self._rows(name) for name in names}
        for layer in range(n):
            sinks |= self._attention(layer)
        return sinks

    def _rows(self, name: str) -> Sink:
        def take(value: Tensor) -> None:
            self._seen[name] = value[0, self._at].to(self._dtype)

        return take

    def _attention(self, layer: int) -> dict[str, Sink]:
        """Queries and keys are reduced to attention weights as soon as both are there."""
        at = f"blocks.{layer}.attn."
        scaling = self._weights.attention[layer].scaling

        def weigh(keys: Tensor) -> None:
            queries = self._seen.pop(f"{at}hook_q")
            self._seen[f"{at}pattern"] = attention_pattern(
                queries, keys[0].to(self._dtype), self._at, scaling
            )

        def keep_values(values: Tensor) -> None:
            self._seen[f"{at}hook_v"] = values[0].to(self._dtype, copy=True)

        return {
            f"{at}hook_q": self._rows(f"{at}hook_q"),
            f"{at}hook_k": weigh,
            f"{at}hook_v": keep_values,
        }

    def stream(self, row: int, position: int) -> StreamAt:
        n, end = len(self._weights.ffn), position + 1
        each = {
            field: torch.stack([self._seen[f"blocks.{i}.{hook}"][row] for i in range(n)])
            for field, hook in _AT_POSITIONS.items()
        }
        patterns = [self._seen[f"blocks.{i}.attn.pattern"][row, :, :end] for i in range(n)]
        values = [self._seen[f"blocks.{i}.attn.hook_v"][:end] for i in range(n)]
        return StreamAt(
            **each,
            final=self._seen[f"blocks.{n - 1}.hook_resid_post"][row],
            pattern=torch.stack(patterns),
            values=torch.stack(values),
            token=self._seen["hook_embed"][row],
            position=self._seen["hook_pos_embed"][row],
        )


def attention_pattern(
    queries: Float[Tensor, "rows h dh"],
    keys: Float[Tensor, "T h dh"],
    positions: Int[Tensor, " rows"],
    scaling: float,
) -> Float[Tensor, "rows h T"]:
    """softmax(q · k × scaling) over the positions up to the query's own; zero after it."""
    scores = torch.einsum("rhi,thi->rht", queries, keys) * scaling
    later = torch.arange(len(keys), device=keys.device) > positions[:, None]
    return torch.softmax(scores.masked_fill(later[:, None], -torch.inf), dim=-1)
