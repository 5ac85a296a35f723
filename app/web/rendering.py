"""How the tokens of a view are coloured and labelled.

The rules for colour here are the rules of `static/js/viewer/colour.js` and `mixing.js`, number
for number, so that an address gives the same colours whoever paints them.
"""

import math
import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.web.palette import LEVELS, level_class
from app.web.views import PromptView, TokenView, ViewerView

QUANTILE = 0.99
"""The colour range is this quantile of |score| over the tokens on screen."""

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PaintedToken:
    """A token with its CSS classes, what is written in it, and its accessible name.

    A special token's name has a direction of its own, so that it does not set its text's.
    """

    classes: str
    text: str
    label: str
    tabindex: int
    special: bool


@dataclass(frozen=True, slots=True)
class Painting:
    """The colours of a view: the range, how many tokens lie beyond it, and every text's tokens."""

    range: float
    beyond: int
    counted: int
    texts: tuple[tuple[PaintedToken, ...], ...]


def encode_matrix(rows: NDArray[np.float16]) -> str:
    """A float16 matrix in little-endian base64, for the page."""
    return b64encode(rows.astype("<f2").tobytes()).decode("ascii")


def mixed(matrix: Scores, view: ViewerView) -> Scores:
    """The score of every row in the chosen unit. matrix: (tokens, columns) -> (tokens,).

    Raises ValueError for a unit that needs a basis where there is none.
    """
    norms = matrix[:, -1]
    direction = view.other_direction
    basis = view.basis
    if direction is not None:
        dot = matrix[:, -2].copy()
        mean, std = direction.mean, direction.std
    elif basis is not None:
        weights = normalised(view.state.mix, basis.gram)
        dot = np.zeros(len(matrix))
        mean, variance = 0.0, 0.0
        for component, weight in weights:
            dot += weight * matrix[:, component]
            mean += weight * basis.means[component]
            variance += (weight * basis.stds[component]) ** 2
        std = math.sqrt(variance)
    else:
        return np.zeros(len(matrix))
    if view.state.unit == "dot":
        return dot
    if view.state.unit == "cosine":
        return np.divide(dot, norms, out=np.zeros_like(dot), where=norms > 0)
    if mean is None or std is None:
        raise ValueError(f"no basis here: scores in {view.state.unit} are not known")
    if view.state.unit == "centred":
        return dot - mean
    return (dot - mean) / std if std > 0 else np.zeros_like(dot)


def has_direction(view: ViewerView) -> bool:
    """Whether there is anything to colour by: a fitted site, and a weight that is not zero."""
    if view.other_direction is not None:
        return True
    return view.basis is not None and any(weight != 0 for _, weight in view.state.mix)


def normalised(
    mix: Sequence[tuple[int, float]], gram: Sequence[Sequence[float]] | None
) -> list[tuple[int, float]]:
    """The weights of the unit vector along a mix of components; all zero stays all zero."""
    square = 0.0
    for first, weight in mix:
        for second, other in mix:
            square += weight * other * (gram[first][second] if gram else float(first == second))
    length = math.sqrt(max(square, 0.0))
    return [(component, weight / length if length > 0 else 0.0) for component, weight in mix]


def colour_range(values: Scores) -> float:
    """The robust range of scores: the 99th percentile of |value|, by rank; 1 where all are 0."""
    if len(values) == 0:
        return 1.0
    magnitudes = np.sort(np.abs(values).astype(np.float32))
    chosen = float(magnitudes[math.ceil(QUANTILE * len(magnitudes)) - 1])
    return chosen if chosen > 0 else 1.0


def level_of(value: float, limit: float) -> int:
    """The colour level of a score, -LEVELS to LEVELS, saturating at the range."""
    steps = min(LEVELS, math.floor(abs(value) / limit * LEVELS + 0.5))
    return steps if value >= 0 else -steps


def paint(view: ViewerView, matrix: Scores) -> Painting:
    """Colours and labels of every token in a view. matrix: (tokens, columns)."""
    opened = view.state.open
    tokens = [
        (token, opened in (None, prompt.key)) for prompt in view.prompts for token in prompt.tokens
    ]
    values = np.zeros(len(tokens))
    if view.matrix:
        # The script keeps scores as float32; so that both see the same numbers, so does the page.
        values = mixed(matrix, view).astype(np.float32).astype(np.float64)
    seen = [i for i, (token, visible) in enumerate(tokens) if visible and not token.special]
    counted = values[seen]
    limit = view.state.range or colour_range(counted)
    start = 0
    texts = []
    for prompt in view.prompts:
        rows = values[start : start + len(prompt.tokens)]
        start += len(prompt.tokens)
        texts.append(_painted(prompt, rows, limit, view))
    beyond = int((np.abs(counted) > limit).sum())
    return Painting(limit, beyond, len(counted), tuple(texts))


def _painted(
    prompt: PromptView, values: Scores, limit: float, view: ViewerView
) -> tuple[PaintedToken, ...]:
    coloured = has_direction(view)
    first = next((i for i, token in enumerate(prompt.tokens) if not token.special), 0)
    painted = []
    for i, (token, value) in enumerate(zip(prompt.tokens, values, strict=True)):
        classes = "t bos" if token.special else "t" if token.text else "t empty"
        if coloured and (view.state.bos or not token.special):
            classes = f"{classes} {level_class(level_of(float(value), limit))}".rstrip()
        label = spoken(token.text)
        painted.append(
            PaintedToken(
                classes,
                shown(token, boxes=view.state.boxes),
                f"{label} {signed(float(value))}" if coloured else label,
                0 if i == first else -1,
                token.special,
            )
        )
    return tuple(painted)


def shown(token: TokenView, *, boxes: bool) -> str:
    """What is written for a token; control characters always as their pictures."""
    if token.special:
        return "BOS" if "endoftext" in token.text or "bos" in token.text.lower() else token.text
    text = re.sub(r"[\x00-\x08\x0b-\x1f]", lambda found: chr(0x2400 + ord(found[0])), token.text)
    text = text.replace("\x7f", "\u2421")
    if not boxes:
        return text
    # A visible space is no space: a zero width space after each token lets lines break there.
    seen = text.replace(" ", "␣").replace("\t", "⇥").replace("\n", "↵\n") or "·"
    return seen if seen.endswith("\n") else seen + "\u200b"


def keeps_spaces(text: str) -> bool:
    """Whether a text's white space has to be kept as it is, as in code.

    Elsewhere it may collapse, so that the space before a word that begins a line leaves no trace
    of that word's colour at the end of the line before.
    """
    return re.search(r"  |\t|\n |^ ", text) is not None


def spoken(text: str) -> str:
    """A token's accessible name: its text, with white space named."""
    if text == "":
        return "part of a character"
    if text.strip() == "":
        return "new line" if "\n" in text else "tab" if "\t" in text else "space"
    return text.strip()


def signed(value: float) -> str:
    """A score as a person reads it: three significant digits and a true minus sign."""
    size = abs(value)
    places = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 1 else 3
    digits = f"{size:,.{places}f}"
    if not digits.strip("0.,"):
        return "0"
    return ("+" if value > 0 else "−") + digits


def percent(ratio: float) -> str:
    """A share as a percentage with two significant digits; only a whole is 100 %."""
    share = 100 * ratio
    if 99.5 <= share < 100:
        return f"{share:.1f} %" if share < 99.95 else "> 99.9 %"
    places = 0 if share >= 10 else 1 if share >= 1 else 2
    return f"{share:.{places}f} %" if share >= 0.01 or share == 0 else "< 0.01 %"


class Shades:
    """Shades of the grid's cells, 0 to 16: on a log scale, over the middle of all its ratios."""

    def __init__(self, ratios: Sequence[float]) -> None:
        known = sorted(ratio for ratio in ratios if ratio > 0) or [1.0]
        self._low = math.log(known[math.floor(0.05 * (len(known) - 1))])
        self._high = math.log(known[math.floor(0.99 * (len(known) - 1))])

    def of(self, ratio: float) -> int:
        """The shade of one cell."""
        if ratio <= 0:
            return 0
        share = (math.log(ratio) - self._low) / (self._high - self._low or 1.0)
        return math.floor(16 * min(max(share, 0.0), 1.0) + 0.5)
