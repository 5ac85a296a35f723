"""From a model's name to the folder its weights are in: bundled, local, or fetched from the hub."""

import logging
import re
from dataclasses import dataclass, replace
from pathlib import Path

from app.errors import ModelRefused
from app.model.fetching import HubUnreachable, cached_snapshot, fetch_snapshot

logger = logging.getLogger(__name__)

GPT2_HUB_ID = "openai-community/gpt2"
GPT2_ALIASES = ("gpt2", GPT2_HUB_ID)
DEMO_FOLDER = Path(__file__).parents[1] / "demo" / "model"
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?")


@dataclass(frozen=True, slots=True)
class ModelSource:
    """Where a model's weights are, on disk by now.

    `name` is what addresses bear, `label` what pages say, `source` where it came from, in words;
    `revision` is the hub's commit, or None where the folder's own contents have to be hashed;
    `notice` is what the visitor should know about how it was chosen.
    """

    name: str
    label: str
    source: str
    folder: Path
    revision: str | None = None
    notice: str | None = None


def name_of(given: str) -> str | None:
    """The name that addresses will bear for what was given; None for `auto`, known only later."""
    if given == "auto":
        return None
    if given in GPT2_ALIASES:
        return "gpt2"
    if given == "demo":
        return "demo"
    last = Path(given).expanduser().resolve().name if _is_folder(given) else given.split("/")[-1]
    return re.sub(r"[^A-Za-z0-9._-]+", "-", last).strip("-.") or "model"


def resolve(given: str) -> ModelSource:
    """The source of `gpt2`, `demo`, `auto`, a local folder or a hub id; downloads if it has to.

    `auto` is GPT-2 small if it is on disk or can be fetched, else the bundled demo model with a
    notice. Raises ModelRefused, which says what to do, when there is no such model.
    """
    if given == "auto":
        return _gpt2_or_demo()
    if given == "demo":
        return _demo()
    if given in GPT2_ALIASES:
        return _gpt2()
    if _is_folder(given):
        return _local(given)
    if not _HUB_ID.fullmatch(given):
        raise ModelRefused(
            f"There is no folder {given!r}. Name a folder with a model in Hugging Face format, a "
            "hub id such as 'EleutherAI/pythia-70m', 'gpt2' or 'demo'.",
            field="model",
        )
    return _from_hub(given)


def _is_folder(given: str) -> bool:
    """Whether the name is one of a local folder; a bare word counts when such a folder exists."""
    return given.startswith((".", "/", "~")) or Path(given).expanduser().is_dir()


def _local(given: str) -> ModelSource:
    folder = Path(given).expanduser().resolve()
    if not folder.is_dir():
        raise ModelRefused(
            f"There is no folder {str(folder)!r}. Give the path of a folder that holds "
            "config.json, model.safetensors and tokenizer.json.",
            field="model",
        )
    name = name_of(given)
    assert name is not None
    return ModelSource(name, name, str(folder), folder)


def _demo() -> ModelSource:
    if not (DEMO_FOLDER / "config.json").is_file():
        raise ModelRefused(
            f"The bundled demo model is missing from {str(DEMO_FOLDER)!r}: the installation is "
            "not complete. Install the package again.",
            field="model",
        )
    return ModelSource("demo", "demo model", "bundled with this software", DEMO_FOLDER)


def _gpt2() -> ModelSource:
    """GPT-2 small from the local cache, else from the hub; raises ModelRefused when neither."""
    for hub_id in (GPT2_HUB_ID, "gpt2"):  # older caches hold it under its first, short name
        found = cached_snapshot(hub_id)
        if found is not None:
            return _gpt2_source(found)
    try:
        return _gpt2_source(fetch_snapshot(GPT2_HUB_ID))
    except HubUnreachable as error:
        raise ModelRefused(
            f"GPT-2 small is not on this machine and could not be downloaded: {error.detail} "
            f"Connect to the network and start again, put a copy of {GPT2_HUB_ID} on disk and "
            "name its folder (--model PATH), or use --model demo.",
            field="model",
        ) from error


def _gpt2_source(snapshot: Path) -> ModelSource:
    return ModelSource(
        "gpt2", "GPT-2 small", f"huggingface.co/{GPT2_HUB_ID}", snapshot, snapshot.name
    )


def _gpt2_or_demo() -> ModelSource:
    try:
        return _gpt2()
    except ModelRefused as refusal:
        notice = (
            "GPT-2 small is not on this machine and could not be downloaded, so this is the "
            "bundled demo model. Start with --model gpt2 to see what is missing."
        )
        logger.warning("%s Showing the bundled demo model instead.", refusal.detail)
        return replace(_demo(), notice=notice)


def _from_hub(hub_id: str) -> ModelSource:
    name = name_of(hub_id)
    assert name is not None
    found = cached_snapshot(hub_id)
    if found is None:
        try:
            found = fetch_snapshot(hub_id)
        except HubUnreachable as error:
            raise ModelRefused(
                f"The model {hub_id!r} is neither a folder here, nor in the local cache, nor could "
                f"it be downloaded: {error.detail} Check the name, or connect to the network.",
                field="model",
            ) from error
    return ModelSource(name, name, f"huggingface.co/{hub_id}", found, found.name)
