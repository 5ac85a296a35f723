"""Names become folders: bundled, local, cached, or fetched; and the refusals say what to do."""

import json
import shutil
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import httpx
import pytest
from huggingface_hub import constants
from huggingface_hub.errors import GatedRepoError, LocalEntryNotFoundError, RepositoryNotFoundError

from app.errors import ModelRefused
from app.model import fetching, registry
from app.model.fetching import HubUnreachable, cached_snapshot, fetch_snapshot
from app.model.registry import name_of, resolve

SHA = "607a30d783dfa663caf39e06633721c8d4cfcd7e"


@pytest.fixture
def bundled(tiny_gpt2_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The tiny model in the demo model's place."""
    monkeypatch.setattr(registry, "DEMO_FOLDER", tiny_gpt2_dir)
    return tiny_gpt2_dir


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A hub cache with nothing in it, and a hub that may be asked."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    return tmp_path / "hub"


@pytest.fixture
def no_network(empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and a hub that cannot be reached."""
    hub_says(monkeypatch, OSError("no route to host"))
    return empty_cache


def hub_says(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Have the hub answer with an error."""

    def fail(*_args: object, **_kwargs: object) -> None:
        raise error

    monkeypatch.setattr("huggingface_hub.HfApi.model_info", fail)


def fill_cache(cache: Path, hub_id: str, model: Path) -> Path:
    """Put a copy of a model into the cache as the hub client would; returns its snapshot."""
    repo = cache / f"models--{hub_id.replace('/', '--')}"
    (repo / "refs").mkdir(parents=True)
    (repo / "refs" / "main").write_text(SHA)
    return Path(shutil.copytree(model, repo / "snapshots" / SHA))


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("gpt2", "gpt2"),
        ("openai-community/gpt2", "gpt2"),
        ("demo", "demo"),
        ("EleutherAI/pythia-70m", "pythia-70m"),
        ("/models/my model (2)/", "my-model-2"),
        ("auto", None),
    ],
)
def test_addresses_bear_the_last_part_of_a_name(given: str, name: str | None) -> None:
    assert name_of(given) == name


def test_demo_is_the_bundled_folder(bundled: Path) -> None:
    source = resolve("demo")
    assert (source.name, source.folder, source.revision) == ("demo", bundled, None)


def test_a_missing_demo_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "DEMO_FOLDER", tmp_path)
    with pytest.raises(ModelRefused, match="not complete"):
        resolve("demo")


def test_a_local_folder_is_itself(tiny_gpt2_dir: Path) -> None:
    source = resolve(str(tiny_gpt2_dir))
    assert (source.name, source.folder, source.source) == (
        "tiny", tiny_gpt2_dir, str(tiny_gpt2_dir),
    )  # fmt: skip


@pytest.mark.parametrize("given", ["./no-such", "~/no-such", "/no/such", "a/b/c", "what is this?"])
def test_what_is_neither_folder_nor_hub_id_is_refused(given: str) -> None:
    with pytest.raises(ModelRefused, match="There is no folder"):
        resolve(given)


@pytest.mark.parametrize("hub_id", ["openai-community/gpt2", "gpt2"])
def test_gpt2_is_taken_from_the_cache_with_its_commit(
    no_network: Path, tiny_gpt2_dir: Path, hub_id: str
) -> None:
    snapshot = fill_cache(no_network, hub_id, tiny_gpt2_dir)
    for given in ("gpt2", "auto"):
        source = resolve(given)
        assert (source.name, source.revision, source.folder) == ("gpt2", SHA, snapshot)
        assert (source.label, source.notice) == ("GPT-2 small", None)


def test_an_incomplete_copy_in_the_cache_does_not_count(
    empty_cache: Path, tiny_gpt2_dir: Path
) -> None:
    snapshot = fill_cache(empty_cache, "some/model", tiny_gpt2_dir)
    assert cached_snapshot("some/model") == snapshot
    (snapshot / "model.safetensors").unlink()
    assert cached_snapshot("some/model") is None


@pytest.mark.usefixtures("no_network", "bundled")
def test_gpt2_never_falls_back() -> None:
    with pytest.raises(ModelRefused, match=r"no route to host.*--model demo"):
        resolve("gpt2")


@pytest.mark.usefixtures("no_network", "bundled")
def test_auto_falls_back_to_demo_and_says_so() -> None:
    source = resolve("auto")
    assert source.name == "demo"
    assert source.notice is not None and "could not be downloaded" in source.notice


@pytest.mark.usefixtures("empty_cache")
def test_offline_is_offline_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(HubUnreachable, match="HF_HUB_OFFLINE"):
        fetch_snapshot("some/model")


@pytest.mark.usefixtures("empty_cache")
def test_a_hub_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "REACH_TIMEOUT_S", 0.2)
    monkeypatch.setattr("huggingface_hub.HfApi.model_info", lambda *_a, **_k: time.sleep(30))
    start = time.monotonic()
    with pytest.raises(HubUnreachable, match="no answer within"):
        fetch_snapshot("some/model")
    assert time.monotonic() - start < 5


@pytest.mark.usefixtures("empty_cache")
@pytest.mark.parametrize(
    ("kind", "advice"),
    [(RepositoryNotFoundError, "Check the name"), (GatedRepoError, "accept its terms")],
)
def test_what_the_hub_refuses_is_said(
    monkeypatch: pytest.MonkeyPatch, kind: type[Any], advice: str
) -> None:
    answer = httpx.Response(404, request=httpx.Request("GET", "https://huggingface.co"))
    hub_says(monkeypatch, kind("no", response=answer))
    with pytest.raises(ModelRefused, match=advice):
        resolve("some/model")


def hub_with(names: list[str]) -> SimpleNamespace:
    """What the hub says of a model with these files."""
    siblings = [SimpleNamespace(rfilename=name) for name in names]
    return SimpleNamespace(sha=SHA, siblings=siblings)


@pytest.mark.usefixtures("empty_cache")
def test_a_model_without_safetensors_is_refused_before_it_is_downloaded() -> None:
    info = hub_with(["config.json", "pytorch_model.bin"])
    with (
        patch("huggingface_hub.HfApi.model_info", return_value=info),
        patch("huggingface_hub.snapshot_download", side_effect=LocalEntryNotFoundError("none")),
        pytest.raises(ModelRefused, match="no weights in safetensors"),
    ):
        resolve("some/model")


def test_only_the_needed_files_are_downloaded_at_the_commit_that_was_listed(
    empty_cache: Path, tiny_gpt2_dir: Path
) -> None:
    asked: dict[str, Any] = {}

    def download(_hub_id: str, **how: Any) -> str:  # noqa: ANN401
        if how.get("local_files_only"):
            raise LocalEntryNotFoundError("nothing here")
        asked.update(how)
        return str(fill_cache(empty_cache, "some/model", tiny_gpt2_dir))

    names = ["config.json", "merges.txt", "model.safetensors", "model.bin", "onnx/config.json"]
    with (
        patch("huggingface_hub.HfApi.model_info", return_value=hub_with(names)),
        patch("huggingface_hub.snapshot_download", side_effect=download),
    ):
        source = resolve("some/model")
    assert asked["revision"] == SHA
    assert asked["allow_patterns"] == ["config.json", "merges.txt", "model.safetensors"]
    assert (source.name, source.revision) == ("model", SHA)


@pytest.mark.usefixtures("empty_cache")
def test_a_download_that_breaks_off_is_said() -> None:
    with (
        patch("huggingface_hub.HfApi.model_info", return_value=hub_with(["model.safetensors"])),
        patch("app.model.registry.cached_snapshot", return_value=None),
        patch("huggingface_hub.snapshot_download", side_effect=OSError("connection reset")),
        pytest.raises(ModelRefused, match="broke off"),
    ):
        resolve("some/model")


def test_a_cached_index_without_its_shards_does_not_count(
    empty_cache: Path, tiny_gpt2_dir: Path
) -> None:
    snapshot = fill_cache(empty_cache, "some/model", tiny_gpt2_dir)
    index = {"weight_map": {"a": "model-00001-of-00002.safetensors"}}
    (snapshot / "model.safetensors.index.json").write_text(json.dumps(index))
    assert cached_snapshot("some/model") is None
