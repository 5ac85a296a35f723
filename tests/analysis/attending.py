"""Parts taken out of an attention layer's input a second way: loops over heads and positions.

Nothing here uses `app.analysis`.
"""

import torch
from torch import Tensor

from tests.analysis.brute import Brute

Changes = dict[str, tuple[float, float]]
"""By the part's name: the change of Δbs of the output, and of the source position's subvalue."""


def parts(brute: Brute, layer: int) -> dict[str, Tensor]:
    """What that layer's attention reads is the sum of, (T, d) each, by name."""
    body = brute.model.transformer
    found = {
        "token": body.wte.weight[brute.ids],
        "position": body.wpe.weight[: len(brute.ids)],
    }
    for i in range(layer):
        found |= {f"{i}_attn": brute.seen[f"attn{i}"], f"{i}_ffn": brute.seen[f"mlp{i}"]}
    return found


def attend(
    brute: Brute, layer: int, normed: Tensor, pattern: Tensor | None
) -> tuple[Tensor, Tensor]:
    """The attention output at the last of those positions, and each source's share, by loops."""
    attn = brute.blocks[layer].attn
    h, d = brute.heads, brute.w_u.shape[1]
    q, k, v = attn.c_attn(normed).view(len(normed), 3, h, d // h).unbind(1)
    shares = []
    for p in range(len(normed)):
        z = torch.zeros(h, d // h, dtype=torch.float64)
        for head in range(h):
            scores = k[:, head] @ q[-1, head] / (d // h) ** 0.5
            weight = torch.softmax(scores, dim=0)[p] if pattern is None else pattern[head, p]
            z[head] = weight * v[p, head]
        shares.append(attn.c_proj(z.view(1, d))[0] - attn.c_proj.bias)
    by_source = torch.stack(shares)
    return by_source.sum(dim=0) + attn.c_proj.bias, by_source


def delta(
    brute: Brute, u: Tensor, position: int, pair: tuple[int, int], ln: str = "frozen"
) -> Tensor:
    """bs_a − bs_b of every row."""
    bs = brute.bs(u, position, ln)
    return bs[:, pair[0]] - bs[:, pair[1]]


def taken_out(
    brute: Brute,
    layer: int,
    position: int,
    pair: tuple[int, int],
    source: int,
    *,
    recompute: str,
    taken: str,
    ln_std: str,
    ln: str = "frozen",
) -> tuple[tuple[float, float], Changes]:
    """Δbs of the output and of the source's subvalue now, and their changes without each part."""
    ln_1, end = brute.blocks[layer].ln_1, position + 1
    x = brute.seen[f"pre{layer}"][:end]
    output, shares = attend(brute, layer, ln_1(x), None)
    assert torch.allclose(output, brute.seen[f"attn{layer}"][position])
    pattern = brute.patterns[layer][:, position, :end] if recompute == "values" else None

    def read(output: Tensor, shares: Tensor) -> tuple[float, float]:
        found = delta(brute, torch.stack([output, shares[source]]), position, pair, ln)
        return float(found[0]), float(found[1])

    now = read(output, shares)
    changes: Changes = {}
    for name, part in parts(brute, layer).items():
        less = x.clone()
        for p in range(end) if taken == "all" else [source]:
            less[p] -= part[p]
        if ln_std == "recomputed":
            normed = ln_1(less)
        else:
            std = (x.var(dim=1, correction=0, keepdim=True) + ln_1.eps).sqrt()
            normed = ln_1.weight * (less - less.mean(dim=1, keepdim=True)) / std + ln_1.bias
        then = read(*attend(brute, layer, normed, pattern))
        changes[name] = then[0] - now[0], then[1] - now[1]
    return now, changes
