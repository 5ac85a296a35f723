"""Measure the bundled model: `python -m app.demo.evaluate [--write]`."""

import argparse
import json
import logging
import math
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from app.demo.corpus import generate
from app.demo.probes import Probe, behaviour_probes, held_out_probes

log = logging.getLogger(__name__)

MODEL_FOLDER = Path(__file__).parent / "model"
BOS = "<|endoftext|>"
KNOWN = 0.8
"""A fact counts as known from this probability of its answer."""
COUNTRY_KINDS = frozenset({"capital", "language", "city"})
HELD_OUT_SEED = 70_000
MEASURED = "<!-- measured: written by app.demo.evaluate -->"
END_MEASURED = "<!-- end of measured -->"


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How one kind of probe fared."""

    probes: int
    known: float
    top1: float
    median_probability: float


def load(folder: Path = MODEL_FOLDER) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Load the model in float32, as the viewer computes it, and its tokenizer."""
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, local_files_only=True)
    return model.eval(), AutoTokenizer.from_pretrained(folder, local_files_only=True)


@torch.inference_mode()
def answer_probabilities(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    probes: list[Probe],
    *,
    prefix: str = BOS,
    rows: int = 256,
) -> list[tuple[float, bool]]:
    """Return each probe's target probability, and whether the target is likeliest.

    Raises ValueError for a target that is not one token.
    """
    order = sorted(range(len(probes)), key=lambda i: len(probes[i].prompt))
    found: list[tuple[float, bool]] = [(0.0, False)] * len(probes)
    for start in range(0, len(order), rows):
        members = order[start : start + rows]
        ids = [tokenizer.encode(prefix + probes[i].prompt) for i in members]
        # Padding stands to the right, where a causal model cannot see it.
        batch = torch.nn.utils.rnn.pad_sequence(
            [torch.tensor(row) for row in ids], batch_first=True
        )
        last = torch.tensor([len(row) - 1 for row in ids])
        hidden = model.transformer(batch).last_hidden_state[torch.arange(len(ids)), last]
        probabilities = model.lm_head(hidden).softmax(-1)
        for i, row in zip(members, probabilities, strict=True):
            target = _single_token(tokenizer, probes[i].target)
            found[i] = (row[target].item(), int(row.argmax()) == target)
    return found


def _single_token(tokenizer: PreTrainedTokenizerBase, text: str) -> int:
    ids: list[int] = tokenizer.encode(text)
    if len(ids) != 1:
        raise ValueError(f"{text!r} is {len(ids)} tokens, a target must be one")
    return ids[0]


def accuracy_by_kind(probes: list[Probe], found: list[tuple[float, bool]]) -> dict[str, Accuracy]:
    """Gather the results of each kind, and of all together under `all`."""
    table = {}
    for kind in [*dict.fromkeys(probe.kind for probe in probes), "all"]:
        rows = [
            row for probe, row in zip(probes, found, strict=True) if kind in (probe.kind, "all")
        ]
        chances = torch.tensor([p for p, _ in rows])
        table[kind] = Accuracy(
            probes=len(rows),
            known=round((chances >= KNOWN).float().mean().item(), 4),
            top1=round(sum(top for _, top in rows) / len(rows), 4),
            median_probability=round(chances.median().item(), 4),
        )
    return table


@torch.inference_mode()
def held_out_loss(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, n_texts: int = 2000
) -> float:
    """Mean cross-entropy in nats a token over unseen texts, each alone behind one BOS."""
    total, tokens = 0.0, 0
    texts = generate(HELD_OUT_SEED, n_texts)
    while chunk := list(islice(texts, 128)):
        ids = [[tokenizer.bos_token_id, *tokenizer.encode(text.text)] for text in chunk]
        batch = torch.nn.utils.rnn.pad_sequence([torch.tensor(row) for row in ids], True, -100)
        logits = model(batch.clamp(min=0)).logits
        total += F.cross_entropy(
            logits[:, :-1].flatten(0, 1), batch[:, 1:].flatten(), reduction="sum"
        ).item()
        tokens += int((batch[:, 1:] != -100).sum())
    return total / tokens


def measure(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> dict[str, Any]:
    """Everything that the model card states about accuracy and loss."""
    report: dict[str, Any] = {}
    for name, probes in (("facts", held_out_probes()), ("behaviours", behaviour_probes())):
        table = accuracy_by_kind(probes, answer_probabilities(model, tokenizer, probes))
        report[name] = {kind: asdict(row) for kind, row in table.items()}
    bare = [probe for probe in held_out_probes() if probe.kind in COUNTRY_KINDS]
    table = accuracy_by_kind(bare, answer_probabilities(model, tokenizer, bare, prefix=""))
    report["without BOS"] = {kind: asdict(row) for kind, row in table.items()}
    loss = held_out_loss(model, tokenizer)
    report["held_out"] = {"loss": round(loss, 4), "perplexity": round(math.exp(loss), 3)}
    return report


def card_tables(report: dict[str, Any]) -> str:
    """Render the report as the Markdown that stands in the model card."""
    lines = [
        f"Held-out loss {report['held_out']['loss']:.3f} nats a token, "
        f"perplexity {report['held_out']['perplexity']:.2f}."
    ]
    for name in ("facts", "behaviours", "without BOS"):
        lines += [
            "",
            f"| {name} | probes | p ≥ {KNOWN} | likeliest | median p |",
            "|---|--:|--:|--:|--:|",
        ]
        lines += [
            f"| {kind.replace('_', ' ')} | {row['probes']} | {row['known']:.1%} "
            f"| {row['top1']:.1%} | {row['median_probability']:.3f} |"
            for kind, row in report[name].items()
        ]
    return "\n".join(lines)


def write(report: dict[str, Any], folder: Path) -> None:
    """Rewrite facts.json and the measured part of the model card."""
    (folder / "facts.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    card = folder / "README.md"
    before, rest = card.read_text(encoding="utf-8").split(MEASURED)
    _, after = rest.split(END_MEASURED)
    text = f"{before}{MEASURED}\n{card_tables(report)}\n{END_MEASURED}{after}"
    card.write_text(text, encoding="utf-8")


def main() -> None:
    """Log the tables; with `--write`, keep them in the model folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=MODEL_FOLDER)
    parser.add_argument(
        "--write", action="store_true", help="rewrite facts.json and the model card"
    )
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    report = measure(*load(arguments.model))
    log.info("%s", card_tables(report))
    if arguments.write:
        write(report, arguments.model)


if __name__ == "__main__":
    main()
