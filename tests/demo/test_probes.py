"""Held-out phrasings are held out, and every probe has one right token."""

import re
from collections import Counter
from collections.abc import Iterator

import pytest
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from app.demo.corpus import Text
from app.demo.facts import facts
from app.demo.frames import CORES, OPENERS, held_out_phrasings, training_phrasings
from app.demo.probes import PHRASINGS_PER_FACT, behaviour_probes, held_out_probes

KINDS = sorted(CORES)


def test_every_fact_is_asked_in_three_phrasings() -> None:
    probes = held_out_probes()
    assert len(probes) == len(set(probes)) == PHRASINGS_PER_FACT * len(facts())
    asked = Counter(fact.kind for fact in facts() for _ in range(PHRASINGS_PER_FACT))
    assert Counter(probe.kind for probe in probes) == asked


def test_probes_are_the_same_every_time() -> None:
    assert held_out_probes() == held_out_probes()
    assert behaviour_probes() == behaviour_probes()


@pytest.mark.parametrize("kind", KINDS)
def test_training_and_held_out_phrasings_share_nothing(kind: str) -> None:
    assert not set(training_phrasings(kind)) & set(held_out_phrasings(kind))
    assert len(set(training_phrasings(kind))) >= 12
    assert len(set(held_out_phrasings(kind))) >= 3


@pytest.mark.parametrize("kind", KINDS)
def test_every_opener_and_core_is_met_in_training(kind: str) -> None:
    assert {opener for opener, _ in training_phrasings(kind)} == set(OPENERS)
    assert {core for _, core in training_phrasings(kind)} == set(CORES[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_no_core_is_the_beginning_of_another(kind: str) -> None:
    # Otherwise two continuations would compete for the answer's place.
    cores = CORES[kind]
    assert not [(a, b) for a in cores for b in cores if b.startswith(f"{a} ")]


def test_held_out_prompts_do_not_occur_in_training(training_sample: list[Text]) -> None:
    prompts = {probe.prompt for probe in held_out_probes()}
    sentences = {s for text in training_sample for s in re.split(r"(?<=[.!?:\"]) |\n", text.text)}
    assert len(sentences) > 50_000
    assert not [
        begun for sentence in sentences for begun in _beginnings(sentence) if begun in prompts
    ]


def _beginnings(sentence: str) -> Iterator[str]:
    """The sentence's first words, one more each time."""
    return (sentence[: space.start()] for space in re.finditer(r" |$", sentence))


def test_every_target_is_one_token(demo: tuple[PreTrainedModel, PreTrainedTokenizerBase]) -> None:
    _, tokenizer = demo
    probes = [*held_out_probes(), *behaviour_probes()]
    assert not [p for p in probes if len(tokenizer.encode(p.target)) != 1]


def test_a_prompt_ends_where_its_target_begins(
    demo: tuple[PreTrainedModel, PreTrainedTokenizerBase],
) -> None:
    _, tokenizer = demo
    for probe in held_out_probes()[::20]:
        both = tokenizer.encode(probe.prompt + probe.target)
        assert both == tokenizer.encode(probe.prompt) + tokenizer.encode(probe.target)
