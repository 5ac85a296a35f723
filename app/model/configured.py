"""What a model's configuration on disk says of its sites, without its weights being loaded."""

from pathlib import Path

from app.errors import ModelRefused
from app.model.architectures import shape_of
from app.model.fetching import cached_snapshot
from app.model.folder import check_config
from app.model.foreign import quiet
from app.model.registry import DEMO_FOLDER, GPT2_HUB_ID, name_of
from app.model.sites import SiteTable, sites_of


def configured_sites(given: str) -> tuple[str, SiteTable] | None:
    """The name and the sites of `gpt2`, `demo`, `auto`, a folder or a hub id.

    None where nothing of it is on disk, or its configuration does not state the sizes.
    """
    from transformers import AutoConfig

    found = _folder(given)
    if found is None:
        return None
    name, folder = found
    try:
        check_config(folder)
        with quiet():
            config = AutoConfig.from_pretrained(
                folder, local_files_only=True, trust_remote_code=False
            )
        return name, sites_of(shape_of(config))
    except (ModelRefused, ValueError, KeyError, TypeError, AttributeError, OSError):
        return None


def _folder(given: str) -> tuple[str, Path] | None:
    """The name that the model is served under, and where it is."""
    if given == "auto":
        gpt2 = cached_snapshot(GPT2_HUB_ID)
        return ("gpt2", gpt2) if gpt2 is not None else ("demo", DEMO_FOLDER)
    name = name_of(given)
    assert name is not None
    if given == "demo":
        return name, DEMO_FOLDER
    folder = Path(given).expanduser()
    found = folder if folder.is_dir() else cached_snapshot(GPT2_HUB_ID if name == "gpt2" else given)
    return (name, found) if found is not None else None
