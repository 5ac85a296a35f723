"""What a request handler can ask for: the services that the application's lifespan built."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Path, Request
from sqlalchemy.orm import Session, sessionmaker

from app.corpus.service import CorpusService
from app.corpus.tasks import BackgroundTasks, TaskView
from app.corpus.weights import WeightsService
from app.db.near import Vectors
from app.errors import NotNow
from app.web.throttle import Tries
from app.worker.hub import ModelHub, ServedModel


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may ask for. Characters are bounded because tokenizing takes time."""

    max_texts: int = 64
    max_tokens: int = 16_384
    max_directions: int = 256
    max_characters: int = 1_000_000
    max_bundle_bytes: int = 256 * 2**20


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that lives as long as the server does; `app.state.services`.

    `sessions` read and `writers` write; `near` compares with saved vectors. `preparing()` is the
    task that makes a fresh installation's first bases, None when all is done. `tries` bounds how
    often a passphrase is guessed.
    """

    hub: ModelHub
    corpora: CorpusService
    weights: WeightsService
    tasks: BackgroundTasks
    sessions: sessionmaker[Session]
    writers: sessionmaker[Session]
    near: Vectors
    limits: Limits
    preparing: Callable[[], TaskView | None]
    tries: Tries = field(default_factory=Tries)


def services(request: Request) -> Services:
    """The services of the running application; raises NotNow before it has started."""
    found: Services | None = getattr(request.app.state, "services", None)
    if found is None:
        raise NotNow("The server is starting.")
    return found


ServicesDep = Annotated[Services, Depends(services)]


def served_model(
    m: Annotated[str, Path(description="A model's name, as `GET /models` lists it.")],
    services: ServicesDep,
) -> ServedModel:
    """The model that the path names; raises UnknownModel, ModelLoading or ModelFailed."""
    return services.hub.get(m)


ModelDep = Annotated[ServedModel, Depends(served_model)]
