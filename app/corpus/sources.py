"""Where texts come from: a text file, JSON lines, a folder of those, or a Hugging Face dataset.

A `.txt` or `.md` file holds one text per block of lines, blocks parted by blank lines. A `.jsonl`
file holds one JSON object per line, its text under `field`. A line that cannot be read is
reported and left out; a file that is not UTF-8 text is refused.
"""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from app.errors import CorpusRefused

Report = Callable[[str], None]

TEXT_SUFFIXES = (".txt", ".md")
JSONL_SUFFIXES = (".jsonl", ".ndjson")
HUB_TIMEOUT_S = 5.0
TRANSPORTS = {"httpx", "httpx2", "httpcore", "httpcore2", "requests", "urllib3"}

# Of each text only the first tokens are used; the rest of a file without blank lines is not held.
MAX_CHARACTERS = 1 << 20

_DATASET_NAME = re.compile(r"[A-Za-z0-9][\w.-]*(/[\w.-]+)?")


def read_source(source: str, *, field: str, report: Report) -> Iterator[str]:
    """The texts of a file, a folder or a dataset, one by one.

    Raises CorpusRefused when there is nothing of that name or it is of an unknown kind.
    """
    path = Path(source).expanduser()
    if path.is_dir():
        return _folder(path, field, report)
    if path.is_file():
        return _file(path, field, report)
    if _DATASET_NAME.fullmatch(source) and path.suffix not in TEXT_SUFFIXES + JSONL_SUFFIXES:
        return _dataset(source, field, report)
    raise CorpusRefused(f"There is no file or folder {source!r}.", field="source")


def _folder(folder: Path, field: str, report: Report) -> Iterator[str]:
    """The texts of every text and JSONL file below a folder, in the order of their paths."""
    known = TEXT_SUFFIXES + JSONL_SUFFIXES
    paths = sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix in known)
    if not paths:
        raise CorpusRefused(f"{folder} holds no {', '.join(known)} file.", field="source")
    for path in paths:
        yield from _file(path, field, report)


def _file(path: Path, field: str, report: Report) -> Iterator[str]:
    """The texts of one file, read by its suffix."""
    if path.suffix in TEXT_SUFFIXES:
        return _blocks(path)
    if path.suffix in JSONL_SUFFIXES:
        return _json_lines(path, field, report)
    raise CorpusRefused(
        f"{path.name} is of an unknown kind; give "
        f"{', '.join(TEXT_SUFFIXES + JSONL_SUFFIXES)}, a folder of those, or a dataset name.",
        field="source",
    )


def _blocks(path: Path) -> Iterator[str]:
    """The blocks of a text file that blank lines part."""
    block: list[str] = []
    held = 0
    for number, line in enumerate(_lines(path), start=1):
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError as error:
            raise CorpusRefused(
                f"{path.name}, line {number}: byte 0x{line[error.start]:02x} is not UTF-8. "
                "Convert the file first, for instance with `iconv -t utf-8`.",
                field="source",
            ) from None
        if text.strip():
            if held < MAX_CHARACTERS:
                block.append(text)
                held += len(text)
        elif block:
            yield "".join(block).rstrip("\r\n")
            block, held = [], 0
    if block:
        yield "".join(block).rstrip("\r\n")


def _json_lines(path: Path, field: str, report: Report) -> Iterator[str]:
    """The strings under `field`, one object a line; what cannot be read is reported."""
    for number, line in enumerate(_lines(path), start=1):
        if not line.strip():
            continue
        where = f"{path.name}, line {number}"
        try:
            record = json.loads(line.decode("utf-8"))
        except UnicodeDecodeError:
            report(f"{where}: not UTF-8")
        except (ValueError, RecursionError):
            report(f"{where}: not JSON")
        else:
            if not isinstance(record, dict):
                report(f"{where}: not a JSON object")
            elif not isinstance(record.get(field), str):
                report(f"{where}: no text under {field!r}")
            else:
                yield record[field]


def _lines(path: Path) -> Iterator[bytes]:
    """The lines of a file, without a byte order mark."""
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file):
                yield line.removeprefix(b"\xef\xbb\xbf") if number == 0 else line
    except OSError as error:
        raise CorpusRefused(
            f"{path} cannot be read: {error.strerror or error}.", field="source"
        ) from None


def _dataset(name: str, field: str, report: Report) -> Iterator[str]:
    """The texts of a Hugging Face dataset's training split, streamed."""
    try:
        from datasets import load_dataset
    except ImportError:
        raise CorpusRefused(
            f"There is no file {name!r}, and reading it as a Hugging Face dataset needs the "
            "`datasets` package: pip install datasets.",
            field="source",
        ) from None
    _check_reachable(name)
    try:
        try:
            rows = load_dataset(name, split="train", streaming=True)
        except RuntimeError:
            # A dataset made by a script; the hub keeps a plain copy of those.
            rows = load_dataset(
                name, split="train", streaming=True, revision="refs/convert/parquet"
            )
        for number, row in enumerate(rows):
            if isinstance(row.get(field), str):
                yield row[field]
            elif number == 0:
                raise CorpusRefused(
                    f"{name} has no text under {field!r}; its columns are "
                    f"{', '.join(sorted(row))}. Name one with --field.",
                    field="field",
                )
            else:
                report(f"{name}, row {number}: no text under {field!r}")
    except (OSError, ValueError, RuntimeError, ImportError) as error:
        raise CorpusRefused(
            f"The dataset {name!r} cannot be read: {_first_line(error)}", field="source"
        ) from error


def _check_reachable(name: str) -> None:
    """Refuse, within seconds, a dataset that does not exist or a hub that does not answer."""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

    try:
        HfApi().dataset_info(name, timeout=HUB_TIMEOUT_S)
    except HfHubHTTPError as error:
        raise CorpusRefused(
            f"There is no file {name!r}, and the Hugging Face hub refuses a dataset of that "
            f"name: {_first_line(error)}",
            field="source",
        ) from None
    except OfflineModeIsEnabled:
        raise CorpusRefused(
            f"There is no file {name!r}, and Hugging Face datasets cannot be fetched while "
            "HF_HUB_OFFLINE is set.",
            field="source",
        ) from None
    except (OSError, ValueError, RuntimeError) as error:
        raise _unreachable(name, error) from None
    except Exception as error:  # the hub client's transport has errors of its own, of no base
        if type(error).__module__.split(".")[0] not in TRANSPORTS:
            raise
        raise _unreachable(name, error) from None


def _unreachable(name: str, error: Exception) -> CorpusRefused:
    """The refusal of a dataset name when the hub does not answer."""
    return CorpusRefused(
        f"There is no file {name!r}, and the Hugging Face hub does not answer "
        f"({_first_line(error)}). Give a text file, a .jsonl file or a folder.",
        field="source",
    )


def _first_line(error: Exception) -> str:
    """The first line of what an exception says."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
