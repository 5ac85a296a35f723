"""How saved things are written: days, places, how a direction was made, where it opens.

`static/js/saved/words.js` writes days, ends the same way.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

from app.web.neurons import neuron_phrase
from app.web.views import View

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
SIDES = {"both": "both ends", "plus": "+ end", "minus": "− end"}
LISTED = {
    "public": "in the directory and the search",
    "unlisted": "not in the directory or search; its link and your name’s page show it",
}
"""Where a direction of each visibility is shown."""
QUOTED = 90
"""Characters of a text that are quoted; of a longer one, its beginning."""
PARTS = 8
"""Parts of a combination that are written out."""

Recipe = Mapping[str, Any]


class Phrase(View):
    """A piece of a sentence; one with an `href` is a link, one that is `given` was typed."""

    text: str
    href: str | None = None
    given: bool = False


def day(moment: datetime) -> str:
    """A day as a person reads it, in UTC."""
    moment = moment.astimezone(UTC)
    return f"{moment.day} {MONTHS[moment.month - 1]} {moment.year}"


def plural(count: int, one: str, many: str | None = None) -> str:
    """A count and its noun."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def place(site_label: str, head: int | None) -> str:
    """A site, and the head where it has heads."""
    return site_label if head is None else f"{site_label}, head {head}"


def person(name: str) -> str:
    """The address of what somebody has saved."""
    return f"/people/{quote(name, safe='')}"


def viewer(**given: str | int | None) -> str:
    """An address of the viewer, with those of its parameters that are given."""
    return "/?" + urlencode({name: value for name, value in given.items() if value is not None})


def made(recipe: Recipe, where: str) -> tuple[Phrase, ...]:
    """How a direction was made, in words. `where` is the label of its site (and head)."""
    kind = recipe.get("kind")
    if kind == "combination":
        return (
            (*_sum(recipe.get("parts") or ()), Phrase(text=f" of {where}’s PCA"))
            if (recipe.get("basis"))
            else tuple(_sum(recipe.get("parts") or ()))
        )
    if kind == "component":
        return (Phrase(text=f"component {recipe.get('component')} of {where}’s PCA"),)
    if kind == "upload":
        return (Phrase(text="uploaded from "), Phrase(text=str(recipe.get("file")), given=True))
    if kind == "token":
        return tuple(_residual(recipe))
    if kind == "neuron":
        return (_neuron(recipe),)
    if kind == "difference":
        plus, minus = recipe.get("plus") or {}, recipe.get("minus") or {}
        return (*_residual(plus), Phrase(text=", minus "), *_residual(minus))
    if kind == "copy":
        return _copied(recipe, where)
    return (Phrase(text="given as numbers"),)


def origin_of(recipe: Recipe) -> Recipe:
    """The recipe behind any number of copies."""
    while recipe.get("kind") == "copy" and isinstance(recipe.get("made"), Mapping):
        recipe = recipe["made"]
    return recipe


def _sum(parts: Sequence[Recipe]) -> list[Phrase]:
    """`0.94 × component 3 − 0.35 × “numbers”`, those saved parts linked that are here."""
    phrases = []
    for i, part in enumerate(parts[:PARTS]):
        weight = float(part.get("weight") or 0.0)
        sign = ("−" if weight < 0 else "") if i == 0 else (" − " if weight < 0 else " + ")
        phrases.append(Phrase(text=f"{sign}{abs(weight):.3g} × "))
        id_ = part.get("id")
        if id_ is None and part.get("component") is not None:
            phrases.append(Phrase(text=f"component {part['component']}"))
        else:
            name = _quoted(str(part.get("name") or f"direction {id_}"))
            href = None if id_ is None else f"/directions/{int(id_)}"
            phrases.append(Phrase(text=name, href=href, given=True))
    if len(parts) > PARTS:
        phrases.append(Phrase(text=f" and {len(parts) - PARTS} more parts"))
    return phrases


def _residual(read: Recipe) -> list[Phrase]:
    """A token's residual in its text, or the mean over a text."""
    text = Phrase(text=_quoted(str(read.get("text") or "")), given=True)
    if read.get("position") is None:
        return [Phrase(text="mean residual of "), text]
    token = Phrase(text=_quoted(str(read.get("token") or "")), given=True)
    return [Phrase(text="residual of "), token, Phrase(text=" in "), text]


def _neuron(recipe: Recipe) -> Phrase:
    """`neuron 2342 of layer 9’s FFN`, a link to its colours just after it writes."""
    layer, head = int(recipe.get("layer") or 0), recipe.get("head")
    number = int(recipe.get("index" if head is None else "dim") or 0)
    address = f"{layer}.{number}" if head is None else f"{layer}.{head}.{number}"
    href = viewer(model=recipe.get("model"), neuron=address)
    return Phrase(text=neuron_phrase(layer, number, head), href=href)


def _copied(recipe: Recipe, where: str) -> tuple[Phrase, ...]:
    name = Phrase(
        text=_quoted(str(recipe.get("name") or "a direction")),
        href=f"/directions/{int(recipe['of'])}" if recipe.get("of") else None,
        given=True,
    )
    phrases = [Phrase(text="copied from "), name]
    if recipe.get("username"):
        whose = str(recipe["username"])
        phrases += [Phrase(text=" by "), Phrase(text=whose, href=person(whose), given=True)]
    return (*phrases, Phrase(text=": "), *made(origin_of(recipe), where))


def _quoted(text: str) -> str:
    """A text in quotation marks, its white space visible at the ends of lines."""
    text = text.replace("\n", "↵").replace("\t", "⇥")
    return f"“{text[:QUOTED] + '…' if len(text) > QUOTED else text}”"
