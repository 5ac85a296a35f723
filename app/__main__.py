"""The command line: `python -m app COMMAND`.

Settings come from RSV_* variables, and options stand before them. A refusal is one line on stderr
and exit code 2; Ctrl-C ends quietly.
"""

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from app import settings as known
from app.errors import RsvError
from app.settings import Settings

REFUSED = 2
INTERRUPTED = 130
NAMES = {"export": "export_bundle", "import": "import_bundle"}
"""Commands whose functions cannot bear their names."""
QUIET = ("alembic", "httpx", "httpx2", "huggingface_hub", "uvicorn.error")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    given = parser().parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    try:
        settings = Settings.read(**_said(given))
        from app import commands  # torch is not waited for to be told of a wrong option

        getattr(commands, NAMES.get(given.command, given.command))(settings, given)
    except RsvError as error:
        sys.stderr.write(f"{error.title}: {error.detail}\n")
        return REFUSED
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


def parser() -> argparse.ArgumentParser:
    """Every command with its options."""
    top = argparse.ArgumentParser(
        prog="python -m app", description="Residual Stream Viewer.", epilog=_environment()
    )
    top.formatter_class = argparse.RawDescriptionHelpFormatter
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, help: str) -> argparse.ArgumentParser:
        made = commands.add_parser(
            name, help=help, description=help, epilog=_environment(),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )  # fmt: skip
        made.add_argument("--data-dir", type=Path, help="folder for everything derived")
        return made

    serve = command("serve", "serve the web pages and the API")
    _add_models(serve)
    serve.add_argument("--host", help="address to listen at")
    serve.add_argument("--port", type=int, help="port to listen at")
    serve.add_argument(
        "--no-prepare", dest="prepare", action="store_false", default=None,
        help="do not read the bundled corpus and fit first bases",
    )  # fmt: skip

    fit = command("fit", "fit PCA bases on a corpus")
    _add_models(fit)
    fit.add_argument("--corpus", help="the corpus's name (default: the one used last)")
    fit.add_argument("--sites", default="basic", help="basic, all, or names separated by commas")
    fit.add_argument("--tokens", type=_count, help="fit on the first so many tokens")
    fit.add_argument(
        "--components", type=_count, default=64, help="store the corpus's scores on so many"
    )
    fit.add_argument("--standardise", action="store_true", help="PCA of z-scored coordinates")
    fit.add_argument(
        "--no-resume", dest="resume", action="store_false", help="start over, whatever is there"
    )

    ingest = command("ingest", "read texts into a corpus")
    ingest.add_argument("source", help="text file, JSONL, folder, or Hugging Face dataset")
    _add_models(ingest)
    ingest.add_argument("--name", help="the corpus's name (default: after the source)")
    ingest.add_argument("--field", default="text", help="the field that holds a record's text")
    ingest.add_argument(
        "--tokens-per-text", type=_count, default=128, help="first tokens of each text to take"
    )
    ingest.add_argument("--max-texts", type=_count, help="stop after so many texts")
    ingest.add_argument(
        "--tokens", type=_count, default=1_000_000, help="stop after so many tokens"
    )

    _add_models(command("prepare", "do now what serve does on its first start"))
    export = command("export", "write directions and what was said about them into a bundle")
    export.add_argument("file", type=Path, help="the zip file to write")
    export.add_argument("--username", metavar="NAME", help="only what was saved under this name")

    bring_in = command("import", "add what a bundle holds and this database does not")
    bring_in.add_argument("file", type=Path, help="the zip file to read")
    _add_models(bring_in)

    command("migrate", "bring the database up to date and load the bundled prompts")
    command("models", "list the models that can be served here")
    command("settings", "list every setting")
    return top


def _add_models(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--model", dest="models", action="append", metavar="NAME",
        help="auto, gpt2, demo, a folder or a hub id; several with commas or repeated",
    )  # fmt: skip


def _said(given: argparse.Namespace) -> dict[str, object]:
    """The settings that were given as options."""
    names = ("models", "host", "port", "data_dir", "prepare")
    said = {name: getattr(given, name, None) for name in names}
    if said["models"] is not None:
        said["models"] = ",".join(given.models)
    return {name: value for name, value in said.items() if value is not None}


def _count(text: str) -> int:
    """A whole number of at least 1; thousands may be marked with commas or underscores."""
    try:
        number = int(text.replace(",", "").replace("_", ""))
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return number


def _environment() -> str:
    """The settings, for the end of every help text."""
    lines = ["Settings, from the environment (`python -m app settings` says more):"]
    lines += [f"  {name} (default: {default or 'unset'})" for name, default, _ in known.described()]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
