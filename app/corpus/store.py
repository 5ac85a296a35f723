"""A corpus on disk: token ids as one flat memory-mapped array, offsets of its texts, a manifest."""

from bisect import bisect_right
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from app.corpus.files import crc32, damaged, read_json
from app.errors import DamagedFile, NotFitted

FORMAT = 1
TOKENS, OFFSETS, MANIFEST = "tokens.u32", "offsets.i64", "manifest.json"


class ModelKey(Protocol):
    """What names a model's derived files: its name and the revision of its weights."""

    @property
    def name(self) -> str:
        """The name the model is served under."""
        ...

    @property
    def revision(self) -> str:
        """The revision of its weights."""
        ...


def model_folder(data_dir: Path, model: ModelKey) -> Path:
    """Where everything derived from this model and revision is kept."""
    name = "".join(c if c.isalnum() or c in "-_." else "-" for c in model.name).strip(".")
    return data_dir / "models" / f"{name}-{model.revision[:12]}"


def corpus_folder(data_dir: Path, model: ModelKey, name: str) -> Path:
    """Where the corpus of that name, as this model's tokenizer reads it, is kept."""
    return model_folder(data_dir, model) / "corpus" / name


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a corpus is: where it came from, how it was cut, and the sums of its files.

    n_tokens counts what is fitted and scored: every token but the BOS of each text, of which there
    are n_texts when `prepend_bos`. `hash` names the content: the same tokens, the same hash.
    """

    name: str
    source: str
    model: str
    revision: str
    prepend_bos: bool
    max_tokens_per_text: int
    n_texts: int
    n_tokens: int
    duplicates: int
    skipped: int
    hash: str
    tokens_crc32: int
    offsets_crc32: int
    created_at: str
    format: int = FORMAT


class Corpus:
    """Tokenized texts, read from memory-mapped files.

    `offsets` is (n_texts + 1,) int64 into the flat ids; a row is one text, with its BOS.
    """

    def __init__(
        self,
        folder: Path,
        manifest: Manifest,
        tokens: npt.NDArray[np.uint32],
        offsets: npt.NDArray[np.int64],
    ) -> None:
        self.folder = folder
        self.manifest = manifest
        self.tokens = tokens
        self.offsets = offsets

    @classmethod
    def open(cls, folder: Path) -> "Corpus":
        """The corpus in that folder, its checksums compared.

        Raises NotFitted when there is none, DamagedFile when it is not what was written.
        """
        try:
            content = read_json(folder / MANIFEST)
            manifest = Manifest(**{f.name: content[f.name] for f in fields(Manifest)})
            tokens = np.memmap(folder / TOKENS, dtype=np.uint32, mode="r")
            offsets = np.memmap(folder / OFFSETS, dtype=np.int64, mode="r")
        except FileNotFoundError as error:
            if (folder / MANIFEST).exists():
                raise damaged(folder) from error
            raise NotFitted(
                f"There is no corpus named {folder.name!r} for this model; "
                "make one with `python -m app ingest`."
            ) from None
        except (KeyError, TypeError, ValueError) as error:
            raise damaged(folder) from error
        if manifest.format != FORMAT or not _intact(manifest, tokens, offsets):
            raise damaged(folder)
        return cls(folder, manifest, tokens, offsets)

    @property
    def hash(self) -> str:
        """The name of the content."""
        return self.manifest.hash

    @property
    def n_texts(self) -> int:
        """How many texts there are."""
        return self.manifest.n_texts

    @property
    def n_tokens(self) -> int:
        """How many tokens there are, leaving out BOS."""
        return self.manifest.n_tokens

    @property
    def skip(self) -> int:
        """How many positions at the start of each row are BOS."""
        return int(self.manifest.prepend_bos)

    def row(self, index: int) -> tuple[int, ...]:
        """The token ids of one text, BOS included."""
        return tuple(self.tokens[self.offsets[index] : self.offsets[index + 1]].tolist())

    def lengths(self, start: int, stop: int) -> npt.NDArray[np.int64]:
        """The lengths of the rows from `start` up to `stop`, BOS included."""
        return np.diff(self.offsets[start : stop + 1])

    def first_token(self, index: int) -> int:
        """Where a text's tokens begin when every BOS is left out of the count."""
        return int(self.offsets[index]) - self.skip * index

    def locate(self, token: int) -> tuple[int, int]:
        """(text, position in its row) of a token counted without BOS."""
        text = bisect_right(range(self.n_texts), token, key=self.first_token) - 1
        return text, token - self.first_token(text) + self.skip


def open_named(data_dir: Path, model: ModelKey, name: str) -> Corpus:
    """The corpus of that name for this model; raises NotFitted or DamagedFile."""
    return Corpus.open(corpus_folder(data_dir, model, name))


def corpus_names(data_dir: Path, model: ModelKey) -> list[str]:
    """The names of this model's corpora, newest first, damaged ones left out."""
    found: list[tuple[str, str]] = []
    for path in corpus_folder(data_dir, model, "x").parent.glob(f"*/{MANIFEST}"):
        try:
            found.append((str(read_json(path).get("created_at")), path.parent.name))
        except (DamagedFile, OSError):
            continue
    return [name for _, name in sorted(found, reverse=True) if not name.startswith(".")]


def manifest_json(manifest: Manifest) -> dict[str, object]:
    """The manifest as its file holds it."""
    return asdict(manifest)


def _intact(
    manifest: Manifest, tokens: npt.NDArray[np.uint32], offsets: npt.NDArray[np.int64]
) -> bool:
    """Whether the files have the sizes and sums that the manifest gives."""
    stored = manifest.n_tokens + manifest.n_texts * int(manifest.prepend_bos)
    return (
        offsets.shape == (manifest.n_texts + 1,)
        and tokens.shape == (stored,)
        and crc32(tokens) == manifest.tokens_crc32
        and crc32(offsets) == manifest.offsets_crc32
    )
