"""GET models/{m}/weights/…: what the weights alone say, and its page."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from app.analysis.weights import READS, input_output_cosines
from app.corpus.ingest import ingest
from app.model.loading import LoadedModel
from app.model.weights import model_weights
from app.web.weights_views import strongest
from tests.analysis.at_once import composition
from tests.models import SENTENCES
from tests.web.conftest import Running
from tests.web.contributing import around_llama


def _answer(web: Running, path: str, **params: str | int) -> dict[str, Any]:
    """The answer, once the work that it needs is done."""
    response = web.get(f"/weights/{path}", **params)
    if response.status_code == 202:
        ended = web.finished(response.json()["task"])
        assert ended["state"] == "done", ended
        response = web.get(f"/weights/{path}", **params)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


@pytest.mark.parametrize("reads", READS)
def test_composition_is_the_whole_models(web: Running, tiny_model: LoadedModel, reads: str) -> None:
    found = _answer(web, "composition", reads=reads)
    shape = tiny_model.shape
    n, h = shape.n_layers, shape.n_heads
    assert (found["n_layers"], found["n_heads"], found["reads"]) == (n, h, reads)
    assert found["baseline"] == pytest.approx(shape.d_model**-0.5, rel=1e-4)
    expected = composition(model_weights(tiny_model))
    heads = expected.heads[reads]  # type: ignore[index]
    to_heads = expected.ffn_to_heads[reads]  # type: ignore[index]
    for name, matrix in (
        ("heads", heads.reshape(n * h, n * h)),
        ("heads_to_ffn", expected.heads_to_ffn.reshape(n * h, n)),
        ("ffn_to_heads", to_heads.reshape(n, n * h)),
        ("ffn", expected.ffn),
    ):
        np.testing.assert_allclose(found[name], matrix.numpy(), rtol=1e-4, atol=1e-9)


def test_the_second_answer_needs_no_work(web: Running) -> None:
    _answer(web, "composition")
    for reads in READS:
        assert web.get("/weights/composition", reads=reads).status_code == 200


def test_erasers_have_the_lowest_cosines(web: Running, tiny_model: LoadedModel) -> None:
    found = _answer(web, "erasers", top=5)
    weights = model_weights(tiny_model)
    cosines = torch.stack([input_output_cosines(ffn) for ffn in weights.ffn])
    lowest = cosines.flatten().topk(5, largest=False)
    neurons = [divmod(int(i), cosines.shape[1]) for i in lowest.indices]
    assert [(item["layer"], item["index"]) for item in found["items"]] == neurons
    given = [item["cosine"] for item in found["items"]]
    np.testing.assert_allclose(given, lowest.values.numpy(), rtol=1e-4)
    assert [row["layer"] for row in found["layers"]] == list(range(tiny_model.shape.n_layers))
    for row, of_layer in zip(found["layers"], cosines, strict=True):
        assert sum(row["counts"]) == tiny_model.shape.d_mlp
        assert len(row["edges"]) == len(row["counts"]) + 1
        assert row["erasers"] == int((of_layer < -found["threshold"]).sum())
        assert row["amplifiers"] == int((of_layer > found["threshold"]).sum())
    item = found["items"][0]
    for says in (item, item["reads"]):
        bs = [token["bs"] for token in says["top_tokens"]]
        assert bs == sorted(bs, reverse=True)
        assert says["bottom_tokens"][0]["bs"] < bs[-1]


def test_amplifiers_of_some_layers(web: Running, tiny_model: LoadedModel) -> None:
    found = _answer(web, "erasers", order="amplifiers", layers="0,2", top=3)
    assert {item["layer"] for item in found["items"]} <= {0, 2}
    highest = max(
        float(input_output_cosines(model_weights(tiny_model).ffn[layer]).max()) for layer in (0, 2)
    )
    assert found["items"][0]["cosine"] == pytest.approx(highest, rel=1e-4)
    assert len(found["layers"]) == tiny_model.shape.n_layers


def test_of_equal_cosines_the_first_neuron_comes_first() -> None:
    cosines = np.array([[0.0, -1.0, 0.5], [-1.0, 0.5, 0.2]], dtype=np.float32)
    assert strongest(cosines, [0, 1], "erasers", 3) == [(0, 1), (1, 0), (0, 0)]
    assert strongest(cosines, [1], "amplifiers", 9) == [(1, 1), (1, 2), (1, 0)]


def test_the_basis_is_that_of_every_place_in_the_stream(
    web: Running, tiny_model: LoadedModel
) -> None:
    found = _answer(web, "basis")
    n = tiny_model.shape.n_layers
    assert len(found["items"]) == 2 * n + 1
    assert found["corpus"] == "sentences"
    assert found["n_tokens"] >= 100
    for item in found["items"]:
        assert item["own"]["max"] == item["coordinates"][0]["kurtosis"]
        assert item["own"]["median"] <= item["own"]["max"]
        assert 1 <= item["rotated"]["median"] <= item["rotated"]["max"]
        heavy = [each["kurtosis"] for each in item["coordinates"]]
        assert heavy == sorted(heavy, reverse=True)
    each = tiny_model.shape.d_mlp / tiny_model.shape.d_model
    assert [at["layer"] for at in found["bottlenecks"]] == list(range(n + 1))
    assert found["bottlenecks"][1]["before"] == pytest.approx(each, rel=1e-4)


@pytest.mark.parametrize(
    ("path", "params", "field"),
    [
        ("composition", {"reads": "z"}, "reads"),
        ("erasers", {"layers": "99"}, "layers"),
        ("erasers", {"layers": "2-1"}, "layers"),
        ("erasers", {"layers": "one"}, "layers"),
        ("erasers", {"layers": "0,"}, "layers"),
        ("erasers", {"top": 0}, "top"),
        ("erasers", {"top": 101}, "top"),
        ("erasers", {"order": "all"}, "order"),
    ],
)
def test_what_is_wrong_is_refused_by_field(
    web: Running, path: str, params: dict[str, str | int], field: str
) -> None:
    response = web.get(f"/weights/{path}", **params)
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["errors"][0]["field"] == field


@pytest.mark.parametrize("path", ["composition", "erasers", "basis"])
def test_an_unknown_model_is_not_found(web: Running, path: str) -> None:
    response = web.client.get(f"/api/v1/models/nobody/weights/{path}")
    assert response.status_code == 404
    assert response.json()["errors"][0]["field"] == "model"


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, Path]]:
    """A model of another architecture, and the folder of its server's data."""
    folder = tmp_path_factory.mktemp("llama")
    for running in around_llama(folder):
        yield running, folder / "data"


@pytest.mark.parametrize("path", ["composition", "erasers"])
def test_a_model_of_another_architecture_is_refused(llama: tuple[Running, Path], path: str) -> None:
    response = llama[0].get(f"/weights/{path}")
    assert response.status_code == 422
    assert "GPT-2's architecture" in response.json()["detail"]
    assert response.json()["errors"][0]["field"] == "model"


def test_its_stream_has_a_basis_all_the_same(llama: tuple[Running, Path]) -> None:
    web, folder = llama
    assert web.get("/weights/basis").status_code == 404  # nothing has been read yet
    served = web.services.hub.get(web.model)
    ingest(SENTENCES, served.tokenizer, folder, served.info, name="sentences")
    found = _answer(web, "basis")
    assert len(found["items"]) == 2 * served.info.shape.n_layers + 1
    assert all(item["own"]["max"] > 1 for item in found["items"])
    assert web.client.get(f"/weights?model={web.model}").status_code == 200


def test_the_page_has_its_figures(web: Running) -> None:
    page = web.client.get("/weights", headers={"accept": "text/html"})
    assert page.status_code == 200
    assert "What the weights alone say" in page.text
    sections = re.findall(r'<section class="figure" id="(\w+)"', page.text)
    assert sections == ["composition", "modules", "erasers", "basis", "bottleneck"]
    assert re.search(r'href="/contributions" aria-current="page"', page.text)


def test_the_page_and_its_twin_read_the_address(web: Running) -> None:
    address = f"model={web.model}&reads=v&layer=1&order=amplifiers&pair=0.1-2.0"
    state = web.client.get(f"/weights/view.json?{address}").json()["state"]
    assert state == {
        "model": web.model,
        "reads": "v",
        "layer": 1,
        "order": "amplifiers",
        "pair": {"writer": [0, 1], "reader": [2, 0]},
    }


@pytest.mark.parametrize(
    "wrong",
    ["reads=z", "layer=9", "layer=x", "order=all", "pair=2.0-0.1", "pair=0.9-1.0", "pair=1"],
)
def test_what_an_address_gets_wrong_is_said(web: Running, wrong: str) -> None:
    page = web.client.get(f"/weights?{wrong}", headers={"accept": "text/html"})
    assert page.status_code == 422
    assert wrong in page.text
    assert "What the weights alone say" in page.text
    assert web.client.get(f"/weights/view.json?{wrong}").status_code == 422


def test_a_page_of_an_unknown_model_is_not_found(web: Running) -> None:
    assert web.client.get("/weights?model=nobody").status_code == 404
