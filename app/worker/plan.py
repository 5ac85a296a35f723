"""How jobs become batches: by depth and length, padded on the right where that pays."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Int
from torch import Tensor

from app.worker.jobs import TokenIds

WASTE = 1.15
"""A batch may hold this many times the tokens of its texts: beyond, padding costs more than it
saves by running texts together."""


@dataclass(frozen=True, slots=True)
class Item:
    """One text to run: `index` is the caller's, `depth` the number of blocks it needs."""

    index: int
    tokens: TokenIds
    depth: int


def plan(items: Sequence[Item], token_budget: int) -> list[list[Item]]:
    """Batches of items of one depth and near lengths, each within the budget when padded.

    A text longer than the budget makes a batch by itself.
    """
    batches: list[list[Item]] = []
    padded = real = 0
    for item in sorted(items, key=lambda item: (item.depth, -len(item.tokens), item.index)):
        length = len(item.tokens)
        last = batches[-1] if batches else []
        if last and last[0].depth == item.depth:
            width = len(last[0].tokens)
            fits = padded + width <= token_budget
            if fits and padded + width <= WASTE * (real + length):
                last.append(item)
                padded += width
                real += length
                continue
        batches.append([item])
        padded = real = length
    return batches


def pad(rows: Sequence[TokenIds]) -> Int[Tensor, "batch pos"]:
    """Rows as one tensor, padded on the right with token 0.

    Causal attention never looks right, so what stands there changes nothing that is read.
    """
    width = max(len(row) for row in rows)
    ids = torch.zeros((len(rows), width), dtype=torch.long)
    for at, row in enumerate(rows):
        ids[at, : len(row)] = torch.tensor(row, dtype=torch.long)
    return ids
