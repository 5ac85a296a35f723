"""The Hugging Face hub: what is in the local cache, and fetching what is not."""

import logging
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.errors import ModelRefused, RsvError
from app.model.folder import weight_files
from app.model.foreign import first_line

if TYPE_CHECKING:
    from huggingface_hub.hf_api import ModelInfo

logger = logging.getLogger(__name__)

REACH_TIMEOUT_S = 5.0
SMALL_FILES = (".json", ".txt", ".model")


class HubUnreachable(RsvError):
    """The hub could not be asked, or stopped answering."""

    title = "The model hub cannot be reached"


def cached_snapshot(hub_id: str) -> Path | None:
    """The folder of a complete copy in the local cache, without asking the network; else None."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        folder = Path(snapshot_download(hub_id, local_files_only=True))
    except LocalEntryNotFoundError:
        return None
    files = weight_files(folder)
    complete = bool(files) and all(file.is_file() for file in files)
    return folder if complete and (folder / "config.json").is_file() else None


def fetch_snapshot(hub_id: str) -> Path:
    """Download a model, with a progress bar on stderr, and return its folder in the cache.

    Raises HubUnreachable when the hub does not answer within 5 s, and ModelRefused when it has no
    such model or no safetensors for it.
    """
    from huggingface_hub import snapshot_download

    info = _ask_hub(hub_id)
    names = [sibling.rfilename for sibling in info.siblings or []]
    wanted = _wanted_files(hub_id, names)
    logger.info("Downloading %s (%d files) from the hub", hub_id, len(wanted))
    try:
        return Path(snapshot_download(hub_id, revision=info.sha, allow_patterns=wanted))
    except Exception as error:  # the hub client raises whatever its HTTP library does
        raise HubUnreachable(f"the download broke off ({first_line(error)}).") from error


def _wanted_files(hub_id: str, names: Sequence[str]) -> list[str]:
    """The files to fetch: top-level JSON, tokenizer files and safetensors."""
    top = [name for name in names if "/" not in name]
    weights = [name for name in top if name.endswith(".safetensors")]
    if not weights:
        raise ModelRefused(
            f"{hub_id!r} has no weights in safetensors format; others (pickle) can run code when "
            "they are opened, so they are not loaded. Name a model or revision that has "
            "safetensors, or convert it.",
            field="model",
        )
    return [name for name in top if name.endswith(SMALL_FILES)] + weights


def _ask_hub(hub_id: str) -> "ModelInfo":
    """What the hub says about a model, within 5 s in all, name look-up included."""
    from huggingface_hub import HfApi, constants
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

    if constants.HF_HUB_OFFLINE:
        raise HubUnreachable("the hub is switched off by HF_HUB_OFFLINE.")
    answer: list[ModelInfo | Exception] = []

    def ask() -> None:
        try:
            answer.append(HfApi().model_info(hub_id, timeout=REACH_TIMEOUT_S))
        except Exception as error:  # handed over to the thread that waits
            answer.append(error)

    # A thread, because a look-up of the hub's name can block far longer than any HTTP timeout.
    thread = threading.Thread(target=ask, name="ask-hub", daemon=True)
    thread.start()
    thread.join(REACH_TIMEOUT_S)
    got = answer[0] if answer else TimeoutError(f"no answer within {REACH_TIMEOUT_S:.0f} s")
    if isinstance(got, GatedRepoError):
        raise ModelRefused(
            f"{hub_id!r} is gated: accept its terms on huggingface.co and log in with "
            "`hf auth login`.",
            field="model",
        ) from got
    if isinstance(got, RepositoryNotFoundError):
        raise ModelRefused(
            f"The hub has no model {hub_id!r} (or it is private), and there is no such folder. "
            "Check the name.",
            field="model",
        ) from got
    if isinstance(got, Exception):
        raise HubUnreachable(f"the hub did not answer ({first_line(got)}).") from got
    return got
