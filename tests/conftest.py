"""Fixtures that every test may use: tiny models on disk and loaded, and shape checks on."""

import os
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")  # no test may wait for a network
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

from jaxtyping import install_import_hook

import tests.shapes  # noqa: F401 - the hook finds it by name

# Every shape in a signature of these packages is checked on every call while tests run.
install_import_hook(["app.analysis", "app.model", "app.worker"], "tests.shapes.checked")

import pytest  # noqa: E402
import torch  # noqa: E402

from app.model.loading import LoadedModel, load  # noqa: E402
from app.model.registry import resolve  # noqa: E402
from app.worker.engines import LocalEngine  # noqa: E402
from app.worker.hub import ModelHub  # noqa: E402
from tests.models import save_gpt2_small_shape, save_tiny_gpt2  # noqa: E402


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests last: Playwright keeps an event loop running until the session ends."""
    items.sort(key=lambda item: "browser" in item.path.parts)


@pytest.fixture(scope="session", autouse=True)
def two_threads() -> None:
    """Torch shares the machine with whatever else runs."""
    torch.set_num_threads(min(2, os.cpu_count() or 1))


@pytest.fixture(scope="session")
def tiny_gpt2_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a random GPT-2 of 3 layers, 48 wide, and a real byte-level BPE tokenizer."""
    return save_tiny_gpt2(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="session")
def random_gpt2_small_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with random weights in GPT-2 small's shape, and the tiny model's tokenizer."""
    return save_gpt2_small_shape(tmp_path_factory.mktemp("models") / "gpt2-shaped")


@pytest.fixture(scope="session")
def tiny_model(tiny_gpt2_dir: Path) -> LoadedModel:
    """The tiny model, loaded on the CPU in float32."""
    return load(resolve(str(tiny_gpt2_dir)), device="cpu")


@pytest.fixture(scope="session")
def tiny_engine(tiny_model: LoadedModel) -> LocalEngine:
    """An engine that owns the tiny model."""
    return LocalEngine(tiny_model)


@pytest.fixture(scope="session")
def tiny_hub(tiny_gpt2_dir: Path) -> Iterator[ModelHub]:
    """A hub that serves the tiny model, ready, under its folder's name: `tiny`."""
    hub = ModelHub([str(tiny_gpt2_dir)], load=lambda name: load(resolve(name), device="cpu"))
    hub.start()
    hub.wait()
    yield hub
    hub.close()
