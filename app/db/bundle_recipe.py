"""How a direction was made, as a bundle says it: ids of this database become uids, and back.

A stored recipe names other saved directions by their ids: the parts of a combination, the original
of a copy. In a bundle these go by uid. Where the other database does not have that direction, its
name stays and the link is left out. Ids of prompts are left out: the text itself is there.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    model_validator,
)

from app.db.models import Json

MAX_PARTS = 4096

Uid = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
Number = Annotated[int, Field(ge=0, lt=2**31)]
Short = Annotated[str, StringConstraints(max_length=1000, pattern=r"^[^\x00]*$")]
Long = Annotated[str, StringConstraints(max_length=200_000, pattern=r"^[^\x00]*$")]


class _Made(BaseModel):
    model_config = ConfigDict(
        extra="forbid", strict=True, allow_inf_nan=False, hide_input_in_errors=True
    )


class _Part(_Made):
    component: Number | None = None
    uid: Uid | None = None
    name: Short | None = None
    weight: float

    @model_validator(mode="after")
    def _named(self) -> Self:
        if self.component is None and self.uid is None and self.name is None:
            raise ValueError("a part is a component, or has a uid or a name")
        return self


class _Combination(_Made):
    kind: Literal["combination"]
    basis: Short | None = None
    parts: Annotated[list[_Part], Field(min_length=1, max_length=MAX_PARTS)]


class _Component(_Made):
    kind: Literal["component"]
    component: Number
    basis: Short | None = None


class _Vector(_Made):
    kind: Literal["vector"]


class _Upload(_Made):
    kind: Literal["upload"]
    file: Short | None = None
    format: Short


class _Place(_Made):
    text: Long
    position: Number | None = None
    token: Short | None = None


class _Token(_Place):
    kind: Literal["token"]


class _Difference(_Made):
    kind: Literal["difference"]
    plus: _Place
    minus: _Place


class _Neuron(_Made):
    kind: Literal["neuron"]
    model: Short | None = None
    layer: Number
    index: Number | None = None
    head: Number | None = None
    dim: Number | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        of_attention = sum(part is not None for part in (self.head, self.dim))
        if of_attention != (2 if self.index is None else 0):
            raise ValueError("a neuron has an index, or a head and a dim")
        return self


_First = _Combination | _Component | _Vector | _Upload | _Token | _Neuron | _Difference


class _Copy(_Made):
    kind: Literal["copy"]
    uid: Uid | None = None
    name: Short
    username: Short | None = None
    made: Annotated[_First, Field(discriminator="kind")]


_KNOWN: TypeAdapter[Any] = TypeAdapter(Annotated[_First | _Copy, Field(discriminator="kind")])


def _known(recipe: dict[str, Any]) -> dict[str, Any]:
    """The recipe as it is, if it is of a known kind."""
    _KNOWN.validate_python(recipe)
    return recipe


Recipe = Annotated[dict[str, Any], AfterValidator(_known)]


def ids_in(recipe: Mapping[str, Any]) -> Iterator[int]:
    """The ids of the directions that a stored recipe names."""
    for level in _levels(recipe):
        named = [part.get("id") for part in level.get("parts", ())]
        yield from (id_ for id_ in (level.get("of"), *named) if isinstance(id_, int))


def uids_in(recipe: Mapping[str, Any]) -> Iterator[str]:
    """The uids of the directions that a bundle's recipe names."""
    for level in _levels(recipe):
        named = [part.get("uid") for part in level.get("parts", ())]
        yield from (uid for uid in (level.get("uid"), *named) if isinstance(uid, str))


def portable(recipe: Mapping[str, Any], uid_of: Mapping[int, str]) -> dict[str, Any]:
    """A stored recipe as a bundle says it."""
    before = "of" if recipe["kind"] == "copy" else "id"
    return _renamed(recipe, before, "uid", uid_of, portable)


def local(recipe: Mapping[str, Any], id_of: Mapping[str, int]) -> Json:
    """A bundle's recipe as it is stored here."""
    after = "of" if recipe["kind"] == "copy" else "id"
    return _renamed(recipe, "uid", after, id_of, local)


def _levels(recipe: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """A recipe, and if it is a copy, the recipe of what was copied."""
    yield recipe
    if "made" in recipe:
        yield recipe["made"]


def _renamed(
    recipe: Mapping[str, Any],
    before: str,
    after: str,
    known: Mapping[Any, Any],
    inner: Callable[[Mapping[str, Any], Mapping[Any, Any]], dict[str, Any]],
) -> dict[str, Any]:
    """A recipe whose links bear the name `after` and are translated; ids of prompts left out."""
    renamed = _linked(recipe, before, after, known)
    for end in ("plus", "minus"):
        if end in renamed:
            renamed[end] = _linked(renamed[end], before, after, known)
    if "parts" in renamed:
        renamed["parts"] = [_linked(part, before, after, known) for part in renamed["parts"]]
    if "made" in renamed:
        renamed["made"] = inner(renamed["made"], known)
    return renamed


def _linked(
    place: Mapping[str, Any], before: str, after: str, known: Mapping[Any, Any]
) -> dict[str, Any]:
    kept = {name: value for name, value in place.items() if name not in (before, "prompt_id")}
    there = known.get(place.get(before))
    return kept if there is None else {**kept, after: there}
