"""Which rows a bundle holds: everything, or what one user made and what that is about."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    and_,
    case,
    false,
    or_,
    select,
    true,
    union,
)
from sqlalchemy.orm import aliased

from app.db.directions import VISIBILITIES
from app.db.models import (
    Collection,
    CollectionItem,
    Direction,
    Explanation,
    Prompt,
    PromptSet,
    PromptSetItem,
    Revision,
    User,
    Vote,
)

Query = Select[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Whose things: one user's, or everybody's for None; of those, directions so visible."""

    user: User | None
    visibilities: tuple[str, ...] = VISIBILITIES

    def there(self) -> ColumnElement[bool]:
        """Whether a direction is still there, and as visible as is asked.

        One that a user's things are about must be public too, or that user's own.
        """
        there = and_(Direction.deleted_at.is_(None), Direction.visibility.in_(self.visibilities))
        if self.user is None:
            return there
        return and_(there, or_(Direction.visibility == "public", Direction.user_id == self.user.id))

    def made(self, column: Any) -> ColumnElement[bool]:  # noqa: ANN401
        """Whether a row is that user's own."""
        return true() if self.user is None else column == self.user.id

    def context(self, column: Any) -> ColumnElement[bool]:  # noqa: ANN401
        """Whether a row is carried only because something refers to it."""
        return false() if self.user is None else column.is_distinct_from(self.user.id)

    def directions(self) -> ColumnElement[bool]:
        """Directions that are there, and belong to the bundle."""
        there = self.there()
        if self.user is None:
            return there
        explained = select(Explanation.direction_id).where(
            Explanation.deleted_at.is_(None),
            or_(Explanation.user_id == self.user.id, Explanation.id.in_(self._voted())),
        )
        kept = (
            select(CollectionItem.direction_id)
            .join(Collection, Collection.id == CollectionItem.list_id)
            .where(Collection.user_id == self.user.id, Collection.deleted_at.is_(None))
        )
        own = select(Direction.id).where(Direction.user_id == self.user.id)
        return and_(there, Direction.id.in_(union(own, explained, kept)))

    def explanations(self) -> ColumnElement[bool]:
        """Explanations that are there, of directions that are, and belong to the bundle."""
        there = and_(Explanation.deleted_at.is_(None), self.there())
        if self.user is None:
            return there
        own = select(Explanation.id).where(Explanation.user_id == self.user.id)
        return and_(there, Explanation.id.in_(union(own, self._voted())))

    def prompts(self) -> ColumnElement[bool]:
        """Prompts of users, and those of bundled datasets that sets hold."""
        in_sets = (
            select(PromptSetItem.prompt_id)
            .join(PromptSet, PromptSet.id == PromptSetItem.set_id)
            .where(PromptSet.deleted_at.is_(None), self.made(PromptSet.user_id))
        )
        own = Prompt.user_id.is_not(None) if self.user is None else self.made(Prompt.user_id)
        return and_(Prompt.deleted_at.is_(None), or_(own, Prompt.id.in_(in_sets)))

    def _voted(self) -> Select[int]:
        assert self.user is not None
        return select(Vote.explanation_id).where(Vote.user_id == self.user.id)


def users(chosen: Chosen) -> Query:
    """Every user that the bundle names."""
    query = select(User.name, User.created_at).order_by(User.id)
    if chosen.user is None:
        return query
    named: CompoundSelect[Any] = union(
        select(Direction.user_id).where(chosen.directions()),
        select(Explanation.user_id)
        .join(Direction, Direction.id == Explanation.direction_id)
        .where(chosen.explanations()),
        select(Prompt.user_id).where(chosen.prompts()),
    )
    return query.where(or_(User.id == chosen.user.id, User.id.in_(named)))


def directions(chosen: Chosen) -> Query:
    """Directions without their vectors."""
    shown = (
        Direction.uid, User.name.label("username"), Direction.origin, Direction.name,
        Direction.model, Direction.revision, Direction.site, Direction.head, Direction.component,
        Direction.basis, Direction.width, Direction.recipe, Direction.visibility,
        Direction.created_at, Direction.updated_at,
        chosen.context(Direction.user_id).label("context"),
    )  # fmt: skip
    query = select(*shown).select_from(Direction).outerjoin(User, User.id == Direction.user_id)
    return query.where(chosen.directions()).order_by(Direction.id)


def vectors(chosen: Chosen) -> Select[str, bytes]:
    """The vectors of the same directions, in the same order."""
    return select(Direction.uid, Direction.vector).where(chosen.directions()).order_by(Direction.id)


def places(chosen: Chosen) -> Select[str, str, str, int]:
    """Models, revisions, sites and widths of the same directions."""
    columns = (Direction.model, Direction.revision, Direction.site, Direction.width)
    return select(*columns).where(chosen.directions()).distinct().order_by(*columns)


def explanations(chosen: Chosen) -> Query:
    """Explanations."""
    shown = (
        Explanation.uid, Direction.uid.label("direction"), User.name.label("username"),
        Explanation.side, Explanation.text, Explanation.created_at, Explanation.updated_at,
        chosen.context(Explanation.user_id).label("context"),
    )  # fmt: skip
    return (
        select(*shown)
        .select_from(Explanation)
        .join(Direction, Direction.id == Explanation.direction_id)
        .join(User, User.id == Explanation.user_id)
        .where(chosen.explanations())
        .order_by(Explanation.id)
    )


def revisions(chosen: Chosen) -> Query:
    """The earlier texts of the same explanations."""
    return (
        select(Explanation.uid.label("explanation"), Revision.text, Revision.replaced_at)
        .select_from(Revision)
        .join(Explanation, Explanation.id == Revision.explanation_id)
        .join(Direction, Direction.id == Explanation.direction_id)
        .where(chosen.explanations())
        .order_by(Revision.explanation_id, Revision.id)
    )


def votes(chosen: Chosen) -> Query:
    """Votes on the same explanations: a user's own, or all."""
    shown = (
        Explanation.uid.label("explanation"), User.name.label("username"), Vote.value,
        Vote.updated_at,
    )  # fmt: skip
    return (
        select(*shown)
        .select_from(Vote)
        .join(Explanation, Explanation.id == Vote.explanation_id)
        .join(Direction, Direction.id == Explanation.direction_id)
        .join(User, User.id == Vote.user_id)
        .where(chosen.explanations(), chosen.made(Vote.user_id))
        .order_by(Vote.explanation_id, Vote.user_id)
    )


def prompts(chosen: Chosen) -> Query:
    """Prompts."""
    bundled = Prompt.user_id.is_(None)
    context = or_(bundled, chosen.context(Prompt.user_id))
    shown = (
        Prompt.id.label("number"), User.name.label("username"),
        case((bundled, Prompt.dataset)).label("dataset"),
        case((bundled, Prompt.slug)).label("slug"),
        Prompt.text, Prompt.model, Prompt.created_at, context.label("context"),
    )  # fmt: skip
    query = select(*shown).select_from(Prompt).outerjoin(User, User.id == Prompt.user_id)
    return query.where(chosen.prompts()).order_by(Prompt.id)


def lists(chosen: Chosen) -> Query:
    """Lists of directions."""
    shown = (User.name.label("username"), Collection.name, Collection.note, Collection.created_at)
    return (
        select(*shown)
        .select_from(Collection)
        .join(User, User.id == Collection.user_id)
        .where(Collection.deleted_at.is_(None), chosen.made(Collection.user_id))
        .order_by(Collection.id)
    )


def list_items(chosen: Chosen) -> Query:
    """The directions of those lists."""
    owner = aliased(User)
    shown = (
        owner.name.label("username"), Collection.name.label("list"),
        Direction.uid.label("direction"), CollectionItem.note, CollectionItem.added_at,
    )  # fmt: skip
    return (
        select(*shown)
        .select_from(CollectionItem)
        .join(Collection, Collection.id == CollectionItem.list_id)
        .join(owner, owner.id == Collection.user_id)
        .join(Direction, Direction.id == CollectionItem.direction_id)
        .where(Collection.deleted_at.is_(None), chosen.made(Collection.user_id))
        .where(chosen.there())
        .order_by(CollectionItem.list_id, CollectionItem.position, CollectionItem.direction_id)
    )


def sets(chosen: Chosen) -> Query:
    """Sets of prompts."""
    shown = (User.name.label("username"), PromptSet.name, PromptSet.note, PromptSet.created_at)
    return (
        select(*shown)
        .select_from(PromptSet)
        .join(User, User.id == PromptSet.user_id)
        .where(PromptSet.deleted_at.is_(None), chosen.made(PromptSet.user_id))
        .order_by(PromptSet.id)
    )


def set_items(chosen: Chosen) -> Query:
    """The prompts of those sets, by the numbers they bear in the bundle."""
    shown = (
        User.name.label("username"), PromptSet.name.label("set"), Prompt.id.label("prompt"),
    )  # fmt: skip
    return (
        select(*shown)
        .select_from(PromptSetItem)
        .join(PromptSet, PromptSet.id == PromptSetItem.set_id)
        .join(User, User.id == PromptSet.user_id)
        .join(Prompt, Prompt.id == PromptSetItem.prompt_id)
        .where(PromptSet.deleted_at.is_(None), chosen.made(PromptSet.user_id))
        .where(Prompt.deleted_at.is_(None))
        .order_by(PromptSetItem.set_id, PromptSetItem.position, PromptSetItem.prompt_id)
    )


QUERIES: Mapping[str, Callable[[Chosen], Query]] = {
    "users.jsonl": users,
    "directions.jsonl": directions,
    "explanations.jsonl": explanations,
    "revisions.jsonl": revisions,
    "votes.jsonl": votes,
    "prompts.jsonl": prompts,
    "lists.jsonl": lists,
    "list_items.jsonl": list_items,
    "sets.jsonl": sets,
    "set_items.jsonl": set_items,
}
