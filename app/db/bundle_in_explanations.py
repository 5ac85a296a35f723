"""Importing explanations, their earlier texts and their votes; counts follow from the rows."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import case, func, insert, select, update

from app.db import explanations
from app.db.bundle_check import of
from app.db.bundle_format import ExplanationRecord, RevisionRecord, VoteRecord
from app.db.bundle_merge import CHUNK, NOT_TAKEN, Merge, chunks
from app.db.counting import wilson
from app.db.models import Explanation, Revision, Vote
from app.errors import Taken

KIND = "explanations"
OF_ANOTHER = "another explanation is here under their id"
OTHERWISE = "their users have explained the same in other words here"

Slot = tuple[int, int, str]
"""(direction, user, side): of each there is one explanation."""


def merge_explanations(merge: Merge) -> None:
    """Take the explanations of the bundle, with their earlier texts."""
    new: set[str] = set()
    for portion in chunks(of(merge.bundle, "explanations.jsonl", ExplanationRecord)):
        new |= _merge(merge, portion)
    for revisions in chunks(of(merge.bundle, "revisions.jsonl", RevisionRecord)):
        ids = merge.explanation_ids({each.explanation for each in revisions} & new)
        rows = [
            {
                "explanation_id": ids[each.explanation][0],
                "text": each.text,
                "replaced_at": each.replaced_at,
            }
            for each in revisions
            if each.explanation in new
        ]
        if rows:
            merge.session.execute(insert(Revision), rows)


def merge_votes(merge: Merge) -> None:
    """Take the votes of the bundle, and count those of each explanation that got some."""
    voted: set[int] = set()
    for portion in chunks(of(merge.bundle, "votes.jsonl", VoteRecord)):
        voted |= _merge_votes(merge, portion)
    for ids in chunks(iter(sorted(voted))):
        _count(merge, ids)


def _merge(merge: Merge, portion: Sequence[ExplanationRecord]) -> set[str]:
    """Returns the uids of those that were inserted."""
    on = merge.direction_ids({record.direction for record in portion})
    merge.hold(on.values())
    by_uid = select(Explanation).where(Explanation.uid.in_([record.uid for record in portion]))
    stored = {row.uid: row for row in merge.session.scalars(by_uid)}
    columns = (
        Explanation.id, Explanation.direction_id, Explanation.user_id, Explanation.side,
        Explanation.text,
    )  # fmt: skip
    under = select(*columns).where(
        Explanation.direction_id.in_(set(on.values()) - merge.fresh),
        Explanation.deleted_at.is_(None),
    )
    slots: dict[Slot, tuple[int, str]] = {
        (row.direction_id, row.user_id, row.side): (row.id, row.text)
        for row in merge.session.execute(under)
    }
    new: dict[Slot, dict[str, Any]] = {}
    for record in portion:
        if record.direction not in on:
            merge.drop(KIND, record.uid, NOT_TAKEN)
            continue
        row = stored.get(record.uid)
        if row is not None and _is_anothers(merge, record, on[record.direction], row):
            merge.know(KIND)
            continue
        user_id = merge.writer(KIND, record.username)
        if user_id is None:
            merge.drop(KIND, record.uid, None)
            continue
        slot = on[record.direction], user_id, record.side
        if record.uid in stored:
            _meet(merge, record, slot, stored[record.uid])
        elif slot in slots:
            _meet_slot(merge, record, *slots[slot])
        elif slot in new:
            merge.drop(KIND, record.uid, OTHERWISE)
        else:
            new[slot] = _row(record, slot)
    if new:
        merge.session.execute(insert(Explanation), list(new.values()))
        merge.add(KIND, len(new))
        merge.touched.update(direction for direction, _, _ in new)
    return {row["uid"] for row in new.values()}


def _is_anothers(
    merge: Merge, record: ExplanationRecord, direction_id: int, row: Explanation
) -> bool:
    """Whether it is here already as somebody else's, so that votes on it may be taken."""
    place = row.direction_id, row.side
    there = row.deleted_at is None and place == (direction_id, record.side)
    return there and merge.owns(record.username, row.user_id)


def _meet(merge: Merge, record: ExplanationRecord, slot: Slot, row: Explanation) -> None:
    """An explanation whose uid is here already."""
    if (row.direction_id, row.user_id, row.side) != slot:
        merge.drop(KIND, record.uid, OF_ANOTHER)
    elif row.deleted_at is None:
        merge.know(KIND)
    else:
        try:
            explanations.restore(merge.session, row.id, row.user)
        except Taken:
            merge.drop(KIND, record.uid, OTHERWISE)
        else:
            merge.add(KIND)


def _meet_slot(merge: Merge, record: ExplanationRecord, id_: int, text: str) -> None:
    """An explanation where its user has one of the same side already."""
    if text == record.text:
        merge.same[record.uid] = id_
        merge.know(KIND)
    else:
        merge.drop(KIND, record.uid, OTHERWISE)


def _row(record: ExplanationRecord, slot: Slot) -> dict[str, Any]:
    direction_id, user_id, side = slot
    return {
        "uid": record.uid,
        "direction_id": direction_id,
        "user_id": user_id,
        "side": side,
        "text": record.text,
        "created_at": record.created_at,
        "updated_at": record.updated_at,
        "up": 0,
        "down": 0,
        "score": 0.0,
    }


def _merge_votes(merge: Merge, portion: Sequence[VoteRecord]) -> set[int]:
    """Returns the explanations that got votes."""
    on = merge.explanation_ids({record.explanation for record in portion})
    merge.hold(direction_id for _, direction_id in on.values())
    query = select(Vote.explanation_id, Vote.user_id).where(
        Vote.explanation_id.in_([id_ for id_, _ in on.values()])
    )
    there = {(id_, user_id) for id_, user_id in merge.session.execute(query)}
    new: list[dict[str, Any]] = []
    for record in portion:
        if record.explanation not in on:
            merge.skip("votes", NOT_TAKEN)
            continue
        user_id = merge.writer("votes", record.username)
        if user_id is None:
            continue
        id_, direction_id = on[record.explanation]
        if (id_, user_id) in there:
            merge.know("votes")
            continue
        there.add((id_, user_id))
        merge.touched.add(direction_id)
        new.append(
            {
                "explanation_id": id_,
                "user_id": user_id,
                "value": record.value,
                "updated_at": record.updated_at,
            }
        )
    if new:
        merge.session.execute(insert(Vote), new)
        merge.add("votes", len(new))
    return {row["explanation_id"] for row in new}


def _count(merge: Merge, ids: Sequence[int]) -> None:
    """Make the counts and scores of explanations what their votes say."""
    assert len(ids) <= CHUNK
    up = func.sum(case((Vote.value == 1, 1), else_=0))
    down = func.sum(case((Vote.value == -1, 1), else_=0))
    query = select(Vote.explanation_id, up, down).where(Vote.explanation_id.in_(ids))
    counted = merge.session.execute(query.group_by(Vote.explanation_id))
    merge.session.execute(
        update(Explanation),
        [
            {"id": id_, "up": n_up, "down": n_down, "score": wilson(n_up, n_down)}
            for id_, n_up, n_down in counted
        ],
    )
