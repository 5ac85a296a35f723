"""What the steps of an import share: whose things may be written, what became of each, and counts.

An import adds and never overwrites: what is here stays as it is, and what a second import finds is
`known`. What cannot be taken is `skipped`, with the reason, and with it whatever belongs to it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db import users
from app.db.bundle_check import name_key
from app.db.bundle_format import DirectionRecord
from app.db.bundle_zip import Bundle, Vector
from app.db.models import Direction, Explanation, User
from app.errors import RsvError

KINDS = (
    "users", "directions", "explanations", "votes", "prompts", "lists", "list_items", "sets",
    "set_items",
)  # fmt: skip
CHUNK = 500
MAX_REASONS = 50
IMPORTS = 0x5256_4249  # the number of the lock that one import at a time holds
NOT_TAKEN = "what they belong to was not taken"

T = TypeVar("T")


@dataclass(slots=True)
class Tally:
    """What became of the records of one kind."""

    added: int = 0
    known: int = 0
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """What an import did. `notes` say what is true of things that were taken all the same."""

    tallies: dict[str, Tally] = field(default_factory=lambda: {kind: Tally() for kind in KINDS})
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    @property
    def skipped(self) -> list[str]:
        """Why what was skipped was, in words, the most frequent reasons first."""
        said = [
            f"{kind.replace('_', ' ')} ({n:,}): {reason}."
            for (kind, reason), n in self.reasons.most_common(MAX_REASONS)
        ]
        more = len(self.reasons) - len(said)
        return [*said, f"… and {more:,} more reasons."] if more > 0 else said

    @property
    def added(self) -> int:
        """How many records were added in all."""
        return sum(tally.added for tally in self.tallies.values())


@dataclass(frozen=True, slots=True)
class Rules:
    """What an import may write: under which existing names, and which components of PCA bases.

    A component belongs to nobody; whoever trusts one that is not here says that its vector is
    what its place and number say.
    """

    may_write: Callable[[User], bool]
    trusts: Callable[[DirectionRecord, Vector], bool]


EVERYTHING = Rules(may_write=lambda _: True, trusts=lambda _, __: True)


class Merge:
    """One import on its way."""

    def __init__(self, session: Session, bundle: Bundle, rules: Rules) -> None:
        self.session = session
        self.bundle = bundle
        self.rules = rules
        self.report = Report()
        self.fresh: set[int] = set()
        """Directions that are new here."""
        self.touched: set[int] = set()
        """Directions whose explanations or votes changed."""
        self.dropped: set[str] = set()
        """Uids of directions and explanations that were not taken."""
        self.same: dict[str, int] = {}
        """Uids of those that are here under another uid."""
        self._writers: dict[str, int | None] = {}
        self._refused: dict[str, str] = {}
        self._others: dict[str, int] = {}

    def admit(self, name: str) -> tuple[User, bool] | None:
        """The user of a name, and whether it is new; None if nothing may be written under it."""
        key = name_key(name)
        try:
            found = users.find(self.session, name)
            user = users.named(self.session, name) if found is None else found
        except RsvError as error:
            self._refused[key] = error.detail.rstrip(".")
            return None
        if found is not None and not self.rules.may_write(found):
            self._refused[key] = f"the name {found.name} is claimed, and is not yours"
            self._others[key] = found.id
            return None
        self._writers[key] = user.id
        return user, found is None

    def refusal(self, name: str) -> str:
        """Why nothing is written under a name."""
        return self._refused[name_key(name)]

    def writer(self, kind: str, name: str) -> int | None:
        """The id of the user of that name; counts the record as skipped where there is none."""
        key = name_key(name)
        user_id = self._writers.get(key)
        if user_id is None:
            self.skip(kind, self._refused[key])
        return user_id

    def owns(self, name: str, user_id: int | None) -> bool:
        """Whether the name is somebody's under whom nothing may be written, of that id."""
        return user_id is not None and self._others.get(name_key(name)) == user_id

    def user(self, user_id: int) -> User:
        """The user of an id that `writer` gave."""
        return self.session.get_one(User, user_id)

    def add(self, kind: str, n: int = 1) -> None:
        """Count records that are here now and were not before."""
        self.report.tallies[kind].added += n

    def know(self, kind: str) -> None:
        """Count a record that was here already."""
        self.report.tallies[kind].known += 1

    def skip(self, kind: str, reason: str) -> None:
        """Count a record that was not taken."""
        self.report.tallies[kind].skipped += 1
        self.report.reasons[kind, reason] += 1

    def drop(self, kind: str, uid: str, reason: str | None) -> None:
        """Count a record that was not taken, and remember it for those that belong to it."""
        if reason is not None:
            self.skip(kind, reason)
        self.dropped.add(uid)

    def direction_ids(self, uids: Iterable[str]) -> dict[str, int]:
        """The directions of a bundle's uids, those that were not taken left out."""
        asked = {uid for uid in uids if uid not in self.dropped}
        query = select(Direction.uid, Direction.id).where(
            Direction.uid.in_(asked - self.same.keys()), Direction.deleted_at.is_(None)
        )
        found = {uid: id_ for uid, id_ in self.session.execute(query)} if asked else {}
        return found | {uid: self.same[uid] for uid in asked & self.same.keys()}

    def explanation_ids(self, uids: Iterable[str]) -> dict[str, tuple[int, int]]:
        """The (id, direction id) of a bundle's explanations, those not taken left out."""
        asked = {uid for uid in uids if uid not in self.dropped}
        same = {self.same[uid]: uid for uid in asked if uid in self.same}
        columns = select(Explanation.uid, Explanation.id, Explanation.direction_id)
        there = columns.where(Explanation.deleted_at.is_(None))
        by_uid = there.where(Explanation.uid.in_(asked - set(same.values())))
        found = {uid: (id_, of) for uid, id_, of in self.session.execute(by_uid)}
        if same:
            for _, id_, of in self.session.execute(there.where(Explanation.id.in_(same))):
                found[same[id_]] = id_, of
        return found

    def hold(self, direction_ids: Iterable[int]) -> None:
        """Hold directions that others see, before what is under them changes."""
        ids = sorted(set(direction_ids) - self.fresh)
        if ids:
            query = select(Direction.id).where(Direction.id.in_(ids)).order_by(Direction.id)
            self.session.execute(query.with_for_update(of=Direction, key_share=True))

    def alone(self) -> None:
        """Wait until no other import is on its way: two could wait for each other in a circle."""
        if self.session.get_bind().dialect.name == "postgresql":
            self.session.execute(select(func.pg_advisory_xact_lock(IMPORTS)))


def chunks(records: Iterator[T]) -> Iterator[Sequence[T]]:
    """Records in the portions in which the database is asked about them."""
    while portion := list(islice(records, CHUNK)):
        yield portion
