"""Tests on tiny matrices: threads that wait for each other would cost more than they save."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from transformers import GPT2LMHeadModel, PreTrainedTokenizerFast

import app.demo
from tests.analysis.brute import Brute


@pytest.fixture(scope="package", autouse=True)
def one_thread(two_threads: None) -> Iterator[None]:  # noqa: ARG001
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="package")
def demo() -> Brute:
    """The bundled model on a planted fact."""
    folder = Path(app.demo.__file__).parent / "model"
    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
    ids = [tokenizer.bos_token_id, *tokenizer.encode("The capital of France is")]
    return Brute(GPT2LMHeadModel.from_pretrained(folder, attn_implementation="eager"), ids)
