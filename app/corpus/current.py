"""Which corpus a model is looked at with: the one fitted last, and how it was fitted."""

import logging
from dataclasses import asdict, dataclass
from pathlib import Path

from app.corpus.files import read_json, write_json
from app.corpus.store import Corpus, ModelKey, corpus_names, model_folder, open_named
from app.errors import DamagedFile, NotFitted

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Current:
    """A corpus's name, and the choices that sites fitted later on it follow."""

    corpus: str
    budget: int | None = None
    standardise: bool = False


def set_current(data_dir: Path, model: ModelKey, current: Current) -> None:
    """Make this corpus the one that the model is looked at with."""
    write_json(model_folder(data_dir, model) / "current.json", asdict(current))


def get_current(data_dir: Path, model: ModelKey) -> Current:
    """The corpus fitted last; the newest one when none is. Raises NotFitted without any."""
    try:
        current = Current(**read_json(model_folder(data_dir, model) / "current.json"))
        if (model_folder(data_dir, model) / "corpus" / current.corpus).is_dir():
            return current
    except (FileNotFoundError, DamagedFile, TypeError):
        pass
    names = corpus_names(data_dir, model)
    if not names:
        raise NotFitted(
            f"No corpus has been read for {model.name} yet, so there are no directions. "
            "Make one with `python -m app ingest`, then `python -m app fit`."
        )
    return Current(names[0])


def open_current(data_dir: Path, model: ModelKey) -> Corpus:
    """The corpus that the model is looked at with; raises NotFitted."""
    name = get_current(data_dir, model).corpus
    try:
        return open_named(data_dir, model, name)
    except DamagedFile as error:
        log.warning("%s", error.detail)
        raise NotFitted(
            f"The corpus {name!r} is damaged on disk; read it again with `python -m app ingest`."
        ) from error
