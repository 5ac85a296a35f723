"""The queue in front of the engine: it coalesces, it is bounded, and nothing in it is lost."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError, Future
from typing import Any

import pytest

from app.analysis.types import Predictions
from app.errors import QueueFull, WorkerStopped
from app.worker.batching import PATIENCE, Batcher
from tests.worker.fakes import FakeEngine, alone, chunk, job, said


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def batcher(engine: FakeEngine) -> Iterator[Batcher]:
    batcher = Batcher(engine, limit=8, token_budget=10)
    yield batcher
    engine.gate.set()
    batcher.close()


def hold(engine: FakeEngine, batcher: Batcher) -> "Future[Predictions]":
    """Have the engine sit on a first job, numbered 0, so that whatever follows has to wait."""
    engine.gate.clear()
    future = batcher.submit(job(0))
    assert engine.started.acquire(timeout=5)
    return future


def settle(futures: "Sequence[Future[Any]]") -> None:
    """Wait for every future's result."""
    for future in futures:
        future.result(5)


def test_an_idle_worker_runs_a_job_at_once(engine: FakeEngine, batcher: Batcher) -> None:
    assert said(batcher.submit(job(7)).result(5)) == 7
    assert engine.batches == [[7]]


def test_jobs_that_wait_are_run_together_and_each_gets_its_own(
    engine: FakeEngine, batcher: Batcher
) -> None:
    hold(engine, batcher)
    futures = [batcher.submit(job(number)) for number in range(1, 6)]
    assert batcher.depth == 5
    engine.gate.set()
    assert [said(future.result(5)) for future in futures] == [1, 2, 3, 4, 5]
    assert engine.batches == [[0], [1, 2, 3, 4, 5]]
    assert batcher.depth == 0


def test_a_batch_ends_at_the_token_budget(engine: FakeEngine, batcher: Batcher) -> None:
    hold(engine, batcher)
    futures = [batcher.submit(job(number, 0, 0, 0)) for number in range(1, 6)]  # 4 tokens each
    engine.gate.set()
    for future in futures:
        future.result(5)
    assert engine.batches == [[0], [1, 2], [3, 4], [5]]


def test_a_job_beyond_the_budget_still_runs(engine: FakeEngine, batcher: Batcher) -> None:
    assert said(batcher.submit(job(*range(1, 40))).result(5)) == 1
    assert len(engine.batches) == 1


def test_jobs_that_share_no_pass_are_run_one_by_one(engine: FakeEngine, batcher: Batcher) -> None:
    hold(engine, batcher)
    order = [job(1), job(2), alone(3), alone(4), alone(5), job(6), job(7), alone(8)]
    futures = [batcher.submit(one) for one in order]
    engine.gate.set()
    settle(futures)
    assert engine.batches == [[0], [1, 2], [3], [4], [5], [6, 7], [8]]


def test_what_waits_behind_a_job_without_a_pass_is_answered_after_it_and_can_be_withdrawn(
    engine: FakeEngine, batcher: Batcher
) -> None:
    hold(engine, batcher)
    first, second, third = (batcher.submit(alone(number)) for number in (1, 2, 3))
    first.add_done_callback(lambda _: second.cancel())
    engine.gate.set()
    settle([first, third])
    assert second.cancelled()
    assert engine.batches == [[0], [1], [3]]


def test_a_bad_job_fails_alone(engine: FakeEngine, batcher: Batcher) -> None:
    engine.bad[2] = ZeroDivisionError("two is bad")
    hold(engine, batcher)
    futures = [batcher.submit(job(number)) for number in (1, 2, 3)]
    engine.gate.set()
    assert said(futures[0].result(5)) == 1
    assert said(futures[2].result(5)) == 3
    with pytest.raises(ZeroDivisionError, match="two is bad"):
        futures[1].result(5)
    assert engine.batches[1:] == [[1, 2, 3], [1], [2], [3]]


def test_the_worker_goes_on_after_a_failure(engine: FakeEngine, batcher: Batcher) -> None:
    engine.bad[1] = RuntimeError("bad")
    assert isinstance(batcher.submit(job(1)).exception(5), RuntimeError)
    assert said(batcher.submit(job(2)).result(5)) == 2


def test_a_full_queue_refuses_and_says_when_to_come_back(
    engine: FakeEngine, batcher: Batcher
) -> None:
    hold(engine, batcher)
    for number in range(8):
        batcher.submit(job(number))
    with pytest.raises(QueueFull, match="8 jobs are waiting") as caught:
        batcher.submit(job(9))
    assert caught.value.retry_after_s >= 1
    assert batcher.depth == 8


def test_several_jobs_are_queued_together_or_not_at_all(
    engine: FakeEngine, batcher: Batcher
) -> None:
    hold(engine, batcher)
    batcher.submit_all([job(number) for number in range(6)])
    with pytest.raises(QueueFull):
        batcher.submit_all([job(7), job(8), job(9)])
    assert batcher.depth == 6


def test_a_cancelled_job_leaves_the_queue_and_never_runs(
    engine: FakeEngine, batcher: Batcher
) -> None:
    hold(engine, batcher)
    first, second = batcher.submit(job(1)), batcher.submit(job(2))
    assert first.cancel()
    assert batcher.depth == 1
    engine.gate.set()
    assert said(second.result(5)) == 2
    assert engine.batches == [[0], [2]]


def test_a_job_that_runs_cannot_be_cancelled(engine: FakeEngine, batcher: Batcher) -> None:
    running = hold(engine, batcher)
    assert not running.cancel()
    engine.gate.set()
    assert said(running.result(5)) == 0


def test_a_request_that_goes_away_withdraws_its_jobs(engine: FakeEngine, batcher: Batcher) -> None:
    hold(engine, batcher)

    async def leave() -> None:
        task = asyncio.create_task(batcher.ask_all([job(1), job(2)]))
        await asyncio.sleep(0.05)
        assert batcher.depth == 2
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(leave())
    assert batcher.depth == 0
    engine.gate.set()
    assert said(batcher.submit(job(3)).result(5)) == 3
    assert engine.batches == [[0], [3]]


def test_answers_can_be_awaited(batcher: Batcher) -> None:
    async def both() -> list[Predictions]:
        return [await batcher.ask(job(1)), *await batcher.ask_all([job(2), job(3)])]

    assert [said(answer) for answer in asyncio.run(both())] == [1, 2, 3]


def test_the_first_failure_of_several_is_raised_and_the_rest_withdrawn(
    engine: FakeEngine, batcher: Batcher
) -> None:
    engine.bad[1] = ValueError("one is bad")

    async def ask() -> None:
        await batcher.ask_all([job(1), job(2)])

    with pytest.raises(ValueError, match="one is bad"):
        asyncio.run(ask())
    assert said(batcher.submit(job(3)).result(5)) == 3


def test_background_work_waits_for_interactive_work(engine: FakeEngine, batcher: Batcher) -> None:
    hold(engine, batcher)
    background = [batcher.submit(chunk(number), "background") for number in (101, 102)]
    interactive = [batcher.submit(job(number, 0, 0, 0, 0, 0)) for number in (1, 2)]
    engine.gate.set()
    settle([*background, *interactive])
    assert engine.batches == [[0], [1], [2], [101], [102]]


def test_an_interactive_job_waits_for_one_background_chunk_at_most(
    engine: FakeEngine, batcher: Batcher
) -> None:
    engine.gate.clear()
    background = [batcher.submit(chunk(number), "background") for number in (101, 102, 103)]
    assert engine.started.acquire(timeout=5)
    interactive = batcher.submit(job(1))
    engine.gate.set()
    settle([*background, interactive])
    assert engine.batches == [[101], [1], [102], [103]]


def test_background_work_is_not_starved_for_ever(engine: FakeEngine) -> None:
    batcher = Batcher(engine, limit=64, token_budget=1)
    hold(engine, batcher)
    background = batcher.submit(chunk(101), "background")
    interactive = [batcher.submit(job(number)) for number in range(1, 2 * PATIENCE)]
    engine.gate.set()
    settle([background, *interactive])
    assert engine.batches.index([101]) == PATIENCE
    batcher.close()


def test_the_two_queues_have_places_of_their_own(engine: FakeEngine, batcher: Batcher) -> None:
    hold(engine, batcher)
    for number in range(8):
        batcher.submit(chunk(number), "background")
    with pytest.raises(QueueFull):
        batcher.submit(chunk(9), "background")
    batcher.submit(job(1))
    assert batcher.depth == 1


def test_closing_finishes_what_runs_and_fails_what_waits(
    engine: FakeEngine, batcher: Batcher
) -> None:
    running = hold(engine, batcher)
    waiting: list[Future[Any]] = [
        batcher.submit(job(1)),
        batcher.submit(chunk(2), "background"),
    ]
    closer = threading.Thread(target=batcher.close)
    closer.start()
    for future in waiting:
        assert isinstance(future.exception(5), WorkerStopped)
    assert not running.done()
    engine.gate.set()
    closer.join(5)
    assert said(running.result(5)) == 0
    with pytest.raises(WorkerStopped):
        batcher.submit(job(3))


def test_closing_leaves_cancelled_jobs_cancelled(engine: FakeEngine, batcher: Batcher) -> None:
    hold(engine, batcher)
    future = batcher.submit(job(1))
    future.cancel()
    engine.gate.set()
    batcher.close()
    with pytest.raises(CancelledError):
        future.result(5)


def test_closing_twice_is_closing_once(batcher: Batcher) -> None:
    batcher.close()
    batcher.close()


def test_many_threads_may_submit_at_once(engine: FakeEngine) -> None:
    batcher = Batcher(engine, limit=1000, token_budget=16)
    results: list[int] = []

    def work(start: int) -> None:
        for number in range(start, start + 50):
            results.append(said(batcher.submit(job(number)).result(10)))

    threads = [threading.Thread(target=work, args=(100 * index,)) for index in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    batcher.close()
    assert sorted(results) == sorted(100 * i + n for i in range(6) for n in range(50))
