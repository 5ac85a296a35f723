"""Zero the subvalues that raised a planted fact, and see whether the demo model still knows it.

Chosen by their contribution, or by three simpler measures; the probability of the answer is what
`transformers` computes with them zeroed at the last position.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Int
from torch import Tensor, nn
from transformers import PreTrainedModel

from app.analysis.certified import certified
from app.analysis.contributions import level_baselines
from app.analysis.parts import ModelWeights, StreamAt
from app.analysis.subvalues import Family, Level, families, place, rows_of
from app.demo.evaluate import load
from app.demo.probes import Probe, held_out_probes
from app.model.loading import LoadedModel, load_named
from app.model.streams import read_streams
from app.model.weights import model_weights

METHODS = ("log-prob increase", "coefficient", "norm", "random")
LEVELS: tuple[Level, ...] = ("ffn", "attn_neuron")
MODULES = ("FFN", "attention", "both")
K = 10


@dataclass(frozen=True)
class Zeroed:
    """One variant of a pass: (layer, neuron) and (layer, head × width + dim, amount) set to 0."""

    ffn: list[tuple[int, int]]
    attention: list[tuple[int, int, float]]


def knockout(n_facts: int = 100) -> tuple[float, dict[str, dict[str, float]]]:
    """The mean p(answer) of known facts: untouched, and per method with the subvalues zeroed.

    Every known fact of the held-out phrasings has the same chance to be among the n.
    """
    model = load_named("demo", device="cpu")
    theirs, _ = load()
    weights = model_weights(model)
    generator = torch.Generator().manual_seed(0)
    probes = held_out_probes()
    order = torch.randperm(len(probes), generator=generator).tolist()
    before, after = [], []
    with torch.inference_mode():
        for i in order:
            ids = model.tokenizer.encode(probes[i].prompt)
            clean, zeroed = _fact(model, theirs, weights, ids, probes[i], generator)
            if clean < 0.8:
                continue
            before.append(clean)
            after.append(zeroed)
            if len(before) == n_facts:
                break
    means = torch.tensor(after).mean(dim=0).view(len(METHODS), len(MODULES)).tolist()
    table = {m: dict(zip(MODULES, row, strict=True)) for m, row in zip(METHODS, means, strict=True)}
    return sum(before) / len(before), table


def _fact(
    model: LoadedModel,
    theirs: PreTrainedModel,
    weights: ModelWeights,
    ids: tuple[int, ...],
    probe: Probe,
    generator: torch.Generator,
) -> tuple[float, list[float]]:
    """p(answer) untouched, then for every method and module."""
    target, last = model.tokenizer.single(probe.target), len(ids) - 1
    stream = read_streams(model.trunk, weights, ids, [last])[last]
    chosen = {level: _chosen(weights, stream, level, target, generator) for level in LEVELS}
    variants = [Zeroed([], [])]
    for method in METHODS:
        ffn = [(at.layer, at.index) for at, _ in chosen["ffn"][method]]
        attention = [
            (at.layer, (at.head or 0) * stream.values.shape[3] + (at.dim or 0), coefficient)
            for at, coefficient in chosen["attn_neuron"][method]
        ]
        variants += [Zeroed(ffn, []), Zeroed([], attention), Zeroed(ffn, attention)]
    p = probabilities(theirs, ids, target, variants)
    return p[0], p[1:]


def _chosen(
    weights: ModelWeights, stream: StreamAt, level: Level, target: int, generator: torch.Generator
) -> dict[str, list[Any]]:
    """The K subvalues that each method chooses: (place, coefficient)."""
    every = families(level, None, weights, stream)
    base = level_baselines(level, every, stream, weights.unembedding, target)
    best = certified(every, base, k=K).items
    coefficients = torch.stack([family.coefficients.flatten() for family in every]).double()
    n = coefficients.shape[1]
    picks: dict[str, Int[Tensor, " k"]] = {
        "log-prob increase": torch.tensor([item.layer * n + item.index for item in best]),
        "coefficient": coefficients.abs().flatten().topk(K).indices,
        "norm": (coefficients.abs() * _row_norms(every)).flatten().topk(K).indices,
        "random": torch.randperm(coefficients.numel(), generator=generator)[:K],
    }
    return {
        method: [
            (place(level, flat // n, flat % n, stream), float(coefficients.flatten()[flat]))
            for flat in found.tolist()
        ]
        for method, found in picks.items()
    }


def _row_norms(every: list[Family]) -> Tensor:
    """The length of each subvalue's unscaled row, (L, n)."""
    norms = []
    for family in every:
        rows, copies = family.coefficients.shape
        norms.append(
            rows_of(family, torch.arange(rows) * copies).norm(dim=1).repeat_interleave(copies)
        )
    return torch.stack(norms).double()


def probabilities(
    model: Any,  # noqa: ANN401
    ids: tuple[int, ...],
    target: int,
    variants: list[Zeroed],
) -> list[float]:
    """p(target) after the text, one pass of the `transformers` model for all the variants."""
    with zeroing(model, variants):
        logits = model(torch.tensor([ids] * len(variants))).logits[:, -1]
    found: list[float] = torch.softmax(logits.double(), dim=1)[:, target].tolist()
    return found


@contextmanager
def zeroing(model: Any, variants: list[Zeroed]) -> Iterator[None]:  # noqa: ANN401
    """Row i of a batch runs with variant i's subvalues taken out at the last position."""

    def hook(take: Callable[[Tensor], None]) -> Callable[[nn.Module, tuple[Tensor]], tuple[Tensor]]:
        def run(_module: nn.Module, given: tuple[Tensor]) -> tuple[Tensor]:
            x = given[0].clone()
            take(x)
            return (x,)

        return run

    with ExitStack() as stack:
        for layer, block in enumerate(model.transformer.h):

            def ffn(x: Tensor, layer: int = layer) -> None:
                for row, variant in enumerate(variants):
                    for at, neuron in variant.ffn:
                        if at == layer:
                            x[row, -1, neuron] = 0

            def attention(x: Tensor, layer: int = layer) -> None:
                for row, variant in enumerate(variants):
                    for at, number, amount in variant.attention:
                        if at == layer:
                            x[row, -1, number] -= amount

            for module, take in ((block.mlp.c_proj, ffn), (block.attn.c_proj, attention)):
                handle = module.register_forward_pre_hook(hook(take))
                stack.callback(handle.remove)
        yield
