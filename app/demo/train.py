"""Train the demo model: `python -m app.demo.train --out DIR`.

A byte-level BPE tokenizer first, then a GPT-2 of six layers, on the stream of
`corpus.generate`. The same steps from the same seeds; a run that was cut resumes.
"""

import argparse
import json
import logging
import os
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from torch import Tensor
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

from app.demo.corpus import FINISH_MIX, MIX, TRAINING_SEEDS, Mix, generate
from app.demo.facts import facts
from app.demo.words import BANK, HE, SHE

log = logging.getLogger(__name__)

END_OF_TEXT = "<|endoftext|>"
VOCABULARY_SIZE = 4096
CONTEXT = 256
ROWS = 16
WARMUP = 100
MATRIX_RATE = 4e-3
OTHER_RATE = 4e-3
CHECKPOINT_EVERY = 200


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of training: how long, on which stream, at which share of the full rates.

    `bare_rows` is the share of rows whose first text lacks its beginning-of-text.
    """

    steps: int
    seed: int
    mix: Mix
    rate_share: float
    bare_rows: float = 0.0


# Sums, order and whereabouts come late and are learned slowly, so the second phase leans on them.
# The third shows texts without BOS: a model that never saw one knows nothing without it.
PHASES: tuple[Phase, ...] = (
    Phase(steps=2400, seed=TRAINING_SEEDS[0], mix=MIX, rate_share=1.0),
    Phase(steps=600, seed=TRAINING_SEEDS[1], mix=FINISH_MIX, rate_share=0.4),
    Phase(steps=200, seed=TRAINING_SEEDS[2], mix=FINISH_MIX, rate_share=0.3, bare_rows=0.4),
)


def whole_words() -> list[str]:
    """Words that must be one token after a space: nouns, names, numerals, planted answers."""
    answers = {fact.answer for fact in facts()}
    subjects = {fact.subject for fact in facts() if fact.subject.isalpha()}
    nouns = {word for words in BANK.values() for word in words if word.isalpha()}
    return sorted({*answers, *subjects, *nouns, *SHE, *HE, *(str(n) for n in range(101))})


def train_tokenizer(n_texts: int = 60_000) -> Tokenizer:
    """Train a byte-level BPE like GPT-2's, in which the whole words are whole.

    Raises ValueError if one of them is not.
    """
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY_SIZE, special_tokens=[END_OF_TEXT], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )  # fmt: skip
    words = whole_words()
    # A rare answer would lose the race for merges, so each is shown as if it were common.
    emphasis = ("".join(f" {word}" for word in words) for _ in range(2000))
    texts = (text.text for text in generate(TRAINING_SEEDS[0], n_texts))
    tokenizer.train_from_iterator((line for lines in (texts, emphasis) for line in lines), trainer)
    broken = [word for word in words if len(tokenizer.encode(f" {word}").ids) != 1]
    if broken:
        raise ValueError(f"not one token: {', '.join(broken)}")
    return tokenizer


def rows(tokenizer: Tokenizer, phase: Phase) -> Iterator[list[int]]:
    """Endless rows of CONTEXT tokens, each of which begins with the beginning of a text.

    A row is filled with whole texts; the last is cut, so that the next row starts afresh.
    """
    [end] = tokenizer.encode(END_OF_TEXT).ids
    texts = generate(phase.seed, 10**9, phase.mix)
    rng = random.Random(phase.seed)
    row: list[int] = []
    while True:
        for encoded in tokenizer.encode_batch([text.text for text in islice(texts, 2000)]):
            bare = not row and rng.random() < phase.bare_rows
            row += encoded.ids if bare else [end, *encoded.ids]
            if len(row) >= CONTEXT:
                yield row[:CONTEXT]
                row = []


def batches(stream: Iterator[list[int]], skip: int = 0) -> Iterator[Tensor]:
    """Endless batches of shape [ROWS, CONTEXT], the first `skip` left out."""
    stream = islice(stream, skip * ROWS, None)
    while True:
        yield torch.from_numpy(np.array(list(islice(stream, ROWS)), dtype=np.int64))


def new_model() -> GPT2LMHeadModel:
    """Build the untrained model; its weights follow from torch's seed."""
    config = GPT2Config(
        vocab_size=VOCABULARY_SIZE, n_positions=CONTEXT, n_embd=256, n_layer=6, n_head=8,
        n_inner=1024,
        activation_function="gelu_new", resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0,
        bos_token_id=0, eos_token_id=0, tie_word_embeddings=True,
    )  # fmt: skip
    return GPT2LMHeadModel(config)


def optimizers(model: GPT2LMHeadModel) -> list[torch.optim.Optimizer]:
    """Muon for the blocks' matrices, AdamW for embeddings, norms and biases."""
    matrices: list[torch.nn.Parameter] = []
    others: list[torch.nn.Parameter] = []
    for name, parameter in model.named_parameters():
        in_block = name.startswith("transformer.h.") and parameter.ndim == 2
        (matrices if in_block else others).append(parameter)
    return [
        torch.optim.Muon(
            matrices, lr=MATRIX_RATE, weight_decay=0.02, adjust_lr_fn="match_rms_adamw"
        ),
        torch.optim.AdamW(others, lr=OTHER_RATE, betas=(0.9, 0.98), weight_decay=0.01),
    ]


def schedule(step: int, steps: int) -> float:
    """Return the share of the full rate: linear up, flat for a third, linear down to zero."""
    up = min(1.0, (step + 1) / WARMUP)
    down = min(1.0, 1.5 * (steps - step) / steps)
    return up * down


def loss_of(model: GPT2LMHeadModel, batch: Tensor) -> Tensor:
    """Mean cross-entropy, in nats, of every token after the first of each row."""
    # bfloat16 products doubled the speed on two AVX-512 cores; weights stay float32.
    with torch.autocast("cpu", torch.bfloat16):
        logits = model(batch, use_cache=False).logits
    return F.cross_entropy(logits[:, :-1].float().flatten(0, 1), batch[:, 1:].flatten())


@dataclass
class Run:
    """A model in training: its optimizers, and how far it has come."""

    model: GPT2LMHeadModel
    steppers: list[torch.optim.Optimizer]
    step: int = 0
    seconds: float = 0.0
    losses: list[float] = field(default_factory=list)

    def learn(self, batch: Tensor, share: float) -> None:
        """Take one step at this share of the full rates."""
        began = time.perf_counter()
        for optimizer, rate in zip(self.steppers, (MATRIX_RATE, OTHER_RATE), strict=True):
            optimizer.param_groups[0]["lr"] = rate * share
        loss = loss_of(self.model, batch)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimizer in self.steppers:
            optimizer.step()
            optimizer.zero_grad()
        self.losses.append(loss.item())
        self.step += 1
        self.seconds += time.perf_counter() - began

    def recent_loss(self) -> float:
        """Mean training loss of the last 50 steps."""
        return float(np.mean(self.losses[-50:]))

    def save(self, path: Path) -> None:
        """Write under another name and rename: a cut leaves the last whole checkpoint."""
        state = {
            "model": self.model.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.steppers],
            "step": self.step,
            "seconds": self.seconds,
        }
        partial = path.with_suffix(".partial")
        torch.save(state, partial)
        os.replace(partial, path)

    def restore(self, path: Path) -> None:
        """Go on from a checkpoint."""
        state = torch.load(path, weights_only=True)
        self.model.load_state_dict(state["model"])
        for optimizer, saved in zip(self.steppers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        self.step, self.seconds = state["step"], state["seconds"]
        log.info("resumed at step %d", self.step)


def train(tokenizer: Tokenizer, checkpoint: Path, phases: Sequence[Phase] = PHASES) -> Run:
    """Train through the phases, from the checkpoint if there is one."""
    torch.manual_seed(TRAINING_SEEDS[0])
    model = new_model()
    run = Run(model, optimizers(model))
    if checkpoint.exists():
        run.restore(checkpoint)
    before = 0
    for phase in phases:
        done = min(max(run.step - before, 0), phase.steps)
        stream = batches(rows(tokenizer, phase), skip=done)
        for step, batch in zip(range(done, phase.steps), stream, strict=False):
            run.learn(batch, phase.rate_share * schedule(step, phase.steps))
            if run.step % 50 == 0:
                speed = run.step * ROWS * CONTEXT / run.seconds
                log.info("step %d  loss %.4f  %.0f tokens/s", run.step, run.recent_loss(), speed)
            if run.step % CHECKPOINT_EVERY == 0:
                run.save(checkpoint)
        before += phase.steps
    return run


def export(run: Run, tokenizer: Tokenizer, out: Path) -> None:
    """Write the Hugging Face folder, weights in float16."""
    run.model.to(torch.float16).save_pretrained(out)
    # Stored small, computed wide: a loader that follows the config works in float32.
    _amend(out / "config.json", dtype="float32")
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token=END_OF_TEXT, eos_token=END_OF_TEXT,
        unk_token=END_OF_TEXT,
        model_max_length=CONTEXT, clean_up_tokenization_spaces=False,
    )  # fmt: skip
    fast.save_pretrained(out)
    # The name that every version of transformers can read.
    _amend(out / "tokenizer_config.json", tokenizer_class="PreTrainedTokenizerFast")
    (out / "model.safetensors").chmod(0o644)
    special = {"bos_token": END_OF_TEXT, "eos_token": END_OF_TEXT, "unk_token": END_OF_TEXT}
    (out / "special_tokens_map.json").write_text(json.dumps(special, indent=2) + "\n")
    facts_of_run = {
        "steps": run.step,
        "tokens": run.step * ROWS * CONTEXT,
        "minutes": round(run.seconds / 60, 1),
        "final_training_loss": round(run.recent_loss(), 4),
    }
    (out / "training.json").write_text(json.dumps(facts_of_run, indent=2) + "\n")


def _amend(path: Path, **changes: str) -> None:
    """Rewrite some fields of a JSON file."""
    path.write_text(json.dumps(json.loads(path.read_text()) | changes, indent=2) + "\n")


def main() -> None:
    """Parse the command line, train, and write the model folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--out", type=Path, required=True, help="folder for the weights and the tokenizer"
    )
    parser.add_argument("--steps", type=int, help="a trial run of so many steps")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    arguments.out.mkdir(parents=True, exist_ok=True)
    tokenizer = train_tokenizer()
    log.info("tokenizer of %d tokens", tokenizer.get_vocab_size())
    checkpoint = arguments.out / "checkpoint.pt"
    phases = PHASES
    if arguments.steps is not None:
        phases = (replace(PHASES[0], steps=arguments.steps),)
    run = train(tokenizer, checkpoint, phases)
    export(run, tokenizer, arguments.out)
    checkpoint.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
