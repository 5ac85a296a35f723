"""Score columns: every corpus token's score on a site's first components, one column each, on disk.

A column is contiguous, so a histogram or a top list of one component reads that column and no
more, and a mixture of components reads a few. Each column has its own checksum, compared the
first time the column is used.
"""

import hashlib
import json
import logging
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from app.corpus.bases import Fitted, fit_folder
from app.corpus.files import crc32, damaged, read_json, remove, write_json
from app.corpus.store import Corpus, ModelKey
from app.errors import BadInput, DamagedFile
from app.worker.jobs import Scores, Site

log = logging.getLogger(__name__)

Floats = npt.NDArray[np.float32]
Mapped = np.memmap[Any, np.dtype[np.float32]]

COLUMNS, NORMS, MANIFEST = "scores.f32", "norms.f32", "manifest.json"
COMPONENTS = 64
COMPONENTS_PER_HEAD = 16
ABANDONED_S = 24 * 3600.0


def n_columns(site: Site, basis_size: int, components: int) -> int:
    """How many components of one basis of this site are scored over the corpus."""
    most = components if site.n_heads is None else min(components, COMPONENTS_PER_HEAD)
    return min(most, basis_size)


@dataclass(frozen=True, slots=True, eq=False)
class SiteColumns:
    """The stored scores of one site. scores: (heads · k, tokens), norms: (heads, tokens)."""

    folder: Path
    scores: Floats
    norms: Floats
    k: int
    fingerprint: str
    _sums: Sequence[int]
    _checked: set[int] = field(default_factory=set)

    @classmethod
    def open(cls, folder: Path, n_tokens: int) -> "SiteColumns":
        """What is in that folder; raises FileNotFoundError or DamagedFile."""
        manifest = read_json(folder / MANIFEST)
        try:
            heads, k = int(manifest["heads"]), int(manifest["k"])
            sums = [int(s) for s in manifest["crc32"]]
            scores = np.memmap(folder / COLUMNS, np.float32, "r").reshape(heads * k, n_tokens)
            norms = np.memmap(folder / NORMS, np.float32, "r").reshape(heads, n_tokens)
            fingerprint = str(manifest["fingerprint"])
        except (KeyError, TypeError, ValueError, OSError) as error:
            raise damaged(folder) from error
        if len(sums) != heads * (k + 1):
            raise damaged(folder)
        return cls(folder, scores, norms, k, fingerprint, sums)

    def column(self, head: int, component: int) -> Floats:
        """Every token's score on one component, (tokens,); raises DamagedFile."""
        row = head * self.k + component
        return self._whole(self.scores[row], row)

    def norm(self, head: int) -> Floats:
        """Every token's length, (tokens,); raises DamagedFile."""
        return self._whole(self.norms[head], len(self.scores) + head)

    def _whole(self, column: Floats, index: int) -> Floats:
        if index not in self._checked:
            if crc32(column) != self._sums[index]:
                raise damaged(self.folder)
            self._checked.add(index)
        return column


class ColumnStore:
    """The score columns of every site, by model revision and corpus."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._open: dict[Path, SiteColumns] = {}

    def folder(self, model: ModelKey, corpus: Corpus) -> Path:
        """Where the columns of this model on this corpus are kept."""
        return fit_folder(self._data_dir, model, corpus) / "scores"

    def get(
        self, model: ModelKey, corpus: Corpus, site: Site, fingerprint: str
    ) -> SiteColumns | None:
        """The columns scored with the basis of that fingerprint, if there are any."""
        folder = self.folder(model, corpus) / site.name
        held = self._open.get(folder)
        if held is not None and held.fingerprint == fingerprint:
            return held
        try:
            columns = SiteColumns.open(folder, corpus.n_tokens)
        except FileNotFoundError:
            return None
        except DamagedFile as error:
            self.discard(folder, error)
            return None
        if columns.fingerprint != fingerprint:
            return None
        self._open[folder] = columns
        return columns

    def discard(self, folder: Path, error: DamagedFile) -> None:
        """Delete columns that turned out to be damaged; they are made again when asked for."""
        log.warning("%s", error.detail)
        self._open.pop(folder, None)
        remove(folder)


class ColumnWriter:
    """Fills the columns of several sites while a pass goes over the corpus.

    Files grow in one folder per pass, which remembers how many batches are on disk; they take
    their places when the pass is complete.
    """

    def __init__(
        self,
        folder: Path,
        n_tokens: int,
        bases: Mapping[Site, Sequence[Fitted]],
        components: int,
    ) -> None:
        self._sites = [
            (site, n_columns(site, len(fitted[0].basis), components), fitted)
            for site, fitted in bases.items()
        ]
        self._plan = {
            "n_tokens": n_tokens,
            "sites": {s.name: [k, f[0].provenance.fingerprint] for s, k, f in self._sites},
        }
        self._target = folder
        digest = hashlib.sha256(json.dumps(self._plan, sort_keys=True).encode()).hexdigest()
        self._folder = folder / f".partial-{digest[:12]}"
        self.batches = self._resume()
        if self.batches == 0:
            self._remove_abandoned()
            self._check_space(n_tokens)
            remove(self._folder)
        self._maps = [self._map(site, k, len(f), n_tokens) for site, k, f in self._sites]

    def take(self, first_token: int, scores: Sequence[Scores], skip: int) -> None:
        """Write one text's scores: one `Scores` per site and head, BOS left out."""
        parts = iter(scores)
        for columns, norms in self._maps:
            k = len(columns) // len(norms)
            for head in range(len(norms)):
                part = next(parts)
                to = slice(first_token, first_token + len(part.norms) - skip)
                columns[head * k : (head + 1) * k, to] = part.scores[skip:].T.numpy()
                norms[head, to] = part.norms[skip:].numpy()

    def save(self, batches: int) -> None:
        """Make sure that the first `batches` batches are on disk, and remember it."""
        for columns, norms in self._maps:
            columns.flush()
            norms.flush()
        write_json(self._folder / "progress.json", {"plan": self._plan, "batches": batches})

    def finish(self) -> None:
        """Seal every site's columns and move them to their places."""
        for (site, k, fitted), (columns, norms) in zip(self._sites, self._maps, strict=True):
            columns.flush()
            norms.flush()
            folder = self._folder / site.name
            about = {
                "heads": len(norms),
                "k": k,
                "fingerprint": fitted[0].provenance.fingerprint,
                "crc32": [crc32(row) for row in columns] + [crc32(row) for row in norms],
            }
            write_json(folder / MANIFEST, about)
            target = self._target / site.name
            remove(target)
            folder.rename(target)
        remove(self._folder)

    def _resume(self) -> int:
        """How many batches of this very pass are on disk."""
        try:
            progress = read_json(self._folder / "progress.json")
        except (FileNotFoundError, DamagedFile):
            return 0
        same = progress.get("plan") == self._plan
        whole = all((self._folder / site.name / NORMS).exists() for site, _, _ in self._sites)
        return int(progress.get("batches", 0)) if same and whole else 0

    def _map(self, site: Site, k: int, heads: int, n_tokens: int) -> tuple[Mapped, Mapped]:
        """Writable arrays for one site: scores (heads · k, tokens), norms (heads, tokens)."""
        folder = self._folder / site.name
        folder.mkdir(parents=True, exist_ok=True)
        mode: Literal["r+", "w+"] = "r+" if self.batches else "w+"
        return (
            np.memmap(folder / COLUMNS, np.float32, mode, shape=(heads * k, n_tokens)),
            np.memmap(folder / NORMS, np.float32, mode, shape=(heads, n_tokens)),
        )

    def _remove_abandoned(self) -> None:
        """Delete what passes left behind that nobody has gone on with for a day."""
        for partial in self._target.glob(".partial-*"):
            if time.time() - partial.stat().st_mtime > ABANDONED_S:
                remove(partial)

    def _check_space(self, n_tokens: int) -> None:
        """Raise BadInput when the disk cannot hold the columns."""
        needed = sum((k + 1) * len(f) for _, k, f in self._sites) * n_tokens * 4
        self._target.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(self._target).free
        if needed > free - 2**28:
            raise BadInput(
                f"The scores of the corpus need {needed / 1e9:.1f} GB in {self._target}, which "
                f"has {free / 1e9:.1f} GB free. Score fewer components (--components), or ingest "
                "fewer tokens.",
                field="components",
            )
