"""Contribution scores in GPT-2 small's shape, against brute force; what they find in the demo."""

import ctypes
import gc
import itertools
import resource
import threading
import time
from collections.abc import Callable, Iterator

import torch

from app.analysis.subvalues import Level
from app.web.api.contributions import AT_ONCE
from app.worker.contribution_jobs import (
    BsValuesJob,
    ContributionJob,
    End,
    LayersJob,
    MatrixJob,
    QueriesJob,
    SubvaluesJob,
)
from app.worker.contributions import ContributionRuns
from app.worker.matrix_runs import pieces
from tests.bench.rows import Row, interleaved, seconds
from tests.bench.shaped import Shaped, shaped, texts
from tests.bench.shaped import rows as as_rows
from tests.demo.knockout import knockout

TIMES = 9
Tokens = tuple[int, ...]
Texts = Iterator[Tokens]
Run = Callable[[], None]
SAMPLE = 256
"""Subvalues that brute force scores; its time for all of them is in proportion."""


def rows() -> Iterator[Row]:
    """Certified searches, the layers, a whole page, memory, and the knock-out table."""
    model = shaped()
    runs = ContributionRuns(model.ours)
    several = as_rows(texts(2, 64))
    one_by_one = itertools.cycle(several)  # the pass over a text is kept until another one comes

    def running(make: Callable[[Tokens], list[ContributionJob]], given: Texts) -> Run:
        def run() -> None:
            for job in make(next(given)):
                runs.run(job)

        return run

    same = itertools.repeat(several[0])
    yield from _searches(model, lambda make: running(make, same))
    pair = interleaved(
        running(lambda t: [LayersJob(tokens=t, position=63)], one_by_one),
        lambda: _forward(model, texts(1, 64)),
        TIMES,
    )
    yield Row(
        "contributions of all layers, against one forward pass with unembedding",
        f"{pair.ratio:.2f} × ({1000 * pair.seconds:.0f} ms against {1000 * pair.baseline:.0f} ms)",
        "≤ 1.3 ×", pair.ratio <= 1.3, pair.seconds, pair.ratio,
    )  # fmt: skip
    page = running(_page, one_by_one)
    whole = min(seconds(page) for _ in range(3))
    yield Row(
        "what a page asks: curve, bars, heads, a layer's heads × positions, top 10, queries",
        f"{whole:.2f} s", "< 2.5 s", whole < 2.5, whole,
    )  # fmt: skip
    yield _memory(
        "memory of a certified top 10, above the loaded model",
        running(lambda t: [SubvaluesJob(tokens=t, position=63)], one_by_one),
    )
    longest = itertools.repeat(as_rows(texts(1, 1024))[0])
    yield _memory(
        "the same of 9,437,184 attention neurons, at the last of 1,024 tokens",
        running(lambda t: [_neurons(t)], longest),
    )
    yield from _knockout()


def _memory(name: str, run: Run) -> Row:
    megabytes = _peak(run)
    return Row(name, f"{megabytes:.0f} MB", "≤ 600 MB", megabytes <= 600)


def _neurons(tokens: Tokens) -> ContributionJob:
    return SubvaluesJob(tokens=tokens, position=len(tokens) - 1, level="attn_neuron")


def _page(tokens: Tokens) -> list[ContributionJob]:
    """What the page asks when it opens, two tokens compared: in each map every cell is exact."""
    layer = MatrixJob(tokens=tokens, position=63, level="attn_head_position", layers=(6,))
    return [
        LayersJob(tokens=tokens, position=63),
        BsValuesJob(tokens=tokens, position=63, targets=(1, 2, 3), pair=(1, 2)),
        MatrixJob(tokens=tokens, position=63, level="attn_head", layers=tuple(range(12))),
        *pieces(layer, 12 * 64, AT_ONCE),
        SubvaluesJob(tokens=tokens, position=63, level="ffn"),
        QueriesJob(tokens=tokens, position=63),
    ]


def _searches(
    model: Shaped, running: Callable[[Callable[[Tokens], list[ContributionJob]]], Run]
) -> Iterator[Row]:
    """Search against search: neither counts the pass over the text."""
    targets: list[tuple[Level, End, int, int, str]] = [
        ("ffn", "helpful", 12 * 3072, 40, "FFN subvalues"),
        ("ffn", "unhelpful", 12 * 3072, 40, "FFN subvalues, the unhelpful end"),
        ("attn_head_position", "helpful", 12 * 12 * 64, 20, "heads × positions"),
        ("attn_head_position", "unhelpful", 12 * 12 * 64, 20, "the same, the unhelpful end"),
    ]
    for level, end, count, factor, name in targets:
        certified = running(_search(level, end))
        pair = interleaved(certified, lambda: _brute_force(model), TIMES)
        exhaustive = pair.baseline * count / SAMPLE
        ratio = count / SAMPLE / pair.ratio
        yield Row(
            f"certified top 10 of {count:,} {name}, against scoring them all",
            f"{ratio:.0f} × faster ({1000 * pair.seconds:.0f} ms against {exhaustive:.0f} s)",
            f"≥ {factor} ×", ratio >= factor, pair.seconds, ratio,
        )  # fmt: skip


def _search(level: Level, end: End) -> Callable[[Tokens], list[ContributionJob]]:
    return lambda tokens: [SubvaluesJob(tokens=tokens, position=63, level=level, end=end)]


@torch.inference_mode()
def _forward(model: Shaped, ids: torch.Tensor) -> torch.Tensor:
    """One pass of the `transformers` model, with the logits of every position."""
    hidden = model.theirs(ids, use_cache=False).last_hidden_state
    logits: torch.Tensor = hidden @ model.theirs.wte.weight.T
    return logits


@torch.inference_mode()
def _brute_force(model: Shaped) -> torch.Tensor:
    """SAMPLE vectors added to the stream one way: norm, unembedding, softmax, difference."""
    final, w_u = model.theirs.ln_f, model.theirs.wte.weight
    x = torch.arange(w_u.shape[1]).float()
    rows = model.theirs.h[3].mlp.c_proj.weight[:SAMPLE]
    after = torch.log_softmax(final(x + rows) @ w_u.T, dim=1)[:, 7]
    change: torch.Tensor = after - torch.log_softmax(final(x) @ w_u.T, dim=0)[7]
    return change


def _peak(run: Callable[[], None]) -> float:
    """The most resident memory that a run adds, in MB, looked at every two milliseconds."""
    run()
    gc.collect()
    ctypes.CDLL("libc.so.6").malloc_trim(0)  # what the C library keeps of earlier runs
    before, seen, done = _resident(), [0.0], threading.Event()

    def watch() -> None:
        while not done.is_set():
            seen.append(_resident())
            time.sleep(0.002)

    watcher = threading.Thread(target=watch)
    watcher.start()
    run()
    done.set()
    watcher.join()
    return max(seen) - before


def _resident() -> float:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 2**20


def _knockout() -> Iterator[Row]:
    before, after = knockout()
    yield Row("demo: p(answer) of 100 facts it knows", f"{before:.1%}", "", None)
    least = {module: min(p[module] for p in after.values()) for module in after["random"]}
    for method, p in after.items():
        best = method == "log-prob increase"
        yield Row(
            f"demo: the same with the 10 strongest by {method} zeroed",
            ", ".join(f"{module} {value:.1%}" for module, value in p.items()),
            "the least" if best else "", p == least if best else None,
        )  # fmt: skip
