"""The tiny model twice: as the engine runs it, and as `transformers` does, in float64."""

from pathlib import Path

import pytest
from transformers import GPT2LMHeadModel

from tests.analysis.brute import Brute
from tests.worker.asking import IDS


@pytest.fixture(scope="package")
def brute(tiny_gpt2_dir: Path) -> Brute:
    model = GPT2LMHeadModel.from_pretrained(tiny_gpt2_dir, attn_implementation="eager")
    return Brute(model, list(IDS))
