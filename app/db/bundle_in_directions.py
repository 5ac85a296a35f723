"""Importing directions: by uid, or as the direction of that user that is the same in all but it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sqlalchemy import insert, select, update

from app.db import directions
from app.db.bundle_format import DirectionRecord
from app.db.bundle_merge import Merge, chunks
from app.db.bundle_recipe import local, uids_in
from app.db.bundle_zip import Vector
from app.db.models import Direction
from app.db.names import read_title
from app.errors import Taken

KIND = "directions"
OF_ANOTHER = "another direction is here under their id"
NOT_TRUSTED = "they are components of a PCA basis that is not the one here"
RENAMED = "their names were given to other directions since they were deleted"
ALL_TAKEN = "their users have too many other directions of these names"
MOST_NUMBERS = 20
"""How far is counted for a free name: names that many share would make each import slower."""

Names = dict[tuple[int, str], int | None]
"""The live directions of users' names; None for one that is about to be inserted."""


def merge_directions(merge: Merge) -> None:
    """Take the directions of the bundle."""
    for portion in chunks(merge.bundle.directions()):
        _merge(merge, portion)


def _merge(merge: Merge, portion: Sequence[tuple[DirectionRecord, Vector]]) -> None:
    columns = (
        Direction.id, Direction.uid, Direction.user_id, Direction.model, Direction.site,
        Direction.head, Direction.deleted_at, Direction.vector,
    )  # fmt: skip
    by_uid = select(*columns).where(Direction.uid.in_([record.uid for record, _ in portion]))
    stored = {row.uid: row for row in merge.session.execute(by_uid)}
    others = {
        record.uid
        for record, vector in portion
        if record.uid in stored and _is_anothers(merge, record, vector, stored[record.uid])
    }
    owners = {
        record.uid: merge.writer(KIND, record.username)
        for record, _ in portion
        if record.username is not None and record.uid not in others
    }
    names = _names(merge, portion, owners)
    new: list[dict[str, Any]] = []
    for record, vector in portion:
        if record.uid in others:
            merge.know(KIND)
            continue
        owner = owners.get(record.uid)
        if record.username is not None and owner is None:
            merge.drop(KIND, record.uid, None)
        elif record.uid in stored:
            _meet(merge, record, vector, owner, stored[record.uid])
        elif owner is None:
            if merge.rules.trusts(record, vector):
                new.append(_row(record, vector, None, record.name))
            else:
                merge.drop(KIND, record.uid, NOT_TRUSTED)
        elif (twin := _twin(merge, record, vector, owner, names)) is not None:
            merge.same[record.uid] = twin
            merge.know(KIND)
        elif (name := _free_name(merge, owner, record.name, names)) is None:
            merge.drop(KIND, record.uid, ALL_TAKEN)
        else:
            names[owner, read_title(name, field="name")[1]] = None
            new.append(_row(record, vector, owner, name))
    _insert(merge, new, [record for record, _ in portion])


def _is_anothers(
    merge: Merge,
    record: DirectionRecord,
    vector: Vector,
    row: Any,  # noqa: ANN401
) -> bool:
    """Whether it is here already as the thing of somebody else, on which others' words may hang."""
    return (
        record.username is not None
        and row.deleted_at is None
        and merge.owns(record.username, row.user_id)
        and (*_place(row), row.vector) == (*_place(record), _bytes(vector))
    )


def _meet(
    merge: Merge,
    record: DirectionRecord,
    vector: Vector,
    owner: int | None,
    row: Any,  # noqa: ANN401
) -> None:
    """A direction whose uid is here already."""
    if (row.user_id, *_place(row), row.vector) != (owner, *_place(record), _bytes(vector)):
        merge.drop(KIND, record.uid, OF_ANOTHER)
    elif row.deleted_at is None or owner is None:
        merge.know(KIND)
    else:
        try:
            directions.restore(merge.session, row.id, merge.user(owner))
        except Taken:
            merge.drop(KIND, record.uid, RENAMED)
        else:
            merge.add(KIND)


def _names(
    merge: Merge,
    portion: Sequence[tuple[DirectionRecord, Vector]],
    owners: dict[str, int | None],
) -> Names:
    keys = {read_title(record.name, field="name")[1] for record, _ in portion}
    query = select(Direction.user_id, Direction.name_key, Direction.id).where(
        Direction.user_id.in_({owner for owner in owners.values() if owner is not None}),
        Direction.name_key.in_(keys),
        Direction.deleted_at.is_(None),
    )
    found: Names = {}
    for user_id, key, id_ in merge.session.execute(query):
        if user_id is not None:
            found[user_id, key] = id_
    return found


def _twin(
    merge: Merge, record: DirectionRecord, vector: Vector, owner: int, names: Names
) -> int | None:
    """The user's direction of that name, if it is the same vector at the same place."""
    id_ = names.get((owner, read_title(record.name, field="name")[1]))
    if id_ is None:
        return None
    there = directions.by_id(merge.session, id_)
    same = _place(there) == _place(record)
    return id_ if same and directions.vector_of(merge.session, id_) == _bytes(vector) else None


def _free_name(merge: Merge, owner: int, name: str, names: Names) -> str | None:
    """The name, or with the first number behind it that the user has no direction of."""
    if (owner, read_title(name, field="name")[1]) not in names:
        return name
    numbered = [directions.numbered(name, number) for number in range(2, MOST_NUMBERS + 1)]
    keys = {read_title(each, field="name")[1]: each for each in numbered}
    query = select(Direction.name_key).where(
        Direction.user_id == owner, Direction.name_key.in_(keys), Direction.deleted_at.is_(None)
    )
    taken = set(merge.session.scalars(query))
    free = (each for key, each in keys.items() if key not in taken and (owner, key) not in names)
    return next(free, None)


def _row(record: DirectionRecord, vector: Vector, owner: int | None, name: str) -> dict[str, Any]:
    shown, key = read_title(name, field="name")
    kept = record.model_dump(exclude={"username", "context", "name", "recipe"})
    return {
        **kept,
        "user_id": owner,
        "name": shown,
        "name_key": key,
        "vector": _bytes(vector),
        "recipe": local(record.recipe, {}),
        "listed": owner is not None and record.visibility == "public",
        "n_explanations": 0,
        "score": 0.0,
    }


def _insert(merge: Merge, new: list[dict[str, Any]], records: list[DirectionRecord]) -> None:
    """Insert the rows; then their recipes are linked to directions that were saved before them."""
    if not new:
        return
    merge.session.execute(insert(Direction), new)
    ids = merge.direction_ids([row["uid"] for row in new])
    merge.fresh.update(ids.values())
    merge.add(KIND, len(new))
    linked = [record for record in records if record.uid in ids and any(uids_in(record.recipe))]
    if linked:
        id_of = merge.direction_ids({uid for each in linked for uid in uids_in(each.recipe)})
        merge.session.execute(
            update(Direction),
            [{"id": ids[each.uid], "recipe": local(each.recipe, id_of)} for each in linked],
        )


def _place(of: Any) -> tuple[str, str, int | None]:  # noqa: ANN401
    return of.model, of.site, of.head


def _bytes(vector: Vector) -> bytes:
    return np.ascontiguousarray(vector, dtype="<f4").tobytes()
