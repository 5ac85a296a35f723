"""What weights say, kept on disk: worked out once, in the background, and again if damaged."""

import time
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from app.analysis.kurtosis import BasisSums, random_rotation
from app.analysis.weights import READS, LayerPair
from app.corpus.ingest import ingest
from app.corpus.sample import sample
from app.corpus.served import Priority
from app.corpus.tasks import BackgroundTasks, TaskView
from app.corpus.weights import BasisStatistics, CompositionScores, WeightsService, stream_sites
from app.errors import MethodRefused, NotFitted
from app.worker.jobs import Job, KurtosisJob
from app.worker.weights_jobs import CompositionJob, CosinesJob, KurtosisFound
from tests.analysis.at_once import basis_kurtosis
from tests.corpus.worlds import SHAPE, SITES, Info, Letters, World, corpus_in, every_vector, vectors

ROTATION = random_rotation(SHAPE.d_model)


class Weighing:
    """A queue that answers jobs about weights with numbers that name what was asked."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []

    def submit(self, job: Job, priority: Priority = "interactive") -> "Future[Any]":
        self.jobs.append(job)
        future: Future[Any] = Future()
        assert priority == "background"
        future.set_result(answer(job))
        return future


def answer(job: Job) -> LayerPair | torch.Tensor | KurtosisFound:
    h = SHAPE.n_heads
    if isinstance(job, CompositionJob):
        value = float(10 * job.writer + job.reader)
        reads = {name: torch.full((), value + i / 4).double() for i, name in enumerate(READS)}
        return LayerPair(
            {name: each.expand(h, h) for name, each in reads.items()},
            torch.full((h,), value).double(),
            {name: each.expand(h) for name, each in reads.items()},
            torch.tensor(value).double(),
        )
    if isinstance(job, CosinesJob):
        return torch.linspace(-1, 1, SHAPE.d_mlp) / (job.layer + 1)
    assert isinstance(job, KurtosisJob)
    shifts = job.shifts or tuple(torch.full((SHAPE.d_model,), 3.0).double() for _ in job.sites)
    return KurtosisFound(
        tuple(
            BasisSums.of(
                torch.cat([vectors(site, row)[job.skip :] for row in job.rows]), shift, ROTATION
            )
            for site, shift in zip(job.sites, shifts, strict=True)
        )
    )


@pytest.fixture
def queue() -> Weighing:
    return Weighing()


@pytest.fixture
def world(queue: Weighing) -> Any:  # noqa: ANN401
    return World(batcher=queue)  # type: ignore[arg-type]


@pytest.fixture
def service(tmp_path: Path, tasks: BackgroundTasks) -> WeightsService:
    return WeightsService(tmp_path, tasks)


def finished(tasks: BackgroundTasks, started: object) -> TaskView:
    assert isinstance(started, TaskView), started
    for _ in range(3000):
        view = tasks.get(started.id)
        if view.state not in ("queued", "running"):
            return view
        time.sleep(0.01)
    raise AssertionError("the task does not end")


def test_composition_is_worked_out_once_and_then_read(
    service: WeightsService, world: World, queue: Weighing, tasks: BackgroundTasks, tmp_path: Path
) -> None:
    assert finished(tasks, service.composition(world)).state == "done"
    asked = len(queue.jobs)
    found = service.composition(world)
    assert isinstance(found, CompositionScores)
    assert len(queue.jobs) == asked
    assert found.heads["k"].shape == (2, 3, 2, 3)
    np.testing.assert_array_equal(found.heads["k"][0, :, 1], 1.25)
    np.testing.assert_array_equal(found.heads["v"][1, :, 0], 0)
    np.testing.assert_array_equal(found.heads_to_ffn[:, 0], [[0, 1], [0, 11]])
    assert isinstance(WeightsService(tmp_path, tasks).composition(world), CompositionScores)


def test_cosines_are_those_of_every_layer(
    service: WeightsService, world: World, tasks: BackgroundTasks
) -> None:
    finished(tasks, service.cosines(world))
    found = service.cosines(world)
    assert isinstance(found, np.ndarray)
    expected = [torch.linspace(-1, 1, 20).numpy() / (layer + 1) for layer in range(2)]
    np.testing.assert_allclose(found, expected)


def test_the_basis_is_that_of_every_vector_of_the_sample(
    service: WeightsService, world: World, tasks: BackgroundTasks, tmp_path: Path
) -> None:
    corpus = corpus_in(tmp_path, 200)
    assert finished(tasks, service.basis(world, corpus)).state == "done"
    found = service.basis(world, corpus)
    assert isinstance(found, BasisStatistics)
    assert found.n_tokens == corpus.n_tokens  # smaller than a sample
    assert found.sites == tuple(site.name for site in stream_sites(world))
    assert found.sites[-1] == "blocks.1.hook_resid_post"
    assert len(found.sites) == 5
    for at, name in enumerate(found.sites):
        x = every_vector(corpus, SITES[name])
        direct = basis_kurtosis(x)
        np.testing.assert_allclose(found.own[at], direct.own, rtol=1e-4)
        np.testing.assert_allclose(found.rotated[at], direct.rotated, rtol=1e-3)
        np.testing.assert_allclose(found.mean[at], x.mean(dim=0), rtol=1e-4, atol=1e-4)
        np.testing.assert_allclose(found.std[at], x.std(dim=0, correction=0), rtol=1e-4)


def test_another_revision_or_corpus_has_files_of_its_own(
    service: WeightsService, queue: Weighing, tasks: BackgroundTasks, tmp_path: Path
) -> None:
    old: Any = World(batcher=queue)  # type: ignore[arg-type]
    new: Any = World(info=Info(revision="fedcba9876543210"), batcher=queue)  # type: ignore[arg-type]
    finished(tasks, service.cosines(old))
    assert isinstance(service.cosines(new), TaskView)
    small, large = corpus_in(tmp_path, 20, name="a"), corpus_in(tmp_path, 30, name="b")
    finished(tasks, service.basis(old, small))
    assert isinstance(service.basis(old, small), BasisStatistics)
    assert isinstance(service.basis(old, large), TaskView)


def test_numbers_of_another_format_are_made_again(
    service: WeightsService, world: World, queue: Weighing, tasks: BackgroundTasks, tmp_path: Path
) -> None:
    half: Any = World(info=Info(dtype="float16"), batcher=queue)  # type: ignore[arg-type]
    corpus = corpus_in(tmp_path, 20)
    for ask in (service.composition, service.cosines, lambda model: service.basis(model, corpus)):
        finished(tasks, ask(world))
        assert finished(tasks, ask(half)).state == "done"
        assert not isinstance(ask(half), TaskView)
        assert isinstance(ask(world), TaskView)


@pytest.mark.parametrize("damage", ["cut", "changed", "of another shape"])
def test_a_damaged_file_is_made_again(
    damage: str, service: WeightsService, world: World, tasks: BackgroundTasks, tmp_path: Path
) -> None:
    finished(tasks, service.cosines(world))
    (path,) = tmp_path.glob("models/*/weights/cosines.npz")
    content = path.read_bytes()
    if damage == "cut":
        path.write_bytes(content[:-40])
    elif damage == "changed":
        middle = len(content) // 2
        path.write_bytes(content[:middle] + bytes([content[middle] ^ 255]) + content[middle + 1 :])
    else:
        np.savez(path, cosines=np.zeros(3), about=np.frombuffer(b'{"format": 1}', np.uint8))
    assert finished(tasks, service.cosines(world)).state == "done"
    assert path.read_bytes() == content
    assert not list(path.parent.glob(".*"))  # nothing temporary is left


def test_work_that_is_cancelled_leaves_nothing_and_can_begin_again(
    service: WeightsService, world: World, tasks: BackgroundTasks, tmp_path: Path
) -> None:
    def blocked(progress: Any) -> None:  # noqa: ANN401
        while True:
            time.sleep(0.01)
            progress(0, 1)

    first = tasks.start("blocks", "blocks", blocked)
    started = service.composition(world)
    assert isinstance(started, TaskView)
    again = service.composition(world)
    assert isinstance(again, TaskView)
    assert again.id == started.id  # whoever else asks waits for the same
    tasks.cancel(started.id)
    tasks.cancel(first.id)
    assert finished(tasks, started).state == "cancelled"
    assert not list(tmp_path.glob("models/*/weights/*"))
    assert finished(tasks, service.composition(world)).state == "done"


def test_a_model_of_another_architecture_is_refused_before_work_begins(
    service: WeightsService, queue: Weighing, tmp_path: Path
) -> None:
    world: Any = World(info=Info(refusal="another architecture"), batcher=queue)  # type: ignore[arg-type]
    for ask in (service.composition, service.cosines):
        with pytest.raises(MethodRefused, match="another architecture"):
            ask(world)
    assert queue.jobs == []  # whoever asks does not wait for the model
    # Its stream can be read all the same.
    assert isinstance(service.basis(world, corpus_in(tmp_path)), TaskView)


def test_a_corpus_too_small_for_a_kurtosis_is_refused(
    service: WeightsService, world: World, tmp_path: Path
) -> None:
    corpus = corpus_in(tmp_path, 60)
    small = type(corpus)(
        corpus.folder,
        corpus.manifest.__class__(**{**_fields(corpus.manifest), "n_tokens": 3}),
        corpus.tokens,
        corpus.offsets,
    )
    with pytest.raises(NotFitted, match="needs at least 4"):
        service.basis(world, small)


def _fields(manifest: object) -> dict[str, Any]:
    return {name: getattr(manifest, name) for name in manifest.__dataclass_fields__}  # type: ignore[attr-defined]


@pytest.mark.parametrize("period", [2, 3, 10])
def test_a_sample_keeps_no_time_with_a_corpus_whose_texts_take_turns(
    tmp_path: Path, period: int
) -> None:
    """One text in so many is long; the sample is as large as asked for, and holds both kinds."""
    lines = [" ".join([f"w{n}"] * (30 if n % period == 0 else 2)) for n in range(3000)]
    corpus = ingest(lines, Letters(), tmp_path, Info(), name="turns")
    share = corpus.n_tokens // 10
    texts = [text for batch in sample(corpus, share) for text in batch]
    lengths = corpus.lengths(0, corpus.n_texts) - corpus.skip
    assert share <= lengths[texts].sum() < share + 30
    assert np.mean(lengths[texts] == 30) == pytest.approx(np.mean(lengths == 30), rel=0.2)


@pytest.mark.parametrize("tokens", [50, 300, 10_000])
def test_a_sample_is_spread_over_the_corpus_and_no_text_comes_twice(
    tmp_path: Path, tokens: int
) -> None:
    corpus = corpus_in(tmp_path, 300)
    batches = sample(corpus, tokens)
    texts = [text for batch in batches for text in batch]
    assert texts == sorted(set(texts))
    held = sum(len(corpus.row(text)) - corpus.skip for text in texts)
    assert held >= min(tokens, corpus.n_tokens) * 0.6
    if tokens >= corpus.n_tokens:
        assert held == corpus.n_tokens
    else:
        assert held <= 2.5 * tokens
        assert texts[-1] > corpus.n_texts * 0.7  # not only the first ones
