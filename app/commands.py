"""What each command of the command line does, given the settings and its arguments."""

import argparse
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO
from uuid import uuid4

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy import Engine

from app import bundling, preparing, serving
from app import settings as known
from app.corpus.commands import run_fit, run_ingest
from app.corpus.plan import Progress as Told
from app.db import migrate as schema
from app.db.bundle_check import Served
from app.db.bundle_merge import EVERYTHING
from app.db.bundle_zip import Limits
from app.db.session import connect, sessions_of, writers_of
from app.errors import BadFile
from app.main import create_app, loader
from app.model import registry
from app.model.configured import configured_sites
from app.model.fetching import cached_snapshot
from app.settings import Settings
from app.worker.hub import ModelHub, ServedModel

Given = argparse.Namespace


def say(line: str, *, error: bool = False) -> None:
    """One line for the person at the terminal, as it is."""
    Console(stderr=error).print(line, markup=False, highlight=False, soft_wrap=True)


def serve(settings: Settings, _given: Given) -> None:
    """Bring the database up to date, then serve until stopped."""
    migrated(settings).dispose()
    serving.serve(settings, create_app, say)


def migrate(settings: Settings, _given: Given) -> None:
    """Bring the database up to date, and load the bundled prompts."""
    with closing_engine(settings) as engine:
        changed = preparing.store_library(writers_of(engine))
    say(f"The database is up to date; {changed} prompts changed.")


def ingest(settings: Settings, given: Given) -> None:
    """Read texts into a corpus."""
    with loaded(settings) as model:
        run_ingest(
            model,
            given.source,
            data_dir=settings.data_dir,
            name=given.name,
            field=given.field,
            max_tokens_per_text=given.tokens_per_text,
            max_texts=given.max_texts,
            budget=given.tokens,
        )


def fit(settings: Settings, given: Given) -> None:
    """Fit bases on an ingested corpus."""
    sites = given.sites if given.sites in ("basic", "all") else given.sites.split(",")
    with loaded(settings) as model:
        run_fit(
            model,
            data_dir=settings.data_dir,
            corpus=given.corpus,
            sites=sites,
            budget=given.tokens,
            standardise=given.standardise,
            resume=given.resume,
            components=given.components,
        )


def prepare(settings: Settings, given: Given) -> None:
    """What `serve` does in the background on its first start, here and now."""
    migrate(settings, given)
    with loaded(settings) as model, _bar(f"Preparing {model.info.label}") as progress:
        preparing.prepare(model, settings.data_dir, settings.prepare_texts, progress)
    say(f"{model.info.label} is prepared.")


def export_bundle(settings: Settings, given: Given) -> None:
    """Write a user's things, or everybody's, into a bundle."""
    with closing_engine(settings) as engine, _replacing(given.file) as file:
        manifest = bundling.export_bundle(sessions_of(engine), file, given.username)
    counts = ", ".join(
        f"{n:,} {name.removesuffix('.jsonl').replace('_', ' ')}"
        for name, n in manifest.counts.items()
        if n
    )
    say(f"Wrote {given.file}: {counts or 'nothing is saved here yet'}.")


def import_bundle(settings: Settings, given: Given) -> None:
    """Add what a bundle holds and the database does not, under whatever names."""
    try:
        file = given.file.open("rb")
    except OSError as error:
        raise BadFile(f"{given.file} cannot be read: {error.strerror}.", field="file") from None
    with file, closing_engine(settings) as engine:
        report = bundling.import_bundle(
            writers_of(engine),
            file,
            Limits(),
            served=lambda names: _configured(settings, names),
            rules=lambda _: EVERYTHING,
        )
    for kind, tally in report.tallies.items():
        if tally.added or tally.known or tally.skipped:
            what = kind.replace("_", " ")
            say(f"{what}: {tally.added:,} added, {tally.known:,} known, {tally.skipped:,} skipped")
    for line in (*report.skipped, *report.notes):
        say(line)
    say("Imported." if report.added else "Nothing was added: all of it was here already.")


def models(_settings: Settings, _given: Given) -> None:
    """Which models can be served here, and where they come from."""
    cached = cached_snapshot(registry.GPT2_HUB_ID)
    at = f"on this machine, {cached}" if cached else f"downloaded from {registry.GPT2_HUB_ID}"
    bundled = (registry.DEMO_FOLDER / "config.json").is_file()
    say(f"gpt2    GPT-2 small, {at}")
    say(f"demo    the demo model, {registry.DEMO_FOLDER if bundled else 'not installed'}")
    say("auto    gpt2 if it is on this machine or can be downloaded, else demo (the default)")
    say("PATH    a folder with config.json, tokenizer.json and model.safetensors")
    say("HUB_ID  a decoder on the Hugging Face hub, such as EleutherAI/pythia-70m")


def settings(_settings: Settings, _given: Given) -> None:
    """Every setting, its default and what it does."""
    for name, default, description in known.described():
        say(f"{name}={default}")
        say(f"    {description}")


def migrated(settings: Settings) -> Engine:
    """The database, at the newest revision; raises DatabaseRefused when it cannot be used."""
    engine = connect(settings.database)
    schema.upgrade(engine)
    return engine


@contextmanager
def closing_engine(settings: Settings) -> Iterator[Engine]:
    """The migrated database, closed at the end."""
    engine = migrated(settings)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def loaded(settings: Settings) -> Iterator[ServedModel]:
    """The first of the settings' models, behind its worker; raises what it was refused for."""
    hub = ModelHub(
        settings.models[:1],
        loader(settings),
        queue_limit=settings.queue_limit,
        token_budget=settings.token_budget,
    )
    with closing(hub):
        hub.start()
        hub.wait()
        for refusal in hub.failures.values():
            raise refusal
        yield hub.ready()[0]


def _configured(settings: Settings, names: Iterable[str]) -> Served:
    """The shapes of those of the named models that these settings serve and that are on disk."""
    found = filter(None, map(configured_sites, settings.models))
    wanted = set(names)
    return {name: bundling.shape_of(sites, None) for name, sites in found if name in wanted}


@contextmanager
def _replacing(path: Path) -> Iterator[IO[bytes]]:
    """A file that takes its place under its name when it is complete."""
    unfinished = path.with_name(f".{path.name}.{uuid4().hex[:8]}")
    try:
        with unfinished.open("xb") as file:
            yield file
        unfinished.replace(path)
    except OSError as error:
        raise BadFile(f"{path} cannot be written: {error.strerror}.", field="file") from None
    finally:
        unfinished.unlink(missing_ok=True)


@contextmanager
def _bar(title: str) -> Iterator[Told]:
    """A progress bar on stderr."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
