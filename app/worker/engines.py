"""Engines run jobs. `Engine.run` is the only door to a model; LocalEngine is the one in-process."""

from collections.abc import Callable, Sequence
from typing import Protocol

import torch
from torch import Tensor

from app.errors import BadInput, NotFinite, PromptTooLong
from app.model.capture import LOGITS, Sink
from app.model.loading import LoadedModel
from app.worker.contributions import ContributionRuns
from app.worker.jobs import (
    Captured,
    CaptureJob,
    ContributionJob,
    Job,
    MomentsJob,
    Predictions,
    PredictJob,
    Read,
    RowJob,
    RowsJob,
    ScoreJob,
    Scores,
    TextJob,
    TokenIds,
    WeightsJob,
)
from app.worker.moments import MomentsRun
from app.worker.plan import Item, pad, plan
from app.worker.retry import Outcome, run_gently
from app.worker.row_jobs import run_row
from app.worker.weights_runs import KurtosisRun, WeightsRuns

LOGIT_TOKENS = 1024
"""Tokens whose logits are held at a time: 200 MB for GPT-2's vocabulary."""


class Engine(Protocol):
    """What runs jobs, wherever the model is."""

    def run(self, jobs: Sequence[Job]) -> list[Outcome]:
        """Each job's result, or the exception that it failed with, in order; never raises."""
        ...


class LocalEngine:
    """Runs jobs on a model in this process; one thread at a time may use it."""

    def __init__(self, model: LoadedModel, *, token_budget: int = 2048) -> None:
        self.model = model
        self.token_budget = token_budget
        self._contributions = ContributionRuns(model)
        self._weights = WeightsRuns(lambda: self._contributions.weights)

    def run(self, jobs: Sequence[Job]) -> list[Outcome]:
        """Each job's result or exception; texts of like length share a pass (see `plan`)."""
        outcomes: list[Outcome | None] = [None] * len(jobs)
        texts: list[Item] = []
        predictions: list[Item] = []
        for index, job in enumerate(jobs):
            try:
                if isinstance(job, RowsJob):
                    outcomes[index] = self._rows(job)
                    continue
                if isinstance(job, RowJob):
                    outcomes[index] = run_row(self._contributions.weights, job)
                    continue
                if isinstance(job, WeightsJob):
                    outcomes[index] = self._weights.run(job)
                    continue
                self._check(job.tokens)
                if isinstance(job, ContributionJob):
                    outcomes[index] = self._contributions.run(job)
                else:
                    deep = predictions if isinstance(job, PredictJob) else texts
                    deep.append(Item(index, job.tokens, _depth(job)))
            except Exception as error:  # a job's failure is its own outcome
                outcomes[index] = error
        batches = plan(texts, self.token_budget)
        batches += plan(predictions, min(self.token_budget, LOGIT_TOKENS))
        for batch in batches:
            chosen = [jobs[item.index] for item in batch]
            for item, outcome in zip(batch, run_gently(chosen, self._texts), strict=True):
                outcomes[item.index] = outcome
        assert all(outcome is not None for outcome in outcomes)
        return [outcome for outcome in outcomes if outcome is not None]

    def _check(self, tokens: TokenIds) -> None:
        """Raise for tokens that the model cannot take."""
        shape = self.model.shape
        if not tokens:
            raise BadInput("There are no tokens to run.", field="text")
        if len(tokens) > shape.n_ctx:
            raise PromptTooLong(tokens=len(tokens), limit=shape.n_ctx)
        if not 0 <= min(tokens) <= max(tokens) < shape.d_vocab:
            raise BadInput(
                f"Token ids run from 0 to {shape.d_vocab - 1}; one of these does not.",
                field="tokens",
            )

    def _texts(self, jobs: Sequence[Job]) -> list[Outcome]:
        """The outcomes of jobs that share one pass. Raises whatever the pass raises."""
        collectors = [_Collector(job) for job in jobs if isinstance(job, TextJob)]
        sinks: dict[str, list[Callable[[Tensor], None]]] = {}
        for row, collector in enumerate(collectors):
            for name, take in collector.sinks(row):
                sinks.setdefault(name, []).append(take)
        ids = pad([collector.job.tokens for collector in collectors])
        self.model.trunk.run(ids, {name: _all_of(takes) for name, takes in sinks.items()})
        return [collector.outcome() for collector in collectors]

    def _rows(self, job: RowsJob) -> Outcome:
        """Many rows batch by batch, each batch's vectors reduced at once."""
        for row in job.rows:
            self._check(row)
        run = MomentsRun(job) if isinstance(job, MomentsJob) else KurtosisRun(job)
        items = [Item(index, row, 0) for index, row in enumerate(job.rows)]
        for batch in plan(items, self.token_budget):
            for outcome in run_gently([item.tokens for item in batch], self._add_rows(run)):
                if isinstance(outcome, Exception):
                    return outcome
        return run.result()

    def _add_rows(
        self, run: MomentsRun | KurtosisRun
    ) -> Callable[[Sequence[TokenIds]], list[None]]:
        def add(rows: Sequence[TokenIds]) -> list[None]:
            with run.batch([len(row) for row in rows]) as sinks:
                self.model.trunk.run(pad(rows), sinks)
            return [None] * len(rows)

        return add


class _Collector:
    """Takes one job's rows out of a batch's tensors as they pass, and makes its result."""

    def __init__(self, job: TextJob) -> None:
        self.job = job
        self._parts: dict[int, Scores | Tensor] = {}
        self._predictions: Predictions | None = None

    def sinks(self, row: int) -> list[tuple[str, Sink]]:
        """What the job takes from its row of the batch: (site name, sink) pairs."""
        job = self.job
        if isinstance(job, PredictJob):
            return [(LOGITS, lambda logits: self._predict(logits[row, : len(job.tokens)], job.top))]
        reads = job.reads if isinstance(job, CaptureJob) else [p.read for p in job.projections]
        return [(read.site.name, self._taker(at, read, row)) for at, read in enumerate(reads)]

    def _taker(self, at: int, read: Read, row: int) -> Sink:
        job = self.job

        def take(value: Tensor) -> None:
            x = value[row, : len(job.tokens)]  # (tokens[, heads], width)
            if read.head is not None:
                x = x[:, read.head]
            if isinstance(job, ScoreJob):
                vectors = job.projections[at].vectors.to(x.device, torch.float32)
                self._parts[at] = score(x.float(), vectors)
            else:
                self._parts[at] = x.to("cpu", torch.float32, copy=True)

        return take

    def _predict(self, logits: Tensor, top: int) -> None:
        top = min(top, logits.shape[-1])
        values, ids = logits.float().topk(top, dim=-1)
        total = logits.float().logsumexp(dim=-1, keepdim=True)
        self._predictions = Predictions(ids.cpu(), (values - total).exp().cpu())

    def outcome(self) -> Outcome:
        """The job's result, after the pass; NotFinite where the model's numbers overflowed."""
        parts = [self._parts[at] for at in sorted(self._parts)]
        captured = tuple(part for part in parts if isinstance(part, Tensor))
        scores = tuple(part for part in parts if isinstance(part, Scores))
        numbers = [*captured, *(part.norms for part in scores)]
        if self._predictions is not None:
            numbers.append(self._predictions.probabilities)
        if not all(bool(torch.isfinite(tensor).all()) for tensor in numbers):
            return NotFinite(
                "On this text the model's numbers overflow its number format. "
                "Shorten the text, or serve the model in float32."
            )
        if self._predictions is not None:
            return self._predictions
        return Captured(captured) if isinstance(self.job, CaptureJob) else scores


def score(x: Tensor, vectors: Tensor) -> Scores:
    """Dot products of `x` (tokens, width) with `vectors` (directions, width), and norms of `x`."""
    return Scores((x @ vectors.T).cpu(), torch.linalg.vector_norm(x, dim=-1).cpu())


def _depth(job: TextJob) -> int:
    """How many blocks the job needs; every one for predictions."""
    if isinstance(job, PredictJob):
        return 0  # predictions are batched apart, and all are equally deep
    reads = job.reads if isinstance(job, CaptureJob) else [p.read for p in job.projections]
    return max((read.site.blocks_needed for read in reads), default=0)


def _all_of(takes: Sequence[Sink]) -> Sink:
    """One sink that serves several jobs."""

    def take(value: Tensor) -> None:
        for each in takes:
            each(value)

    return take
