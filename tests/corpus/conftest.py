"""Tests on tiny matrices: threads that wait for each other would cost more than they save."""

from collections.abc import Iterator

import pytest
import torch

from app.corpus.tasks import BackgroundTasks


@pytest.fixture(scope="package", autouse=True)
def one_thread(two_threads: None) -> Iterator[None]:  # noqa: ARG001
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def tasks() -> Iterator[BackgroundTasks]:
    runner = BackgroundTasks()
    yield runner
    runner.close()
