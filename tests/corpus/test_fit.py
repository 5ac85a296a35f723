"""Fit: exact moments in one pass, checkpointed so that stopping changes no bit of the result."""

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.decomposition import PCA

from app.corpus import plan
from app.corpus.bases import BasisStore, fit_folder
from app.corpus.fit import fit
from app.corpus.plan import Portion
from app.corpus.store import Corpus
from app.errors import BadInput, NotFitted
from app.model.sites import Site
from app.worker.jobs import Job, MomentsJob
from tests.corpus.worlds import EMBED, LAYER_1, QUERIES, Info, Queue, corpus_in, every_vector

MODEL = Info()
SITES = [EMBED, LAYER_1, QUERIES]


def run_fit(
    folder: Path,
    corpus: Corpus,
    queue: Queue | None = None,
    sites: list[Site] = SITES,
    *,
    tokens_per_batch: int = 60,
    standardise: bool = False,
    budget: int | None = None,
    resume: bool = True,
    every_s: float = 1e9,
    progress: Callable[[int, int], None] | None = None,
) -> list[Site]:
    return fit(
        corpus, (queue or Queue()).submit, sites, BasisStore(folder), folder, MODEL,
        tokens_per_batch=tokens_per_batch, standardise=standardise, budget=budget, resume=resume,
        checkpoint_every_s=every_s, progress=progress,
    )  # fmt: skip


def files(folder: Path, corpus: Corpus) -> dict[str, tuple[bytes, ...]]:
    """The numbers of every saved basis, bit by bit."""
    store = BasisStore(folder)
    found = {}
    for site in SITES:
        for head in range(site.n_heads or 1):
            basis = store.get(MODEL, corpus, site, head if site.n_heads else None).basis
            arrays = (basis.mean, basis.components, basis.eigenvalues, basis.std)
            found[f"{site.name} {head}"] = tuple(a.numpy().tobytes() for a in arrays)
    return found


@pytest.mark.parametrize("tokens_per_batch", [16, 100_000])
def test_every_site_and_head_has_scikit_learns_basis_without_bos(
    tmp_path: Path, tokens_per_batch: int
) -> None:
    corpus = corpus_in(tmp_path)
    assert run_fit(tmp_path, corpus, tokens_per_batch=tokens_per_batch) == SITES
    store = BasisStore(tmp_path)
    for site, head in [(EMBED, None), (LAYER_1, None), (QUERIES, 0), (QUERIES, 2)]:
        fitted = store.get(MODEL, corpus, site, head)
        x = every_vector(corpus, site, head).double().numpy()
        theirs = PCA(svd_solver="covariance_eigh").fit(x)
        assert np.allclose(fitted.basis.mean, theirs.mean_, atol=1e-5)
        assert np.allclose(fitted.basis.eigenvalues, theirs.explained_variance_, rtol=1e-3)
        cosine = np.abs(np.sum(fitted.basis.components.numpy()[:3] * theirs.components_[:3], 1))
        assert np.all(cosine > 1 - 1e-6)
        about = fitted.provenance
        assert (about.site, about.head, about.corpus) == (site.name, head, "small")
        assert about.n_tokens == fitted.basis.n_tokens == corpus.n_tokens
        assert about.corpus_hash == corpus.hash
    assert store.fitted(MODEL, corpus) == {site.name for site in SITES}


class Stop(BaseException):
    """Stands for Ctrl-C or a crash."""


@settings(deadline=None, max_examples=8)
@given(stops=st.lists(st.integers(0, 9), max_size=3), kept=st.booleans())
def test_stopped_anywhere_and_restarted_it_gives_the_same_bits(
    tmp_path_factory: pytest.TempPathFactory, stops: list[int], kept: bool
) -> None:
    folder = tmp_path_factory.mktemp("fit")
    corpus = corpus_in(folder)
    run_fit(folder, corpus)
    undisturbed = files(folder, corpus)
    for path in fit_folder(folder, MODEL, corpus).rglob("*.npz"):
        path.unlink()
    for stop in stops:

        def before(number: int, _: Job, stop: int = stop) -> None:
            if number == stop:
                raise Stop

        try:
            run_fit(folder, corpus, Queue(before), every_s=0 if kept else 1e9)
        except Stop:
            continue
    run_fit(folder, corpus)
    assert files(folder, corpus) == undisturbed
    assert not list(fit_folder(folder, MODEL, corpus).glob("*checkpoint*"))


def stopped_after(folder: Path, corpus: Corpus, batches: int) -> Path:
    """The checkpoint that a fit leaves when it is stopped there."""

    def before(number: int, _: Job) -> None:
        if number == batches:
            raise Stop

    with pytest.raises(Stop):
        run_fit(folder, corpus, Queue(before))
    (path,) = fit_folder(folder, MODEL, corpus).glob("checkpoint-*.npz")
    return path


def test_a_restart_does_only_what_is_left(tmp_path: Path) -> None:
    corpus = corpus_in(tmp_path)
    whole = Queue()
    run_fit(tmp_path / "other", corpus, whole)
    stopped_after(tmp_path, corpus, 6)
    rest = Queue()
    run_fit(tmp_path, corpus, rest)
    assert len(rest.jobs) <= len(whole.jobs) - 5
    again = Queue()
    assert run_fit(tmp_path, corpus, again) == []
    assert again.jobs == [], "what is fitted is not fitted again"
    assert run_fit(tmp_path, corpus, again, resume=False) == SITES


def test_a_damaged_checkpoint_starts_over_and_ends_the_same(tmp_path: Path) -> None:
    corpus = corpus_in(tmp_path)
    run_fit(tmp_path / "other", corpus)
    path = stopped_after(tmp_path, corpus, 6)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    run_fit(tmp_path, corpus)
    assert files(tmp_path, corpus) == files(tmp_path / "other", corpus)


def test_a_checkpoint_of_another_fit_is_not_mistaken_for_this_one(tmp_path: Path) -> None:
    corpus = corpus_in(tmp_path)
    stopped_after(tmp_path, corpus, 6)
    run_fit(tmp_path, corpus, budget=200)
    assert BasisStore(tmp_path).get(MODEL, corpus, EMBED, None).basis.n_tokens == 200


def test_a_budget_takes_exactly_that_many_tokens_from_the_front(tmp_path: Path) -> None:
    corpus = corpus_in(tmp_path)
    run_fit(tmp_path, corpus, budget=77)
    fitted = BasisStore(tmp_path).get(MODEL, corpus, EMBED, None)
    assert fitted.provenance.n_tokens == 77
    assert np.allclose(fitted.basis.mean, every_vector(corpus, EMBED)[:77].mean(0), atol=1e-5)


def test_standardise_is_another_basis_and_says_so(tmp_path: Path) -> None:
    corpus = corpus_in(tmp_path)
    run_fit(tmp_path, corpus)
    plain = BasisStore(tmp_path).get(MODEL, corpus, LAYER_1, None)
    assert run_fit(tmp_path, corpus, standardise=True) == SITES
    fitted = BasisStore(tmp_path).get(MODEL, corpus, LAYER_1, None)
    assert fitted.provenance.standardised
    assert fitted.basis.standardised
    assert fitted.provenance.fingerprint != plain.provenance.fingerprint


def test_progress_ends_at_the_total(tmp_path: Path) -> None:
    corpus = corpus_in(tmp_path)
    heard: list[tuple[int, int]] = []
    run_fit(tmp_path, corpus, progress=lambda done, total: heard.append((done, total)))
    assert heard == sorted(heard)
    assert heard[-1] == (corpus.n_tokens, corpus.n_tokens)


def test_sites_too_wide_to_share_a_pass_get_passes_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = corpus_in(tmp_path)
    run_fit(tmp_path / "other", corpus)
    monkeypatch.setattr("app.corpus.fit.BYTES_PER_PASS", 1)
    queue = Queue()
    heard: list[tuple[int, int]] = []
    run_fit(tmp_path, corpus, queue, progress=lambda d, t: heard.append((d, t)))
    assert all(isinstance(job, MomentsJob) and len(job.reads) == 1 for job in queue.jobs)
    assert heard[-1] == (3 * corpus.n_tokens, 3 * corpus.n_tokens)
    assert files(tmp_path, corpus) == files(tmp_path / "other", corpus)


def test_an_engine_that_fails_stops_the_fit(tmp_path: Path) -> None:
    def before(number: int, _: Job) -> None:
        if number == 4:
            raise RuntimeError("out of luck")

    with pytest.raises(RuntimeError, match="out of luck"):
        run_fit(tmp_path, corpus_in(tmp_path), Queue(before))


def test_one_token_is_not_enough(tmp_path: Path) -> None:
    with pytest.raises(NotFitted, match="at least 2"):
        run_fit(tmp_path, corpus_in(tmp_path), budget=1)


@settings(deadline=None, max_examples=20)
@given(per_batch=st.integers(1, 300), window=st.integers(1, 80), budget=st.integers(1, 700))
def test_batches_hold_every_row_once_and_near_lengths_together(
    tmp_path_factory: pytest.TempPathFactory, per_batch: int, window: int, budget: int
) -> None:
    corpus = corpus_in(tmp_path_factory.mktemp("c"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plan, "ROWS_PER_WINDOW", window)
        portion = Portion.of(corpus, budget)
        batches = list(portion.batches(per_batch))
    assert sorted(i for batch in batches for i in batch) == list(range(portion.n_texts))
    tokens = sum(len(portion.row(i)) - 1 for batch in batches for i in batch)
    assert tokens == portion.n_tokens == min(budget, corpus.n_tokens)
    for batch in batches:
        lengths = [len(corpus.row(i)) for i in batch]
        assert lengths == sorted(lengths)


def test_memory_does_not_grow_with_the_corpus(tmp_path: Path) -> None:
    """Python's and NumPy's allocations, while the fake model's own vectors are kept out of it."""

    def peak(n: int) -> int:
        corpus = corpus_in(tmp_path / str(n), n)
        queue = Queue()
        tracemalloc.start()
        run_fit(tmp_path / str(n), corpus, _Forgetful(queue), [EMBED])
        _, highest = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return highest

    peak(50)  # whatever is loaded once
    assert peak(800) < peak(100) + 150_000


class _Forgetful(Queue):
    """A queue that keeps no job."""

    def __init__(self, inner: Queue) -> None:
        super().__init__()
        self._inner = inner
        self.jobs = _Nothing()


class _Nothing(list[Job]):
    def append(self, job: Job) -> None:
        pass


def test_a_basis_that_is_not_there_says_how_to_fit_it(tmp_path: Path) -> None:
    corpus = corpus_in(tmp_path)
    store = BasisStore(tmp_path)
    with pytest.raises(NotFitted, match="app fit --sites hook_embed"):
        store.get(MODEL, corpus, EMBED, None)
    with pytest.raises(BadInput):
        store.get(MODEL, corpus, QUERIES, None)
    assert store.fitted(MODEL, corpus) == set()


def test_a_damaged_basis_is_removed_and_fitted_again(tmp_path: Path) -> None:
    corpus = corpus_in(tmp_path)
    run_fit(tmp_path, corpus)
    whole = files(tmp_path, corpus)
    path = fit_folder(tmp_path, MODEL, corpus) / "bases" / f"{EMBED.name}.npz"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(NotFitted, match="damaged"):
        BasisStore(tmp_path).get(MODEL, corpus, EMBED, None)
    assert not path.exists()
    assert run_fit(tmp_path, corpus) == [EMBED]
    assert files(tmp_path, corpus) == whole


def test_bases_in_memory_follow_the_file_and_make_room(tmp_path: Path) -> None:
    corpus = corpus_in(tmp_path)
    run_fit(tmp_path, corpus)
    store = BasisStore(tmp_path, bytes_in_memory=1)
    first = store.get(MODEL, corpus, EMBED, None)
    assert store.get(MODEL, corpus, EMBED, None) is first
    store.get(MODEL, corpus, LAYER_1, None)
    assert store.get(MODEL, corpus, EMBED, None) is not first
    run_fit(tmp_path, corpus, standardise=True)
    assert store.get(MODEL, corpus, EMBED, None).basis.standardised


def test_a_round_trip_through_the_disk_keeps_every_bit(tmp_path: Path) -> None:
    corpus = corpus_in(tmp_path)
    run_fit(tmp_path, corpus, standardise=True)
    store = BasisStore(tmp_path)
    fitted = store.get(MODEL, corpus, LAYER_1, None)
    store.put(MODEL, corpus, LAYER_1, [fitted.basis])
    again = BasisStore(tmp_path).get(MODEL, corpus, LAYER_1, None).basis
    assert fitted.basis.scale is not None and again.scale is not None
    assert torch.equal(again.scale, fitted.basis.scale)
    assert torch.equal(again.components, fitted.basis.components)
