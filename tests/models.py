"""Random models saved in Hugging Face format, small enough to make while tests start."""

from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)
from transformers.utils import logging as transformers_logging

END = "<|endoftext|>"

SENTENCES = (
    "The capital of France is Paris, and the capital of Italy is Rome.",
    "When Mary and John went to the store, John gave a drink to Mary.",
    "One, two, three, four, five, six, seven, eight, nine, ten.",
    '"Where is the cat?" asked Tom. "It sat on the mat," said Anna.',
    "def add(a, b):\n    return a + b\n",
    "In spring the river is high; in summer the children swim in it.",
    "January, February, March, April, May, June and July.",
    "The opposite of hot is cold, and the opposite of long is short.",
)


def byte_level_tokenizer(vocab_size: int = 512) -> PreTrainedTokenizerFast:
    """A byte-level BPE tokenizer trained on our sentences, with one special token."""
    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=[END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    raw.train_from_iterator(SENTENCES * 4, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=raw, bos_token=END, eos_token=END, unk_token=END
    )


def save(model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, folder: Path) -> Path:
    """Write model and tokenizer into `folder` as safetensors and JSON; returns the folder."""
    transformers_logging.disable_progress_bar()
    model.eval().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def livelier(model: PreTrainedModel, scale: float = 6.0) -> PreTrainedModel:
    """Freshly drawn weights made larger, so that attention and FFN really change the stream."""
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.ndim == 1:  # biases and gains: not the zeros and ones of a fresh model
                weight.add_(0.1 * torch.randn(weight.shape, generator=generator))
            elif "wte" not in name and "embed" not in name:
                weight.mul_(scale)
    return model


def save_tiny_gpt2(folder: Path) -> Path:
    """GPT-2's architecture with 3 layers, 48 wide, 4 heads, 64 positions."""
    tokenizer = byte_level_tokenizer()
    torch.manual_seed(0)
    config = GPT2Config(
        vocab_size=len(tokenizer), n_positions=64, n_embd=48, n_layer=3, n_head=4,
        bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id,
    )  # fmt: skip
    return save(livelier(GPT2LMHeadModel(config)), tokenizer, folder)


def save_gpt2_small_shape(folder: Path) -> Path:
    """GPT-2 small's shape: 12 layers, 768 wide, 12 heads, 50,257 tokens, random weights."""
    tokenizer = byte_level_tokenizer()
    torch.manual_seed(0)
    config = GPT2Config(bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id)
    return save(livelier(GPT2LMHeadModel(config), scale=1.5), tokenizer, folder)
