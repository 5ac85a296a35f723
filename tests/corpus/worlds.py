"""A small world for corpus tests: a fake model whose vectors are a fixed function of the tokens."""

import hashlib
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from app.corpus.ingest import ingest
from app.corpus.served import Priority
from app.corpus.store import Corpus
from app.errors import BadText
from app.model.sites import ModelShape, Site, SiteTable, sites_of
from app.worker.jobs import Job, Moments, MomentsJob, MomentsResult, Read, ScoreJob, Scores
from tests.vectors import moments_of

SHAPE = ModelShape(n_layers=2, d_model=12, n_heads=3, d_head=4, d_mlp=20, d_vocab=97, n_ctx=32)
SITES = sites_of(SHAPE)
EMBED = SITES["hook_embed"]
LAYER_1 = SITES["blocks.1.hook_resid_pre"]
QUERIES = SITES["blocks.0.attn.hook_q"]


class Letters:
    """One token per word; BOS is 0."""

    def encode(self, text: str, *, prepend_bos: bool = True) -> tuple[int, ...]:
        try:
            words = text.encode("utf-8").split()
        except UnicodeEncodeError:
            raise BadText("lone surrogate") from None
        ids = tuple(1 + int.from_bytes(hashlib.md5(w).digest()[:4], "big") % 96 for w in words)
        return (0, *ids) if prepend_bos else ids


@cache
def _table(site: Site) -> tuple[Tensor, Tensor]:
    """Every token's own vector, and the drift with the position."""
    generator = torch.Generator().manual_seed(sum(map(ord, site.name)))
    heads = site.n_heads or 1
    spread = 1.4 ** -torch.arange(site.width)
    table = torch.randn(SHAPE.d_vocab, heads, site.width, generator=generator) * spread
    return table, torch.randn(heads, site.width, generator=generator)


def vectors(site: Site, ids: tuple[int, ...]) -> Tensor:
    """(tokens[, heads], width): the token's own random vector, the position, the site's offset."""
    table, drift = _table(site)
    x = table[torch.tensor(ids)] + torch.arange(len(ids))[:, None, None] / 10 * drift + 3
    x[0] *= 50  # BOS: its norm swamps the rest
    return x if site.n_heads is not None else x[:, 0]


def read(one: Read, ids: tuple[int, ...]) -> Tensor:
    x = vectors(one.site, ids)
    return x if one.head is None else x[:, one.head]


def run(job: Job) -> MomentsResult | tuple[Scores, ...]:
    """What an engine would answer."""
    if isinstance(job, MomentsJob):
        return MomentsResult(tuple(_moments(job, i) for i in range(len(job.reads))))
    assert isinstance(job, ScoreJob)
    return tuple(
        Scores(x @ p.vectors.T, x.norm(dim=1))
        for p in job.projections
        for x in [read(p.read, job.tokens)]
    )


def _moments(job: MomentsJob, index: int) -> tuple[Moments, ...]:
    one = job.reads[index]
    x = torch.cat([read(one, row)[job.skip :] for row in job.rows])
    heads = [x] if x.ndim == 2 else list(x.unbind(1))
    shifts: list[Tensor | None] = [None] * len(heads)
    if job.shifts is not None:
        shifts = list(job.shifts[index].reshape(len(heads), -1))
    return tuple(moments_of(h, s) for h, s in zip(heads, shifts, strict=True))


class Queue:
    """Answers jobs at once, and remembers them; `before` may refuse or stop."""

    def __init__(self, before: Callable[[int, Job], None] | None = None) -> None:
        self.jobs: list[Job] = []
        self._before = before
        self._lock = threading.Lock()

    def submit(self, job: Job, priority: Priority = "interactive") -> "Future[Any]":  # noqa: ARG002
        with self._lock:
            if self._before is not None:
                self._before(len(self.jobs), job)
            self.jobs.append(job)
        future: Future[Any] = Future()
        try:
            future.set_result(run(job))
        except Exception as error:
            future.set_exception(error)
        return future


@dataclass(frozen=True, slots=True)
class Info:
    name: str = "tiny"
    revision: str = "0123456789abcdef"
    shape: ModelShape = SHAPE
    dtype: str = "float32"
    refusal: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """A served model without a model."""

    info: Info = field(default_factory=Info)
    sites: SiteTable = field(default_factory=lambda: SITES)
    tokenizer: Letters = field(default_factory=Letters)
    batcher: Queue = field(default_factory=Queue)


WORDS = tuple("theaoldcatdogranParis,.")


def texts(n: int, seed: int = 0) -> Iterable[str]:
    """Texts of 1 to 20 words, nearly all different."""
    generator = torch.Generator().manual_seed(seed)
    for _ in range(n):
        length = int(torch.randint(1, 20, (), generator=generator))
        chosen = torch.randint(0, len(WORDS), (length,), generator=generator).tolist()
        yield " ".join(WORDS[i] for i in chosen)


def corpus_in(folder: Path, n: int = 60, *, name: str = "small") -> Corpus:
    """An ingested corpus."""
    return ingest(texts(n), Letters(), folder, Info(), name=name)


def every_vector(corpus: Corpus, site: Site, head: int | None = None) -> Tensor:
    """All the corpus's vectors at a site without BOS, (tokens, width), in the corpus's order."""
    rows = [read(Read(site, head), corpus.row(i))[corpus.skip :] for i in range(corpus.n_texts)]
    return torch.cat(rows)
