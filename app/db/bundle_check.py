"""Whether a bundle hangs together and fits the models here, judged before anything is written."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import TypeVar
from uuid import UUID

from app.db.bundle_format import (
    DirectionRecord,
    ExplanationRecord,
    ListItemRecord,
    NamedRecord,
    PromptRecord,
    Record,
    RevisionRecord,
    SetItemRecord,
    UserRecord,
    VoteRecord,
)
from app.db.bundle_zip import Bundle, bad
from app.db.components import component_uid
from app.db.names import read_name, read_title
from app.errors import BadFile

R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True)
class Place:
    """A site of a served model: the width of its vectors, and its number of heads if it has any."""

    width: int
    n_heads: int | None


@dataclass(frozen=True, slots=True)
class Shape:
    """A served model, as far as directions depend on it. `revision` is None where not known."""

    revision: str | None
    sites: Mapping[str, Place]


Served = Mapping[str, Shape]
"""The models that are served here, by name."""


def check(bundle: Bundle, served: Served) -> None:
    """Read all of the bundle; raises BadFile where it is broken or made for another width."""
    check_widths(bundle, served)
    names = {name_key(record.name) for record in of(bundle, "users.jsonl", UserRecord)}
    directions = _check_directions(bundle, served, names)
    explanations: set[int] = set()
    for record in of(bundle, "explanations.jsonl", ExplanationRecord):
        _check_name(record.username, names)
        _check_there(record.direction, directions, "An explanation", "direction")
        _add(int(record.uid, 16), explanations, "explanations", record.uid)
    for revision in of(bundle, "revisions.jsonl", RevisionRecord):
        _check_there(revision.explanation, explanations, "An earlier text", "explanation")
    for vote in of(bundle, "votes.jsonl", VoteRecord):
        _check_name(vote.username, names)
        _check_there(vote.explanation, explanations, "A vote", "explanation")
    lists = _check_named(bundle, "lists.jsonl", names)
    for item in of(bundle, "list_items.jsonl", ListItemRecord):
        _check_owner((item.username, item.list), lists, "list")
        _check_there(item.direction, directions, "A list", "direction")
    prompts: set[int] = set()
    for prompt in of(bundle, "prompts.jsonl", PromptRecord):
        _add(prompt.number, prompts, "prompts", str(prompt.number))
        if (prompt.username is None) == (prompt.dataset is None or prompt.slug is None):
            raise bad(f"Prompt {prompt.number} is neither a user's nor one of a dataset.")
        if prompt.username is not None:
            _check_name(prompt.username, names)
            if prompt.model is None:
                raise bad(f"Prompt {prompt.number} names no model.")
    sets = _check_named(bundle, "sets.jsonl", names)
    for member in of(bundle, "set_items.jsonl", SetItemRecord):
        _check_owner((member.username, member.set), sets, "set")
        if member.prompt not in prompts:
            raise bad(f"A set holds prompt {member.prompt}, which is not in the bundle.")


def check_widths(bundle: Bundle, served: Served) -> None:
    """Raises BadFile, with both numbers, for a bundle made for another width of a model."""
    for name, entry in bundle.manifest.models.items():
        for site, width in entry.sites.items():
            place = served[name].sites.get(site) if name in served else None
            if place is not None and place.width != width:
                raise bad(
                    f"The bundle was made for another {name}: at {site} its directions have "
                    f"{width:,} numbers, those of the {name} served here have {place.width:,}."
                )
            if name in served and place is None:
                raise bad(
                    f"The bundle was made for another {name}: the {name} served here has no site "
                    f"{site}."
                )


def of(bundle: Bundle, name: str, kind: type[R]) -> Iterator[R]:
    """The records of a file, whose kind is known."""
    for record in bundle.records(name):
        assert isinstance(record, kind)
        yield record


@lru_cache(maxsize=50_000)
def name_key(username: str) -> str:
    """What tells a username apart."""
    return read_name(username).key


def _check_directions(bundle: Bundle, served: Served, names: set[str]) -> set[int]:
    """The uids of the directions, as numbers: they take less memory so."""
    found: set[int] = set()
    named: set[int] = set()
    for record, _ in bundle.directions():
        _add(int(record.uid, 16), found, "directions", record.uid)
        _check_direction(record, bundle, served)
        if record.username is not None:
            _check_name(record.username, names)
            key = _digest(name_key(record.username), read_title(record.name, field="name")[1])
            if key in named:
                raise bad(f"The bundle holds two directions {record.name!r} of {record.username}.")
            named.add(key)
    return found


def _digest(*parts: str) -> int:
    return int.from_bytes(blake2b("\0".join(parts).encode(), digest_size=16).digest())


def _is_its_uid(record: DirectionRecord) -> bool:
    """Whether the uid is one of a user's direction, or that of just this component."""
    if record.component is None or record.basis is None or record.origin == "user":
        return UUID(record.uid).version == 4
    return record.uid == component_uid(
        record.model, record.revision, record.site, record.head, record.component, record.basis
    )


def _check_direction(record: DirectionRecord, bundle: Bundle, served: Served) -> None:
    is_pca = record.origin == "pca"
    lacks = record.component is None or record.basis is None
    if is_pca != (record.username is None) or (is_pca and lacks):
        raise bad(
            f"The direction {record.name!r} is neither somebody's nor a component of a basis."
        )
    if not _is_its_uid(record):
        raise bad(f"The direction {record.name!r} bears an id that is not its own, {record.uid}.")
    entry = bundle.manifest.models.get(record.model)
    width = entry.sites.get(record.site) if entry is not None else None
    if width != record.width:
        raise bad(
            f"The direction {record.name!r} has {record.width:,} numbers at {record.site} of "
            f"{record.model}; the manifest says {'nothing of it' if width is None else width}."
        )
    if record.model not in served:
        return
    heads = served[record.model].sites[record.site].n_heads
    if (heads is None) != (record.head is None) or (record.head or 0) >= (heads or 1):
        there = "no heads" if heads is None else f"heads 0 to {heads - 1}"
        said = "no head" if record.head is None else f"head {record.head}"
        raise bad(
            f"The direction {record.name!r} names {said}; {record.site} of the {record.model} "
            f"served here has {there}."
        )


def _check_named(bundle: Bundle, file: str, names: set[str]) -> set[tuple[str, str]]:
    """(username, name) of every list or set, as they are compared."""
    found: set[tuple[str, str]] = set()
    for record in of(bundle, file, NamedRecord):
        _check_name(record.username, names)
        key = name_key(record.username), read_title(record.name, field="name")[1]
        if key in found:
            raise bad(f"{file} holds {record.name!r} of {record.username} twice.")
        found.add(key)
    return found


def _check_owner(named: tuple[str, str], there: set[tuple[str, str]], what: str) -> None:
    username, name = named
    if (name_key(username), read_title(name, field="name")[1]) not in there:
        raise bad(f"Something is in the {what} {name!r} of {username}, which is not in the bundle.")


def _check_name(username: str, names: set[str]) -> None:
    if name_key(username) not in names:
        raise bad(f"users.jsonl does not list {username!r}, whose things are in the bundle.")


def _check_there(uid: str, there: set[int], what: str, of_what: str) -> None:
    if int(uid, 16) not in there:
        raise bad(f"{what} belongs to the {of_what} {uid}, which is not in the bundle.")


def _add(key: int, found: set[int], what: str, shown: str) -> None:
    if key in found:
        raise _twice(what, shown)
    found.add(key)


def _twice(what: str, shown: str) -> BadFile:
    return bad(f"Two {what} of the bundle bear the same id, {shown}.")
