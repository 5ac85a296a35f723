"""GPT-2's forward pass, written out so that every site is a name in it and costs nothing unasked.

The weights are the Hugging Face model's own tensors. Equal to `transformers` and to
TransformerBridge within 1e-4 in float32, and about as fast as the former.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from app.model.capture import LOGITS, Reader, Sink

Activation = Callable[[Tensor], Tensor]


def activation(name: str) -> Activation | None:
    """The activation function of that `transformers` name, None if it is not one of GPT-2's."""
    if name in ("gelu_new", "gelu_pytorch_tanh"):
        return lambda x: F.gelu(x, approximate="tanh")
    others: dict[str, Activation] = {"gelu": F.gelu, "relu": F.relu, "silu": F.silu}
    return others.get(name)


@dataclass(frozen=True, slots=True, eq=False)
class Norm:
    """A LayerNorm: γ, β and ε."""

    gain: Float[Tensor, " d"]
    bias: Float[Tensor, " d"]
    eps: float

    def __call__(self, x: Float[Tensor, "*rest d"]) -> Float[Tensor, "*rest d"]:
        """γ (x − mean) / sqrt(var + ε) + β."""
        return F.layer_norm(x, self.gain.shape, self.gain, self.bias, self.eps)

    def normalized(self, x: Float[Tensor, "*rest d"]) -> Float[Tensor, "*rest d"]:
        """(x − mean) / sqrt(var + ε): what TransformerLens calls `hook_normalized`."""
        return F.layer_norm(x, self.gain.shape, None, None, self.eps)


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """An affine map x ↦ x W + b, W stored as (inputs, outputs)."""

    weight: Float[Tensor, "inputs outputs"]
    bias: Float[Tensor, " outputs"]

    def __call__(self, x: Float[Tensor, "batch pos inputs"]) -> Float[Tensor, "batch pos outputs"]:
        """Every position's x W + b."""
        flat = torch.addmm(self.bias, x.reshape(-1, x.shape[-1]), self.weight)
        return flat.view(*x.shape[:-1], -1)


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """One transformer block's weights; `scaling` multiplies q·k."""

    ln1: Norm
    qkv: Linear
    out: Linear
    ln2: Norm
    fc: Linear
    proj: Linear
    scaling: float


@dataclass(frozen=True, slots=True, eq=False)
class GPT2Trunk:
    """A model of GPT-2's architecture."""

    token_embedding: Float[Tensor, "d_vocab d"]
    position_embedding: Float[Tensor, "n_ctx d"]
    blocks: tuple[Block, ...]
    ln_final: Norm
    unembedding: Float[Tensor, "d_vocab d"]
    n_heads: int
    act: Activation

    @torch.inference_mode()
    def run(self, ids: Int[Tensor, "batch pos"], sinks: Mapping[str, Sink]) -> None:
        """One forward pass; see `Trunk.run`."""
        reader = Reader(sinks)
        ids = ids.to(self.token_embedding.device)
        x = self._embed(ids, reader)
        for layer, block in enumerate(self.blocks):
            if reader.done():
                return
            x = self._block(x, block, f"blocks.{layer}.", reader)
        if reader.wants("ln_final.hook_normalized"):
            reader.give("ln_final.hook_normalized", self.ln_final.normalized(x))
        if reader.wants(LOGITS):
            reader.give(LOGITS, self.ln_final(x) @ self.unembedding.T)
        assert reader.done(), "a site in the table that the forward pass does not reach"

    def _embed(self, ids: Int[Tensor, "batch pos"], reader: Reader) -> Float[Tensor, "batch pos d"]:
        tokens = F.embedding(ids, self.token_embedding)
        positions = self.position_embedding[: ids.shape[1]].expand_as(tokens)
        reader.give("hook_embed", tokens)
        reader.give("hook_pos_embed", positions)
        return tokens + positions

    def _block(
        self, x: Float[Tensor, "batch pos d"], block: Block, at: str, reader: Reader
    ) -> Float[Tensor, "batch pos d"]:
        """The stream after one block, or as far as it was needed."""
        reader.give(f"{at}hook_resid_pre", x)
        if reader.wants(f"{at}ln1.hook_normalized"):
            reader.give(f"{at}ln1.hook_normalized", block.ln1.normalized(x))
        if reader.done():
            return x
        attention = self._attention(block.ln1(x), block, f"{at}attn.", reader)
        reader.give(f"{at}hook_attn_out", attention)
        x = x + attention
        reader.give(f"{at}hook_resid_mid", x)
        if reader.wants(f"{at}ln2.hook_normalized"):
            reader.give(f"{at}ln2.hook_normalized", block.ln2.normalized(x))
        if reader.done():
            return x
        before = block.fc(block.ln2(x))
        reader.give(f"{at}mlp.hook_pre", before)
        after = self.act(before)
        reader.give(f"{at}mlp.hook_post", after)
        written = block.proj(after)
        reader.give(f"{at}hook_mlp_out", written)
        x = x + written
        reader.give(f"{at}hook_resid_post", x)
        return x

    def _attention(
        self, x: Float[Tensor, "batch pos d"], block: Block, at: str, reader: Reader
    ) -> Float[Tensor, "batch pos d"]:
        """What attention adds to the stream, from the normalised stream."""
        q, k, v = block.qkv(x).view(*x.shape[:2], 3, self.n_heads, -1).unbind(2)
        reader.give(f"{at}hook_q", q)  # each (batch, pos, heads, d_head)
        reader.give(f"{at}hook_k", k)
        reader.give(f"{at}hook_v", v)
        z = F.scaled_dot_product_attention(
            q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2),
            is_causal=True, scale=block.scaling,
        ).transpose(1, 2)  # fmt: skip
        reader.give(f"{at}hook_z", z)
        return block.out(z.flatten(2))
