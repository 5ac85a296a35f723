"""The application: `create_app(settings)` puts the parts together, and does nothing else."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import torch
from fastapi import FastAPI
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware

from app.corpus.service import CorpusService
from app.corpus.tasks import BackgroundTasks
from app.corpus.weights import WeightsService
from app.db import migrate
from app.db.near import Vectors
from app.db.session import connect, sessions_of, writers_of
from app.model import loading
from app.model.loading import LoadedModel
from app.preparing import Preparation, store_library
from app.settings import Settings
from app.web import (
    api,
    failures,
    middleware,
    openapi,
    pages,
    pages_contributions,
    pages_saved,
    pages_weights,
    templating,
)
from app.web import assets as static
from app.web.api import bundles, health
from app.web.deps import Limits, Services
from app.worker.hub import ModelHub

ROOT = Path(__file__).resolve().parent.parent

Load = Callable[[str], LoadedModel]


def create_app(settings: Settings, *, load: Load | None = None) -> FastAPI:
    """The ASGI application for those settings; its lifespan loads the models.

    `load` turns a model's name into the model; the default finds it on disk or on the hub.
    """
    app = FastAPI(
        title="Residual Stream Viewer",
        version=openapi.version(),
        description=openapi.DESCRIPTION,
        lifespan=lambda app: _lifespan(app, settings, load or loader(settings)),
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
    )
    assets = static.Assets(ROOT / "static", {"plotly.min.js": static.plotly_js()})
    app.state.templates = templating.environment(ROOT / "templates", assets)
    app.state.bundles = bundles.AtOnce()
    app.add_middleware(
        middleware.BodyLimit,
        limit=settings.max_body_bytes,
        larger={bundles.PATH: settings.max_bundle_bytes},
    )
    app.add_middleware(
        GZipMiddleware,
        minimum_size=1024,
        compresslevel=4,
        # Half-precision numbers hardly get smaller, and they are what a visitor waits for.
        exclude_content_types=(*DEFAULT_EXCLUDED_CONTENT_TYPES, "application/octet-stream"),
    )
    app.add_middleware(middleware.SameOrigin)
    app.add_middleware(middleware.SecurityHeaders)
    failures.install(app)
    app.include_router(health.router)
    app.include_router(api.router())
    app.include_router(pages.router, include_in_schema=False)
    app.include_router(pages_contributions.router, include_in_schema=False)
    app.include_router(pages_saved.router, include_in_schema=False)
    app.include_router(pages_weights.router, include_in_schema=False)
    static.mount(app, assets)
    openapi.install(app)
    return app


def loader(settings: Settings) -> Load:
    """How this server turns a model's name into the model, in memory."""

    def load(name: str) -> LoadedModel:
        if settings.threads is not None:
            torch.set_num_threads(settings.threads)
        device = None if settings.device == "auto" else settings.device
        return loading.load_named(name, device=device, dtype=settings.dtype)

    return load


@asynccontextmanager
async def _lifespan(app: FastAPI, settings: Settings, load: Load) -> AsyncIterator[None]:
    """Everything that lives as long as the server does."""
    engine = connect(settings.database)
    migrate.upgrade(engine)  # nothing to do where `serve` has done it already
    sessions, writers = sessions_of(engine), writers_of(engine)
    store_library(writers)
    hub = ModelHub(
        settings.models,
        load,
        queue_limit=settings.queue_limit,
        token_budget=settings.token_budget,
    )
    tasks = BackgroundTasks()
    corpora = CorpusService(settings.data_dir, tasks)
    preparation = Preparation(hub, tasks, settings.data_dir, n_texts=settings.prepare_texts)
    app.state.services = Services(
        hub=hub,
        corpora=corpora,
        weights=WeightsService(settings.data_dir, tasks),
        tasks=tasks,
        sessions=sessions,
        writers=writers,
        near=Vectors(sessions),
        limits=Limits(
            settings.max_texts,
            settings.max_tokens,
            settings.max_directions,
            max_bundle_bytes=settings.max_bundle_bytes,
        ),
        preparing=preparation.now,
    )
    hub.start()
    if settings.prepare:
        preparation.start()
    try:
        yield
    finally:
        tasks.close()
        hub.close()
        engine.dispose()
