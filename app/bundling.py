"""Bundles where they meet models: exporting, and importing what fits the models served here."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import IO

import numpy as np
from sqlalchemy.orm import Session, sessionmaker

from app.corpus.service import CorpusService
from app.db.base import now
from app.db.bundle_check import Place, Served, Shape, check
from app.db.bundle_format import DirectionRecord, Manifest
from app.db.bundle_in import merge_bundle
from app.db.bundle_merge import Report, Rules
from app.db.bundle_out import write_bundle
from app.db.bundle_zip import Limits, Vector, opened
from app.errors import ModelFailed, NotNow, NotThere, UnknownModel
from app.worker.hub import ModelHub
from app.worker.jobs import SiteTable

SAME = 1e-3


class Turns:
    """How many imports or exports may be on their way at once: each is long, and others wait."""

    def __init__(self, most: int, busy: str) -> None:
        self._most = most
        self._busy = busy
        self._taken = 0
        self._lock = threading.Lock()

    def check(self) -> None:
        """Raises NotNow while no turn is free."""
        if self._taken >= self._most:
            raise NotNow(self._busy)

    @contextmanager
    def take(self) -> Iterator[None]:
        """Take a turn; raises NotNow while none is free."""
        with self._lock:
            self.check()
            self._taken += 1
        try:
            yield
        finally:
            with self._lock:
                self._taken -= 1


def export_bundle(
    sessions: sessionmaker[Session], file: IO[bytes], username: str | None
) -> Manifest:
    """Write a user's bundle, or the whole instance's, into a file; raises UnknownUser."""
    with sessions.begin() as session:
        return write_bundle(session, file, username, now())


def export_public(sessions: sessionmaker[Session], file: IO[bytes]) -> Manifest:
    """Write the bundle of everything that everybody finds: unlisted directions are left out."""
    with sessions.begin() as session:
        return write_bundle(session, file, None, now(), ("public",))


def import_bundle(
    writers: sessionmaker[Session],
    file: IO[bytes],
    limits: Limits,
    *,
    served: Callable[[Iterable[str]], Served],
    rules: Callable[[Session], Rules],
) -> Report:
    """Check all of a bundle, then add what it holds: in one transaction, so all of it or nothing.

    `served` gives the shapes of those of the named models that are served here, `rules` what may
    be written. Raises BadFile, and what the two raise.
    """
    with opened(file, limits) as bundle:
        here = served(bundle.manifest.models)
        check(bundle, here)
        with writers.begin() as session:
            return merge_bundle(session, bundle, rules(session), here)


def shape_of(sites: SiteTable, revision: str | None) -> Shape:
    """A model's shape, as far as directions depend on it."""
    places = {site.name: Place(site.width, site.n_heads) for site in sites.values()}
    return Shape(revision, places)


def served_by(hub: ModelHub, names: Iterable[str]) -> Served:
    """The shapes of those of the named models that the server serves; raises ModelLoading."""
    found = {}
    for name in names:
        try:
            model = hub.get(name)
        except (UnknownModel, ModelFailed):
            continue
        found[name] = shape_of(model.sites, model.info.revision)
    return found


def is_component_here(
    hub: ModelHub, corpora: CorpusService, record: DirectionRecord, vector: Vector
) -> bool:
    """Whether the component that a record says it is, of a basis fitted here, is that vector."""
    try:
        model = hub.get(record.model)
        fitted = corpora.basis(model, model.sites[record.site], record.head)
    except (NotThere, ModelFailed):
        return False
    about = fitted.provenance
    components = fitted.basis.components
    if (about.revision, about.fingerprint) != (record.revision, record.basis):
        return False
    if record.component is None or record.component >= len(components):
        return False
    here = components[record.component].detach().cpu().numpy()
    return bool(np.abs(here - vector).max() < SAME)
