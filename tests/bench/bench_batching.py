"""Thirty-two requests at once against the same one after another, through the batcher."""

from collections.abc import Iterator

import torch

from app.worker.batching import Batcher
from app.worker.engines import LocalEngine
from app.worker.jobs import Projection, Read, ScoreJob
from tests.bench.rows import Row, interleaved
from tests.bench.shaped import rows as as_rows
from tests.bench.shaped import shaped, texts

REQUESTS, LENGTH, TIMES = 32, 30, 5


def rows() -> Iterator[Row]:
    """Throughput at the output site."""
    model = shaped().ours
    batcher = Batcher(LocalEngine(model))
    site = model.sites["ln_final.hook_normalized"]
    projection = Projection(Read(site), torch.randn(32, site.width))
    jobs = [ScoreJob(row, (projection,)) for row in as_rows(texts(REQUESTS, LENGTH))]

    def at_once() -> None:
        for future in [batcher.submit(job) for job in jobs]:
            future.result()

    def in_turn() -> None:
        for job in jobs:
            batcher.submit(job).result()

    pair = interleaved(at_once, in_turn, TIMES)
    batcher.close()
    gain = 1 / pair.ratio
    yield Row(
        f"{REQUESTS} requests of one {LENGTH}-token text at once, against one after another",
        f"{gain:.2f} × ({REQUESTS / pair.seconds:.1f} against {REQUESTS / pair.baseline:.1f} a s)",
        "≥ 1.5 ×", gain >= 1.5, pair.seconds, pair.ratio,
    )  # fmt: skip
