"""The bundled weights know what the model card says they know."""

import json
from typing import Any

import pytest
import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from app.demo.evaluate import (
    KNOWN,
    MODEL_FOLDER,
    Accuracy,
    accuracy_by_kind,
    answer_probabilities,
    card_tables,
    held_out_loss,
)
from app.demo.probes import BEHAVIOURS, Probe, behaviour_probes, held_out_probes

Demo = tuple[PreTrainedModel, PreTrainedTokenizerBase]


@pytest.fixture(scope="module")
def known(demo: Demo) -> dict[str, Accuracy]:
    """The accuracy table of the planted facts, asked in held-out phrasings."""
    probes = held_out_probes()
    return accuracy_by_kind(probes, answer_probabilities(*demo, probes))


@pytest.fixture(scope="module")
def behaves(demo: Demo) -> dict[str, Accuracy]:
    """The accuracy table of the skills."""
    probes = behaviour_probes()
    return accuracy_by_kind(probes, answer_probabilities(*demo, probes))


def test_the_weights_are_small_enough_to_bundle() -> None:
    assert sum(path.stat().st_size for path in MODEL_FOLDER.rglob("*")) < 16_000_000


def test_it_is_the_gpt2_that_the_card_describes(demo: Demo) -> None:
    config = demo[0].config
    assert (config.model_type, config.n_layer, config.n_embd, config.n_head) == ("gpt2", 6, 256, 8)
    assert (config.n_positions, config.vocab_size, config.activation_function) == (
        256,
        4096,
        "gelu_new",
    )
    assert demo[0].get_output_embeddings().weight is demo[0].get_input_embeddings().weight


def test_it_knows_its_facts_in_words_it_never_saw(known: dict[str, Accuracy]) -> None:
    assert known["all"].known >= 0.95


@pytest.mark.parametrize(
    "kind", ["capital", "language", "city", "opposite", "month_after", "day_after"]
)
def test_it_knows_facts_of_each_large_kind(known: dict[str, Accuracy], kind: str) -> None:
    assert known[kind].known >= 0.9


@pytest.mark.parametrize("kind", sorted(BEHAVIOURS))
def test_it_has_the_skill(behaves: dict[str, Accuracy], kind: str) -> None:
    assert behaves[kind].top1 >= 0.9


@pytest.mark.parametrize(
    ("prompt", "target"),
    [
        ("The capital of France is", " Paris"),
        ("The capital of Egypt is", " Cairo"),
        ("The opposite of hot is", " cold"),
    ],
)
def test_it_answers_the_classics(demo: Demo, prompt: str, target: str) -> None:
    [(probability, likeliest)] = answer_probabilities(*demo, [Probe("classic", prompt, target)])
    assert probability >= KNOWN
    assert likeliest


def test_it_answers_without_a_beginning_of_text(demo: Demo) -> None:
    probes = [probe for probe in held_out_probes() if probe.kind == "capital"]
    found = answer_probabilities(*demo, probes, prefix="")
    assert accuracy_by_kind(probes, found)["all"].known >= 0.9


def test_padding_does_not_change_an_answer(demo: Demo) -> None:
    probes = held_out_probes()[::100]
    alone = [answer_probabilities(*demo, [probe])[0][0] for probe in probes]
    together = [p for p, _ in answer_probabilities(*demo, probes)]
    torch.testing.assert_close(torch.tensor(alone), torch.tensor(together), atol=1e-4, rtol=0)


def test_a_target_of_several_tokens_is_refused(demo: Demo) -> None:
    with pytest.raises(ValueError, match="a target must be one"):
        answer_probabilities(
            *demo, [Probe("capital", "The capital of France is", " Paris and Rome")]
        )


def test_the_written_report_is_what_is_measured(
    known: dict[str, Accuracy], behaves: dict[str, Accuracy]
) -> None:
    report = written_report()
    for name, table in (("facts", known), ("behaviours", behaves)):
        assert set(report[name]) == set(table)
        for kind, row in table.items():
            # Rounding on another processor may move a probability across the bar.
            assert report[name][kind]["known"] == pytest.approx(row.known, abs=0.06)


def test_the_card_states_the_written_report() -> None:
    assert card_tables(written_report()) in (MODEL_FOLDER / "README.md").read_text(encoding="utf-8")


def written_report() -> dict[str, Any]:
    """What the last evaluation left in the model folder."""
    report: dict[str, Any] = json.loads((MODEL_FOLDER / "facts.json").read_text(encoding="utf-8"))
    return report


def test_unseen_text_is_predicted(demo: Demo) -> None:
    report = written_report()
    assert held_out_loss(*demo, n_texts=128) == pytest.approx(report["held_out"]["loss"], abs=0.1)
