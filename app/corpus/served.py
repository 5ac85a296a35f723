"""What the corpus asks of a model that is ready to work."""

import time
from concurrent.futures import Future
from typing import Any, Literal, Protocol

from app.corpus.ingest import Encoder
from app.corpus.plan import Submit
from app.corpus.store import ModelKey
from app.errors import QueueFull
from app.worker.jobs import Job, ModelShape, SiteTable

Priority = Literal["interactive", "background"]

PAUSE_S = 0.02


class Info(ModelKey, Protocol):
    """What a model is."""

    @property
    def shape(self) -> ModelShape:
        """Its sizes."""
        ...

    @property
    def dtype(self) -> str:
        """The format of its numbers."""
        ...

    @property
    def refusal(self) -> str | None:
        """Why its heads and neurons cannot be taken apart, where they cannot."""
        ...


class Queue(Protocol):
    """What jobs are handed to."""

    def submit(self, job: Job, priority: Priority = ...) -> "Future[Any]":
        """Queue one job; raises QueueFull or WorkerStopped."""
        ...


class Served(Protocol):
    """A model that is ready: `app.worker.hub.ServedModel` is one."""

    @property
    def info(self) -> Info:
        """What it is."""
        ...

    @property
    def sites(self) -> SiteTable:
        """Its sites."""
        ...

    @property
    def tokenizer(self) -> Encoder:
        """Its tokenizer."""
        ...

    @property
    def batcher(self) -> Queue:
        """The queue in front of it."""
        ...


def patiently(queue: Queue, priority: Priority) -> Submit:
    """A way to hand in jobs that waits while the queue is full: a long pass is in no hurry."""

    def submit(job: Job) -> "Future[Any]":
        while True:
            try:
                return queue.submit(job, priority)
            except QueueFull:
                time.sleep(PAUSE_S)

    return submit
