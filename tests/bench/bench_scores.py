"""Scores for one 64-token text at one site, against the bare trunk."""

from collections.abc import Callable, Iterator

import torch

from app.worker.engines import LocalEngine
from app.worker.jobs import Projection, Read, ScoreJob
from tests.bench.rows import Row, interleaved
from tests.bench.shaped import rows as as_rows
from tests.bench.shaped import shaped, texts

TIMES = 21
DIRECTIONS = 32


def rows() -> Iterator[Row]:
    """The output site, then layers on the way to it."""
    model = shaped()
    engine = LocalEngine(model.ours)
    ids = texts(1, 64)
    (tokens,) = as_rows(ids)

    def scoring(name: str) -> Callable[[], None]:
        site = model.ours.sites[name]
        projection = Projection(Read(site), torch.randn(DIRECTIONS, site.width))

        def run() -> None:
            (outcome,) = engine.run([ScoreJob(tokens, (projection,))])
            assert not isinstance(outcome, Exception), outcome

        return run

    pair = interleaved(scoring("ln_final.hook_normalized"), lambda: model.bare(ids), TIMES)
    yield Row(
        "scores of one 64-token text at the output, against the bare trunk",
        f"{pair.ratio:.2f} × ({1000 * pair.seconds:.0f} ms against {1000 * pair.baseline:.0f} ms)",
        "≤ 1.2 ×", pair.ratio <= 1.2, pair.seconds, pair.ratio,
    )  # fmt: skip
    for layer in (0, 3, 6, 11):
        run = scoring(f"blocks.{layer}.hook_resid_pre")
        pair = interleaved(run, lambda: model.bare(ids), TIMES)
        share = layer / 12
        yield Row(
            f"the same at layer {layer} (costs {layer} of 12 blocks)",
            f"{pair.ratio:.2f} × ({1000 * pair.seconds:.1f} ms)",
            f"≤ {share:.2f} + 0.1 ×", pair.ratio <= share + 0.1, pair.seconds, pair.ratio,
        )  # fmt: skip
