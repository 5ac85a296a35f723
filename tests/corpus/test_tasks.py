"""Background tasks: one at a time, with progress, and each fails, or is cancelled, alone."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from app.corpus import tasks as module
from app.corpus.tasks import BackgroundTasks, TaskView, UnknownTask
from app.errors import BadInput, QueueFull, WorkerStopped

Progress = Callable[[int, int], None]


@pytest.fixture
def tasks() -> Iterator[BackgroundTasks]:
    runner = BackgroundTasks(max_waiting=3)
    yield runner
    runner.close()


class Gate:
    """Work that goes on only when it is let."""

    def __init__(self) -> None:
        self.started = threading.Event()
        self.open = threading.Event()

    def __call__(self, progress: Progress) -> None:
        progress(1, 2)
        self.started.set()
        while not self.open.wait(0.01):
            progress(1, 2)
        progress(2, 2)


def nothing(_: Progress) -> None:
    pass


def settle(tasks: BackgroundTasks, task: TaskView) -> TaskView:
    for _ in range(2000):
        view = tasks.get(task.id)
        if view.state not in ("queued", "running"):
            return view
        time.sleep(0.01)
    raise AssertionError("the task does not end")


def test_work_is_done_with_progress(tasks: BackgroundTasks) -> None:
    gate = Gate()
    task = tasks.start("k", "A title", gate)
    assert task.state == "queued"
    assert gate.started.wait(20)
    running = tasks.get(task.id)
    assert (running.state, running.done, running.total) == ("running", 1, 2)
    gate.open.set()
    done = settle(tasks, task)
    assert done.as_json() == {
        "id": task.id, "title": "A title", "state": "done", "done": 2, "total": 2, "message": None
    }  # fmt: skip


def test_the_same_work_is_not_queued_twice(tasks: BackgroundTasks) -> None:
    gate = Gate()
    task = tasks.start("k", "t", gate)
    assert tasks.start("k", "t", nothing).id == task.id
    other = tasks.start("other", "t", nothing)
    assert other.id != task.id
    gate.open.set()
    settle(tasks, task)
    assert tasks.start("k", "t", nothing).id != task.id


def test_a_failure_says_why_and_the_next_task_runs(
    tasks: BackgroundTasks, caplog: pytest.LogCaptureFixture
) -> None:
    def refused(_: Progress) -> None:
        raise BadInput("no such luck")

    def broken(_: Progress) -> None:
        raise KeyError("secret")

    first, second = tasks.start("a", "t", refused), tasks.start("b", "t", broken)
    third = tasks.start("c", "t", nothing)
    assert settle(tasks, third).state == "done"
    assert (tasks.get(first.id).state, tasks.get(first.id).message) == ("failed", "no such luck")
    message = tasks.get(second.id).message
    assert message is not None and "KeyError" in message and "secret" not in message
    assert "secret" in caplog.text


def test_cancelling_stops_what_runs_and_withdraws_what_waits(tasks: BackgroundTasks) -> None:
    gate = Gate()
    running, waiting = tasks.start("a", "t", gate), tasks.start("b", "t", nothing)
    assert gate.started.wait(20)
    assert tasks.cancel(waiting.id).state == "cancelled"
    tasks.cancel(running.id)
    assert settle(tasks, running).state == "cancelled"
    assert tasks.cancel(running.id).state == "cancelled", "cancelling again changes nothing"


def test_too_many_waiting_are_refused(tasks: BackgroundTasks) -> None:
    gate = Gate()
    tasks.start("a", "t", gate)
    assert gate.started.wait(20)
    for key in "bcd":
        tasks.start(key, "t", nothing)
    with pytest.raises(QueueFull, match="3 background tasks"):
        tasks.start("e", "t", nothing)


def test_an_unknown_task_is_refused(tasks: BackgroundTasks) -> None:
    for ask in (tasks.get, tasks.cancel):
        with pytest.raises(UnknownTask):
            ask("nope")


def test_old_tasks_are_forgotten(tasks: BackgroundTasks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REMEMBERED", 2)
    done = [settle(tasks, tasks.start(str(i), "t", nothing)) for i in range(6)]
    tasks.start("last", "t", nothing)
    with pytest.raises(UnknownTask):
        tasks.get(done[0].id)
    assert tasks.get(done[5].id).state == "done"


def test_closing_withdraws_everything() -> None:
    tasks = BackgroundTasks()
    gate = Gate()
    running, waiting = tasks.start("a", "t", gate), tasks.start("b", "t", nothing)
    assert gate.started.wait(20)
    tasks.close()
    assert tasks.get(running.id).state == tasks.get(waiting.id).state == "cancelled"
    with pytest.raises(WorkerStopped):
        tasks.start("c", "t", nothing)
    BackgroundTasks().close()
