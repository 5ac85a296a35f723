"""What contribution scores ask of a model and of one text: frozen dataclasses of tensors.

Raw weights, nothing folded, centred or rescaled. Letters in shapes: d the width of the stream, V
the vocabulary, n an FFN layer's neurons, h heads, dh a head's width, L layers, T the positions
from the first to the one looked at, which is the last of them.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import torch
from jaxtyping import Float, Float64, Int
from torch import Tensor

Module = Literal["attn", "ffn"]
NormKind = Literal["layer", "rms"]

VOCABULARY_CHUNK = 4096
"""Tokens of the vocabulary read at a time: their logits stay in the processor's cache."""


def working(dtype: torch.dtype) -> torch.dtype:
    """The number format in which weights of that format are multiplied: float32 or float64."""
    return torch.float64 if dtype == torch.float64 else torch.float32


@dataclass(frozen=True, slots=True, eq=False)
class Norm:
    """A LayerNorm (`layer`), or an RMSNorm (`rms`), which does not subtract the mean."""

    gain: Float[Tensor, " d"]
    bias: Float[Tensor, " d"] | None
    eps: float
    kind: NormKind = "layer"

    def centre(self, u: Float[Tensor, "*rest d"]) -> Float[Tensor, "*rest d"]:
        """U − mean u, or u itself for an RMSNorm: linear, symmetric and idempotent."""
        return u - u.mean(dim=-1, keepdim=True) if self.kind == "layer" else u

    def fold(self, u: Float[Tensor, "*rest d"]) -> Float[Tensor, "*rest d"]:
        """γ ⊙ (u − mean u): what the norm does, up to its division and its bias."""
        return self.gain.to(u.dtype) * self.centre(u)

    def variance(self, u: Float[Tensor, "*rest d"]) -> Float64[Tensor, "*rest"]:
        """The mean square of the centred vector, in float64."""
        return self.centre(u.double()).square().mean(dim=-1)

    def std(self, u: Float[Tensor, "*rest d"]) -> Float64[Tensor, "*rest"]:
        """sqrt(var u + ε), what the norm divides by, in float64."""
        return (self.variance(u) + self.eps).sqrt()


@dataclass(frozen=True, eq=False)
class Unembedding:
    """The final norm and W_U, (V, d). Row j of the bs map is r_j = centre(γ ⊙ W_U[j])."""

    weight: Float[Tensor, "V d"]
    norm: Norm

    @property
    def dtype(self) -> torch.dtype:
        """The number format in which it is multiplied."""
        return working(self.weight.dtype)

    @property
    def d_vocab(self) -> int:
        """How many tokens there are."""
        return self.weight.shape[0]

    def chunks(self) -> list[slice]:
        """The vocabulary in pieces of VOCABULARY_CHUNK tokens."""
        starts = range(0, self.d_vocab, VOCABULARY_CHUNK)
        return [slice(start, start + VOCABULARY_CHUNK) for start in starts]

    def rows(self, ids: Int[Tensor, " k"]) -> Float64[Tensor, "k d"]:
        """r_j of those tokens: r_j · u / s is the bs-value of u."""
        return self.norm.centre(self.norm.gain.double() * self.weight[ids].double())

    def mean_rows(self, p: Float[Tensor, "m V"]) -> Float64[Tensor, "m d"]:
        """Σ_j p_j r_j for each row of weights p."""
        mixed = p.to(self.dtype) @ self.weight.to(self.dtype)
        return self.norm.centre(self.norm.gain.double() * mixed.double())

    @cached_property
    def moments(self) -> Float64[Tensor, "d d"]:
        """Σ_j (r_j − r̄)(r_j − r̄)ᵀ over the vocabulary, r̄ their mean; 2 V d² operations, once."""
        gain, d = self.norm.gain.to(self.dtype), self.weight.shape[1]
        mean = self.weight.to(self.dtype).mean(dim=0)
        total = torch.zeros(d, d, dtype=torch.float64, device=self.weight.device)
        for chunk in self.chunks():
            rows = self.norm.centre(gain * (self.weight[chunk].to(self.dtype) - mean))
            total += (rows.T @ rows).double()
        return total

    @cached_property
    def constant(self) -> Float[Tensor, " V"]:
        """W_U β, which the final norm's bias adds to every logit; zeros where it has none."""
        if self.norm.bias is None:
            return self.weight.new_zeros(self.d_vocab, dtype=self.dtype)
        product: Tensor = self.weight.to(self.dtype) @ self.norm.bias.to(self.dtype)
        return product

    @cached_property
    def row_squares(self) -> Float64[Tensor, " V"]:
        """|r_j|² of every token."""
        gain = self.norm.gain.to(self.dtype)
        pieces = [
            self.norm.centre(gain * self.weight[chunk].to(self.dtype)).square().sum(dim=1)
            for chunk in self.chunks()
        ]
        return torch.cat(pieces).double()


@dataclass(frozen=True, slots=True, eq=False)
class FfnWeights:
    """One FFN layer: m = act(norm(x) W_in + b_in), output m W_out + b_out."""

    w_in: Float[Tensor, "d n"]
    b_in: Float[Tensor, " n"]
    w_out: Float[Tensor, "n d"]
    b_out: Float[Tensor, " d"]
    norm: Norm


@dataclass(frozen=True, slots=True, eq=False)
class AttentionWeights:
    """One attention layer, head by head; `scaling` multiplies q·k. No rotary positions."""

    w_q: Float[Tensor, "h d dh"]
    b_q: Float[Tensor, "h dh"]
    w_k: Float[Tensor, "h d dh"]
    b_k: Float[Tensor, "h dh"]
    w_v: Float[Tensor, "h d dh"]
    b_v: Float[Tensor, "h dh"]
    w_o: Float[Tensor, "h dh d"]
    b_o: Float[Tensor, " d"]
    norm: Norm
    scaling: float


@dataclass(frozen=True, slots=True, eq=False)
class ModelWeights:
    """A model's weights, as far as contribution scores need them; one entry per layer."""

    unembedding: Unembedding
    attention: tuple[AttentionWeights, ...]
    ffn: tuple[FfnWeights, ...]


@dataclass(frozen=True, slots=True, eq=False)
class StreamAt:
    """One text's activations at its position T − 1.

    final: the stream after the last layer, before the final norm. coefficients: m of every FFN
    neuron. pattern: attention weights from this position to every position up to it. values: v of
    those positions, b_V included, one row per head that reads it. token and position: what the
    embeddings wrote (position zero where there is none).
    """

    resid_pre: Float[Tensor, "L d"]
    resid_mid: Float[Tensor, "L d"]
    final: Float[Tensor, " d"]
    attn_out: Float[Tensor, "L d"]
    mlp_out: Float[Tensor, "L d"]
    coefficients: Float[Tensor, "L n"]
    pattern: Float[Tensor, "L h T"]
    values: Float[Tensor, "L T h dh"]
    token: Float[Tensor, " d"]
    position: Float[Tensor, " d"]

    @property
    def n_layers(self) -> int:
        """How many layers there are."""
        return self.resid_pre.shape[0]

    def before(self, module: Module) -> Float[Tensor, "L d"]:
        """What each layer's module adds to: resid_pre for attention, resid_mid for the FFN."""
        return self.resid_pre if module == "attn" else self.resid_mid


@dataclass(frozen=True, slots=True, eq=False)
class AttentionInput:
    """What one attention layer reads at positions 0 … T − 1, and what it is the sum of.

    parts: of the stream at `positions` only, those that they are to be taken out of.
    """

    x: Float[Tensor, "T d"]
    names: tuple[str, ...]
    positions: tuple[int, ...]
    parts: Float[Tensor, "parts p d"]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the stream: an embedding, or what a layer's module wrote."""

    kind: Literal["token", "position", "attn", "ffn"]
    layer: int | None = None

    @property
    def name(self) -> str:
        """token, position, 0_attn, 0_ffn, 1_attn, …"""
        return self.kind if self.layer is None else f"{self.layer}_{self.kind}"


def parts_read(layer: int, module: Module) -> tuple[Part, ...]:
    """The parts of what that layer's module reads, in order."""
    n = 2 * layer + (module == "ffn")
    outputs = (Part("ffn" if i % 2 else "attn", i // 2) for i in range(n))
    return (Part("token"), Part("position"), *outputs)


def part_names(layer: int, module: Module) -> tuple[str, ...]:
    """The names of those parts."""
    return tuple(part.name for part in parts_read(layer, module))
