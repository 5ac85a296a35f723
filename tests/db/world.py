"""People, directions and explanations that tests of the store are about, made in few words."""

from itertools import count

import numpy as np
from sqlalchemy.orm import Session

from app.db import directions, explanations, users, votes
from app.db.directions import NewDirection
from app.db.models import Direction, Explanation, User

WIDTH = 8
_numbers = count()


def vector(seed: int) -> bytes:
    """A unit vector, as it is stored."""
    drawn = np.random.default_rng(seed).standard_normal(WIDTH)
    return (drawn / np.linalg.norm(drawn)).astype("<f4").tobytes()


def new(name: str = "", **given: object) -> NewDirection:
    """A direction to be saved, its vector unlike every other's unless it is given."""
    number = next(_numbers)
    asked: dict[str, object] = {
        "name": name or f"direction {number}", "model": "demo", "revision": "r1",
        "site": "blocks.1.hook_resid_post", "head": None, "width": WIDTH,
        "vector": vector(number), "recipe": {"kind": "vector"},
    }  # fmt: skip
    return NewDirection(**asked | given)  # type: ignore[arg-type]


def person(session: Session, name: str) -> User:
    """The user of that name."""
    return users.named(session, name)


def save(session: Session, name: str = "", by: str = "ada", **given: object) -> Direction:
    """A direction that somebody has saved."""
    return directions.saved(session, person(session, by), new(name, **given))[0]


def pca(session: Session, component: int = 0, **given: object) -> Direction:
    """A PCA component's row."""
    asked: dict[str, object] = {
        "model": "demo", "revision": "r1", "site": "blocks.1.hook_resid_post", "head": None,
        "component": component, "basis": "b1", "width": WIDTH, "vector": vector(component),
        "name": f"Component {component}",
    }  # fmt: skip
    return directions.component(session, **asked | given)  # type: ignore[arg-type]


def explain(
    session: Session, direction: Direction, text: str = "an idea", by: str = "bob",
    side: str = "both",
) -> Explanation:  # fmt: skip
    """An explanation that somebody has given."""
    return explanations.add(session, direction, person(session, by), text, side)[0]


def vote(session: Session, explanation: Explanation, up: int, down: int = 0) -> None:
    """As many votes, each by somebody else."""
    for n in range(up + down):
        votes.cast(session, explanation.id, person(session, f"voter {n}"), 1 if n < up else -1)
