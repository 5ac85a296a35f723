"""What a model's weights say, and the kurtosis of its stream: worked out once, kept on disk.

Every call reads a file or starts a task; it is meant for a worker thread, not an event loop.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from app.corpus.bases import fit_folder
from app.corpus.files import Array, damaged, remove, seal, unseal
from app.corpus.plan import Progress, Submit
from app.corpus.served import Served, patiently
from app.corpus.store import Corpus, model_folder
from app.corpus.tasks import BackgroundTasks, TaskView
from app.corpus.weights_work import Numbers, composition, cosines, kurtosis
from app.errors import DamagedFile, MethodRefused, NotFitted
from app.worker.jobs import Site
from app.worker.weights_jobs import AT_LEAST, READS, Reads

log = logging.getLogger(__name__)

FORMAT = 1


@dataclass(frozen=True, slots=True, eq=False)
class CompositionScores:
    """Composition scores by layer L and head h; zero where the reader is not the later one."""

    heads: Mapping[Reads, Numbers]  # (L, h, L, h)
    heads_to_ffn: Numbers  # (L, h, L)
    ffn_to_heads: Mapping[Reads, Numbers]  # (L, L, h)
    ffn: Numbers  # (L, L)


@dataclass(frozen=True, slots=True, eq=False)
class BasisStatistics:
    """Each residual site's coordinates over a sample of a corpus: arrays are (sites, width)."""

    sites: tuple[str, ...]
    corpus: str
    n_tokens: int
    own: Numbers
    rotated: Numbers
    mean: Numbers
    std: Numbers


def stream_sites(model: Served) -> list[Site]:
    """The residual stream before and between the modules of every layer, and after the last."""
    last = model.info.shape.n_layers - 1
    return [
        site
        for site in model.sites.values()
        if site.kind in ("resid_pre", "resid_mid")
        or (site.kind == "resid_post" and site.layer == last)
    ]


class WeightsService:
    """Composition scores, neurons' cosines and the stream's kurtosis of every served model."""

    def __init__(self, data_dir: Path, tasks: BackgroundTasks) -> None:
        self._data_dir = data_dir
        self._tasks = tasks

    def composition(self, model: Served) -> CompositionScores | TaskView:
        """The composition scores, or the task that works them out.

        Raises MethodRefused for a model of another architecture, before any work begins.
        """
        _check_kind(model)
        path = self._path(model, "composition")
        arrays = self._read(path, model, _composition_shapes(model))
        if arrays is None:
            work = partial(composition, model.info.shape)
            return self._start(path, model, "Multiplying the weights of pairs of layers", work)
        return CompositionScores(
            {reads: arrays[f"heads_{reads}"] for reads in READS},
            arrays["heads_to_ffn"],
            {reads: arrays[f"ffn_to_heads_{reads}"] for reads in READS},
            arrays["ffn"],
        )

    def cosines(self, model: Served) -> Numbers | TaskView:
        """Cos of what each FFN neuron reads and writes, (layers, neurons), or the task.

        Raises MethodRefused as `composition` does.
        """
        _check_kind(model)
        path = self._path(model, "cosines")
        shape = model.info.shape
        arrays = self._read(path, model, {"cosines": (shape.n_layers, shape.d_mlp)})
        if arrays is None:
            work = partial(cosines, model.info.shape)
            return self._start(path, model, "Comparing what neurons read and write", work)
        return arrays["cosines"]

    def basis(self, model: Served, corpus: Corpus) -> BasisStatistics | TaskView:
        """The stream's kurtosis over a sample of the corpus, or the task.

        Raises NotFitted for a corpus of fewer than 4 tokens.
        """
        if corpus.n_tokens < AT_LEAST:
            raise NotFitted(
                f"The corpus {corpus.manifest.name!r} has {corpus.n_tokens} tokens; a kurtosis "
                f"needs at least {AT_LEAST}."
            )
        path = fit_folder(self._data_dir, model.info, corpus) / "kurtosis.npz"
        sites = stream_sites(model)
        each = (len(sites), model.info.shape.d_model)
        shapes = dict.fromkeys(("own", "rotated", "mean", "std"), each)
        arrays = self._read(path, model, {**shapes, "n_tokens": ()})
        if arrays is None:
            work = partial(kurtosis, corpus, sites)
            return self._start(path, model, "Reading a sample of the corpus", work)
        names = tuple(site.name for site in sites)
        return BasisStatistics(
            names, corpus.manifest.name, int(arrays["n_tokens"]), arrays["own"],
            arrays["rotated"], arrays["mean"], arrays["std"],
        )  # fmt: skip

    def _path(self, model: Served, name: str) -> Path:
        return model_folder(self._data_dir, model.info) / "weights" / f"{name}.npz"

    def _start(
        self,
        path: Path,
        model: Served,
        title: str,
        work: Callable[[Submit, Progress], dict[str, Array]],
    ) -> TaskView:
        """The task that makes a file, if it is not under way already."""

        def run(progress: Progress) -> None:
            arrays = work(patiently(model.batcher, "background"), progress)
            seal(path, arrays, _about(model))

        return self._tasks.start(f"weights {path}", title, run)

    def _read(
        self, path: Path, model: Served, shapes: Mapping[str, tuple[int, ...]]
    ) -> Mapping[str, Array] | None:
        """The arrays of a file; None when it is not there, or was not whole and is now removed.

        None as well for numbers that the model gave in another number format.
        """
        try:
            arrays, about = unseal(path)
            found = {name: array.shape for name, array in arrays.items()}
            if about.get("format") != FORMAT or found != dict(shapes):
                raise damaged(path)
        except FileNotFoundError:
            return None
        except DamagedFile as error:
            log.warning("%s", error.detail)
            remove(path)
            return None
        return arrays if about == _about(model) else None


def _check_kind(model: Served) -> None:
    """Raise MethodRefused for a model whose heads and neurons cannot be taken apart."""
    if model.info.refusal is not None:
        raise MethodRefused(model.info.refusal, field="model")


def _about(model: Served) -> dict[str, str | int]:
    """What a file says of itself."""
    info = model.info
    return {
        "format": FORMAT, "model": info.name, "revision": info.revision, "dtype": info.dtype,
    }  # fmt: skip


def _composition_shapes(model: Served) -> dict[str, tuple[int, ...]]:
    n, h = model.info.shape.n_layers, model.info.shape.n_heads
    shapes: dict[str, tuple[int, ...]] = {"heads_to_ffn": (n, h, n), "ffn": (n, n)}
    for reads in READS:
        shapes |= {f"heads_{reads}": (n, h, n, h), f"ffn_to_heads_{reads}": (n, n, h)}
    return shapes
