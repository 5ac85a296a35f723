"""Scoring passes: every token once, resumable, and never more than the disk holds."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from app.corpus import scoring
from app.corpus.bases import BasisStore
from app.corpus.columns import COLUMNS, NORMS, ColumnStore
from app.corpus.fit import fit
from app.corpus.scoring import score_columns, score_vector
from app.corpus.store import Corpus
from app.errors import BadInput
from app.model.sites import Site
from app.worker.jobs import Job
from tests.corpus.worlds import EMBED, LAYER_1, QUERIES, Info, Queue, corpus_in, every_vector

MODEL = Info()
SITES = [EMBED, LAYER_1, QUERIES]


class Stop(BaseException):
    """Stands for Ctrl-C or a crash."""


def score(folder: Path, corpus: Corpus, queue: Queue, components: int = 64) -> list[Site]:
    return score_columns(
        corpus, queue.submit, SITES, BasisStore(folder), ColumnStore(folder), MODEL,
        components=components,
    )  # fmt: skip


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    made = corpus_in(tmp_path)
    fit(made, Queue().submit, SITES, BasisStore(tmp_path), tmp_path, MODEL)
    return made


def test_every_column_is_every_tokens_score(tmp_path: Path, corpus: Corpus) -> None:
    assert score(tmp_path, corpus, Queue()) == SITES
    for site in SITES:
        for head in range(site.n_heads or 1):
            of_head = head if site.n_heads else None
            fitted = BasisStore(tmp_path).get(MODEL, corpus, site, of_head)
            found = ColumnStore(tmp_path).get(MODEL, corpus, site, fitted.provenance.fingerprint)
            assert found is not None
            x = every_vector(corpus, site, of_head)
            for k in range(found.k):
                want = x @ fitted.basis.components[k]
                assert np.allclose(found.column(head, k), want, atol=1e-4)
            assert np.allclose(found.norm(head), x.norm(dim=1), rtol=1e-5)


@pytest.mark.parametrize("stop", [0, 7, 40])
def test_stopped_and_restarted_it_ends_with_the_same_columns(
    tmp_path: Path, corpus: Corpus, monkeypatch: pytest.MonkeyPatch, stop: int
) -> None:
    monkeypatch.setattr(scoring, "TOKENS_PER_BATCH", 50)
    monkeypatch.setattr(scoring, "TEXTS_IN_FLIGHT", 2)
    monkeypatch.setattr(scoring, "SAVE_EVERY_S", 0)

    def before(number: int, _: Job) -> None:
        if number == stop:
            raise Stop

    def files() -> list[bytes]:
        folder = ColumnStore(tmp_path).folder(MODEL, corpus)
        return [(folder / s.name / f).read_bytes() for s in SITES for f in (COLUMNS, NORMS)]

    first = Queue()
    score(tmp_path, corpus, first)
    undisturbed = files()
    for site in SITES:
        store = ColumnStore(tmp_path)
        (store.folder(MODEL, corpus) / site.name / "manifest.json").unlink()
    with pytest.raises(Stop):
        score(tmp_path, corpus, Queue(before))
    rest = Queue()
    score(tmp_path, corpus, rest)
    assert files() == undisturbed
    assert len(rest.jobs) <= len(first.jobs) - max(0, stop - 15)
    assert not list(ColumnStore(tmp_path).folder(MODEL, corpus).glob(".partial*"))


def test_what_is_stored_is_not_scored_again_unless_more_is_wanted(
    tmp_path: Path, corpus: Corpus
) -> None:
    score(tmp_path, corpus, Queue(), components=2)
    again = Queue()
    assert score(tmp_path, corpus, again, components=2) == []
    assert again.jobs == []
    assert score(tmp_path, corpus, again, components=3) == SITES


def test_columns_of_another_basis_are_not_used(tmp_path: Path, corpus: Corpus) -> None:
    score(tmp_path, corpus, Queue())
    fit(corpus, Queue().submit, [EMBED], BasisStore(tmp_path), tmp_path, MODEL, standardise=True)
    assert score(tmp_path, corpus, Queue()) == [EMBED]


def test_a_full_disk_is_said_before_anything_is_written(
    tmp_path: Path, corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=1000))
    queue = Queue()
    with pytest.raises(BadInput, match="free"):
        score(tmp_path, corpus, queue)
    assert queue.jobs == []


def test_one_vector_is_scored_over_the_whole_corpus(corpus: Corpus) -> None:
    x = every_vector(corpus, QUERIES, 2)
    v = x[0] / x[0].norm()
    found = score_vector(corpus, Queue().submit, QUERIES, 2, v)
    assert np.allclose(found.dot, x @ v, atol=1e-4)
    assert np.allclose(found.norms, x.norm(dim=1), rtol=1e-5)
