"""Units of work that begin at the same moment."""

import threading
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.orm import Session, sessionmaker

from app.errors import RsvError

T = TypeVar("T")


def at_once(sessions: sessionmaker[Session], *works: Callable[[Session], T]) -> list[T | RsvError]:
    """What units of work give that begin at the same moment, each on a thread of its own."""
    gate = threading.Barrier(len(works))
    found: list[T | RsvError | None] = [None] * len(works)

    def run(i: int, work: Callable[[Session], T]) -> None:
        gate.wait()
        try:
            with sessions.begin() as session:
                found[i] = work(session)
        except RsvError as error:
            found[i] = error

    threads = [threading.Thread(target=run, args=each) for each in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert None not in found
    return [each for each in found if each is not None]
