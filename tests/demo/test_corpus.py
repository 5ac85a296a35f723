"""Laws of the generated text."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.demo.corpus import (
    REGISTERS,
    TRAINING_SEEDS,
    Text,
    corpus_texts,
    generate,
    generate_register,
)
from app.demo.facts import facts

PROSE = {"facts", "stories", "ioi", "news", "notices", "weather"}
TAGS = re.compile(r"<(/?)(\w+)>")
CLOSES = {")": "(", "]": "[", "}": "{"}
ARTICLE = re.compile(r"\b(an?) (?:\")?([a-z]+)")


@given(st.integers(min_value=0, max_value=2**31))
@settings(max_examples=20, deadline=None)
def test_a_seed_names_one_stream(seed: int) -> None:
    assert list(generate(seed, 20)) == list(generate(seed, 20))


def test_a_longer_stream_begins_with_the_shorter_one() -> None:
    assert list(generate(3, 50)) == list(generate(3, 80))[:50]


def test_other_seeds_give_other_texts() -> None:
    assert len({text for seed in range(5) for text in generate(seed, 100)}) > 400


def test_the_corpus_to_fit_on_is_not_the_training_stream() -> None:
    assert list(corpus_texts(20)) != [text.text for text in generate(TRAINING_SEEDS[0], 20)]


def test_every_register_occurs(training_sample: list[Text]) -> None:
    assert {text.register for text in training_sample} == set(REGISTERS)


@pytest.mark.parametrize("register", REGISTERS)
def test_a_register_can_be_asked_for_alone(register: str) -> None:
    texts = list(generate_register(register, 5, 30))
    assert len(texts) == 30
    assert {text.register for text in texts} == {register}


def test_no_slot_is_left_unfilled(training_sample: list[Text]) -> None:
    assert not [
        t.text for t in training_sample if t.register != "code" and re.search(r"[{}]", t.text)
    ]


def test_spaces_are_single_and_lines_are_trimmed(training_sample: list[Text]) -> None:
    prose = (t.text for t in training_sample if t.register != "code")
    assert not [text for text in prose if re.search(r"  | \n|\n | [.,?!;:]|^\s|\s$", text)]


def test_prose_ends_in_punctuation(training_sample: list[Text]) -> None:
    assert not [
        t.text for t in training_sample if t.register in PROSE and t.text[-1] not in '.!?"' + ")"
    ]


def test_sentences_begin_with_a_capital(training_sample: list[Text]) -> None:
    started = re.compile(r"(?:^|[.!?] )[\"(]?[a-z]")
    prose = (t.text for t in training_sample if t.register in PROSE)
    assert not [text for text in prose if started.search(_without_cries(text))]


def _without_cries(text: str) -> str:
    """The text less the tag that follows a cry or a question in quotes."""
    return re.sub(r'[!?]" [a-z]', "", text)


def test_articles_fit_the_word_that_follows(training_sample: list[Text]) -> None:
    wrong = [
        match.group()
        for t in training_sample
        if t.register != "code"
        for match in ARTICLE.finditer(t.text)
        if (match[1] == "an") != (match[2][0] in "aeiou")
        and not match[2].startswith(("uni", "hour", "use"))
    ]
    assert not wrong


@pytest.mark.parametrize("register", REGISTERS)
def test_brackets_quotes_and_tags_are_closed(register: str) -> None:
    for text in generate_register(register, 11, 500):
        assert _balanced(text.text), text.text


def _balanced(text: str) -> bool:
    stack: list[str] = []
    for mark in re.findall(r"[()\[\]{}]", text):
        if mark not in CLOSES:
            stack.append(mark)
        elif not stack or stack.pop() != CLOSES[mark]:
            return False
    tags: list[str] = []
    for closing, name in TAGS.findall(text):
        if not closing:
            tags.append(name)
        elif not tags or tags.pop() != name:
            return False
    return not stack and not tags and text.count('"') % 2 == 0


def test_sums_are_right() -> None:
    checked = 0
    for text in generate_register("numbers", 2, 2000):
        for a, sign, b, c in re.findall(r"(\d+) ([+-]) (\d+) = (\d+)", text.text):
            assert int(c) == (int(a) + int(b) if sign == "+" else int(a) - int(b))
            checked += 1
    assert checked > 100


def test_a_fact_is_never_contradicted(training_sample: list[Text]) -> None:
    capitals = {fact.subject: fact.answer for fact in facts() if fact.kind == "capital"}
    said = re.compile(r"[Tt]he capital of ((?:the )?[A-Z]\w+(?: [A-Z]\w+)?) is (\w+)")
    claims = [pair for t in training_sample for pair in said.findall(t.text)]
    assert len(claims) > 100
    assert not [pair for pair in claims if capitals[pair[0]] != pair[1]]


def test_every_planted_fact_has_one_answer() -> None:
    asked = [(fact.kind, fact.subject) for fact in facts()]
    assert len(asked) == len(set(asked))
    assert sum(fact.kind == "capital" for fact in facts()) >= 100
