"""The corpus as the web asks for it: exact histograms and extremes, computed when missing."""

import time
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor

from app.corpus.commands import prepare
from app.corpus.current import Current, set_current
from app.corpus.scores import weights_in_span
from app.corpus.service import CorpusService
from app.corpus.summaries import Extremes, Histogram
from app.corpus.tasks import BackgroundTasks, TaskView
from app.errors import BadDirection, BadInput, NotFitted
from app.worker.jobs import Unit
from tests.corpus.worlds import EMBED, LAYER_1, QUERIES, World, corpus_in, every_vector, texts

UNITS: list[Unit] = ["dot", "centred", "cosine", "z"]


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def service(tmp_path: Path, world: World, tasks: BackgroundTasks) -> CorpusService:
    """Everything that `make run` prepares, for a small corpus."""
    prepare(world, texts(60), data_dir=tmp_path)
    return CorpusService(tmp_path, tasks)


def settle(tasks: BackgroundTasks, task: object) -> TaskView:
    assert isinstance(task, TaskView)
    for _ in range(3000):
        view = tasks.get(task.id)
        if view.state not in ("queued", "running"):
            return view
        time.sleep(0.01)
    raise AssertionError("the task does not end")


def direction(seed: int, width: int = 12) -> Tensor:
    v = torch.randn(width, generator=torch.Generator().manual_seed(seed))
    unit: Tensor = v / v.norm()
    return unit


def by_hand(x: Tensor, v: Tensor, unit: Unit) -> npt.NDArray[np.float64]:
    """Scores straight from the definitions."""
    dot: npt.NDArray[np.float64] = (x.double() @ v.double()).numpy()
    norms: npt.NDArray[np.float64] = x.double().norm(dim=1).numpy()
    match unit:
        case "dot":
            return dot
        case "centred":
            return dot - float(dot.mean())
        case "cosine":
            return dot / norms
        case "z":
            return (dot - float(dot.mean())) / float(dot.std(ddof=1))


@settings(
    deadline=None, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data(), unit=st.sampled_from(UNITS), bins=st.integers(1, 80))
def test_histogram_and_extremes_are_those_of_every_token(
    service: CorpusService, world: World, data: st.DataObject, unit: Unit, bins: int
) -> None:
    components = service.basis(world, LAYER_1).basis.components
    weights = torch.tensor(data.draw(st.lists(st.integers(-3, 3), min_size=12, max_size=12)))
    if not weights.any():
        weights[data.draw(st.integers(0, 11))] = 1
    v = weights.float() @ components
    v = v / v.norm()
    corpus = service.corpus(world)
    scores = by_hand(every_vector(corpus, LAYER_1), v, unit)

    found = service.histogram(world, LAYER_1, None, v, unit, bins)
    assert isinstance(found, Histogram)
    assert sum(found.counts) == found.n_tokens == corpus.n_tokens
    assert len(found.edges) == len(found.counts) + 1 == bins + 1
    assert found.edges[0] == pytest.approx(scores.min(), rel=1e-4, abs=1e-4)
    assert found.edges[-1] == pytest.approx(scores.max(), rel=1e-4, abs=1e-4)
    assert found.quantiles["0.5"] == pytest.approx(np.median(scores), rel=1e-3, abs=1e-3)

    top = service.extremes(world, LAYER_1, None, v, unit, k=7, context=3)
    assert isinstance(top, Extremes)
    order = np.sort(scores)
    assert [e.score for e in top.highest] == pytest.approx(order[::-1][:7], rel=1e-4, abs=1e-4)
    assert [e.score for e in top.lowest] == pytest.approx(order[:7], rel=1e-4, abs=1e-4)
    for extreme in top.highest + top.lowest:
        row = corpus.row(extreme.text_index)
        assert extreme.position >= 1, "BOS is left out"
        assert extreme.ids[extreme.at] == row[extreme.position]
        assert extreme.scores[extreme.at] == extreme.score
        assert extreme.start + extreme.at == extreme.position
        assert tuple(extreme.ids) == row[max(1, extreme.position - 3) : extreme.position + 4]
        assert len(extreme.scores) == len(extreme.ids)


def test_a_component_needs_no_forward_pass(service: CorpusService, world: World) -> None:
    before = len(world.batcher.jobs)
    for k in range(12):
        v = service.basis(world, EMBED).basis.components[k]
        assert isinstance(service.histogram(world, EMBED, None, v), Histogram)
    assert len(world.batcher.jobs) == before


def test_equal_scores_come_in_the_order_of_the_corpus(service: CorpusService, world: World) -> None:
    """At the embedding, the same word has nearly the same score wherever it stands."""
    v = service.basis(world, EMBED).basis.components[0]
    top = service.extremes(world, EMBED, None, v, k=10_000)
    assert isinstance(top, Extremes)
    assert len(top.highest) == len(top.lowest) == service.corpus(world).n_tokens
    keys = [(-e.score, e.text_index, e.position) for e in top.highest]
    assert keys == sorted(keys)


def test_a_direction_outside_the_stored_columns_is_computed_once_and_kept(
    tmp_path: Path, world: World, tasks: BackgroundTasks
) -> None:
    prepare(world, texts(60), data_dir=tmp_path, components=3)
    service = CorpusService(tmp_path, tasks)
    v = direction(5)
    task = service.extremes(world, LAYER_1, None, v, "z")
    done = settle(tasks, task)
    assert (done.state, done.done, done.total) == ("done", *[service.corpus(world).n_tokens] * 2)
    scores = by_hand(every_vector(service.corpus(world), LAYER_1), v, "z")
    jobs = len(world.batcher.jobs)
    for asked in (service, CorpusService(tmp_path, tasks)):
        top = asked.extremes(world, LAYER_1, None, v, "z", k=1)
        assert isinstance(top, Extremes)
        assert top.highest[0].score == pytest.approx(scores.max(), rel=1e-4)
    assert len(world.batcher.jobs) == jobs
    damaged = next((tmp_path / "models").rglob("directions/*.npz"))
    damaged.write_bytes(damaged.read_bytes()[:-9])
    assert isinstance(CorpusService(tmp_path, tasks).histogram(world, LAYER_1, None, v), TaskView)


def test_a_site_is_fitted_when_asked_for_every_head_of_it(
    service: CorpusService, world: World, tasks: BackgroundTasks
) -> None:
    with pytest.raises(NotFitted):
        service.basis(world, QUERIES, 1)
    task = service.fit_site(world, QUERIES)
    assert service.fit_site(world, QUERIES).id == task.id or tasks.get(task.id).state == "done"
    assert settle(tasks, task).state == "done"
    assert QUERIES.name in service.fitted(world)
    jobs = len(world.batcher.jobs)
    for head in range(3):
        fitted = service.basis(world, QUERIES, head)
        v = fitted.basis.components[1]
        top = service.extremes(world, QUERIES, head, v, k=1)
        assert isinstance(top, Extremes)
        x = every_vector(service.corpus(world), QUERIES, head)
        assert top.highest[0].score == pytest.approx(float((x @ v).max()), rel=1e-4)
        assert fitted.provenance.head == head
    assert len(world.batcher.jobs) == jobs
    with pytest.raises(BadInput):
        service.histogram(world, QUERIES, None, v)


def test_a_site_fitted_later_follows_the_choices_of_the_last_fit(
    service: CorpusService, world: World, tasks: BackgroundTasks, tmp_path: Path
) -> None:
    set_current(tmp_path, world.info, Current("demo", budget=100, standardise=True))
    settle(tasks, service.fit_site(world, QUERIES))
    about = service.basis(world, QUERIES, 0).provenance
    assert (about.n_tokens, about.standardised) == (100, True)


def test_damaged_columns_are_made_again(
    service: CorpusService, world: World, tasks: BackgroundTasks, tmp_path: Path
) -> None:
    (path,) = (tmp_path / "models").rglob(f"scores/{EMBED.name}/scores.f32")
    content = bytearray(path.read_bytes())
    content[5] ^= 1
    path.write_bytes(content)
    v = service.basis(world, EMBED).basis.components[0]
    assert settle(tasks, service.histogram(world, EMBED, None, v)).state == "done"
    assert isinstance(service.histogram(world, EMBED, None, v), Histogram)


def test_without_a_corpus_there_is_nothing_to_see(
    tmp_path: Path, world: World, tasks: BackgroundTasks
) -> None:
    service = CorpusService(tmp_path, tasks)
    assert service.fitted(world) == set()
    for ask in (lambda: service.basis(world, EMBED), lambda: service.fit_site(world, EMBED)):
        with pytest.raises(NotFitted, match="ingest"):
            ask()


def test_a_corpus_without_a_fit_is_scored_but_not_centred(
    tmp_path: Path, world: World, tasks: BackgroundTasks
) -> None:
    corpus_in(tmp_path)
    service = CorpusService(tmp_path, tasks)
    v = direction(1)
    settle(tasks, service.histogram(world, EMBED, None, v))
    assert isinstance(service.histogram(world, EMBED, None, v, "cosine"), Histogram)
    with pytest.raises(NotFitted):
        service.histogram(world, EMBED, None, v, "z")


def test_a_damaged_corpus_is_said_to_be(service: CorpusService, world: World) -> None:
    folder = service.corpus(world).folder
    (folder / "tokens.u32").write_bytes(b"1234")
    (folder / "manifest.json").touch()
    with pytest.raises(NotFitted, match="damaged on disk"):
        service.corpus(world)


def test_a_vector_of_another_width_is_refused(service: CorpusService, world: World) -> None:
    with pytest.raises(BadDirection, match=r"\(5,\).*\(12,\)"):
        service.histogram(world, EMBED, None, torch.ones(5))


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 2**31), k=st.integers(1, 12))
def test_weights_are_found_for_what_is_in_the_span_and_only_for_that(seed: int, k: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    rows = torch.linalg.qr(torch.randn(12, 12, generator=generator)).Q
    wanted = torch.randn(k, generator=generator).double()
    inside = wanted @ rows[:k].double()
    found = weights_in_span((inside / inside.norm()).float(), rows[:k])
    assert found is not None
    assert torch.allclose(found, wanted / inside.norm(), atol=1e-5)
    one = weights_in_span(rows[k - 1], rows[:k])
    assert one is not None
    assert one.tolist() == [float(i == k - 1) for i in range(k)]
    if k < 12:
        assert weights_in_span(rows[k], rows[:k]) is None
