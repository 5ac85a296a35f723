"""What several tests of the demo model share: a sample of the training stream, the model."""

import pytest
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from app.demo.corpus import Text, generate
from app.demo.evaluate import load
from app.demo.train import PHASES


@pytest.fixture(scope="session")
def training_sample() -> list[Text]:
    """The first 25,000 texts of each stream that the model was trained on."""
    return [text for p in PHASES for text in generate(p.seed, 25_000, p.mix)]


@pytest.fixture(scope="session")
def demo() -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """The bundled model in float32 and its tokenizer."""
    return load()
