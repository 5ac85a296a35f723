"""Names, titles and prose as they are read: tidied, or refused with the reason."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.db.lookalikes import MAX_SKELETON, skeleton
from app.db.names import MAX_NAME, read_name, read_prose, read_title
from app.errors import BadInput, BadName

ANY_TEXT = st.text(st.characters(), max_size=100)  # lone surrogates too
LETTERS = st.text(st.characters(categories=["L", "M", "Nd"]) | st.sampled_from(" -_.'"))


@pytest.mark.parametrize(
    ("raw", "shown", "key"),
    [
        ("ada", "ada", "ada"),
        ("  Ada   Lovelace ", "Ada Lovelace", "ada lovelace"),
        ("Ada\u00a0Lovelace", "Ada Lovelace", "ada lovelace"),
        ("ＡＤＡ １２", "ADA 12", "ada 12"),
        ("straße", "straße", "strasse"),
        ("O’Brien", "O'Brien", "o'brien"),
        ("Jean‐Luc", "Jean-Luc", "jean-luc"),
        ("e\u0301va", "éva", "éva"),
        ("j.r.r_tolkien-2", "j.r.r_tolkien-2", "j.r.r_tolkien-2"),
        ("7", "7", "7"),
        ("Иван", "Иван", "иван"),
        ("Ελένη", "Ελένη", "ελένη"),
        ("عمر", "عمر", "عمر"),
        ("אסתר", "אסתר", "אסתר"),
        ("प्रिया", "प्रिया", "प्रिया"),
        ("สมชาย", "สมชาย", "สมชาย"),
        ("田中さんテスト", "田中さんテスト", "田中さんテスト"),
        ("김철수 金", "김철수 金", "김철수 金"),
        ("王小明 Wang", "王小明 Wang", "王小明 wang"),
    ],
)
def test_a_name_is_read_in_its_one_form(raw: str, shown: str, key: str) -> None:
    name = read_name(raw)
    assert (name.shown, name.key) == (shown, key)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("\u3000", "empty"),
        ("...", "letter or a digit"),
        ("- _ '", "letter or a digit"),
        ("\u02b9", "letter or a digit"),
        ("a\0b", "U\\+0000"),
        ("a\nb", "U\\+000A"),
        ("ada\n", "U\\+000A"),
        ("a\tb", "U\\+0009"),
        ("a\u2028b", "LINE SEPARATOR"),
        ("a\u202eb", "RIGHT-TO-LEFT OVERRIDE"),
        ("a\u200bb", "ZERO WIDTH SPACE"),
        ("a\u200db", "ZERO WIDTH JOINER"),
        ("\u2066a", "LEFT-TO-RIGHT ISOLATE"),
        ("a\ufeff", "ZERO WIDTH NO-BREAK SPACE"),
        ("a\u034fb", "COMBINING GRAPHEME JOINER"),
        ("a\ufe0f", "VARIATION SELECTOR"),
        ("\u3164", "FILLER"),
        ("\U000e0061da", "TAG"),
        ("\ud800", "U\\+D800"),
        ("\ue000", "U\\+E000"),
        ("\u0378", "U\\+0378"),
        ("ada 🙂", "SLIGHTLY SMILING FACE"),
        ("1\ufe0f\u20e3", "cannot be in a name"),
        ("a/b", "SOLIDUS"),
        ("<b>ada</b>", "LESS-THAN"),
        ("ada@example", "COMMERCIAL AT"),
        ("\u0301a", "no letter of its own"),
        ("a \u0301b", "no letter of its own"),
        ("a" + "\u0316" * 5, "More than 4 marks"),
        ("аda", "Cyrillic and Latin"),
        ("pαul", "Greek and Latin"),
        ("Ιван", "Cyrillic and Greek"),
        ("さ김", "Hangul and Hiragana"),
        ("1٢", "digits of several scripts"),
        ("x" * 81, "81 characters; 80"),
        ("x" * 10**6, "1,000,000 characters; 80"),
        ("ﷺ" * 5, "characters; 80"),
    ],
)
def test_a_name_that_could_mislead_is_refused_with_the_reason(raw: str, why: str) -> None:
    with pytest.raises(BadName, match=why) as caught:
        read_name(raw, field="who")
    assert caught.value.field == "who"


@given(ANY_TEXT | LETTERS)
@example("１２３")
@example("İ")
@example("ΐΰ")
@example("ﬃ")
def test_reading_any_text_gives_a_name_that_reads_as_itself_or_a_bad_name(raw: str) -> None:
    try:
        name = read_name(raw)
    except BadName:
        return
    assert read_name(name.shown) == name
    assert 1 <= len(name.shown) <= MAX_NAME
    assert len(name.key) <= 3 * MAX_NAME
    assert len(name.skeleton) <= MAX_SKELETON
    assert name.shown == unicodedata.normalize("NFKC", name.shown)


@given(LETTERS)
def test_the_case_makes_no_other_name(raw: str) -> None:
    try:
        name = read_name(raw)
        folded = read_name(name.key)
    except BadName:
        return
    assert folded.key == name.key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("paul", "раυl"),
        ("ace", "асе"),
        ("ACE", "АСЕ"),
        ("bill", "biII"),
        ("bill", "bi1l"),
        ("Ian", "lan"),
        ("bob", "b0b"),
        ("modern", "modem"),
        ("O'Brien", "O\u02b9Brien"),
        ("tο", "to"),
        ("י", "'"),
    ],
)
def test_what_looks_alike_has_one_skeleton(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)


@pytest.mark.parametrize(("one", "other"), [("ada", "adam"), ("mila", "milla"), ("ian", "lan")])
def test_what_looks_different_has_skeletons_of_its_own(one: str, other: str) -> None:
    assert skeleton(one) != skeleton(other)


def test_a_skeleton_is_never_longer_than_its_column() -> None:
    longest = "쮒" * MAX_NAME  # every syllable comes apart into strokes
    assert len(skeleton(longest)) <= MAX_SKELETON
    assert skeleton(longest) != skeleton("쮒" * (MAX_NAME - 1) + "쮔")


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("capitals", "capitals"),
        ("  + France  − months ", "+ France − months"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("🙂 & 👩‍👩‍👧", "🙂 & 👩‍👩‍👧"),
        ("x" * 80, "x" * 80),
    ],
)
def test_a_title_may_hold_whatever_shows(raw: str, shown: str) -> None:
    assert read_title(raw, field="name") == (shown, shown.casefold())


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ("", "empty"),
        (" \u00a0 ", "empty"),
        ("\u200b\u3164", "empty"),
        ("a\0", "U\\+0000 at position 1"),
        ("a\nb", "U\\+000A at position 1"),
        ("a\u2029b", "PARAGRAPH SEPARATOR"),
        ("a\u202eb", "RIGHT-TO-LEFT OVERRIDE"),
        ("\udfff", "U\\+DFFF"),
        ("x" * 81, "81 characters; 80"),
        ("x" * 10**6, "1,000,000"),
    ],
)
def test_a_title_that_cannot_be_shown_is_refused(raw: str, why: str) -> None:
    with pytest.raises(BadInput, match=why) as caught:
        read_title(raw, field="title")
    assert caught.value.field == "title"


@given(ANY_TEXT)
def test_reading_any_text_gives_a_title_that_reads_as_itself_or_bad_input(raw: str) -> None:
    try:
        shown, key = read_title(raw, field="name")
    except BadInput:
        return
    assert read_title(shown, field="name") == (shown, key)
    assert len(key) <= 3 * MAX_NAME


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (" two\r\nlines \n", "two\nlines"),
        ("a\tb", "a\tb"),
        ("e\u0301 stays as typed", "e\u0301 stays as typed"),
        ("x" * 10, "x" * 10),
    ],
)
def test_prose_keeps_its_lines_and_loses_its_ends(raw: str, text: str) -> None:
    assert read_prose(raw, field="text", limit=24) == text


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ("", "empty"),
        (" \n ", "empty"),
        ("\u200b", "empty"),
        ("a\0", "U\\+0000 at position 1"),
        ("a\x1b[31m", "U\\+001B"),
        ("a\ud800", "U\\+D800"),
        ("x" * 11, "11 characters; 10"),
    ],
)
def test_prose_that_cannot_be_kept_is_refused(raw: str, why: str) -> None:
    with pytest.raises(BadInput, match=why) as caught:
        read_prose(raw, field="explanation", limit=10)
    assert caught.value.field == "explanation"


def test_a_note_may_be_empty() -> None:
    assert read_prose("  ", field="note", limit=10, empty_ok=True) == ""


@given(ANY_TEXT)
def test_reading_any_text_gives_prose_that_a_database_takes_or_bad_input(raw: str) -> None:
    try:
        text = read_prose(raw, field="text", limit=60, empty_ok=True)
    except BadInput:
        return
    assert read_prose(text, field="text", limit=60, empty_ok=True) == text
    assert "\0" not in text.encode().decode()
