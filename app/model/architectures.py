"""What kinds of model can be read: their shape, their sites, and GPT-2's weights by name."""

from dataclasses import replace

import torch

from app.errors import ModelRefused
from app.model.foreign import Bridge, HFConfig, HFModel, HFModule
from app.model.gpt2 import Block, GPT2Trunk, Linear, Norm, activation
from app.model.sites import ModelShape, Site, SiteTable, sites_of

_DECODERS = ("GPT2LMHeadModel", "OpenAIGPTLMHeadModel")


def refuse_unless_decoder(config: HFConfig, label: str) -> None:
    """Raise ModelRefused for an encoder, an encoder-decoder, or a kind the bridge cannot boot."""
    from transformer_lens.model_bridge.sources.transformers import (
        determine_architecture_from_hf_config,
    )

    advice = "Name a decoder-only language model, such as gpt2 or EleutherAI/pythia-70m."
    if getattr(config, "is_encoder_decoder", False):
        raise ModelRefused(
            f"{label} is an encoder-decoder ({config.model_type}); only decoders have one residual "
            f"stream to read. {advice}",
            field="model",
        )
    named = list(getattr(config, "architectures", None) or [])
    if config.model_type == "gpt2":
        config.architectures = ["GPT2LMHeadModel"]
        return
    try:
        architecture = determine_architecture_from_hf_config(config)
    except ValueError:
        architecture = ""
    if not (architecture in _DECODERS or architecture.endswith("ForCausalLM")):
        kind = named[0] if named else config.model_type
        raise ModelRefused(f"{label} is a {kind}, which cannot be read. {advice}", field="model")


def shape_of(config: HFConfig) -> ModelShape:
    """The sizes that a decoder's configuration states."""
    d_model = config.hidden_size
    n_heads = config.num_attention_heads
    d_mlp = getattr(config, "intermediate_size", None) or getattr(config, "n_inner", None)
    return ModelShape(
        n_layers=config.num_hidden_layers,
        d_model=d_model,
        n_heads=n_heads,
        d_head=getattr(config, "head_dim", None) or d_model // n_heads,
        d_mlp=d_mlp or 4 * d_model,
        d_vocab=config.vocab_size,
        n_ctx=config.max_position_embeddings,
        has_pos_embed=config.model_type in ("gpt2", "gpt_neo", "opt", "openai-gpt"),
        n_kv_heads=getattr(config, "num_key_value_heads", None),
    )


@torch.inference_mode()
def probe(bridge: Bridge, shape: ModelShape, device: torch.device) -> SiteTable:
    """The sites that the model really has, with the widths that a pass over two tokens shows.

    Raises ModelRefused when the residual stream itself cannot be read.
    """
    wanted = sites_of(shape)
    ids = torch.zeros((1, 2), dtype=torch.long, device=device)
    try:
        _, seen = bridge.run_with_cache(
            ids, names_filter=lambda name: name in wanted, return_cache_object=False
        )
    except (RuntimeError, ValueError, TypeError, AttributeError, NotImplementedError) as error:
        raise ModelRefused(f"The model cannot be run: {error}", field="model") from error
    found = tuple(_as_seen(site, seen[name].shape) for name, site in wanted.items() if name in seen)
    table = SiteTable(found)
    lacking = [site.name for site in wanted.basic if site.kind != "pos_embed"]
    lacking = [name for name in lacking if name not in table]
    if lacking:
        raise ModelRefused(
            f"This kind of model shows no residual stream to read ({lacking[0]} is missing).",
            field="model",
        )
    return table


def _as_seen(site: Site, shape: torch.Size) -> Site:
    """The site with the width and head count of the tensor seen, (1, 2[, heads], width)."""
    heads = shape[2] if len(shape) == 4 else None
    return replace(site, width=shape[-1], n_heads=heads)


def gpt2_trunk(model: HFModel) -> GPT2Trunk | None:
    """A trunk over the very tensors of a GPT-2 model; None for any other kind of model."""
    config = model.config
    act = activation(getattr(config, "activation_function", ""))
    if (
        config.model_type != "gpt2"
        or act is None
        or config.add_cross_attention
        or config.reorder_and_upcast_attn
    ):
        return None
    body = model.transformer
    return GPT2Trunk(
        token_embedding=body.wte.weight,
        position_embedding=body.wpe.weight,
        blocks=tuple(_block(block) for block in body.h),
        ln_final=_norm(body.ln_f),
        unembedding=model.lm_head.weight,
        n_heads=config.n_head,
        act=act,
    )


def _block(block: HFModule) -> Block:
    return Block(
        ln1=_norm(block.ln_1),
        qkv=_linear(block.attn.c_attn),
        out=_linear(block.attn.c_proj),
        ln2=_norm(block.ln_2),
        fc=_linear(block.mlp.c_fc),
        proj=_linear(block.mlp.c_proj),
        scaling=block.attn.scaling,
    )


def _norm(module: HFModule) -> Norm:
    return Norm(module.weight, module.bias, module.eps)


def _linear(module: HFModule) -> Linear:
    return Linear(module.weight, module.bias)
