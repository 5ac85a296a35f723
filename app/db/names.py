"""Names, titles and prose, read from what was typed: tidied, or refused with the reason.

Nothing here touches the database. A name that comes out may be shown next to any other without
being taken for it: one script, nothing invisible, and a skeleton to compare by.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from confusable_homoglyphs import categories

from app.db.lookalikes import skeleton
from app.errors import BadInput, BadName

MAX_NAME = 80
MAX_EXPLANATION = 4_000
MAX_NOTE = 2_000
MAX_MARKS = 4
"""Marks that may follow one letter. No language writes more; towers of them cover other lines."""

_PUNCTUATION = frozenset(" -_.'")
_TYPED_OTHERWISE = str.maketrans({"\u2019": "'", "\u02bc": "'", "\u2010": "-"})
_OF_EVERY_SCRIPT = frozenset({"COMMON", "INHERITED"})
_WRITTEN_TOGETHER = (
    frozenset({"LATIN", "HAN", "HIRAGANA", "KATAKANA"}),
    frozenset({"LATIN", "HAN", "HANGUL"}),
    frozenset({"LATIN", "HAN", "BOPOMOFO"}),
)
# Letters and marks that show nothing; Unicode calls them default ignorable.
_INVISIBLE = frozenset(
    map(
        chr,
        (
            *(0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180F),
            *(0x3164, 0xFFA0, *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)),
        ),
    )
)
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True)
class Name:
    """A user's name: as it is shown, as it is compared, and what it looks like."""

    shown: str
    key: str
    skeleton: str


def read_name(raw: str, *, field: str = "username") -> Name:
    """A username in its one form: NFKC, spaces collapsed.

    Raises BadName unless it has 1 to 80 characters, all letters, marks and digits of one script
    (or of scripts that one language writes together), spaces, and - _ . '
    """
    _check_length(raw, field)
    for character in raw:
        if unicodedata.category(character)[0] in "CZ" and character != " ":
            _check_space(character, field)
    shown = _tidy(raw).translate(_TYPED_OTHERWISE)
    if not shown:
        raise BadName("The name is empty: give at least one letter or digit.", field=field)
    _check_length(shown, field, exact=True)
    for character in shown:
        if not _belongs(character):
            raise BadName(
                f"{_called(character)} cannot be in a name. Letters, digits, spaces and "
                "- _ . ' can.",
                field=field,
            )
    if not any(unicodedata.category(c) in {"Lu", "Ll", "Lt", "Lo", "Nd"} for c in shown):
        raise BadName("A name needs a letter or a digit.", field=field)
    _check_marks(shown, field)
    _check_scripts(shown, field)
    return Name(shown, _key(shown), skeleton(shown))


def read_title(raw: str, *, field: str, limit: int = MAX_NAME) -> tuple[str, str]:
    """The name of a direction, a list or a set: (as shown, as compared).

    Any characters that show, NFKC, spaces collapsed. Raises BadInput where it is empty, longer
    than `limit`, or holds what cannot be seen.
    """
    if len(raw) > 8 * limit:
        raise _too_long("name", len(raw), limit, field)
    for at, character in enumerate(raw):
        if unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} or character in _BIDI:
            raise BadInput(
                f"{_called(character)} at position {at} cannot be in a name. Remove it.",
                field=field,
            )
    shown = _tidy(raw)
    if len(shown) > limit:
        raise _too_long("name", len(shown), limit, field)
    if not any(_shows(character) for character in shown):
        raise BadInput("The name is empty: give at least one character.", field=field)
    return shown, _key(shown)


def read_prose(raw: str, *, field: str, limit: int, empty_ok: bool = False) -> str:
    """An explanation or a note: its lines kept, its ends stripped.

    Raises BadInput where it is empty (unless `empty_ok`), longer than `limit`, or holds NUL,
    another control character or half of a surrogate pair.
    """
    text = raw.replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(text) > limit:
        raise _too_long("text", len(text), limit, field)
    for at, character in enumerate(text):
        if character not in "\n\t" and unicodedata.category(character) in {"Cc", "Cs"}:
            raise BadInput(
                f"{_called(character)} at position {at} cannot be in this text. Remove it.",
                field=field,
            )
    if not empty_ok and not any(_shows(character) for character in text):
        raise BadInput("The text is empty: give at least one character.", field=field)
    return text


def _tidy(raw: str) -> str:
    """NFKC, with no space at the ends and one between words."""
    return " ".join(unicodedata.normalize("NFKC", raw).split())


def _key(shown: str) -> str:
    """What is compared: the case folded, as far as folding goes."""
    folded = unicodedata.normalize("NFKC", shown.casefold())
    return unicodedata.normalize("NFKC", folded.casefold())


def _check_length(text: str, field: str, *, exact: bool = False) -> None:
    # Characters that will be composed may be many before: hence the wide margin at first.
    if len(text) > (MAX_NAME if exact else 8 * MAX_NAME):
        raise BadName(
            f"The name has {len(text):,} characters; {MAX_NAME} are allowed.", field=field
        )


def _check_space(character: str, field: str) -> None:
    if unicodedata.category(character) != "Zs":
        raise BadName(f"{_called(character)} cannot be in a name. Remove it.", field=field)


def _belongs(character: str) -> bool:
    if character in _PUNCTUATION:
        return True
    kind = unicodedata.category(character)
    return (kind[0] == "L" or kind in {"Mn", "Mc", "Nd"}) and character not in _INVISIBLE


def _check_marks(shown: str, field: str) -> None:
    run, base = 0, False
    for character in shown:
        if unicodedata.category(character)[0] != "M":
            run, base = 0, character not in _PUNCTUATION
            continue
        run += 1
        if not base or run > MAX_MARKS:
            raise BadName(
                f"{_called(character)} has no letter of its own to stand on."
                if not base
                else f"More than {MAX_MARKS} marks stand on one letter.",
                field=field,
            )


def _check_scripts(shown: str, field: str) -> None:
    scripts = categories.unique_aliases(shown) - _OF_EVERY_SCRIPT
    if len(scripts) > 1 and not any(scripts <= together for together in _WRITTEN_TOGETHER):
        raise BadName(
            f"The name mixes {_listed(script.title() for script in scripts)} letters, which can "
            "be made to look like another name. Use one script.",
            field=field,
        )
    zeros = {ord(c) - unicodedata.digit(c) for c in shown if unicodedata.category(c) == "Nd"}
    if len(zeros) > 1:
        raise BadName("The name mixes digits of several scripts. Use one kind.", field=field)


def _shows(character: str) -> bool:
    """Whether anything is seen of it."""
    return unicodedata.category(character)[0] not in "CZ" and character not in _INVISIBLE


def _called(character: str) -> str:
    """A character by its number and name: it may be one that cannot be seen."""
    number = f"U+{ord(character):04X}"
    name = unicodedata.name(character, "")
    return f"The character {number} ({name})" if name else f"The character {number}"


def _listed(words: Iterable[str]) -> str:
    *most, last = sorted(words)
    return f"{', '.join(most)} and {last}"


def _too_long(what: str, got: int, limit: int, field: str) -> BadInput:
    return BadInput(f"The {what} has {got:,} characters; {limit:,} are allowed.", field=field)
