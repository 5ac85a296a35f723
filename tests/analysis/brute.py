"""The same quantities a second way: loops in float64 over a `transformers` GPT-2's own modules.

Nothing here uses `app.analysis` but the dataclasses that it fills in.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn
from transformers import GPT2Config, GPT2LMHeadModel

from app.analysis.parts import (
    AttentionWeights,
    FfnWeights,
    ModelWeights,
    Norm,
    StreamAt,
    Unembedding,
)

Hook = Callable[[nn.Module, object, Tensor | tuple[Tensor, ...]], None]
PreHook = Callable[[nn.Module, tuple[Tensor, ...]], None]


@dataclass(frozen=True)
class Shape:
    """A random GPT-2's sizes, and how many tokens the text has."""

    layers: int
    width: int
    heads: int
    ffn: int
    vocab: int
    tokens: int


SHAPES = (Shape(2, 12, 3, 40, 31, 5), Shape(3, 16, 2, 24, 101, 7), Shape(1, 8, 1, 50, 17, 1))


class Brute:
    """One text run through a float64 GPT-2, with what every module read and wrote."""

    def __init__(self, model: GPT2LMHeadModel, ids: list[int]) -> None:
        self.model: Any = model.double().eval().requires_grad_(False)
        self.ids = ids
        self.blocks: Any = self.model.transformer.h
        self.seen: dict[str, Tensor] = {}
        hooks = []
        for layer, block in enumerate(self.blocks):
            for name, module in (
                ("attn", block.attn), ("mlp", block.mlp), ("m", block.mlp.act),
                ("qkv", block.attn.c_attn),
            ):  # fmt: skip
                hooks.append(module.register_forward_hook(self._keep(f"{name}{layer}")))
            hooks.append(block.ln_1.register_forward_pre_hook(self._keep_input(f"pre{layer}")))
            hooks.append(block.ln_2.register_forward_pre_hook(self._keep_input(f"mid{layer}")))
            hooks.append(block.mlp.c_fc.register_forward_hook(self._keep(f"act{layer}")))
        ln_f = self.model.transformer.ln_f
        hooks.append(ln_f.register_forward_pre_hook(self._keep_input("final")))
        out = self.model(torch.tensor([ids]), output_attentions=True)
        for hook in hooks:
            hook.remove()
        self.logits: Tensor = out.logits[0]
        self.patterns = [pattern[0] for pattern in out.attentions]  # (h, T, T)

    def _keep(self, name: str) -> Hook:
        def hook(_module: nn.Module, _given: object, out: Tensor | tuple[Tensor, ...]) -> None:
            self.seen[name] = (out[0] if isinstance(out, tuple) else out)[0]

        return hook

    def _keep_input(self, name: str) -> PreHook:
        def hook(_module: nn.Module, given: tuple[Tensor, ...]) -> None:
            self.seen[name] = given[0][0]

        return hook

    @property
    def layers(self) -> int:
        return len(self.blocks)

    @property
    def heads(self) -> int:
        return int(self.model.config.n_head)

    @cached_property
    def w_u(self) -> Tensor:
        weight: Tensor = self.model.lm_head.weight
        return weight

    def weights(self, dtype: torch.dtype = torch.float64) -> ModelWeights:
        h, d = self.heads, self.w_u.shape[1]

        def norm(module: nn.LayerNorm) -> Norm:
            return Norm(module.weight.to(dtype), module.bias.to(dtype), module.eps)

        attention, ffn = [], []
        for block in self.blocks:
            q, k, v = block.attn.c_attn.weight.to(dtype).split(d, dim=1)
            b_q, b_k, b_v = block.attn.c_attn.bias.to(dtype).view(3, h, -1)
            q, k, v = (w.view(d, h, -1).transpose(0, 1) for w in (q, k, v))
            attention.append(
                AttentionWeights(
                    q, b_q, k, b_k, v, b_v,
                    block.attn.c_proj.weight.to(dtype).view(h, -1, d),
                    block.attn.c_proj.bias.to(dtype), norm(block.ln_1), (d // h) ** -0.5,
                )
            )  # fmt: skip
            ffn.append(
                FfnWeights(
                    block.mlp.c_fc.weight.to(dtype), block.mlp.c_fc.bias.to(dtype),
                    block.mlp.c_proj.weight.to(dtype), block.mlp.c_proj.bias.to(dtype),
                    norm(block.ln_2),
                )
            )  # fmt: skip
        final = norm(self.model.transformer.ln_f)
        return ModelWeights(Unembedding(self.w_u.to(dtype), final), tuple(attention), tuple(ffn))

    def at(self, name: str, position: int) -> Tensor:
        """Every layer's vector of that kind at a position, (L, ·)."""
        return torch.stack([self.seen[f"{name}{i}"][position] for i in range(self.layers)])

    def values(self, layer: int) -> Tensor:
        """v at every position, (T, h, dh)."""
        qkv = self.seen[f"qkv{layer}"]
        return qkv[:, 2 * qkv.shape[1] // 3 :].view(len(qkv), self.heads, -1)

    def stream(self, position: int, dtype: torch.dtype = torch.float64) -> StreamAt:
        end = position + 1
        body = self.model.transformer
        return StreamAt(
            resid_pre=self.at("pre", position).to(dtype),
            resid_mid=self.at("mid", position).to(dtype),
            final=self.seen["final"][position].to(dtype),
            attn_out=self.at("attn", position).to(dtype),
            mlp_out=self.at("mlp", position).to(dtype),
            coefficients=self.at("m", position).to(dtype),
            pattern=torch.stack([p[:, position, :end] for p in self.patterns]).to(dtype),
            values=torch.stack([self.values(i)[:end] for i in range(self.layers)]).to(dtype),
            token=body.wte.weight[self.ids[position]].to(dtype),
            position=body.wpe.weight[position].to(dtype),
        )

    # Subvalues, from the modules themselves

    def ffn_subvalues(self, layer: int, position: int) -> Tensor:
        """(n, d): what is left of W_out when only one neuron is on."""
        project = self.blocks[layer].mlp.c_proj
        on = torch.diag(self.seen[f"m{layer}"][position])
        rows: Tensor = project(on) - project(torch.zeros_like(on))
        return rows

    def attention_neurons(self, layer: int, position: int) -> Tensor:
        """(h, dh, T, d): the output projection of one number of one source position's z alone."""
        project = self.blocks[layer].attn.c_proj
        values, pattern = self.values(layer), self.patterns[layer]
        _, h, dh = values.shape
        nothing = project(torch.zeros(1, h * dh, dtype=torch.float64))
        made = torch.zeros(h, dh, position + 1, project.weight.shape[1], dtype=torch.float64)
        for head in range(h):
            for dim in range(dh):
                for p in range(position + 1):
                    z = torch.zeros(1, h, dh, dtype=torch.float64)
                    z[0, head, dim] = pattern[head, position, p] * values[p, head, dim]
                    made[head, dim, p] = (project(z.flatten(1)) - nothing)[0]
        return made

    def subvalues(self, level: str, layer: int, position: int) -> Tensor:
        """(n, d) in the order of the level's indices."""
        if level == "ffn":
            return self.ffn_subvalues(layer, position)
        neurons = self.attention_neurons(layer, position)
        match level:
            case "attn_head":
                return neurons.sum(dim=(1, 2))
            case "attn_position":
                return neurons.sum(dim=(0, 1))
            case "attn_head_position":
                return neurons.sum(dim=1).flatten(0, 1)
            case _:
                return neurons.flatten(0, 2)

    # Scores, from the final norm and the unembedding

    def bs(self, u: Tensor, position: int, ln: str) -> Tensor:
        """(k, V): W_U (γ ⊙ (u − mean u)) / s, one vector at a time."""
        ln_f = self.model.transformer.ln_f
        made = []
        for one in u:
            source = self.seen["final"][position] if ln == "frozen" else one
            s = (source.var(correction=0) + ln_f.eps).sqrt()
            made.append(self.w_u @ (ln_f.weight * (one - one.mean()) / s))
        return torch.stack(made)

    def log_p(self, u: Tensor, position: int, ln: str, ln_bias: str) -> Tensor:
        """(k, V): log-probabilities with u in the place of the final residual."""
        bias = self.model.transformer.ln_f.bias if ln_bias == "include" else None
        logits = self.bs(u, position, ln)
        return torch.log_softmax(logits if bias is None else logits + self.w_u @ bias, dim=1)

    def contributions(
        self, v: Tensor, x: Tensor, position: int, target: int, ln: str, ln_bias: str
    ) -> Tensor:
        """C(v|x) of every row of v, as the difference of two log-probabilities."""
        after = self.log_p(x + v, position, ln, ln_bias)[:, target]
        before = self.log_p(x[None], position, ln, ln_bias)[0, target]
        difference: Tensor = after - before
        return difference

    def level(
        self, level: str, position: int, target: int, ln: str, ln_bias: str = "include"
    ) -> list[Tensor]:
        """C of every subvalue of a level, layer by layer."""
        before = self.at("mid" if level == "ffn" else "pre", position)
        return [
            self.contributions(
                self.subvalues(level, i, position), before[i], position, target, ln, ln_bias
            )
            for i in range(self.layers)
        ]


def random_brute(shape: Shape, seed: int = 0, scale: float = 8.0) -> Brute:
    """A random text through a random model whose every weight really does something."""
    torch.manual_seed(seed)
    config = GPT2Config(
        vocab_size=shape.vocab, n_positions=8, n_embd=shape.width, n_layer=shape.layers,
        n_head=shape.heads, n_inner=shape.ffn, attn_implementation="eager",
        bos_token_id=0, eos_token_id=0,
    )  # fmt: skip
    model = GPT2LMHeadModel(config)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.ndim == 1:
                weight.add_(0.2 * torch.randn_like(weight))
            else:
                weight.mul_(25 if "wte" in name or "wpe" in name else scale)
    return Brute(model, torch.randint(0, shape.vocab, (shape.tokens,)).tolist())
