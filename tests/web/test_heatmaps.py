"""POST models/{m}/heatmap: one text at every layer."""

from typing import Any

import numpy as np
import pytest

from tests.web.conftest import FITTED, SITE, TEXT, Running


def _heatmap(web: Running, **body: object) -> dict[str, Any]:
    response = web.post("/heatmap", {"text": TEXT, **body})
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def _scores(web: Running, site: str, direction: object) -> list[float]:
    body = {"site": site, "texts": [TEXT], "directions": [direction]}
    found: list[float] = web.post("/scores", body).json()["prompts"][0]["scores"][0]
    return found


def test_the_rows_are_every_layers_residual_stream_and_the_output(web: Running) -> None:
    heatmap = _heatmap(web, direction={"component": 0})
    labels = [site["label"] for site in heatmap["sites"]]
    assert labels == ["Layer 0", "Layer 1", "Layer 2", "Output"]


def test_across_components_each_row_is_that_layers_own_component(web: Running) -> None:
    direction = {"combination": [{"component": 0, "weight": 1}, {"component": 2, "weight": -1}]}
    heatmap = _heatmap(web, direction=direction)
    for site, row in zip(heatmap["sites"], heatmap["scores"], strict=True):
        if site["name"] in FITTED:
            np.testing.assert_allclose(row, _scores(web, site["name"], direction), atol=1e-3)
        else:
            assert row is None


def test_across_directions_every_row_is_the_same_vector(web: Running) -> None:
    component = web.get(f"/sites/{SITE}/basis", components=2).json()["components"][1]
    heatmap = _heatmap(web, direction={"component": 1}, site=SITE, across="direction")
    for site, row in zip(heatmap["sites"], heatmap["scores"], strict=True):
        expected = _scores(web, site["name"], {"vector": component})
        np.testing.assert_allclose(row, expected, atol=1e-3 * max(map(abs, expected)))


def test_a_plain_vector_needs_no_site(web: Running) -> None:
    heatmap = _heatmap(web, direction={"vector": [1.0] * 48}, across="direction")
    assert all(len(row) == len(heatmap["tokens"]) for row in heatmap["scores"])


@pytest.mark.parametrize("neuron", [{"layer": 0, "index": 7}, {"layer": 1, "head": 2, "dim": 5}])
def test_a_neuron_needs_no_site_for_it_writes_the_same_wherever_it_is_read(
    web: Running, neuron: dict[str, int]
) -> None:
    given = {"direction": {"neuron": neuron}, "across": "direction"}
    heatmap = _heatmap(web, **given)
    assert heatmap["scores"] == _heatmap(web, **given, site="blocks.2.hook_resid_mid")["scores"]
    for site, row in zip(heatmap["sites"], heatmap["scores"], strict=True):
        np.testing.assert_allclose(row, _scores(web, site["name"], {"neuron": neuron}), atol=1e-3)


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({"direction": {"vector": [1.0] * 48}}, 422, "component"),
        ({"direction": {"component": 0}, "across": "direction"}, 422, "site"),
        ({"direction": {"component": 48}}, 404, "0 to 47"),
        (
            {
                "direction": {"component": 0},
                "across": "direction",
                "site": FITTED[2],
                "head": 0,
            },
            422,
            "12 numbers of its own; the residual stream’s 48 are others",
        ),
        (
            {
                "direction": {"vector": [1.0] * 192},
                "across": "direction",
                "site": "blocks.1.mlp.hook_post",
            },
            422,
            "Choose the stream, what a layer adds to it, or a LayerNorm’s output.",
        ),
        ({"direction": {"component": 0}, "across": "sideways"}, 422, "across"),
    ],
)
def test_what_cannot_be_drawn_is_refused(
    web: Running, body: dict[str, object], status: int, says: str
) -> None:
    response = web.post("/heatmap", {"text": TEXT, **body})
    assert response.status_code == status
    assert says in response.json()["detail"]
