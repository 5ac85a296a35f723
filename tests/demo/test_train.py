"""What the training script feeds the model, and how it steps."""

from itertools import islice

import pytest
from tokenizers import Tokenizer

from app.demo import train
from app.demo.evaluate import MODEL_FOLDER


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    """The bundled tokenizer, as the training script handles it."""
    return Tokenizer.from_file(str(MODEL_FOLDER / "tokenizer.json"))


def test_the_bundled_tokenizer_is_the_one_that_training_makes(tokenizer: Tokenizer) -> None:
    assert train.train_tokenizer().get_vocab() == tokenizer.get_vocab()


def test_planted_words_are_whole(tokenizer: Tokenizer) -> None:
    words = train.whole_words()
    assert len(words) > 700
    assert not [word for word in words if len(tokenizer.encode(f" {word}").ids) != 1]


def test_any_text_survives_the_tokenizer(tokenizer: Tokenizer) -> None:
    text = "Tabs\tand lines\n\n  and «quotes» and 漢字 and 😀"
    assert tokenizer.decode(tokenizer.encode(text).ids) == text


def test_every_row_begins_a_text(tokenizer: Tokenizer) -> None:
    end = tokenizer.token_to_id(train.END_OF_TEXT)
    for row in islice(train.rows(tokenizer, train.PHASES[0]), 200):
        assert len(row) == train.CONTEXT
        assert row[0] == end


def test_skipping_batches_resumes_the_same_stream(tokenizer: Tokenizer) -> None:
    phase = train.PHASES[1]
    whole = list(islice(train.batches(train.rows(tokenizer, phase)), 4))
    rest = list(islice(train.batches(train.rows(tokenizer, phase), skip=2), 2))
    assert all((a == b).all() for a, b in zip(whole[2:], rest, strict=True))
    assert whole[0].shape == (train.ROWS, train.CONTEXT)


def test_the_rate_rises_then_falls_to_nothing() -> None:
    rates = [train.schedule(step, 1000) for step in range(1000)]
    top = rates.index(max(rates))
    assert rates[: top + 1] == sorted(rates[: top + 1])
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert rates[-1] < 0.01 < max(rates) == 1.0


def test_every_parameter_is_trained_once() -> None:
    model = train.new_model()
    groups = [group for optimizer in train.optimizers(model) for group in optimizer.param_groups]
    grouped = [id(parameter) for group in groups for parameter in group["params"]]
    assert sorted(grouped) == sorted(id(p) for p in model.parameters())
