"""Keys: what a subvalue's activation reads, and what each earlier part of the stream gave it.

A neuron with weights W reads norm(x) · W + b. With the key K = γ ⊙ W and its centred form
K̄ = K − mean K, that is x · K̄ / s + (β · W + b) exactly, s being the norm's std at x; so each part
r of x contributes r · K̄ / s.
"""

from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float, Float64, Int
from torch import Tensor

from app.analysis.parts import (
    AttentionWeights,
    FfnWeights,
    Module,
    Norm,
    StreamAt,
    part_names,
)

KeyKind = Literal["centred", "paper"]
KEY_KINDS: tuple[KeyKind, ...] = ("centred", "paper")


@dataclass(frozen=True, slots=True, eq=False)
class StreamParts:
    """What the stream x at one module is the sum of: embeddings, then every earlier output.

    names: token, position, 0_attn, 0_ffn, 1_attn, …
    """

    names: tuple[str, ...]
    vectors: Float[Tensor, "parts d"]


def stream_parts(stream: StreamAt, layer: int, module: Module) -> StreamParts:
    """The parts of what that layer's module reads; the FFN reads its own layer's attention too."""
    outputs = torch.stack([stream.attn_out, stream.mlp_out], dim=1).flatten(0, 1)  # (2 L, d)
    embeddings = torch.stack([stream.token, stream.position])
    names = part_names(layer, module)
    return StreamParts(names, torch.cat([embeddings, outputs[: len(names) - 2]]))


def folded(columns: Float[Tensor, "d k"], norm: Norm, kind: KeyKind) -> Float64[Tensor, "k d"]:
    """Keys of those weights: γ ⊙ W (`paper`), less their mean (`centred`; an RMSNorm has none)."""
    keys = norm.gain.double() * columns.T.double()
    return norm.centre(keys) if kind == "centred" else keys


def ffn_keys(
    weights: FfnWeights, neurons: Int[Tensor, " k"], kind: KeyKind = "centred"
) -> Float64[Tensor, "k d"]:
    """The keys of FFN neurons, γ_2 ⊙ W_in[:, k]."""
    return folded(weights.w_in[:, neurons], weights.norm, kind)


def attention_keys(
    weights: AttentionWeights,
    heads: Int[Tensor, " k"],
    dims: Int[Tensor, " k"],
    kind: KeyKind = "centred",
) -> Float64[Tensor, "k d"]:
    """The keys of attention values, γ_1 ⊙ W_V^h[:, i]; they read the source position."""
    return folded(weights.w_v[heads, :, dims].T, weights.norm, kind)
