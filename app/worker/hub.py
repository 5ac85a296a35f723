"""The models that a server serves: loaded in the background, each behind its own batcher."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.errors import ModelFailed, ModelLoading, ModelRefused, RsvError, UnknownModel
from app.model.loading import LoadedModel
from app.model.registry import name_of
from app.model.tokens import Tokenizer
from app.model.weights import refusal
from app.worker.batching import Batcher
from app.worker.engines import LocalEngine
from app.worker.jobs import ModelShape, SiteTable

__all__ = ["ModelHub", "ModelInfo", "ServedModel", "Tokenizer", "info_of"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What a model is, for people and for the names of derived files.

    `refusal` says why its heads and neurons cannot be taken apart; None where they can.
    """

    name: str
    label: str
    source: str
    revision: str
    shape: ModelShape
    device: str
    dtype: str
    n_parameters: int
    refusal: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ServedModel:
    """A model that is ready: what it is, its sites and tokenizer, and the queue in front of it."""

    info: ModelInfo
    sites: SiteTable
    tokenizer: Tokenizer
    batcher: Batcher


@dataclass(slots=True, eq=False)
class _Entry:
    """One model on its way: `name` is None while `auto` is being decided."""

    given: str
    name: str | None
    served: ServedModel | None = None
    failure: RsvError | None = None

    @property
    def state(self) -> str:
        if self.served is not None:
            return "ready"
        return "loading" if self.failure is None else f"failed: {self.failure.detail}"


def info_of(model: LoadedModel) -> ModelInfo:
    """What a loaded model is."""
    return ModelInfo(
        name=model.name,
        label=model.label,
        source=model.source,
        revision=model.revision,
        shape=model.shape,
        device=str(model.device),
        dtype=str(model.dtype).removeprefix("torch."),
        n_parameters=model.n_parameters,
        refusal=refusal(model),
    )


class ModelHub:
    """Loads the named models one after another on a thread, and hands out those that are ready.

    The first name given is the default. `auto` stands for the model that it turns out to be.
    """

    def __init__(
        self,
        names: Sequence[str],
        load: Callable[[str], LoadedModel],
        *,
        queue_limit: int = 256,
        token_budget: int = 2048,
    ) -> None:
        if not names:
            raise ModelRefused("No model is named: give at least one.", field="model")
        self._entries = [_Entry(given, name_of(given)) for given in dict.fromkeys(names)]
        self._load = load
        self._queue_limit = queue_limit
        self._token_budget = token_budget
        self._lock = threading.Lock()
        self._closed = False
        self._notice: str | None = None
        self._thread = threading.Thread(target=self._load_all, name="load-models", daemon=True)

    def start(self) -> None:
        """Begin to load, in the background."""
        self._thread.start()

    def wait(self, timeout: float | None = None) -> None:
        """Wait until every model is ready or has failed."""
        self._thread.join(timeout)

    def status(self) -> dict[str, str]:
        """Every model's state: "loading", "ready", or "failed: " and the reason."""
        return {entry.name or entry.given: entry.state for entry in self._entries}

    @property
    def failures(self) -> dict[str, RsvError]:
        """Why each model that failed did."""
        return {e.name or e.given: e.failure for e in self._entries if e.failure is not None}

    @property
    def names(self) -> list[str]:
        """The names that addresses may bear, as far as they are known."""
        return [entry.name for entry in self._entries if entry.name is not None]

    @property
    def default(self) -> str | None:
        """The name of the model shown first; None while `auto` is being decided."""
        return self._entries[0].name

    @property
    def notice(self) -> str | None:
        """What a visitor should know about how the default model was chosen."""
        return self._notice

    def get(self, name: str) -> ServedModel:
        """The model of that name. Raises UnknownModel, ModelLoading or ModelFailed."""
        for entry in self._entries:
            if (entry.name or entry.given) == name:
                return _ready(entry)
        undecided = [e for e in self._entries if e.name is None and e.given == "auto"]
        if undecided and name in ("gpt2", "demo"):
            return _ready(undecided[0])
        served = ", ".join(self.names) or "none yet"
        raise UnknownModel(f"No model {name[:80]!r} is served here, only: {served}.", field="model")

    def ready(self) -> list[ServedModel]:
        """The models that can be used now, in the order they were named."""
        return [entry.served for entry in self._entries if entry.served is not None]

    def close(self) -> None:
        """Stop every model's worker; jobs that wait fail with WorkerStopped."""
        with self._lock:
            self._closed = True
        for served in self.ready():
            served.batcher.close()

    def _load_all(self) -> None:
        for entry in tuple(self._entries):
            if self._closed:
                return
            try:
                self._admit(entry, self._load(entry.given))
            except RsvError as error:
                logger.error("%s: %s", entry.given, error.detail)
                entry.failure = error
            except Exception as error:  # the server stays up and says so
                logger.exception("Loading %s failed", entry.given)
                entry.failure = ModelFailed(f"Loading failed: {type(error).__name__}: {error}")

    def _admit(self, entry: _Entry, model: LoadedModel) -> None:
        """Put a loaded model behind a batcher of its own."""
        twin = next((other for other in self.ready() if other.info.name == model.name), None)
        if twin is not None and twin.info.revision == model.revision:
            self._entries.remove(entry)  # `auto` turned out to be a model that is named as well
            return
        if twin is not None:
            entry.name = None  # addresses that bear the name are the other's
            raise ModelRefused(
                f"Two models are called {model.name!r}: rename one's folder, or serve one only.",
                field="model",
            )
        with self._lock:
            if self._closed:
                return
            batcher = Batcher(
                LocalEngine(model, token_budget=self._token_budget),
                limit=self._queue_limit,
                token_budget=self._token_budget,
                name=model.name,
            )
            entry.served = ServedModel(info_of(model), model.sites, model.tokenizer, batcher)
        entry.name = model.name
        if entry is self._entries[0]:
            self._notice = model.notice


def _ready(entry: _Entry) -> ServedModel:
    """The model behind an entry, if it can be used."""
    if entry.served is not None:
        return entry.served
    name = entry.name or entry.given
    if entry.failure is not None:
        raise ModelFailed(f"{name} could not be loaded: {entry.failure.detail}")
    raise ModelLoading(f"{name} is still being loaded; try again in a moment.")
