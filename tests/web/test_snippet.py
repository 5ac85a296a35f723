"""The notebook snippet, executed against a running server."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.main import create_app
from app.settings import Settings
from app.web.snippet import TEXT, snippet, source_of
from app.worker.hub import ModelInfo
from app.worker.jobs import ModelShape
from tests.browser.serving import serving

ROOT = Path(__file__).parents[2]
SHAPE = ModelShape(12, 768, 12, 64, 3072, 50257, 1024)


def info(name: str, source: str) -> ModelInfo:
    return ModelInfo(name, name, source, "r", SHAPE, "cpu", "float32", 1)


def written(**given: Any) -> str:  # noqa: ANN401
    whole: dict[str, Any] = {
        "name": "months",
        "site": "blocks.3.hook_resid_pre",
        "site_label": "Layer 3",
        "head": None,
        "width": 768,
        "vector": "http://host/api/v1/directions/1/vector?format=json",
        "info": info("gpt2", "huggingface.co/openai-community/gpt2"),
    }
    return snippet(**{**whole, **given})


def test_a_model_of_the_hub_is_named_by_its_id() -> None:
    assert source_of(info("gpt2", "huggingface.co/openai-community/gpt2")) == (
        "openai-community/gpt2"
    )
    assert source_of(info("mine", "/models/mine")) == "/models/mine"
    assert 'MODEL = "openai-community/gpt2"\n' in written()


def test_a_head_is_read_where_there_is_one() -> None:
    assert "HEAD" not in written()
    assert "HEAD = 3\n" in written(head=3) and "[0, :, HEAD]" in written(head=3)


@pytest.mark.parametrize(
    "name", ['"""', "a\\", "{x}", "%s", "x\u2028import os", "x\x0cy", "'; import os #", "שלום"]
)
def test_no_name_leaves_its_comment(name: str) -> None:
    plain, named = ast.parse(written()), ast.parse(written(name=name))
    assert ast.dump(plain) == ast.dump(named)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running application around the bundled demo model."""
    folder = tmp_path_factory.mktemp("snippet-data")
    app = create_app(Settings.read(models=("demo",), data_dir=folder, prepare=False))
    with serving(app) as at:
        yield at


@pytest.mark.parametrize(
    ("site", "head"),
    [
        ("blocks.3.hook_resid_pre", None),
        ("blocks.2.attn.hook_z", 3),
        ("blocks.1.mlp.hook_post", None),
    ],
)
def test_it_reproduces_the_scores_of_the_api(
    address: str, monkeypatch: pytest.MonkeyPatch, site: str, head: int | None
) -> None:
    monkeypatch.chdir(ROOT)
    place = {"site": site} if head is None else {"site": site, "head": head}
    with httpx.Client(base_url=f"{address}/api/v1", timeout=60) as client:
        sites = {each["name"]: each for each in client.get("models/demo/sites").json()["items"]}
        vector = [((i * 7919) % 13) - 6 for i in range(sites[site]["width"])]
        new = {"username": "ada", "name": f"{site} {head}", "model": "demo", "vector": vector}
        saved = client.post("directions", json={**new, **place})
        assert saved.status_code == 201, saved.text
        id_ = saved.json()["id"]
        expected = client.post(
            "models/demo/scores", json={**place, "texts": [TEXT], "directions": [{"id": id_}]}
        ).json()["prompts"][0]["scores"][0]
        code = client.get(f"{address}/directions/{id_}/view.json").json()["snippet"]
    names: dict[str, Any] = {}
    exec(compile(code, "snippet", "exec"), names)  # noqa: S102 - what a reader would paste
    assert names["scores"].tolist() == pytest.approx(expected, abs=1e-4)
