"""The GPT-2-small-shaped random model that the benches share: ours, and plain `transformers`."""

import os
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch
from transformers import GPT2Model

from app.model.loading import LoadedModel, load_named
from tests.models import save_gpt2_small_shape

THREADS = 2


@dataclass(frozen=True, slots=True, eq=False)
class Shaped:
    """Both readings of one folder of weights."""

    ours: LoadedModel
    theirs: GPT2Model

    @torch.inference_mode()
    def bare(self, ids: torch.Tensor) -> None:
        """The baseline: the bare trunk's forward pass."""
        self.theirs(ids, use_cache=False)


@cache
def shaped() -> Shaped:
    """The model, made once and kept in the temporary folder; torch on two threads."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    torch.set_num_threads(THREADS)
    folder = Path(tempfile.gettempdir()) / "rsv-bench-gpt2-small-shape"
    if not (folder / "tokenizer.json").is_file():
        save_gpt2_small_shape(folder)
    theirs = GPT2Model.from_pretrained(folder, attn_implementation="sdpa").eval()
    return Shaped(load_named(str(folder), device="cpu"), theirs)


def texts(count: int, length: int) -> torch.Tensor:
    """Random token ids, (count, length), the same every time."""
    generator = torch.Generator().manual_seed(0)
    return torch.randint(0, 50257, (count, length), generator=generator)


def rows(ids: torch.Tensor) -> list[tuple[int, ...]]:
    """The same as the worker takes them."""
    return [tuple(row.tolist()) for row in ids]
