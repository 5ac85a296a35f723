"""A GPT-2's weights as contribution scores ask for them: views of its own tensors, none copied."""

import torch
from torch import Tensor

from app.analysis.parts import AttentionWeights, FfnWeights, ModelWeights, Norm, Unembedding
from app.errors import MethodRefused
from app.model.foreign import Bridge
from app.model.gpt2 import Block, GPT2Trunk
from app.model.gpt2 import Norm as TrunkNorm
from app.model.loading import LoadedModel


def model_weights(model: LoadedModel) -> ModelWeights:
    """Raw weights, nothing folded. Raises MethodRefused unless it is of GPT-2's architecture."""
    trunk = model.trunk
    if not isinstance(trunk, GPT2Trunk):
        raise MethodRefused(_refusal(model), field="model")
    return ModelWeights(
        Unembedding(trunk.unembedding, _norm(trunk.ln_final)),
        tuple(_attention(block, trunk.n_heads) for block in trunk.blocks),
        tuple(_ffn(block) for block in trunk.blocks),
    )


def refusal(model: LoadedModel) -> str | None:
    """Why `model_weights` refuses the model; None when it does not."""
    return None if isinstance(model.trunk, GPT2Trunk) else _refusal(model)


def _refusal(model: LoadedModel) -> str:
    return (
        "Heads and neurons are taken apart in models of GPT-2's architecture; "
        f"{model.label} {_difference(model.bridge)}."
    )


def _attention(block: Block, n_heads: int) -> AttentionWeights:
    d = block.out.weight.shape[1]
    w_q, w_k, w_v = (_by_head(w, n_heads) for w in torch.split(block.qkv.weight, d, dim=1))
    b_q, b_k, b_v = block.qkv.bias.view(3, n_heads, -1)
    return AttentionWeights(
        w_q, b_q, w_k, b_k, w_v, b_v,
        block.out.weight.view(n_heads, -1, d), block.out.bias, _norm(block.ln1), block.scaling,
    )  # fmt: skip


def _by_head(columns: Tensor, n_heads: int) -> Tensor:
    """(d, h dh) as (h, d, dh)."""
    return columns.view(len(columns), n_heads, -1).transpose(0, 1)


def _ffn(block: Block) -> FfnWeights:
    return FfnWeights(
        block.fc.weight, block.fc.bias, block.proj.weight, block.proj.bias, _norm(block.ln2)
    )


def _norm(norm: TrunkNorm) -> Norm:
    return Norm(norm.gain, norm.bias, norm.eps)


def _difference(bridge: Bridge) -> str:
    """In what a model differs from GPT-2, as far as its configuration tells."""
    config = bridge.cfg
    norm = getattr(config, "normalization_type", None)
    found = {
        "attention and FFN read the same stream, side by side": config.parallel_attn_mlp,
        "its norm is an RMSNorm": norm == "RMS",
        "it has no norm of a known kind": norm not in ("RMS", "LN"),
        "its FFN is gated": config.gated_mlp,
        "its positions are rotary": config.positional_embedding_type == "rotary",
    }
    named = [reason for reason, holds in found.items() if holds]
    return f"is of another kind: {'; '.join(named)}" if named else "is built otherwise"
