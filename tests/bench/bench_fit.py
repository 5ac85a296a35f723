"""Tokens per second of a fit's pass over a corpus, against a bare batched forward pass over it."""

import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import torch

from app.corpus.bases import BasisStore
from app.corpus.fit import fit
from app.corpus.ingest import ingest
from app.corpus.served import patiently
from app.corpus.store import Corpus
from app.demo.corpus import corpus_texts
from app.worker.batching import Batcher
from app.worker.engines import LocalEngine
from app.worker.hub import info_of
from app.worker.jobs import Site
from tests.bench.rows import Row, seconds
from tests.bench.shaped import shaped

TOKENS_PER_TEXT, BUDGET, TIMES = 128, 16_384, 3
BARE_TEXTS = 16
"""Texts in a batch of the baseline: 2,048 tokens, with which it is fastest on two cores."""


def rows() -> Iterator[Row]:
    """The basic sites together; then one wide site, which is fitted when asked for."""
    model = shaped().ours
    with tempfile.TemporaryDirectory(prefix="rsv-bench-") as name:
        folder = Path(name)
        many = list(corpus_texts(20_000))
        long = [" ".join(many[start : start + 40]) for start in range(0, len(many), 40)]
        corpus = ingest(
            long, model.tokenizer, folder, info_of(model), name="bench",
            max_tokens_per_text=TOKENS_PER_TEXT, budget=BUDGET,
        )  # fmt: skip
        yield _row("the basic sites", model.sites.basic, corpus, folder, 0.85)
        wide = (model.sites["blocks.11.mlp.hook_post"],)
        yield _row("one FFN's 3,072 neurons", wide, corpus, folder, None)


def _row(
    what: str, sites: tuple[Site, ...], corpus: Corpus, folder: Path, target: float | None
) -> Row:
    """Passes and baselines in turn; the ratio is the median over neighbours."""
    pairs = []
    for _ in range(TIMES):
        taken, after = _pass(sites, corpus, folder)
        pairs.append((taken, seconds(lambda: _bare(corpus)), after))
    taken, bare, after = (statistics.median(column) for column in zip(*pairs, strict=True))
    speed = statistics.median(theirs / ours for ours, theirs, _ in pairs)
    n = corpus.n_tokens
    return Row(
        f"fit of {what}, tokens/s against the bare batched forward pass",
        f"{speed:.0%} ({n / taken:,.0f} of {n / bare:,.0f} tokens/s; "
        f"then {after:.1f} s of eigenvectors, once)",
        f"≥ {target:.0%}" if target else "none",
        speed >= target if target else None,
        taken,
        1 / speed,
    )  # fmt: skip


def _pass(sites: tuple[Site, ...], corpus: Corpus, folder: Path) -> tuple[float, float]:
    """Seconds of one fit until every token is counted, and from there to the saved bases."""
    model = shaped().ours
    counted = start = time.perf_counter()

    def progress(done: int, total: int) -> None:
        nonlocal counted
        if done == total:
            counted = time.perf_counter()

    with closing(Batcher(LocalEngine(model))) as batcher:
        fit(
            corpus, patiently(batcher, "interactive"), sites, BasisStore(folder), folder,
            info_of(model), resume=False, progress=progress,
        )  # fmt: skip
    return counted - start, time.perf_counter() - counted


def _bare(corpus: Corpus) -> None:
    """The same tokens through plain transformers; every row is as long as the next."""
    ids = [corpus.row(index) for index in range(corpus.n_texts)]
    whole = [row for row in ids if len(row) == len(ids[0])]
    for start in range(0, len(whole), BARE_TEXTS):
        shaped().bare(torch.tensor(whole[start : start + BARE_TEXTS]))
