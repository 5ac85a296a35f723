"""Text becomes tokens that a person can read, and the tokens joined are the text."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer as RawTokenizer
from tokenizers import decoders, models, normalizers

from app.errors import BadInput, BadText
from app.model.loading import LoadedModel
from app.model.tokens import Tokenizer
from tests.models import END, byte_level_tokenizer

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)


@pytest.fixture(scope="module")
def byte_level() -> Tokenizer:
    theirs = byte_level_tokenizer()
    return Tokenizer(theirs.backend_tokenizer, theirs.bos_token_id)


@pytest.fixture(scope="module")
def sentencepiece() -> Tokenizer:
    """Llama's scheme: words begin with ▁, and what is not in the vocabulary is spelt in bytes."""
    pieces = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    pieces += ["▁", "t", "h", "e", "c", "a", "▁t", "he", "▁the", "▁c", "at", "▁cat"]
    vocab = {piece: index for index, piece in enumerate(pieces)}
    merges = [("▁", "t"), ("h", "e"), ("▁t", "he"), ("▁", "c"), ("a", "t"), ("▁c", "at")]
    raw = RawTokenizer(
        models.BPE(vocab=vocab, merges=merges, unk_token="<unk>", byte_fallback=True)
    )
    raw.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    raw.decoder = decoders.Sequence(
        [
            decoders.Replace("▁", " "),
            decoders.ByteFallback(),
            decoders.Fuse(),
            decoders.Strip(" ", 1, 0),
        ]
    )
    raw.add_special_tokens(["<s>", "</s>"])
    return Tokenizer(raw, 1)


@given(text=texts)
def test_the_displays_joined_are_the_text(byte_level: Tokenizer, text: str) -> None:
    ids = byte_level.encode(text, prepend_bos=False)
    shown = byte_level.display(ids)
    assert len(shown) == len(ids)
    assert "".join(shown) == text


@given(text=texts)
def test_the_displays_joined_are_the_text_with_byte_fallback_too(
    sentencepiece: Tokenizer, text: str
) -> None:
    ids = sentencepiece.encode(text, prepend_bos=True)
    shown = sentencepiece.display(ids)
    assert shown[0] == "<s>"
    assert len(shown) == len(ids)
    assert "".join(shown[1:]) == text


@given(ids=st.lists(st.integers(0, 600), max_size=30))
def test_any_ids_at_all_can_be_shown(byte_level: Tokenizer, ids: list[int]) -> None:
    shown = byte_level.display(ids)
    assert len(shown) == len(ids)
    "".join(shown).encode("utf-8")  # valid Unicode


@given(ids=st.lists(st.integers(0, 300), max_size=30))
def test_any_ids_at_all_can_be_shown_with_byte_fallback(
    sentencepiece: Tokenizer, ids: list[int]
) -> None:
    shown = sentencepiece.display(ids)
    assert len(shown) == len(ids)
    "".join(shown).encode("utf-8")


def test_a_character_cut_in_pieces_shows_on_its_first(byte_level: Tokenizer) -> None:
    ids = byte_level.encode("🙂!", prepend_bos=False)
    assert byte_level.display(ids) == ["🙂", "", "", "", "!"]


def test_a_stray_byte_shows_as_hexadecimal(byte_level: Tokenizer) -> None:
    ids = byte_level.encode("é", prepend_bos=False)
    assert [byte_level.text_of(token_id) for token_id in ids] == [r"\xC3", r"\xA9"]
    assert byte_level.display(ids[:1]) == [r"\xC3"]


def test_a_stray_byte_of_byte_fallback_shows_as_hexadecimal(sentencepiece: Tokenizer) -> None:
    ids = sentencepiece.encode("🙂", prepend_bos=False)
    assert sentencepiece.display(ids[:2])[-1] == r"\xF0"


def test_text_in_a_script_of_three_bytes_is_read_across_special_tokens(
    byte_level: Tokenizer,
) -> None:
    text = f"日本{END}שלום\x00\n"
    ids = byte_level.encode(text)
    shown = byte_level.display(ids)
    assert shown[0] == END
    assert "".join(shown[1:]) == text
    assert [byte_level.is_special(i) for i in ids].count(True) == 2


def test_it_agrees_with_transformers_on_the_ids(tiny_gpt2_dir: Path) -> None:
    from transformers import AutoTokenizer

    theirs = AutoTokenizer.from_pretrained(tiny_gpt2_dir)
    ours = Tokenizer(theirs.backend_tokenizer, theirs.bos_token_id)
    text = "The capital of Italy is\tRome —  über\n\n🙂"
    assert list(ours.encode(text, prepend_bos=False)) == theirs(text)["input_ids"]


def test_the_bos_token_is_prepended_unless_told_otherwise(tiny_model: LoadedModel) -> None:
    tokenizer = tiny_model.tokenizer
    assert tokenizer.bos_id is not None
    assert tokenizer.encode("cat") == (
        tokenizer.bos_id,
        *tokenizer.encode("cat", prepend_bos=False),
    )
    assert tokenizer.is_special(tokenizer.bos_id)


def test_a_model_without_a_bos_token_gets_none(byte_level: Tokenizer) -> None:
    bare = Tokenizer(byte_level.raw, None)
    assert bare.encode("cat") == byte_level.encode("cat", prepend_bos=False)


def test_empty_text_is_refused(byte_level: Tokenizer) -> None:
    with pytest.raises(BadText, match="empty"):
        byte_level.encode("")


def test_a_lone_surrogate_is_refused_and_located(byte_level: Tokenizer) -> None:
    with pytest.raises(BadText, match=r"position 2 \(U\+D83D\)"):
        byte_level.encode("ab\ud83dc")


def test_text_that_is_one_token_gives_its_id(byte_level: Tokenizer) -> None:
    token_id = byte_level.encode(" the", prepend_bos=False)
    assert (byte_level.single(" the"),) == token_id


def test_text_that_is_several_tokens_is_refused_with_what_it_makes(byte_level: Tokenizer) -> None:
    with pytest.raises(BadInput, match=r"not one token but 2: 'Q', 'q'"):
        byte_level.single("Qq")


def test_vocabulary_size_counts_added_tokens(byte_level: Tokenizer) -> None:
    assert byte_level.vocab_size == byte_level.raw.get_vocab_size()
    assert byte_level.vocab_size > 256
