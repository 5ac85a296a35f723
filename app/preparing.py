"""What makes a fresh installation show something: the bundled prompts, a corpus and its bases."""

import contextlib
import threading
from functools import partial
from pathlib import Path

from sqlalchemy.orm import Session, sessionmaker

from app.corpus import commands
from app.corpus.plan import Progress
from app.corpus.tasks import BackgroundTasks, TaskView
from app.db import prompts
from app.demo.corpus import corpus_texts
from app.demo.library import load_library
from app.errors import WorkerStopped
from app.worker.hub import ModelHub, ServedModel


def store_library(sessions: sessionmaker[Session]) -> int:
    """Put the bundled prompts into the database; returns how many changed, 0 the second time."""
    new = [prompts.NewPrompt(each.id, each.register, each.text) for each in load_library()]
    with sessions.begin() as session:
        return prompts.load_dataset(session, prompts.LIBRARY, new)


def prepare(model: ServedModel, data_dir: Path, n_texts: int, progress: Progress) -> None:
    """Read the bundled corpus and fit the basic sites, as far as that is not done yet.

    In the background queue: whoever looks at a page meanwhile goes first.
    """
    texts = corpus_texts(n_texts)
    commands.prepare(model, texts, data_dir=data_dir, priority="background", progress=progress)


class Preparation:
    """Prepares every served model, one after the other, once it is loaded."""

    def __init__(
        self, hub: ModelHub, tasks: BackgroundTasks, data_dir: Path, *, n_texts: int
    ) -> None:
        self._hub = hub
        self._tasks = tasks
        self._data_dir = data_dir
        self._n_texts = n_texts
        self._started: list[str] = []
        self._thread = threading.Thread(target=self._run, name="prepare", daemon=True)

    def start(self) -> None:
        """Begin, in the background."""
        self._thread.start()

    def now(self) -> TaskView | None:
        """The first preparation that is not done: waiting, running, or failed with a message."""
        views = (self._tasks.get(task_id) for task_id in self._started)
        return next((view for view in views if view.state != "done"), None)

    def _run(self) -> None:
        self._hub.wait()
        with contextlib.suppress(WorkerStopped):
            for model in self._hub.ready():
                work = partial(prepare, model, self._data_dir, self._n_texts)
                title = f"Preparing {model.info.label}: reading texts and fitting directions"
                task = self._tasks.start(f"prepare {model.info.name}", title, work)
                self._started.append(task.id)
