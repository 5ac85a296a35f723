"""The words of the contributions page, and the addresses of its choices."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from app.web.contribution_address import serialise
from app.web.contribution_shown import ChanceView, ContributionsView, PredictionView
from app.web.rendering import percent, shown, spoken

QUOTED = 28
"""How much of the text is quoted, in characters."""
N_OTHERS = 5
"""How many of the likeliest other tokens are offered to compare with."""
SMALL = 1e-4
"""A probability below this is written as its logarithm: as percentages such would look alike."""
START = "the start of the text"
"""Where nothing was read but the token that begins a text."""

SPACES = "␣⇥↵"
CONTROL = re.compile(r"[\x00-\x1f]")


@dataclass(frozen=True, slots=True)
class Section:
    """One figure of the page: what it is called, what it shows, what it says while working."""

    id: str
    title: str
    short: str
    about: str
    doing: str


SECTIONS = (
    Section(
        "curve",
        "Along the stream",
        "Stream",
        "What the model would say if the stream ended here, before and after every module.",
        "Reading the stream after every module",
    ),
    Section(
        "layers",
        "Layers",
        "Layers",
        "How much each layer’s attention and FFN raised (+) or lowered (−) log p, in nats.",
        "Working out what each layer did",
    ),
    Section(
        "heads",
        "Heads",
        "Heads",
        "What each attention head brought, and from which words of the text.",
        "Scoring every head at every position",
    ),
    Section(
        "subvalues",
        "Neurons and other parts",
        "Parts",
        "The parts of the modules’ outputs that did most, and what each says in words.",
        "Looking for the parts that did most",
    ),
    Section(
        "queries",
        "What activated them",
        "Activation",
        "Which earlier layers and neurons made those parts speak up.",
        "Following the parts back to what activated them",
    ),
    Section(
        "compare",
        "Compared with another token",
        "Comparison",
        "Why this token and not another: the difference of their log p, layer by layer.",
        "Comparing the two tokens",
    ),
)


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token of the text: its classes, what is written for it, its accessible name."""

    classes: str
    text: str
    label: str
    special: bool
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Chip:
    """A token that can be chosen: the white space it begins with, the rest of it, how likely it
    is, that as a number where it is small, and the address that chooses it. `is_next`: the text
    goes on with it.
    """

    id: int
    space: str
    text: str
    likely: str
    small: str | None
    address: str
    is_chosen: bool
    is_next: bool


def token_rows(view: ContributionsView) -> list[TokenRow]:
    """The text's tokens; those after the chosen position are not read, and are dimmed."""
    rows = []
    for position, token in enumerate(view.tokens):
        classes = "t bos" if token.special else "t" if token.text else "t empty"
        classes += " after" if position > view.position else ""
        label = "start of text" if token.special else spoken(token.text)
        text = shown(token, boxes=False)
        rows.append(TokenRow(classes, text, label, token.special, position == view.position))
    return rows


def targets(view: ContributionsView) -> list[Chip]:
    """Tokens to take apart: the likeliest, then the chosen one and the text's next, if others."""
    if view.target is None:
        return []
    found = []
    for each in _with(view.predictions, view.following, view.target):
        likeliest = each.id == view.predictions[0].id
        change: dict[str, int | None] = {"target": None if likeliest else each.id}
        if each.id != view.target.id:
            change["value"] = None
        if view.other is not None and each.id == view.other.id:
            change["other"] = view.target.id  # they change places
        found.append(_chip(view, each, address(view, **change), each.id == view.target.id))
    return found


def others(view: ContributionsView) -> list[Chip]:
    """Tokens to compare the target with: the likeliest others, then the chosen one. A click on
    that one ends the comparison.
    """
    if view.target is None:
        return []
    target = view.target.id
    others = [each for each in view.predictions if each.id != target][:N_OTHERS]
    found = []
    for each in _with(others, view.other):
        is_chosen = view.other is not None and each.id == view.other.id
        there = address(view, other=None if is_chosen else each.id)
        found.append(_chip(view, each, there, is_chosen))
    return found


def _with(likely: Sequence[PredictionView], *extra: ChanceView | None) -> list[ChanceView]:
    """The likely tokens, and after them those that are not among them."""
    found = {
        each.id: ChanceView(
            id=each.id, text=each.text, logprob=math.log(each.p) if each.p > 0 else -math.inf
        )
        for each in likely
    }
    for each in extra:
        if each is not None and each.id not in found:
            found[each.id] = each
    return list(found.values())


def _chip(view: ContributionsView, token: ChanceView, address: str, is_chosen: bool) -> Chip:
    space, rest = apart(token.text)
    is_next = view.following is not None and view.following.id == token.id
    return Chip(
        token.id,
        space,
        rest,
        likely(token.logprob),
        small(token.logprob),
        address,
        is_chosen,
        is_next,
    )


def likely(logprob: float) -> str:
    """How likely a token is, so that it can be told apart from others. logprob: in nats."""
    if math.exp(logprob) >= SMALL or math.isinf(logprob):
        return percent(math.exp(logprob))
    return f"log\u00a0p\u00a0−{-logprob:.1f}"


def small(logprob: float) -> str | None:
    """A small probability as a number, `p = 1.4 × 10⁻⁵`; None for one that is a percentage."""
    if math.exp(logprob) >= SMALL or math.isinf(logprob):
        return None
    tens = math.floor(logprob / math.log(10))
    digits = f"{10 ** (logprob / math.log(10) - tens):.1f}"
    if digits == "10.0":
        digits, tens = "1.0", tens + 1
    power = "".join("⁰¹²³⁴⁵⁶⁷⁸⁹"[int(digit)] for digit in str(-tens))
    return f"p = {digits} × 10⁻{power}"


def address(view: ContributionsView, **changed: int | None) -> str:
    """The address of what is shown with another choice."""
    return f"/contributions?{serialise(view.state.model_copy(update=changed))}"


def in_viewer(view: ContributionsView) -> str:
    """The viewer's address of the same text."""
    state = view.state
    where: dict[str, str | int] = {"model": state.model}
    if state.prompt is None:
        return f"/?{urlencode(where | {'text': view.words, 'open': 't0'})}"
    return f"/?{urlencode(where | {'prompt': state.prompt, 'open': f'p{state.prompt}'})}"


def heading(view: ContributionsView) -> str:
    """The question that the page answers. Only the likeliest token is what the model says."""
    if view.target is None:
        return "What made it say that?"
    said = view.target.id == view.predictions[0].id
    return (
        f"{'What made it say' if said else 'What raised or lowered'} “{named(view.target.text)}”?"
    )


def read(view: ContributionsView) -> str:
    """The end of what was read: whole tokens, as many as fit, white space at its end visible."""
    quoted = ""
    for token in reversed(view.tokens[: view.position + 1]):
        more = quoted if token.special else token.text + quoted
        if len(more) > QUOTED and quoted:
            return f"…{_ended(quoted).lstrip('.… ')}"  # no four dots
        quoted = more
    return _ended(quoted) or START


def _ended(words: str) -> str:
    rest = words.rstrip()
    return rest.lstrip() + (visible(words[len(rest) :]) if rest != words else "")


def named(text: str) -> str:
    """A token in running words: without the white space around it, or that, visible, where it is
    all there is.
    """
    seen = visible(text)
    return seen.strip(SPACES) or seen


def apart(text: str) -> tuple[str, str]:
    """The white space that a token begins with and the rest of it, both visible."""
    seen = visible(text)
    rest = seen.lstrip(SPACES)
    return (seen[: len(seen) - len(rest)], rest) if rest else ("", seen)


def visible(text: str) -> str:
    """A token by itself, its white space visible: the space before a word is a part of it."""
    seen = text.replace(" ", "␣").replace("\t", "⇥").replace("\n", "↵")
    return CONTROL.sub(lambda found: chr(0x2400 + ord(found[0])), seen) or "·"
