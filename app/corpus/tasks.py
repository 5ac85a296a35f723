"""Background tasks: work that outlives a request, one at a time, with progress and a way out."""

import logging
import secrets
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from app.errors import Cancelled, NotThere, QueueFull, RsvError, WorkerStopped

log = logging.getLogger(__name__)

TaskState = Literal["queued", "running", "done", "failed", "cancelled"]

MAX_WAITING = 32
REMEMBERED = 200


class UnknownTask(NotThere):
    """A task id that is not known, or no longer."""

    title = "Unknown task"


@dataclass(frozen=True, slots=True)
class TaskView:
    """What can be known of a task: `done` of `total` steps; `message` says why it failed."""

    id: str
    key: str
    title: str
    state: TaskState
    done: int
    total: int
    message: str | None

    def as_json(self) -> dict[str, Any]:
        """What the API answers."""
        return {
            "id": self.id,
            "title": self.title,
            "state": self.state,
            "done": self.done,
            "total": self.total,
            "message": self.message,
        }


Work = Callable[[Callable[[int, int], None]], None]


@dataclass(slots=True, eq=False)
class _Task:
    """A task as the runner holds it."""

    id: str
    key: str
    title: str
    work: Work | None
    state: TaskState = "queued"
    done: int = 0
    total: int = 0
    message: str | None = None
    withdrawn: bool = False

    def view(self) -> TaskView:
        return TaskView(
            self.id, self.key, self.title, self.state, self.done, self.total, self.message
        )


class BackgroundTasks:
    """A queue of tasks and the one thread that runs them, started with the first."""

    def __init__(self, *, max_waiting: int = MAX_WAITING) -> None:
        self._max_waiting = max_waiting
        self._changed = threading.Condition()
        self._waiting: deque[_Task] = deque()
        self._tasks: dict[str, _Task] = {}
        self._thread: threading.Thread | None = None
        self._closed = False

    def start(self, key: str, title: str, work: Work) -> TaskView:
        """Queue `work`, or return the task of that key that is queued or running already.

        `work` is called with a progress callback (done, total), which raises Cancelled once the
        task has been withdrawn. Raises QueueFull, and WorkerStopped after `close`.
        """
        with self._changed:
            if self._closed:
                raise WorkerStopped("The server is shutting down; no new work is started.")
            for task in self._tasks.values():
                if task.key == key and task.state in ("queued", "running") and not task.withdrawn:
                    return task.view()
            if len(self._waiting) >= self._max_waiting:
                raise QueueFull(
                    f"{len(self._waiting)} background tasks are waiting already; try again later."
                )
            task = _Task(secrets.token_urlsafe(9), key, title, work)
            self._tasks[task.id] = task
            self._waiting.append(task)
            self._forget_old()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="tasks", daemon=True)
                self._thread.start()
            self._changed.notify()
            return task.view()

    def get(self, task_id: str) -> TaskView:
        """How a task stands; raises UnknownTask."""
        with self._changed:
            return self._find(task_id).view()

    def cancel(self, task_id: str) -> TaskView:
        """Withdraw a task: at once if it waits, else at its next step; raises UnknownTask."""
        with self._changed:
            task = self._find(task_id)
            self._withdraw(task)
            return task.view()

    def close(self, timeout: float = 10.0) -> None:
        """Withdraw everything and wait for the thread to end."""
        with self._changed:
            self._closed = True
            for task in self._tasks.values():
                self._withdraw(task)
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(timeout)

    def _find(self, task_id: str) -> _Task:
        try:
            return self._tasks[task_id]
        except KeyError:
            raise UnknownTask(f"There is no task {task_id[:40]!r}.", field="id") from None

    def _withdraw(self, task: _Task) -> None:
        task.withdrawn = True
        if task.state == "queued":
            self._waiting.remove(task)
            task.state, task.work = "cancelled", None

    def _forget_old(self) -> None:
        """Drop the oldest finished tasks beyond those that are remembered."""
        finished = [t for t in self._tasks.values() if t.state not in ("queued", "running")]
        for task in finished[: max(0, len(finished) - REMEMBERED)]:
            del self._tasks[task.id]

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._closed)
                if not self._waiting:
                    return
                task = self._waiting.popleft()
                task.state = "running"
            state, message = self._perform(task)
            with self._changed:
                task.state, task.message, task.work = state, message, None

    def _perform(self, task: _Task) -> tuple[TaskState, str | None]:
        """Run one task to its end, whatever that is."""

        def progress(done: int, total: int) -> None:
            task.done, task.total = done, total
            if task.withdrawn:
                raise Cancelled("This task was cancelled.")

        assert task.work is not None
        try:
            progress(0, 0)
            task.work(progress)
        except Cancelled:
            return "cancelled", None
        except RsvError as error:
            log.warning("%s: %s", task.title, error.detail)
            return "failed", error.detail
        except Exception as error:  # the thread serves the tasks that follow
            log.exception("%s failed", task.title)
            return "failed", f"It failed unexpectedly ({type(error).__name__}); see the log."
        return "done", None
