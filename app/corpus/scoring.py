"""Scoring passes: every token of a corpus scored on given vectors, text by text."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from app.corpus.bases import BasisStore
from app.corpus.columns import COMPONENTS, ColumnStore, ColumnWriter, n_columns
from app.corpus.plan import Portion, Progress, Submit
from app.corpus.scores import DirectionScores
from app.corpus.store import Corpus, ModelKey
from app.worker.jobs import Projection, Read, ScoreJob, Scores, Site

TOKENS_PER_BATCH = 8192
TEXTS_IN_FLIGHT = 128
SAVE_EVERY_S = 20.0

Take = Callable[[int, Sequence[Scores]], None]


@dataclass(frozen=True, slots=True)
class _Sent:
    """One text on its way; the last of a batch knows how far the pass is once it is taken."""

    row: int
    future: "Future[Sequence[Scores]]"
    batch_and_tokens: tuple[int, int] | None


def score_texts(
    corpus: Corpus,
    submit: Submit,
    projections: Sequence[Projection],
    take: Take,
    *,
    after_batch: Callable[[int, int], None],
    batches_done: int = 0,
) -> None:
    """Score every text, handing `take` the index of its first token (BOS not counted) and scores.

    `after_batch` hears how many batches, and tokens, have been taken; the first `batches_done`
    are left out. The order of texts is the same every time.
    """
    portion = Portion.of(corpus)
    wanted = tuple(projections)
    pending: deque[_Sent] = deque()

    def take_oldest() -> None:
        sent = pending.popleft()
        take(corpus.first_token(sent.row), sent.future.result())
        if sent.batch_and_tokens is not None:
            after_batch(*sent.batch_and_tokens)

    tokens = 0
    try:
        for number, batch in enumerate(portion.batches(TOKENS_PER_BATCH), start=1):
            for row in batch:
                ids = portion.row(row)
                tokens += len(ids) - corpus.skip
                if number > batches_done:
                    reached = (number, tokens) if row == batch[-1] else None
                    pending.append(_Sent(row, submit(ScoreJob(ids, wanted)), reached))
                if len(pending) > TEXTS_IN_FLIGHT:
                    take_oldest()
        while pending:
            take_oldest()
    finally:
        for sent in pending:
            sent.future.cancel()


def score_columns(
    corpus: Corpus,
    submit: Submit,
    sites: Sequence[Site],
    bases: BasisStore,
    columns: ColumnStore,
    model: ModelKey,
    *,
    components: int = COMPONENTS,
    progress: Progress | None = None,
) -> list[Site]:
    """Store the scores of every token on each fitted site's first components, in one pass.

    Sites whose columns are there already, scored with the same basis, are left alone; returns the
    others. An interrupted pass is continued. Raises NotFitted for a site without a basis, and
    BadInput when the disk is too small.
    """
    heads = {site: range(site.n_heads or 1) for site in sites}
    fitted = {
        site: [bases.get(model, corpus, site, None if site.n_heads is None else h) for h in of_site]
        for site, of_site in heads.items()
    }
    todo = {
        site: of_site
        for site, of_site in fitted.items()
        if not _has(columns, model, corpus, site, of_site[0].provenance.fingerprint,
                    n_columns(site, len(of_site[0].basis), components))
    }  # fmt: skip
    if not todo:
        return []
    writer = ColumnWriter(columns.folder(model, corpus), corpus.n_tokens, todo, components)
    projections = [
        Projection(
            Read(site, one.provenance.head),
            one.basis.components[: n_columns(site, len(one.basis), components)],
        )
        for site, of_site in todo.items()
        for one in of_site
    ]
    saved = time.monotonic()

    def take(first_token: int, scores: Sequence[Scores]) -> None:
        writer.take(first_token, scores, corpus.skip)

    def after_batch(number: int, tokens: int) -> None:
        nonlocal saved
        if time.monotonic() - saved > SAVE_EVERY_S:
            writer.save(number)
            saved = time.monotonic()
        if progress is not None:
            progress(tokens, corpus.n_tokens)

    score_texts(
        corpus, submit, projections, take, after_batch=after_batch, batches_done=writer.batches
    )
    writer.finish()
    return list(todo)


def score_vector(
    corpus: Corpus,
    submit: Submit,
    site: Site,
    head: int | None,
    vector: Tensor,
    *,
    progress: Progress | None = None,
) -> DirectionScores:
    """Every token's score on one vector (width,), by a pass over the corpus."""
    dot = np.zeros(corpus.n_tokens, dtype=np.float32)
    norms = np.zeros(corpus.n_tokens, dtype=np.float32)

    def take(first_token: int, scores: Sequence[Scores]) -> None:
        (one,) = scores
        to = slice(first_token, first_token + len(one.norms) - corpus.skip)
        dot[to] = one.scores[corpus.skip :, 0].numpy()
        norms[to] = one.norms[corpus.skip :].numpy()

    def after_batch(_number: int, tokens: int) -> None:
        if progress is not None:
            progress(tokens, corpus.n_tokens)

    projection = Projection(Read(site, head), vector[None, :])
    score_texts(corpus, submit, [projection], take, after_batch=after_batch)
    return DirectionScores(dot, norms)


def _has(
    columns: ColumnStore, model: ModelKey, corpus: Corpus, site: Site, fingerprint: str, k: int
) -> bool:
    """Whether `k` columns or more are stored for this very basis."""
    stored = columns.get(model, corpus, site, fingerprint)
    return stored is not None and stored.k >= k
