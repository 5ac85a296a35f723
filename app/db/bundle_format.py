"""What a bundle is: a zip that carries directions and what was said about them elsewhere.

    manifest.json        format, version, created_at, of (a username, or null for everything),
                         models {name: {revisions, sites: {site: width}}}, counts {file: lines}
    users.jsonl          the names that the other files use; no passphrases, no logins
    directions.jsonl     one direction a line, and its vector in
    vectors-00000.safetensors, ...   one float32 tensor per direction, named by its uid, in the
                         order of the lines
    explanations.jsonl, revisions.jsonl (texts before an edit), votes.jsonl
    prompts.jsonl, lists.jsonl, list_items.jsonl, sets.jsonl, set_items.jsonl

JSON Lines in UTF-8, in the order in which the rows were stored. What was deleted is left out. A
user's bundle also carries what that user's explanations, votes, lists and sets are about when
somebody else made it; such lines bear `context: true`. Numbers of rows mean nothing elsewhere:
directions and explanations go by their uid, the others by the names that tell them apart.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from app.db.bundle_recipe import Recipe
from app.db.names import MAX_EXPLANATION, MAX_NOTE, read_name, read_prose, read_title

FORMAT: Literal["residual-stream-viewer-bundle"] = "residual-stream-viewer-bundle"
VERSION = 1
MANIFEST = "manifest.json"
SHARD = "vectors-{:05d}.safetensors"
SHARD_PATTERN = r"vectors-\d{5}\.safetensors"
SHARD_VECTORS = 4096
SHARD_BYTES = 16 * 2**20
LINE_BYTES = 2**20
MAX_PROMPT = 200_000

Uid = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
Word = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[!-~]+$")]
Basis = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[!-~]+$")]
Count = Annotated[int, Field(ge=0, lt=2**31)]


@lru_cache(maxsize=50_000)  # a name stands on many lines
def _username(text: str) -> str:
    return read_name(text).shown


def _moment(value: datetime) -> datetime:
    """A moment in UTC, of years in which every database can count."""
    if not 1970 <= value.year <= 2200:
        raise ValueError("a year between 1970 and 2200 is expected")
    return value.astimezone(UTC)


def _up_or_down(value: int) -> int:
    if value not in (-1, 1):
        raise ValueError("1 or -1 is expected")
    return value


Moment = Annotated[AwareDatetime, AfterValidator(_moment)]
Username = Annotated[str, AfterValidator(_username)]
Title = Annotated[str, AfterValidator(lambda text: read_title(text, field="name")[0])]
Note = Annotated[
    str,
    AfterValidator(lambda text: read_prose(text, field="note", limit=MAX_NOTE, empty_ok=True)),
]
Meaning = Annotated[
    str, AfterValidator(lambda text: read_prose(text, field="text", limit=MAX_EXPLANATION))
]
Slug = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=r"^[^\x00]+$")]
PromptText = Annotated[
    str, StringConstraints(min_length=1, max_length=MAX_PROMPT, pattern=r"^[^\x00]+$")
]


class Record(BaseModel):
    """One line of a file; nothing that is not described is let in."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, allow_inf_nan=False, hide_input_in_errors=True
    )


class UserRecord(Record):
    """A name under which something in the bundle was saved."""

    name: Username
    created_at: Moment


class DirectionRecord(Record):
    """A direction, its vector apart. `username` is null for a component of a PCA basis."""

    uid: Uid
    username: Username | None
    origin: Literal["user", "pca"]
    name: Title
    model: Word
    revision: Word
    site: Word
    head: Count | None
    component: Count | None
    basis: Basis | None
    width: Annotated[int, Field(ge=1, le=1_000_000)]
    recipe: Recipe
    visibility: Literal["public", "unlisted"]
    created_at: Moment
    updated_at: Moment
    context: bool = False


class ExplanationRecord(Record):
    """What somebody thinks a direction (by uid), or one end of it, means."""

    uid: Uid
    direction: Uid
    username: Username
    side: Literal["both", "plus", "minus"]
    text: Meaning
    created_at: Moment
    updated_at: Moment
    context: bool = False


class RevisionRecord(Record):
    """A text that an explanation (by uid) had before it was edited."""

    explanation: Uid
    text: Meaning
    replaced_at: Moment


class VoteRecord(Record):
    """One name's vote on an explanation (by uid)."""

    explanation: Uid
    username: Username
    value: Annotated[int, AfterValidator(_up_or_down)]
    updated_at: Moment


class PromptRecord(Record):
    """A text, under a number that sets in this bundle use.

    A user's, or one of a bundled dataset, told by its slug there.
    """

    number: Count
    username: Username | None
    dataset: Slug | None
    slug: Slug | None
    text: PromptText
    model: Word | None
    created_at: Moment
    context: bool = False


class NamedRecord(Record):
    """A user's list of directions, or set of prompts."""

    username: Username
    name: Title
    note: Note
    created_at: Moment


class ListItemRecord(Record):
    """One direction (by uid) of a list, in the order of the lines."""

    username: Username
    list: Title
    direction: Uid
    note: Note
    added_at: Moment


class SetItemRecord(Record):
    """One prompt (by its number here) of a set, in the order of the lines."""

    username: Username
    set: Title
    prompt: Count


FILES: Mapping[str, type[Record]] = {
    "users.jsonl": UserRecord,
    "directions.jsonl": DirectionRecord,
    "explanations.jsonl": ExplanationRecord,
    "revisions.jsonl": RevisionRecord,
    "votes.jsonl": VoteRecord,
    "prompts.jsonl": PromptRecord,
    "lists.jsonl": NamedRecord,
    "list_items.jsonl": ListItemRecord,
    "sets.jsonl": NamedRecord,
    "set_items.jsonl": SetItemRecord,
}


class ModelEntry(Record):
    """What a bundle's directions need of a model: its sites' widths."""

    revisions: Annotated[list[Word], Field(max_length=10_000)]
    sites: Annotated[dict[Word, Annotated[int, Field(ge=1)]], Field(max_length=100_000)]


class Manifest(Record):
    """What is in the bundle."""

    format: Literal["residual-stream-viewer-bundle"] = FORMAT
    version: Annotated[int, Field(ge=1)] = VERSION
    created_at: Moment
    of: Username | None
    models: Annotated[dict[Word, ModelEntry], Field(max_length=1000)]
    counts: dict[str, Count]
