"""What every contribution job stands on: one text's activations at a position, and its target."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from app.analysis.baselines import Baselines
from app.analysis.contributions import level_baselines
from app.analysis.lens import Ln, LnBias, check_tokens, logits, scales
from app.analysis.parts import ModelWeights, StreamAt
from app.analysis.says import says
from app.analysis.subvalues import Family, Level, rows_of
from app.errors import NotFinite
from app.worker.contribution_jobs import Said, TargetFound, TokenValue


@dataclass(frozen=True, slots=True, eq=False)
class AtPosition:
    """The model, the stream at one position, the target there, and how the stream is read."""

    weights: ModelWeights
    stream: StreamAt
    target: TargetFound
    ln: Ln
    ln_bias: LnBias

    def baselines(self, level: Level, families: list[Family]) -> Baselines:
        """The distributions that those families' modules add to."""
        return level_baselines(
            level, families, self.stream, self.weights.unembedding, self.target.id,
            ln=self.ln, ln_bias=self.ln_bias,
        )  # fmt: skip

    def said(self, chosen: Sequence[tuple[Family, int]]) -> list[Said]:
        """What the rows of those subvalues say, at the scale of the final residual."""
        if not chosen:
            return []
        device = self.stream.final.device
        rows = [rows_of(family, torch.tensor([i], device=device)) for family, i in chosen]
        coefficients = torch.stack([family.coefficients.flatten()[i] for family, i in chosen])
        scale = self.weights.unembedding.norm.std(self.stream.final)
        found = says(torch.cat(rows), coefficients, scale, self.weights.unembedding)
        return [
            Said(
                _pairs(found.top[i], found.top_bs[i]),
                _pairs(found.last[i], found.last_bs[i]),
                bool(found.swapped[i]),
            )
            for i in range(len(chosen))
        ]


def _pairs(ids: Int[Tensor, " n"], values: Float[Tensor, " n"]) -> tuple[TokenValue, ...]:
    return tuple(zip(ids.tolist(), values.tolist(), strict=True))


def check_finite(stream: StreamAt) -> None:
    """Raise NotFinite where the model's numbers overflowed on this text."""
    for part in (stream.resid_pre, stream.resid_mid, stream.final, stream.values, stream.pattern):
        if not bool(torch.isfinite(part).all()):
            raise NotFinite(
                "On this text the model's numbers overflow its number format. "
                "Shorten the text, or serve the model in float32."
            )


def target_of(weights: ModelWeights, stream: StreamAt, target: int | None) -> TargetFound:
    """The target, or the likeliest token, with the model's own log-probability of it.

    Raises BadInput for a token that the vocabulary does not have.
    """
    if target is not None:
        check_tokens([target], weights.unembedding)
    final = stream.final[None]
    scale = scales(final, stream.final, weights.unembedding, "exact")
    every = logits(final, scale, weights.unembedding, "include")[0].double()
    chosen: Int[Tensor, ""] = every.argmax()
    token = int(chosen) if target is None else target
    return TargetFound(token, float(every[token] - every.logsumexp(dim=0)))
