"""An engine without a model, for tests of what stands in front of it."""

import threading
from collections.abc import Sequence

import torch

from app.analysis.types import Predictions
from app.worker.contribution_jobs import LayersJob
from app.worker.jobs import Job, MomentsJob, PredictJob, RowsJob, SaysJob, WeightRowJob, WeightsJob
from app.worker.retry import Outcome


def job(*tokens: int) -> PredictJob:
    """A small job that can be told apart by its tokens."""
    return PredictJob(tokens or (1,))


def alone(number: int) -> Job:
    """A job that shares no pass with others: of a text for odd numbers, else of the weights."""
    return LayersJob(tokens=(number,), position=0) if number % 2 else WeightRowJob(0, number)


def chunk(*tokens: int) -> MomentsJob:
    """A background job."""
    return MomentsJob((tokens or (1,),), ())


class FakeEngine:
    """Records the batches it is given and answers each job with its own first token.

    While `gate` is closed, it waits inside `run`; `started` tells that it has come there. Jobs
    whose first token is in `bad` make the whole batch raise.
    """

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.gate = threading.Event()
        self.gate.set()
        self.started = threading.Semaphore(0)
        self.bad: dict[int, Exception] = {}

    def run(self, jobs: Sequence[Job]) -> list[Outcome]:
        """One answer per job."""
        firsts = [_first(job) for job in jobs]
        self.batches.append(firsts)
        self.started.release()
        assert self.gate.wait(10)
        for first in firsts:
            if first in self.bad:
                raise self.bad[first]
        return [answer(first) for first in firsts]


def _first(job: Job) -> int:
    """What tells a job apart: its first token, or its row of the weights."""
    if isinstance(job, RowsJob):
        return job.rows[0][0]
    if isinstance(job, WeightRowJob):
        return job.index
    assert not isinstance(job, SaysJob | WeightsJob)
    return job.tokens[0]


def answer(first: int) -> Predictions:
    """What FakeEngine says to a job with that first token."""
    return Predictions(torch.tensor([[first]]), torch.ones(1, 1))


def said(predictions: Predictions) -> int:
    """The first token of the job that was answered so."""
    return int(predictions.ids[0, 0])
