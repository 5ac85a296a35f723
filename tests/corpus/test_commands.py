"""The command line's work with corpora, as a person sees it."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from app.corpus.bases import BasisStore
from app.corpus.commands import prepare, run_fit, run_ingest
from app.corpus.current import get_current
from app.corpus.store import open_named
from app.errors import CorpusRefused, NotFitted, QueueFull, UnknownSite
from app.worker.jobs import Job
from tests.corpus.worlds import EMBED, QUERIES, SITES, Queue, World, texts


def console() -> tuple[Console, io.StringIO]:
    out = io.StringIO()
    return Console(file=out, width=200), out


def ingested(folder: Path, world: World, n: int = 60) -> None:
    run_ingest(world, texts(n), data_dir=folder, name="c", console=console()[0])


def test_ingest_tells_what_it_took_and_what_it_left_out(tmp_path: Path) -> None:
    path = tmp_path / "my corpus.jsonl"
    lines = [json.dumps({"text": t}) for t in ("one two", "one two", "three")] + ["nope"] * 12
    path.write_text("\n".join(lines))
    to, out = console()
    corpus = run_ingest(World(), str(path), data_dir=tmp_path, console=to)
    assert corpus.manifest.name == "my-corpus"
    assert "3 tokens of 2 texts (1 duplicates and 12 unusable texts left out)" in out.getvalue()
    assert out.getvalue().count("not JSON") == 10, "the first ten only"


def test_a_row_never_exceeds_the_models_context(tmp_path: Path) -> None:
    corpus = run_ingest(
        World(), ["a " * 500], data_dir=tmp_path, name="c", max_tokens_per_text=400,
        console=console()[0],
    )  # fmt: skip
    assert len(corpus.row(0)) == 32


def test_fit_does_the_basic_sites_and_makes_the_corpus_current(tmp_path: Path) -> None:
    world = World()
    ingested(tmp_path, world)
    to, out = console()
    run_fit(world, data_dir=tmp_path, standardise=True, console=to)
    corpus = open_named(tmp_path, world.info, "c")
    basic = {site.name for site in SITES.basic}
    assert BasisStore(tmp_path).fitted(world.info, corpus) == basic
    assert f"{len(basic)} sites fitted on {corpus.n_tokens:,} tokens of c" in out.getvalue()
    assert get_current(tmp_path, world.info).standardise


def test_fit_takes_sites_by_name_or_all(tmp_path: Path) -> None:
    world = World()
    ingested(tmp_path, world)
    corpus = open_named(tmp_path, world.info, "c")
    run_fit(world, data_dir=tmp_path, sites=[QUERIES.name, EMBED.name], console=console()[0])
    assert BasisStore(tmp_path).fitted(world.info, corpus) == {EMBED.name, QUERIES.name}
    run_fit(world, data_dir=tmp_path, sites="all", console=console()[0])
    assert BasisStore(tmp_path).fitted(world.info, corpus) == set(SITES)


def test_fit_refuses_what_is_not_there(tmp_path: Path) -> None:
    world = World()
    with pytest.raises(NotFitted, match="ingest"):
        run_fit(world, data_dir=tmp_path, console=console()[0])
    ingested(tmp_path, world)
    with pytest.raises(UnknownSite):
        run_fit(world, data_dir=tmp_path, sites=["nowhere"], console=console()[0])
    with pytest.raises(NotFitted, match="other"):
        run_fit(world, data_dir=tmp_path, corpus="other", console=console()[0])
    with pytest.raises(CorpusRefused):
        run_fit(world, data_dir=tmp_path, corpus="../c", console=console()[0])


@pytest.mark.parametrize("stop", [0, 1, 5, 30])
def test_ctrl_c_says_how_to_go_on_and_the_same_command_does(tmp_path: Path, stop: int) -> None:
    def interrupt(number: int, _: Job) -> None:
        if number == stop:
            raise KeyboardInterrupt

    ingested(tmp_path, World())
    to, out = console()
    with pytest.raises(KeyboardInterrupt):
        run_fit(World(batcher=Queue(interrupt)), data_dir=tmp_path, console=to)
    assert "The same command goes on from here" in out.getvalue()
    run_fit(World(), data_dir=tmp_path, console=console()[0])


def test_a_full_queue_is_waited_for(tmp_path: Path) -> None:
    refusals = iter(range(3))

    def full(_: int, __: Job) -> None:
        if next(refusals, None) is not None:
            raise QueueFull("busy")

    ingested(tmp_path, World())
    run_fit(World(batcher=Queue(full)), data_dir=tmp_path, console=console()[0])


def test_prepare_does_everything_once_and_then_nothing(tmp_path: Path) -> None:
    world = World()
    heard: list[tuple[int, int]] = []
    prepare(world, texts(60), data_dir=tmp_path, progress=lambda d, t: heard.append((d, t)))
    assert heard == sorted(heard)
    assert heard[-1][0] == heard[-1][1] > 0
    done = len(world.batcher.jobs)
    prepare(world, iter(()), data_dir=tmp_path)
    assert len(world.batcher.jobs) == done


def test_prepare_makes_again_what_is_damaged_and_only_that(tmp_path: Path) -> None:
    world = World()
    prepare(world, texts(60), data_dir=tmp_path)
    (basis,) = (tmp_path / "models").rglob(f"bases/{EMBED.name}.npz")
    whole = basis.read_bytes()
    basis.write_bytes(whole[:-40])
    before = len(world.batcher.jobs)
    prepare(world, iter(()), data_dir=tmp_path)
    assert len(world.batcher.jobs) == before + 1, "one batch of one site; its columns still fit"
    (tokens,) = (tmp_path / "models").rglob("tokens.u32")
    tokens.write_bytes(b"")
    prepare(world, texts(60), data_dir=tmp_path)
    assert open_named(tmp_path, world.info, "demo").n_tokens > 100


def test_prepare_keeps_a_corpus_that_is_there(tmp_path: Path) -> None:
    world = World()
    ingested(tmp_path, world)
    prepare(world, iter(()), data_dir=tmp_path)
    assert get_current(tmp_path, world.info).corpus == "c"
