"""A server process of its own: how soon it is ready, and how soon everything is prepared."""

import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.bench.rows import Row

STARTS = 3
READY_S, PREPARED_S, PATIENCE_S = 8.0, 60.0, 300.0


def rows() -> Iterator[Row]:
    """The very first start, which prepares the demo model, and starts after it."""
    with tempfile.TemporaryDirectory(prefix="rsv-bench-") as folder:
        with started(Path(folder)) as (address, since):
            wait(address, lambda answer: bool(answer["ready"]))
            from_ready = time.monotonic()
            wait(address, lambda answer: answer["ready"] and answer["preparing"] is None)
            prepared = time.monotonic() - since
            fitted = time.monotonic() - from_ready
        yield Row(
            "first start with demo: corpus ingested, bases fitted, corpus scored",
            f"{fitted:.1f} s after ready, {prepared:.1f} s from the command",
            f"< {PREPARED_S:.0f} s", fitted < PREPARED_S, fitted,
        )  # fmt: skip
        times = []
        for _ in range(STARTS):
            with started(Path(folder)) as (address, since):
                wait(address, lambda answer: bool(answer["ready"]))
                times.append(time.monotonic() - since)
        median = statistics.median(times)
        yield Row(
            "server start to `/readyz` with demo",
            f"{median:.1f} s median of {STARTS}, {max(times):.1f} s at most",
            f"< {READY_S:.0f} s", median < READY_S, median,
        )  # fmt: skip


@contextmanager
def started(folder: Path) -> Iterator[tuple[str, float]]:
    """`python -m app serve` on a port that it picks; its address, and when it was started."""
    command = [sys.executable, "-m", "app", "serve", "--model", "demo", "--port", "0"]
    since = time.monotonic()
    with subprocess.Popen(
        [*command, "--data-dir", str(folder)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        said = re.search(r"http://\S+", process.stdout.readline())
        assert said is not None, "the server did not say where it is"
        try:
            yield said[0], since
        finally:
            process.terminate()
            process.stdout.read()


def wait(address: str, enough: Callable[[dict[str, Any]], bool]) -> None:
    """Ask /readyz until it says enough."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if enough(httpx.get(f"{address}/readyz", timeout=PATIENCE_S).json()):
            return
        time.sleep(0.05)
    raise TimeoutError(f"{address} was not ready within {PATIENCE_S:.0f} s")
