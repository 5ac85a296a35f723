"""What the web asks of corpora: bases, histograms, extremes, and fitting what is not there yet.

Every call reads files and sums arrays; it is meant for a worker thread, not an event loop.
"""

from collections import OrderedDict
from pathlib import Path
from threading import Lock

import numpy as np
import torch
from torch import Tensor

from app.corpus.bases import BasisStore, Fitted
from app.corpus.columns import COMPONENTS, ColumnStore, Floats, SiteColumns, n_columns
from app.corpus.current import get_current, open_current
from app.corpus.fit import fit
from app.corpus.plan import Progress
from app.corpus.scores import DirectionCache, DirectionScores, from_columns, weights_in_span
from app.corpus.scoring import score_columns, score_vector
from app.corpus.served import Served, patiently
from app.corpus.store import MANIFEST, Corpus, corpus_folder
from app.corpus.summaries import Extremes, Histogram, extremes, histogram
from app.corpus.tasks import BackgroundTasks, TaskView
from app.errors import BadDirection, DamagedFile, NotFitted
from app.worker.jobs import Site, Unit

# While a visitor waits, the model is never held longer than one of these takes.
TOKENS_PER_BACKGROUND_BATCH = 1024
RECENT_BYTES = 256 * 2**20


class CorpusService:
    """Bases and corpus scores of every served model, from the files under `data_dir`."""

    def __init__(self, data_dir: Path, tasks: BackgroundTasks) -> None:
        self.bases = BasisStore(data_dir)
        self.tasks = tasks
        self._data_dir = data_dir
        self._columns = ColumnStore(data_dir)
        self._directions = DirectionCache(data_dir)
        self._lock = Lock()
        self._open: dict[Path, tuple[int, Corpus]] = {}
        self._recent: OrderedDict[tuple[str, str], DirectionScores] = OrderedDict()

    def corpus(self, model: Served) -> Corpus:
        """The corpus that the model is looked at with; raises NotFitted when there is none."""
        current = get_current(self._data_dir, model.info)
        folder = corpus_folder(self._data_dir, model.info, current.corpus)
        try:
            stamp = (folder / MANIFEST).stat().st_mtime_ns
        except FileNotFoundError:
            stamp = 0
        with self._lock:
            held = self._open.get(folder)
            if held is None or held[0] != stamp:
                held = self._open[folder] = (stamp, open_current(self._data_dir, model.info))
        return held[1]

    def fitted(self, model: Served) -> frozenset[str]:
        """The names of the sites that have a basis."""
        try:
            return self.bases.fitted(model.info, self.corpus(model))
        except NotFitted:
            return frozenset()

    def basis(self, model: Served, site: Site, head: int | None = None) -> Fitted:
        """A site's basis with its provenance; raises as `BasisStore.get`."""
        head = site.check_head(head)
        return self.bases.get(model.info, self.corpus(model), site, head)

    def fit_site(self, model: Served, site: Site) -> TaskView:
        """Fit one site, every head of it, and score the corpus on it, in the background.

        Raises NotFitted when there is no corpus, QueueFull when too many tasks wait.
        """
        corpus = self.corpus(model)
        current = get_current(self._data_dir, model.info)
        submit = patiently(model.batcher, "background")

        def work(progress: Progress) -> None:
            fit(
                corpus, submit, [site], self.bases, self._data_dir, model.info,
                budget=current.budget, standardise=current.standardise,
                tokens_per_batch=TOKENS_PER_BACKGROUND_BATCH,
                progress=lambda done, total: progress(done, total + corpus.n_tokens),
            )  # fmt: skip
            self._score_columns(model, corpus, site, progress)

        return self.tasks.start(f"fit {corpus.hash} {site.name}", f"Fitting {site.label}", work)

    def histogram(
        self,
        model: Served,
        site: Site,
        head: int | None,
        vector: Tensor,
        unit: Unit = "dot",
        bins: int = 64,
    ) -> Histogram | TaskView:
        """How the corpus's scores along a unit vector (width,) are spread.

        A task when they have to be computed first: ask again when it is done. Raises NotFitted
        without a corpus, or without a basis where `unit` needs one (centred, z).
        """
        found = self._scores(model, site, head, vector)
        if isinstance(found, TaskView):
            return found
        return histogram(self._in_unit(model, site, head, vector, unit, found), unit, bins)

    def extremes(
        self,
        model: Served,
        site: Site,
        head: int | None,
        vector: Tensor,
        unit: Unit = "dot",
        k: int = 10,
        context: int = 12,
    ) -> Extremes | TaskView:
        """The corpus's highest and lowest tokens along a unit vector (width,), in context.

        A task when the scores have to be computed first; raises as `histogram`.
        """
        found = self._scores(model, site, head, vector)
        if isinstance(found, TaskView):
            return found
        scores = self._in_unit(model, site, head, vector, unit, found)
        return extremes(self.corpus(model), scores, unit, k, context)

    def _in_unit(
        self,
        model: Served,
        site: Site,
        head: int | None,
        vector: Tensor,
        unit: Unit,
        found: DirectionScores,
    ) -> Floats:
        """The scores read in `unit`; only centred and z need the basis."""
        if unit == "dot":
            return found.dot
        if unit == "cosine":
            return np.divide(
                found.dot, found.norms, out=np.zeros_like(found.dot), where=found.norms > 0
            )
        basis = self.basis(model, site, head).basis
        dot, norms = torch.tensor(found.dot), torch.tensor(found.norms)
        return basis.in_unit(dot, norms, unit, vector).to(torch.float32).numpy()

    def _scores(
        self, model: Served, site: Site, head: int | None, vector: Tensor
    ) -> DirectionScores | TaskView:
        """Every corpus token's score along the vector, or the task that computes them."""
        head = site.check_head(head)
        if vector.shape != (site.width,):
            raise BadDirection(
                f"The vector has shape {tuple(vector.shape)}; {site.label} has vectors of "
                f"shape {(site.width,)}.",
                field="vector",
            )
        vector = vector.detach().cpu().to(torch.float32)
        corpus = self.corpus(model)
        path = self._directions.path(model.info, corpus, site, head, vector)
        try:
            fitted = self.bases.get(model.info, corpus, site, head)
        except NotFitted:
            fitted = None
        stamp = fitted.provenance.fingerprint if fitted is not None else ""
        key = (str(path), stamp)
        with self._lock:
            if key in self._recent:
                self._recent.move_to_end(key)
                return self._recent[key]
        columns = None
        if fitted is not None:
            columns = self._columns.get(model.info, corpus, site, stamp)
        found = None
        if fitted is not None and columns is not None:
            found = self._from_columns(columns, fitted, vector)
        found = found or self._directions.get(path, corpus.n_tokens)
        if found is not None:
            self._remember(key, found)
            return found
        if fitted is not None and columns is None and _columns_would_reach(site, fitted, vector):
            return self.tasks.start(
                f"columns {corpus.hash} {site.name} {stamp}",
                f"Scoring the corpus on {site.label}",
                lambda progress: self._score_columns(model, corpus, site, progress),
            )
        return self.tasks.start(
            f"direction {path}",
            f"Scoring the corpus on a direction at {site.label}",
            lambda progress: self._directions.put(
                path,
                score_vector(
                    corpus, patiently(model.batcher, "background"), site, head, vector,
                    progress=progress,
                ),
            ),
        )  # fmt: skip

    def _from_columns(
        self, columns: SiteColumns, fitted: Fitted, vector: Tensor
    ) -> DirectionScores | None:
        """The scores put together from stored columns, where they reach."""
        try:
            return from_columns(vector, fitted.basis, columns, fitted.provenance.head or 0)
        except DamagedFile as error:
            self._columns.discard(columns.folder, error)
            return None

    def _score_columns(self, model: Served, corpus: Corpus, site: Site, progress: Progress) -> None:
        """Store the score columns of one site."""
        score_columns(
            corpus, patiently(model.batcher, "background"), [site], self.bases, self._columns,
            model.info, progress=progress,
        )  # fmt: skip

    def _remember(self, key: tuple[str, str], scores: DirectionScores) -> None:
        """Keep scores in memory, letting go of those not used for longest."""
        with self._lock:
            self._recent[key] = scores
            while len(self._recent) > 1 and (
                sum(s.dot.nbytes + s.norms.nbytes for s in self._recent.values()) > RECENT_BYTES
            ):
                self._recent.popitem(last=False)


def _columns_would_reach(site: Site, fitted: Fitted, vector: Tensor) -> bool:
    """Whether the columns that are stored for such a basis make up the vector."""
    k = n_columns(site, len(fitted.basis), COMPONENTS)
    return weights_in_span(vector, fitted.basis.components[:k]) is not None
