"""What a bench reports, and how two things are timed against each other."""

import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version


@dataclass(frozen=True, slots=True)
class Row:
    """One measured thing: its value in words, the target in words, and whether it was met.

    `met` is None for a row that only informs.
    """

    name: str
    value: str
    target: str
    met: bool | None
    seconds: float | None = None
    ratio: float | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """Median seconds of a thing and of its baseline, and the median of their ratios."""

    seconds: float
    baseline: float
    ratio: float


def interleaved(thing: Callable[[], object], baseline: Callable[[], object], times: int) -> Pair:
    """Time both in turn, after one run of each to warm up.

    The ratio is the median over neighbouring runs, so that a machine busy with other work slows
    both alike.
    """
    thing(), baseline()
    pairs: list[tuple[float, float]] = []
    for turn in range(times):
        first, second = (thing, baseline) if turn % 2 else (baseline, thing)
        one, other = seconds(first), seconds(second)
        pairs.append((one, other) if turn % 2 else (other, one))
    return Pair(
        statistics.median(own for own, _ in pairs),
        statistics.median(base for _, base in pairs),
        statistics.median(own / base for own, base in pairs),
    )


def seconds(run: Callable[[], object]) -> float:
    """How long one run takes."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def table(rows: Sequence[Row]) -> str:
    """The rows in Markdown."""
    lines = ["| measured | result | target | met |", "|---|---|---|---|"]
    for row in rows:
        met = "" if row.met is None else "yes" if row.met else "**no**"
        lines.append(f"| {row.name} | {row.value} | {row.target} | {met} |")
    return "\n".join(lines)


def machine() -> dict[str, str]:
    """What it was measured on."""
    return {
        "CPU": _cpu_name(),
        "cores": str(os.cpu_count()),
        "Python": platform.python_version(),
        "torch": version("torch"),
        "transformers": version("transformers"),
        "load": f"{os.getloadavg()[0]:.1f}",
    }


def _cpu_name() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or "unknown"
