"""Ingest: texts in, tokens on disk; the first tokens of each text, no text twice."""

import hashlib
import re
import zlib
from array import array
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Protocol

import numpy as np

from app.corpus.files import crc32, replacing, write_json
from app.corpus.sources import Report, read_source
from app.corpus.store import (
    MANIFEST,
    OFFSETS,
    TOKENS,
    Corpus,
    Manifest,
    ModelKey,
    corpus_folder,
    manifest_json,
)
from app.errors import BadInput, CorpusRefused

Progress = Callable[[int, int | None], None]

# Enough text for every token asked for, without tokenizing a whole book for its first page.
CHARACTERS_PER_TOKEN = 256


class Encoder(Protocol):
    """What ingest asks of a tokenizer."""

    def encode(self, text: str, *, prepend_bos: bool = True) -> tuple[int, ...]:
        """The token ids of a text; raises BadText."""
        ...


def ingest(
    source: str | Iterable[str],
    tokenizer: Encoder,
    data_dir: Path,
    model: ModelKey,
    *,
    name: str,
    field: str = "text",
    max_tokens_per_text: int = 128,
    max_texts: int | None = None,
    budget: int | None = None,
    prepend_bos: bool = True,
    report: Report | None = None,
    progress: Progress | None = None,
) -> Corpus:
    """Tokenize a source into a corpus on disk, replacing one of the same name.

    Takes the first `max_tokens_per_text` tokens of each text (BOS not counted), no text twice,
    until `max_texts` texts or exactly `budget` tokens are there. `report` hears of every text left
    out and why. Raises CorpusRefused when the source cannot be read or gives no text.
    """
    check_name(name)
    for what, value in (("max_tokens_per_text", max_tokens_per_text), ("budget", budget),
                        ("max_texts", max_texts)):  # fmt: skip
        if value is not None and value < 1:
            raise BadInput(f"{what} is {value}; it has to be at least 1.", field=what)
    problems = _Problems(report)
    if isinstance(source, str):
        texts = read_source(source, field=field, report=problems)
    else:
        texts = iter(source)
    with replacing(corpus_folder(data_dir, model, name)) as folder:
        folder.mkdir()
        with (folder / TOKENS).open("wb") as file:
            writer = _Writer(file, prepend_bos=prepend_bos)
            for ids in _rows(texts, tokenizer, max_tokens_per_text, prepend_bos, problems):
                left = None if budget is None else budget - writer.n_tokens
                writer.add(ids, left)
                if progress is not None:
                    progress(writer.n_tokens, budget)
                if writer.n_tokens == budget or writer.n_texts == max_texts:
                    break
        if writer.n_texts == 0:
            said = f" ({problems.first})" if problems.first else ""
            raise CorpusRefused(f"The source holds no text that can be used{said}.", field="source")
        offsets = np.frombuffer(writer.offsets, dtype=np.int64)
        (folder / OFFSETS).write_bytes(offsets.tobytes())
        writer.sha256.update(offsets.tobytes())
        manifest = Manifest(
            name=name,
            source=source if isinstance(source, str) else "texts made by the program",
            model=model.name,
            revision=model.revision,
            prepend_bos=prepend_bos,
            max_tokens_per_text=max_tokens_per_text,
            n_texts=writer.n_texts,
            n_tokens=writer.n_tokens,
            duplicates=problems.duplicates,
            skipped=problems.skipped,
            hash=writer.sha256.hexdigest()[:32],
            tokens_crc32=writer.crc32,
            offsets_crc32=crc32(offsets),
            created_at=datetime.now(UTC).isoformat(timespec="microseconds"),
        )
        write_json(folder / MANIFEST, manifest_json(manifest))
    return Corpus.open(corpus_folder(data_dir, model, name))


def check_name(name: str) -> None:
    """Raise CorpusRefused for a corpus name that cannot be a folder's name."""
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}", name):
        raise CorpusRefused(
            f"{name[:80]!r} cannot name a corpus: use up to 64 letters, digits, '-', '_' and '.'.",
            field="name",
        )


def _rows(
    texts: Iterator[str],
    tokenizer: Encoder,
    max_tokens: int,
    prepend_bos: bool,
    problems: "_Problems",
) -> Iterator[tuple[int, ...]]:
    """The first tokens of each text that was not seen before."""
    seen: set[bytes] = set()
    for number, text in enumerate(texts, start=1):
        if not text.strip():
            problems(f"text {number}: empty")
            continue
        digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        if digest in seen:
            problems.duplicates += 1
            continue
        seen.add(digest)
        try:
            ids = tokenizer.encode(
                text[: max_tokens * CHARACTERS_PER_TOKEN], prepend_bos=prepend_bos
            )
        except BadInput as error:
            problems(f"text {number}: {error.detail}")
            continue
        yield ids[: max_tokens + int(prepend_bos)]


class _Problems:
    """Hears what was left out, counts it, and passes it on."""

    def __init__(self, report: Report | None) -> None:
        self.skipped = 0
        self.duplicates = 0
        self.first: str | None = None
        self._report = report

    def __call__(self, problem: str) -> None:
        """Count one text left out, and say why."""
        self.skipped += 1
        self.first = self.first or problem
        if self._report is not None:
            self._report(problem)


class _Writer:
    """Appends rows of token ids to a flat file, keeping offsets and sums."""

    def __init__(self, file: BinaryIO, *, prepend_bos: bool) -> None:
        self.offsets = array("q", [0])
        self.n_tokens = 0
        self.crc32 = 0
        self.sha256 = hashlib.sha256()
        self._file = file
        self._skip = int(prepend_bos)

    @property
    def n_texts(self) -> int:
        """How many rows were written."""
        return len(self.offsets) - 1

    def add(self, ids: tuple[int, ...], left: int | None) -> None:
        """Append one row, cut to the `left` tokens that the budget still has."""
        kept = ids if left is None else ids[: left + self._skip]
        raw = np.array(kept, dtype=np.uint32).tobytes()
        self._file.write(raw)
        self.crc32 = zlib.crc32(raw, self.crc32)
        self.sha256.update(raw)
        self.offsets.append(self.offsets[-1] + len(kept))
        self.n_tokens += len(kept) - self._skip
