"""The queue in front of an engine: bounded, without timers, and fair to whoever waits.

One thread takes the first job, and the texts behind it that may share its pass of the model, up
to a token budget, runs them, and hands each its outcome: under load batches grow by themselves, and
an idle server answers at once. A job that shares no pass is run and answered by itself.
"""

import asyncio
import contextlib
import logging
import math
import threading
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any, Literal, overload

from torch import Tensor

from app.errors import QueueFull, WorkerStopped
from app.worker.contribution_jobs import (
    BsValuesFound,
    BsValuesJob,
    CaseFound,
    CaseJob,
    CrossLayerFound,
    CrossLayerJob,
    LayersFound,
    LayersJob,
    MatrixFound,
    MatrixJob,
    QueriesFound,
    QueriesJob,
    Said,
    SubvaluesFound,
    SubvaluesJob,
)
from app.worker.engines import Engine
from app.worker.jobs import (
    Captured,
    CaptureJob,
    Job,
    MomentsJob,
    MomentsResult,
    Predictions,
    PredictJob,
    Result,
    SaysJob,
    ScoreJob,
    Scores,
    TextJob,
    WeightRowJob,
)
from app.worker.retry import Outcome, run_gently
from app.worker.weights_jobs import NeuronsFound, NeuronsJob

logger = logging.getLogger(__name__)

Priority = Literal["interactive", "background"]
PATIENCE = 8
"""After so many interactive batches in a row, one background job that waits is let through."""

Ticket = tuple[Job, "Future[Any]"]


class Batcher:
    """A bounded queue and the one thread that empties it into an engine.

    Interactive jobs go first; background jobs (chunks of a fit) one at a time when none waits.
    `limit` bounds each of the two queues.
    """

    def __init__(
        self, engine: Engine, *, limit: int = 256, token_budget: int = 2048, name: str = "model"
    ) -> None:
        self.limit = limit
        self._engine = engine
        self._token_budget = token_budget
        self._queues: dict[Priority, deque[Ticket]] = {
            "interactive": deque(),
            "background": deque(),
        }
        self._changed = threading.Condition()
        self._stopping = False
        self._served_in_a_row = 0
        self._seconds_per_job = 0.05
        self._thread = threading.Thread(target=self._work, name=f"worker-{name}", daemon=True)
        self._thread.start()

    @property
    def depth(self) -> int:
        """How many interactive jobs wait."""
        return len(self._queues["interactive"])

    @overload
    def submit(self, job: ScoreJob, priority: Priority = ...) -> "Future[tuple[Scores, ...]]": ...
    @overload
    def submit(self, job: CaptureJob, priority: Priority = ...) -> "Future[Captured]": ...
    @overload
    def submit(self, job: PredictJob, priority: Priority = ...) -> "Future[Predictions]": ...
    @overload
    def submit(self, job: MomentsJob, priority: Priority = ...) -> "Future[MomentsResult]": ...
    @overload
    def submit(self, job: Job, priority: Priority = ...) -> "Future[Result]": ...
    def submit(self, job: Job, priority: Priority = "interactive") -> "Future[Any]":
        """Queue one job; its future holds the result, or the exception that the job failed with.

        Cancelling a future that has not started takes the job out of the queue. Raises QueueFull,
        and WorkerStopped after `close`.
        """
        return self.submit_all([job], priority)[0]

    def submit_all(
        self, jobs: Sequence[Job], priority: Priority = "interactive"
    ) -> "list[Future[Any]]":
        """Queue all the jobs or, raising QueueFull or WorkerStopped, none of them."""
        tickets: list[Ticket] = [(job, Future()) for job in jobs]
        queue = self._queues[priority]
        with self._changed:
            if self._stopping:
                raise WorkerStopped("The server is shutting down; no more work is taken.")
            if len(queue) + len(tickets) > self.limit:
                raise self._full(len(queue))
            queue.extend(tickets)
            self._changed.notify()
        for ticket in tickets:
            ticket[1].add_done_callback(partial(self._withdraw, queue, ticket))
        return [future for _, future in tickets]

    @overload
    async def ask(self, job: ScoreJob) -> tuple[Scores, ...]: ...
    @overload
    async def ask(self, job: CaptureJob) -> Captured: ...
    @overload
    async def ask(self, job: PredictJob) -> Predictions: ...
    @overload
    async def ask(self, job: MomentsJob) -> MomentsResult: ...
    @overload
    async def ask(self, job: LayersJob) -> LayersFound: ...
    @overload
    async def ask(self, job: SubvaluesJob) -> SubvaluesFound: ...
    @overload
    async def ask(self, job: QueriesJob) -> QueriesFound: ...
    @overload
    async def ask(self, job: BsValuesJob) -> BsValuesFound: ...
    @overload
    async def ask(self, job: MatrixJob) -> MatrixFound: ...
    @overload
    async def ask(self, job: CaseJob) -> CaseFound: ...
    @overload
    async def ask(self, job: CrossLayerJob) -> CrossLayerFound: ...
    @overload
    async def ask(self, job: WeightRowJob) -> Tensor: ...
    @overload
    async def ask(self, job: SaysJob) -> Said: ...
    @overload
    async def ask(self, job: NeuronsJob) -> NeuronsFound: ...
    async def ask(self, job: Job) -> Result:
        """One job's result. Cancelling the task that waits withdraws the job."""
        result: Result = (await self._ask_all([job]))[0]
        return result

    @overload
    async def ask_all(self, jobs: Sequence[ScoreJob]) -> list[tuple[Scores, ...]]: ...
    @overload
    async def ask_all(self, jobs: Sequence[CaptureJob]) -> list[Captured]: ...
    @overload
    async def ask_all(self, jobs: Sequence[PredictJob]) -> list[Predictions]: ...
    async def ask_all(self, jobs: Sequence[Job]) -> Sequence[Result]:
        """All the jobs' results, in order; they are queued together or not at all.

        The first failure is raised, and the jobs that still wait are withdrawn.
        """
        return await self._ask_all(jobs)

    @overload
    async def ask_slowly(self, jobs: Sequence[SubvaluesJob]) -> list[SubvaluesFound]: ...
    @overload
    async def ask_slowly(self, jobs: Sequence[MatrixJob]) -> list[MatrixFound]: ...
    async def ask_slowly(self, jobs: Sequence[Job]) -> Sequence[Result]:
        """The same in the background, one at a time: whoever else waits goes in between."""
        return await self._ask_all(jobs, "background")

    async def _ask_all(self, jobs: Sequence[Job], priority: Priority = "interactive") -> list[Any]:
        futures = self.submit_all(jobs, priority)
        try:
            return list(await asyncio.gather(*map(asyncio.wrap_future, futures)))
        finally:
            for future in futures:
                future.cancel()

    def close(self, timeout: float = 10.0) -> None:
        """Stop: the batch that runs is finished, whatever waits fails with WorkerStopped."""
        with self._changed:
            self._stopping = True
            waiting = [ticket for queue in self._queues.values() for ticket in queue]
            for queue in self._queues.values():
                queue.clear()
            self._changed.notify_all()
        for _, future in waiting:
            if future.set_running_or_notify_cancel():
                future.set_exception(WorkerStopped("The server is shutting down."))
        if self._thread is not threading.current_thread():
            self._thread.join(timeout)

    def _withdraw(self, queue: deque[Ticket], ticket: Ticket, future: "Future[Any]") -> None:
        """Free a cancelled job's place in the queue."""
        if future.cancelled():
            with self._changed, contextlib.suppress(ValueError):
                queue.remove(ticket)

    def _full(self, waiting: int) -> QueueFull:
        error = QueueFull(
            f"{waiting} jobs are waiting for the model and {self.limit} may. Try again shortly."
        )
        error.retry_after_s = max(1, math.ceil(waiting * self._seconds_per_job))
        return error

    def _work(self) -> None:
        while True:
            tickets = self._next()
            if not tickets:
                return
            self._run(tickets)

    def _next(self) -> list[Ticket]:
        """What to run next, waiting until there is something; empty when the worker stops."""
        interactive, background = self._queues["interactive"], self._queues["background"]
        with self._changed:
            while not self._stopping:
                if interactive and not (background and self._served_in_a_row >= PATIENCE):
                    self._served_in_a_row += 1
                    drained = _drain(interactive, self._token_budget)
                elif background:
                    self._served_in_a_row = 0
                    drained = [background.popleft()]
                else:
                    self._changed.wait()
                    continue
                running = [t for t in drained if t[1].set_running_or_notify_cancel()]
                if running:
                    return running
        return []

    def _run(self, tickets: Sequence[Ticket]) -> None:
        """Run the jobs and settle every future, whatever happens."""
        start = time.monotonic()
        outcomes: list[Outcome] = run_gently([job for job, _ in tickets], self._engine.run)
        taken = (time.monotonic() - start) / len(tickets)
        self._seconds_per_job += 0.2 * (taken - self._seconds_per_job)
        for (job, future), outcome in zip(tickets, outcomes, strict=True):
            if isinstance(outcome, Exception):
                logger.warning("%s failed: %s", type(job).__name__, outcome)
                future.set_exception(outcome)
            else:
                future.set_result(outcome)


def _drain(queue: deque[Ticket], token_budget: int) -> list[Ticket]:
    """The first job; if it is a text, those behind it while their tokens stay within the budget.

    The others share no pass: run together, none would be answered before the last is done, and
    none could be withdrawn.
    """
    drained = [queue.popleft()]
    first = drained[0][0]
    if not isinstance(first, TextJob):
        return drained
    left = token_budget - len(first.tokens)
    while queue and isinstance(job := queue[0][0], TextJob) and len(job.tokens) <= left:
        drained.append(queue.popleft())
        left -= len(job.tokens)
    return drained
