"""Jobs' results do not depend on what else ran with them, and are what the definitions say."""

import dataclasses
from collections.abc import Mapping, Sequence

import pytest
import torch
from torch import Tensor

from app.analysis.types import Predictions, Scores
from app.errors import BadInput, NotFinite, PromptTooLong
from app.model.capture import Sink, Trunk
from app.model.loading import LoadedModel
from app.worker.engines import LocalEngine
from app.worker.jobs import (
    Captured,
    CaptureJob,
    Job,
    MomentsJob,
    MomentsResult,
    PredictJob,
    Projection,
    Read,
    ScoreJob,
)

LENGTHS = (5, 12, 12, 30, 11, 1, 64)


def texts(model: LoadedModel, lengths: Sequence[int] = LENGTHS) -> list[tuple[int, ...]]:
    generator = torch.Generator().manual_seed(4)
    vocab = model.shape.d_vocab
    return [
        tuple(torch.randint(0, vocab, (length,), generator=generator).tolist())
        for length in lengths
    ]


def score_job(model: LoadedModel, tokens: tuple[int, ...], *names: str) -> ScoreJob:
    torch.manual_seed(len(names))
    projections = []
    for name in names:
        site = model.sites[name]
        head = None if site.n_heads is None else 1
        projections.append(Projection(Read(site, head), torch.randn(3, site.width)))
    return ScoreJob(tokens, tuple(projections))


class Wrapped:
    """A trunk that counts its passes and may fail."""

    def __init__(self, trunk: Trunk) -> None:
        self.trunk = trunk
        self.shapes: list[tuple[int, ...]] = []
        self.fails_beyond: int | None = None
        self.bad_token: int | None = None
        self.scale = 1.0

    def run(self, ids: Tensor, sinks: Mapping[str, Sink]) -> None:
        self.shapes.append(tuple(ids.shape))
        if self.fails_beyond is not None and ids.shape[0] > self.fails_beyond:
            raise torch.OutOfMemoryError("CUDA out of memory")
        if self.bad_token is not None and bool((ids == self.bad_token).any()):
            raise RuntimeError("this text breaks the model")

        def scaled(sink: Sink) -> Sink:
            return lambda value: sink(value * self.scale)

        self.trunk.run(ids, {name: scaled(sink) for name, sink in sinks.items()})


@pytest.fixture
def trunk(tiny_model: LoadedModel) -> Wrapped:
    return Wrapped(tiny_model.trunk)


@pytest.fixture
def engine(tiny_model: LoadedModel, trunk: Wrapped) -> LocalEngine:
    return LocalEngine(dataclasses.replace(tiny_model, trunk=trunk))


def test_scores_are_dot_products_with_the_captured_vectors(
    tiny_model: LoadedModel, engine: LocalEngine
) -> None:
    (tokens,) = texts(tiny_model, [9])
    names = ("blocks.1.hook_resid_pre", "blocks.2.attn.hook_z", "ln_final.hook_normalized")
    job = score_job(tiny_model, tokens, *names)
    reads = tuple(projection.read for projection in job.projections)
    scores, captured = engine.run([job, CaptureJob(tokens, reads)])
    assert isinstance(scores, tuple) and isinstance(captured, Captured)
    for part, vectors, projection in zip(scores, captured.vectors, job.projections, strict=True):
        expected = torch.einsum("td,kd->tk", vectors, projection.vectors)
        torch.testing.assert_close(part.scores, expected)
        torch.testing.assert_close(part.norms, vectors.square().sum(-1).sqrt())


def test_batching_and_padding_change_nothing(tiny_model: LoadedModel, engine: LocalEngine) -> None:
    names = ("blocks.0.attn.hook_q", "blocks.2.hook_resid_post", "hook_pos_embed")
    jobs: list[Job] = [score_job(tiny_model, tokens, *names) for tokens in texts(tiny_model)]
    jobs += [PredictJob(tokens, top=4) for tokens in texts(tiny_model)]
    together = engine.run(jobs)
    for job, outcome in zip(jobs, together, strict=True):
        (alone,) = engine.run([job])
        if isinstance(alone, Predictions):
            assert isinstance(outcome, Predictions)
            torch.testing.assert_close(outcome.probabilities, alone.probabilities)
            continue
        assert isinstance(alone, tuple) and isinstance(outcome, tuple)
        for one, other in zip(alone, outcome, strict=True):
            assert isinstance(one, Scores) and isinstance(other, Scores)
            torch.testing.assert_close(one.scores, other.scores, atol=1e-4, rtol=1e-4)
            torch.testing.assert_close(one.norms, other.norms, atol=1e-4, rtol=1e-4)


def test_texts_of_one_length_and_depth_share_a_pass(
    tiny_model: LoadedModel, engine: LocalEngine, trunk: Wrapped
) -> None:
    jobs = [
        score_job(tiny_model, tokens, "blocks.1.hook_resid_pre")
        for tokens in texts(tiny_model, [12] * 8)
    ]
    assert not any(isinstance(outcome, Exception) for outcome in engine.run(jobs))
    assert trunk.shapes == [(8, 12)]


def test_a_batch_keeps_within_the_token_budget(tiny_model: LoadedModel, trunk: Wrapped) -> None:
    engine = LocalEngine(dataclasses.replace(tiny_model, trunk=trunk), token_budget=30)
    engine.run([score_job(tiny_model, t, "hook_embed") for t in texts(tiny_model, [12] * 5)])
    assert trunk.shapes == [(2, 12), (2, 12), (1, 12)]


def test_predictions_are_the_softmax_of_transformers_logits(
    tiny_model: LoadedModel, engine: LocalEngine
) -> None:
    (tokens,) = texts(tiny_model, [10])
    (outcome,) = engine.run([PredictJob(tokens, top=3)])
    assert isinstance(outcome, Predictions)
    with torch.inference_mode():
        p = tiny_model.bridge(torch.tensor([tokens]))[0].softmax(-1)
    values, ids = p.topk(3, dim=-1)
    torch.testing.assert_close(outcome.probabilities, values, atol=1e-5, rtol=1e-4)
    assert torch.equal(outcome.ids, ids)


def test_capturing_all_heads_keeps_them_apart(tiny_model: LoadedModel, engine: LocalEngine) -> None:
    (tokens,) = texts(tiny_model, [6])
    site = tiny_model.sites["blocks.1.attn.hook_v"]
    every, one = engine.run(
        [CaptureJob(tokens, (Read(site),)), CaptureJob(tokens, (Read(site, 2),))]
    )
    assert isinstance(every, Captured) and isinstance(one, Captured)
    assert every.vectors[0].shape == (6, 4, 12)
    torch.testing.assert_close(every.vectors[0][:, 2], one.vectors[0])


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [((), BadInput), ((1,) * 65, PromptTooLong), ((447,), BadInput), ((-1,), BadInput)],
)
def test_tokens_that_the_model_cannot_take_fail_alone(
    tiny_model: LoadedModel,
    engine: LocalEngine,
    tokens: tuple[int, ...],
    expected: type[Exception],
) -> None:
    good = PredictJob((1, 2, 3))
    bad = score_job(tiny_model, tokens, "hook_embed")
    first, second, third = engine.run([good, bad, MomentsJob((tokens,), ())])
    assert isinstance(first, Predictions)
    assert isinstance(second, expected) and isinstance(third, expected)


def test_one_bad_text_fails_alone(
    tiny_model: LoadedModel, engine: LocalEngine, trunk: Wrapped
) -> None:
    trunk.bad_token = 9
    rows = [(1, 2, 3), (1, 9, 3), (4, 5, 6)]
    outcomes = engine.run([score_job(tiny_model, row, "hook_embed") for row in rows])
    assert [isinstance(outcome, Exception) for outcome in outcomes] == [False, True, False]


def test_out_of_memory_halves_the_batch(
    tiny_model: LoadedModel, engine: LocalEngine, trunk: Wrapped
) -> None:
    trunk.fails_beyond = 2
    jobs = [score_job(tiny_model, t, "hook_embed") for t in texts(tiny_model, [7] * 4)]
    assert not any(isinstance(outcome, Exception) for outcome in engine.run(jobs))
    assert [shape[0] for shape in trunk.shapes] == [4, 2, 2]


def test_numbers_that_overflow_are_an_error_and_no_result(
    tiny_model: LoadedModel, engine: LocalEngine, trunk: Wrapped
) -> None:
    trunk.scale = float("inf")
    jobs: list[Job] = [score_job(tiny_model, (1, 2), "hook_embed"), PredictJob((1, 2))]
    assert all(isinstance(outcome, NotFinite) for outcome in engine.run(jobs))


def test_vectors_of_another_width_fail_alone(tiny_model: LoadedModel, engine: LocalEngine) -> None:
    wrong = ScoreJob((1, 2), (Projection(Read(tiny_model.sites["hook_embed"]), torch.ones(1, 7)),))
    good = score_job(tiny_model, (3, 4), "hook_embed")
    first, second = engine.run([wrong, good])
    assert isinstance(first, Exception) and not isinstance(second, Exception)


def test_no_jobs_have_no_results(engine: LocalEngine) -> None:
    assert engine.run([]) == []


def moments_of(engine: LocalEngine, job: MomentsJob) -> MomentsResult:
    (outcome,) = engine.run([job])
    assert isinstance(outcome, MomentsResult), outcome
    return outcome


def captured_rows(
    engine: LocalEngine, rows: Sequence[tuple[int, ...]], read: Read, skip: int
) -> Tensor:
    """All counted vectors at one place, by capturing them, in float64."""
    outcomes = engine.run([CaptureJob(row, (read,)) for row in rows])
    vectors = [o.vectors[0][skip:] for o in outcomes if isinstance(o, Captured)]
    return torch.cat(vectors).double()


@pytest.mark.parametrize("skip", [0, 1, 3])
def test_moments_are_those_of_the_captured_vectors(
    tiny_model: LoadedModel, engine: LocalEngine, skip: int
) -> None:
    rows = tuple(texts(tiny_model))
    sites = tiny_model.sites
    reads = (
        Read(sites["blocks.1.hook_resid_pre"]),
        Read(sites["blocks.0.attn.hook_k"], 3),
        Read(sites["blocks.0.attn.hook_k"]),
        Read(sites["blocks.2.mlp.hook_post"]),
    )
    result = moments_of(engine, MomentsJob(rows, reads, skip=skip))
    assert [len(moments) for moments in result.moments] == [1, 1, 4, 1]
    for read, (moments, *_) in zip(reads, result.moments, strict=True):
        one = Read(read.site, 0) if len(result.moments[reads.index(read)]) == 4 else read
        x = captured_rows(engine, rows, one, skip)
        assert moments.n == len(x)
        torch.testing.assert_close(moments.mean, x.mean(0), atol=1e-5, rtol=1e-4)
        torch.testing.assert_close(moments.covariance, x.T.cov(), atol=1e-4, rtol=1e-4)


def test_given_shifts_are_kept(tiny_model: LoadedModel, engine: LocalEngine) -> None:
    rows = tuple(texts(tiny_model))
    sites = tiny_model.sites
    reads = (Read(sites["blocks.1.hook_resid_pre"]), Read(sites["blocks.1.attn.hook_q"]))
    shifts = (torch.full((48,), 0.25), torch.arange(48.0).view(4, 12))
    shifted = moments_of(engine, MomentsJob(rows, reads, shifts=shifts))
    free = moments_of(engine, MomentsJob(rows, reads))
    assert torch.equal(shifted.moments[0][0].shift, shifts[0].double())
    assert torch.equal(shifted.moments[1][2].shift, shifts[1][2].double())
    torch.testing.assert_close(
        shifted.moments[0][0].covariance, free.moments[0][0].covariance, atol=1e-4, rtol=1e-4
    )


def test_the_same_chunk_gives_the_same_moments_bit_for_bit(
    tiny_model: LoadedModel, engine: LocalEngine
) -> None:
    job = MomentsJob(tuple(texts(tiny_model)), (Read(tiny_model.sites["blocks.1.hook_resid_pre"]),))
    first, second = moments_of(engine, job), moments_of(engine, job)
    assert torch.equal(first.moments[0][0].second, second.moments[0][0].second)


def test_a_pass_that_runs_out_of_memory_counts_nothing_twice(
    tiny_model: LoadedModel, engine: LocalEngine, trunk: Wrapped
) -> None:
    rows = tuple(texts(tiny_model, [8] * 6))
    job = MomentsJob(rows, (Read(tiny_model.sites["hook_embed"]),), skip=0)
    trunk.fails_beyond = 3
    assert moments_of(engine, job).moments[0][0].n == 48


def test_rows_with_nothing_to_count_are_refused(
    tiny_model: LoadedModel, engine: LocalEngine
) -> None:
    (outcome,) = engine.run([MomentsJob(((1,), (2,)), (Read(tiny_model.sites["hook_embed"]),))])
    assert isinstance(outcome, BadInput)


def test_a_wrong_number_of_shifts_is_refused(tiny_model: LoadedModel, engine: LocalEngine) -> None:
    job = MomentsJob(((1, 2),), (Read(tiny_model.sites["hook_embed"]),), shifts=())
    (outcome,) = engine.run([job])
    assert isinstance(outcome, BadInput)
