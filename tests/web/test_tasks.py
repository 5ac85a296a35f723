"""POST models/{m}/fits and tasks: work in the background, watched and stopped."""

import threading
from collections.abc import Callable

import pytest

from tests.web.conftest import Running


def test_a_site_is_fitted_when_asked_for(web: Running) -> None:
    site = "blocks.1.ln1.hook_normalized"
    assert web.get(f"/sites/{site}/basis").status_code == 404
    started = web.post("/fits", {"site": site})
    assert started.status_code == 202
    task = web.finished(started.json()["task"])
    assert task["state"] == "done"
    assert task["done"] == task["total"] > 0
    assert web.get(f"/sites/{site}/basis").status_code == 200


def test_an_unknown_site_is_not_fitted(web: Running) -> None:
    assert web.post("/fits", {"site": "nowhere"}).status_code == 404


@pytest.mark.parametrize("method", ["get", "delete"])
def test_an_unknown_task_is_refused(web: Running, method: str) -> None:
    response = web.client.request(method, "/api/v1/tasks/nothing")
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"


def test_a_running_task_can_be_stopped(web: Running) -> None:
    started = threading.Event()

    def work(progress: Callable[[int, int], None]) -> None:
        for done in range(10_000):
            progress(done, 10_000)
            started.set()
            threading.Event().wait(0.01)

    task = web.services.tasks.start("endless", "Work without end", work)
    assert started.wait(10)
    running = web.client.get(f"/api/v1/tasks/{task.id}").json()
    assert running["state"] == "running"
    assert running["total"] == 10_000
    assert web.client.delete(f"/api/v1/tasks/{task.id}").status_code == 200
    assert web.finished(running)["state"] == "cancelled"


def test_a_task_that_fails_says_why(web: Running) -> None:
    def work(_: Callable[[int, int], None]) -> None:
        raise RuntimeError("no luck")

    task = web.services.tasks.start("failing", "Work that fails", work)
    ended = web.finished(web.client.get(f"/api/v1/tasks/{task.id}").json())
    assert ended["state"] == "failed"
    assert "RuntimeError" in ended["message"]
