"""The real GPT-2 small, where its weights can be had without a long wait."""

import pytest

from app.errors import ModelRefused
from app.model.loading import LoadedModel, load
from app.model.registry import resolve


@pytest.fixture(scope="session")
def gpt2() -> LoadedModel:
    """GPT-2 small from the local cache; with HF_HUB_OFFLINE=0 in the environment, from the hub."""
    try:
        source = resolve("gpt2")
    except ModelRefused as refusal:
        pytest.skip(f"no GPT-2 small weights: {refusal.detail}")
    return load(source, device="cpu")
