"""One text, a position and a target in it, and jobs put to an engine."""

from app.worker.engines import LocalEngine
from app.worker.jobs import Job, Result

IDS = (0, 250, 17, 33, 400, 9, 77)
POSITION, TARGET = 5, 123


def answer(engine: LocalEngine, job: Job) -> Result:
    """The job's result. Raises what it failed with."""
    (outcome,) = engine.run([job])
    if isinstance(outcome, Exception):
        raise outcome
    return outcome
