"""What the command line does with corpora: ingest, fit, and preparing a model on first start."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import (
    Progress as Bar,
)
from rich.text import Text

from app.corpus.bases import BasisStore
from app.corpus.columns import COMPONENTS, ColumnStore
from app.corpus.current import Current, get_current, open_current, set_current
from app.corpus.fit import fit
from app.corpus.ingest import check_name, ingest
from app.corpus.plan import Progress
from app.corpus.scoring import score_columns
from app.corpus.served import Priority, Served, patiently
from app.corpus.store import Corpus, open_named
from app.errors import NotFitted
from app.worker.jobs import Site

PROBLEMS_SHOWN = 10

Sites = Literal["basic", "all"] | Sequence[str]


def run_ingest(
    model: Served,
    source: str | Iterable[str],
    *,
    data_dir: Path,
    name: str | None = None,
    field: str = "text",
    max_tokens_per_text: int = 128,
    max_texts: int | None = None,
    budget: int | None = 1_000_000,
    console: Console | None = None,
) -> Corpus:
    """Read a source into a corpus for this model, telling of progress and of what was left out.

    The corpus is named after the source unless `name` says otherwise. Raises CorpusRefused.
    """
    console = console or Console(stderr=True)
    name = name or (_name_of(source) if isinstance(source, str) else "corpus")
    check_name(name)
    shown = 0

    def report(problem: str) -> None:
        nonlocal shown
        shown += 1
        if shown <= PROBLEMS_SHOWN:
            console.print(f"left out: {problem}", markup=False, highlight=False)

    with _bars(console, f"Reading {name}") as (progress,):
        corpus = ingest(
            source, model.tokenizer, data_dir, model.info, name=name, field=field,
            max_tokens_per_text=min(max_tokens_per_text, model.info.shape.n_ctx - 1),
            max_texts=max_texts, budget=budget, report=report, progress=progress,
        )  # fmt: skip
    about = corpus.manifest
    console.print(
        f"{about.name}: {about.n_tokens:,} tokens of {about.n_texts:,} texts "
        f"({about.duplicates:,} duplicates and {about.skipped:,} unusable texts left out).",
        markup=False,
        highlight=False,
    )
    return corpus


def run_fit(
    model: Served,
    *,
    data_dir: Path,
    corpus: str | None = None,
    sites: Sites = "basic",
    budget: int | None = None,
    standardise: bool = False,
    resume: bool = True,
    components: int = COMPONENTS,
    console: Console | None = None,
) -> None:
    """Fit sites on a corpus (the current one, unless named) and score the corpus on them.

    Raises NotFitted without a corpus, UnknownSite. Stopped by Ctrl-C it says how to go on, and
    raises KeyboardInterrupt.
    """
    console = console or Console(stderr=True)
    chosen = _choose(model, sites)
    if corpus is None:
        corpus = get_current(data_dir, model.info).corpus
    check_name(corpus)
    text = open_named(data_dir, model.info, corpus)
    try:
        titles = (f"Fitting {_count(chosen)}", "Scoring the corpus")
        with _bars(console, *titles) as (fitting, scoring):
            _fit_and_score(
                model, text, chosen, data_dir, budget=budget, standardise=standardise,
                resume=resume, components=components, priority="interactive",
                fitting=fitting, scoring=scoring,
            )  # fmt: skip
    except KeyboardInterrupt:
        console.print("Stopped. The same command goes on from here.", markup=False)
        raise
    set_current(data_dir, model.info, Current(corpus, budget, standardise))
    console.print(
        f"{_count(chosen)} fitted on {min(budget or text.n_tokens, text.n_tokens):,} tokens "
        f"of {corpus}.",
        markup=False,
        highlight=False,
    )


def prepare(
    model: Served,
    texts: Iterable[str],
    *,
    data_dir: Path,
    name: str = "demo",
    components: int = COMPONENTS,
    priority: Priority = "interactive",
    progress: Progress | None = None,
) -> None:
    """Make sure that a model can be looked at: a corpus, bases of the basic sites, their scores.

    A corpus that is there already is kept, whatever it is, and so is everything derived from it
    that is whole; `texts` are read only when there is none. `progress` counts tokens of all steps.
    """
    try:
        corpus = open_current(data_dir, model.info)
    except NotFitted:
        corpus = ingest(
            texts, model.tokenizer, data_dir, model.info, name=name,
            max_tokens_per_text=min(128, model.info.shape.n_ctx - 1),
        )  # fmt: skip
        set_current(data_dir, model.info, Current(name))
    current = get_current(data_dir, model.info)
    total = 2 * corpus.n_tokens

    def tell(done: int, step: int) -> None:
        if progress is not None:
            progress(min(done, corpus.n_tokens) + step * corpus.n_tokens, total)

    _fit_and_score(
        model, corpus, list(model.sites.basic), data_dir, budget=current.budget,
        standardise=current.standardise, resume=True, components=components, priority=priority,
        fitting=lambda done, _: tell(done, 0), scoring=lambda done, _: tell(done, 1),
    )  # fmt: skip


def _fit_and_score(
    model: Served,
    corpus: Corpus,
    sites: Sequence[Site],
    data_dir: Path,
    *,
    budget: int | None,
    standardise: bool,
    resume: bool,
    components: int,
    priority: Priority,
    fitting: Progress,
    scoring: Progress,
) -> None:
    """Both passes: the moments and the bases, then the scores on the first components."""
    submit = patiently(model.batcher, priority)
    bases, columns = BasisStore(data_dir), ColumnStore(data_dir)
    fit(
        corpus, submit, sites, bases, data_dir, model.info, budget=budget,
        standardise=standardise, resume=resume, progress=fitting,
    )  # fmt: skip
    score_columns(
        corpus, submit, sites, bases, columns, model.info, components=components, progress=scoring
    )


def _choose(model: Served, sites: Sites) -> list[Site]:
    """The sites meant, in the order of the model; raises UnknownSite."""
    if sites == "basic":
        return list(model.sites.basic)
    if sites == "all":
        return list(model.sites.values())
    wanted = {model.sites[name].name for name in sites}
    return [site for site in model.sites.values() if site.name in wanted]


def _name_of(source: str) -> str:
    """A corpus name made from the last part of a path or dataset name."""
    stem = Path(source).stem or "corpus"
    name = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "-" for c in stem)
    return name.strip("-.")[:64] or "corpus"


def _count(sites: Sequence[Site]) -> str:
    """How many sites, in words."""
    return "1 site" if len(sites) == 1 else f"{len(sites)} sites"


class _TokensPerSecond(ProgressColumn):
    """How fast it goes."""

    def render(self, task: Task) -> Text:
        """The speed, once there is one."""
        return Text(f"{task.speed:,.0f} tokens/s" if task.speed else "")


@contextmanager
def _bars(console: Console, *titles: str) -> Iterator[list[Callable[[int, int | None], None]]]:
    """Progress bars with tokens per second and the time left, one for each step of the work."""

    def follow(task: TaskID) -> Callable[[int, int | None], None]:
        return lambda done, total: bar.update(task, completed=done, total=total)

    with Bar(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _TokensPerSecond(),
        TimeElapsedColumn(), TimeRemainingColumn(), console=console,
    ) as bar:  # fmt: skip
        yield [follow(bar.add_task(title, total=None, start=True)) for title in titles]
