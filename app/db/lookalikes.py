"""What a name looks like: names with the same skeleton are taken for one another.

The skeleton is made as in Unicode's UTS #39, section 4: decompose, and put every character's
prototype in its place, so that Latin `a`, Cyrillic `а` and Greek `α` become one. Case is folded
after that and not before: `I` looks like `l`, and `i` does not.
"""

import hashlib
import unicodedata

from confusable_homoglyphs import confusables

MAX_SKELETON = 480
_MARKS_OF_DIRECTION = "\u200e\u200f"


def skeleton(shown: str) -> str:
    """The same text for any two names that look alike; at most MAX_SKELETON characters."""
    found = _prototypes(_prototypes(shown).casefold()).casefold()
    if len(found) > MAX_SKELETON:
        return hashlib.sha256(found.encode()).hexdigest()
    return found


def _prototypes(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFD", "".join(_prototype(c) for c in decomposed))


def _prototype(character: str) -> str:
    """The character, or what stands for all those that look like it.

    The table lists pairs both ways, a prototype with all that look like it. Where only two are
    alike, either may stand for both: the one of several characters, or else the first.
    """
    alike = _looks_like(character)
    if len(alike) != 1:
        return character
    other = alike[0]
    if len(_looks_like(other)) > 1 or len(other) > 1:
        return other
    return min(character, other)


def _looks_like(text: str) -> list[str]:
    # Right-to-left characters stand between marks of direction in the table.
    marked = f"\u200e{text}\u200e"
    table = confusables.confusables_data
    entries = table.get(text) or table.get(marked) or ()
    return [entry["c"].strip(_MARKS_OF_DIRECTION) for entry in entries]
