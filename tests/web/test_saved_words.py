"""How directions were made, in words."""

from app.web.saved_words import made


def test_the_parts_of_a_combination_are_named_and_linked_where_they_are_here() -> None:
    parts = [
        {"component": 3, "weight": 0.5},
        {"id": 7, "name": "tense", "weight": -2.0},
        {"name": "gone", "weight": 1.0},
    ]
    phrases = made({"kind": "combination", "basis": "b", "parts": parts}, "the stream")
    said = "".join(phrase.text for phrase in phrases)
    assert said == "0.5 × component 3 − 2 × “tense” + 1 × “gone” of the stream’s PCA"
    assert [phrase.href for phrase in phrases if phrase.given] == ["/directions/7", None]
