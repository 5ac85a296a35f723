"""The bundled prompts: many, varied, and never trained on."""

import json
import re
from collections import Counter

from transformers import PreTrainedModel, PreTrainedTokenizerBase

from app.demo.compose import CLASSICS, TOKENS
from app.demo.corpus import REGISTERS, Text
from app.demo.library import LIBRARY_FILE, load_library


def test_it_holds_four_hundred_different_texts() -> None:
    texts = [prompt.text for prompt in load_library()]
    assert len(texts) == len(set(texts)) >= 400


def test_ids_are_unique_slugs_of_the_register() -> None:
    prompts = load_library()
    assert len({prompt.id for prompt in prompts}) == len(prompts)
    assert all(re.fullmatch(rf"{prompt.register}-\d{{3}}", prompt.id) for prompt in prompts)


def test_every_register_has_at_least_ten() -> None:
    counts = Counter(prompt.register for prompt in load_library())
    assert set(counts) == set(REGISTERS)
    assert min(counts.values()) >= 10


def test_the_classics_come_first() -> None:
    assert [prompt.text for prompt in load_library()[: len(CLASSICS)]] == [
        text.text for text in CLASSICS
    ]


def test_nothing_in_it_was_trained_on(training_sample: list[Text]) -> None:
    assert not {prompt.text for prompt in load_library()} & {text.text for text in training_sample}


def test_texts_have_a_readable_length(
    demo: tuple[PreTrainedModel, PreTrainedTokenizerBase],
) -> None:
    _, tokenizer = demo
    assert not [p.id for p in load_library() if len(tokenizer.encode(p.text)) not in TOKENS]


def test_some_texts_have_several_lines() -> None:
    assert sum("\n" in prompt.text for prompt in load_library()) > 100


def test_each_line_of_the_file_is_one_prompt() -> None:
    lines = LIBRARY_FILE.read_text(encoding="utf-8").splitlines()
    assert [set(json.loads(line)) for line in lines] == [{"id", "register", "text"}] * len(
        load_library()
    )
