"""Fit: one pass over a corpus that gives the exact moments, and so the PCA, of many sites.

The pass always takes the same batches in the same order and adds their moments one after the
other, so a run that was interrupted and goes on from its checkpoint ends with the same bits as a
run that never stopped (on the same machine, with the same number of threads).
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from itertools import islice
from pathlib import Path

import torch

from app.corpus.bases import BasisStore, fit_folder
from app.corpus.checkpoints import Checkpoint, SiteMoments, State
from app.corpus.plan import Portion, Progress, Submit
from app.corpus.store import Corpus, ModelKey
from app.errors import NotFitted
from app.worker.jobs import MomentsJob, MomentsResult, Read, Site

TOKENS_PER_BATCH = 8192
BATCHES_AHEAD = 2
BYTES_PER_PASS = 512 * 2**20
CHECKPOINT_EVERY_S = 20.0


def fit(
    corpus: Corpus,
    submit: Submit,
    sites: Sequence[Site],
    store: BasisStore,
    data_dir: Path,
    model: ModelKey,
    *,
    budget: int | None = None,
    standardise: bool = False,
    resume: bool = True,
    progress: Progress | None = None,
    tokens_per_batch: int = TOKENS_PER_BATCH,
    checkpoint_every_s: float = CHECKPOINT_EVERY_S,
) -> list[Site]:
    """Fit and save the bases of `sites` on the first `budget` tokens; returns the sites fitted.

    With `resume`, sites already fitted to the same tokens are left alone and a checkpoint is
    continued. Sites share one pass over the corpus as far as their moments fit in memory.
    Raises NotFitted when the corpus has fewer than two tokens; anything that stops the pass,
    KeyboardInterrupt too, leaves a checkpoint.
    """
    portion = Portion.of(corpus, budget)
    if portion.n_tokens < 2:
        raise NotFitted(f"The corpus has {portion.n_tokens} tokens; a fit needs at least 2.")
    folder = fit_folder(data_dir, model, corpus)
    todo = [
        site
        for site in sites
        if not (resume and _is_fitted(store, model, corpus, site, portion, standardise))
    ]
    passes = list(_passes(todo))
    total = portion.n_tokens * len(passes)
    for number, group in enumerate(passes):
        done_before = portion.n_tokens * number

        def tell(done: int, before: int = done_before) -> None:
            if progress is not None:
                progress(before + done, total)

        checkpoint = Checkpoint(
            folder, portion, group, tokens_per_batch=tokens_per_batch, every_s=checkpoint_every_s
        )
        moments = _run_pass(portion, submit, group, checkpoint, resume, tell)
        for site, of_site in zip(group, moments, strict=True):
            store.put(model, corpus, site, [m.basis(standardise=standardise) for m in of_site])
        checkpoint.remove()
    return todo


def _is_fitted(
    store: BasisStore,
    model: ModelKey,
    corpus: Corpus,
    site: Site,
    portion: Portion,
    standardise: bool,
) -> bool:
    """Whether the site's basis is there, whole, and of the same tokens and kind."""
    try:
        provenance = store.get(model, corpus, site, None if site.n_heads is None else 0).provenance
    except NotFitted:
        return False
    return provenance.n_tokens == portion.n_tokens and provenance.standardised == standardise


def _passes(sites: Sequence[Site]) -> Iterator[list[Site]]:
    """The sites in groups whose moments fit in memory together, in the order of the model."""
    group: list[Site] = []
    held = 0
    for site in sites:
        size = (site.n_heads or 1) * site.width**2 * 8
        if group and held + size > BYTES_PER_PASS:
            yield group
            group, held = [], 0
        group.append(site)
        held += size
    if group:
        yield group


def _run_pass(
    portion: Portion,
    submit: Submit,
    sites: Sequence[Site],
    checkpoint: Checkpoint,
    resume: bool,
    tell: Callable[[int], None],
) -> SiteMoments:
    """The moments of every site over the whole portion, from the checkpoint on."""
    reads = tuple(Read(site) for site in sites)
    state = checkpoint.load() if resume else None
    pending: deque[tuple[int, Future[MomentsResult]]] = deque()
    try:
        batches = portion.batches(checkpoint.tokens_per_batch)
        for batch in islice(batches, state.batches if state else 0, None):
            rows = tuple(portion.row(index) for index in batch)
            if state is None and pending:  # the first batch gives every later one its shift
                state = _fold(state, *pending.popleft())
            shifts = None if state is None else _shifts(state.moments, sites)
            job = MomentsJob(rows, reads, skip=portion.corpus.skip, shifts=shifts)
            tokens = sum(map(len, rows)) - portion.corpus.skip * len(rows)
            pending.append((tokens, submit(job)))
            if len(pending) >= BATCHES_AHEAD:
                state = _fold(state, *pending.popleft())
            if state is not None:
                checkpoint.save_when_due(state)
                tell(state.tokens)
        while pending:
            state = _fold(state, *pending.popleft())
            tell(state.tokens)
    except BaseException:
        for _, future in pending:
            future.cancel()
        if state is not None:
            checkpoint.save(state)
        raise
    assert state is not None  # a portion has at least one batch
    return state.moments


def _fold(state: State | None, tokens: int, future: "Future[MomentsResult]") -> State:
    """The state with one more batch added, always in the order of submission."""
    moments = future.result().moments
    if state is None:
        return State(1, tokens, moments)
    return State(
        state.batches + 1,
        state.tokens + tokens,
        tuple(
            tuple(before.merge(new) for before, new in zip(of_site, more, strict=True))
            for of_site, more in zip(state.moments, moments, strict=True)
        ),
    )


def _shifts(moments: SiteMoments, sites: Sequence[Site]) -> tuple[torch.Tensor, ...]:
    """Each site's pilot mean: (width,), or (heads, width) where there are heads."""
    return tuple(
        of_site[0].shift if site.n_heads is None else torch.stack([m.shift for m in of_site])
        for site, of_site in zip(sites, moments, strict=True)
    )
