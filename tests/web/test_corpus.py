"""POST models/{m}/histogram and /top-tokens: exact over every token of the corpus."""

from typing import Any

import numpy as np
import pytest

from app.worker.jobs import CaptureJob, Read
from tests.web.conftest import FITTED, SITE, Running

Array = np.ndarray[Any, Any]
COMPONENT = {"site": SITE, "direction": {"component": 2}}


def _answer(web: Running, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """The answer, waited for where it is computed in the background."""
    response = web.post(path, body)
    if response.status_code == 202:
        assert web.finished(response.json()["task"])["state"] == "done"
        response = web.post(path, body)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def _all_scores(web: Running, vector: Array, site: str = SITE) -> list[Array]:
    """Every corpus token's score, text by text, BOS left out; from the vectors themselves."""
    model = web.services.hub.get("tiny")
    corpus = web.services.corpora.corpus(model)
    found = []
    for row in range(corpus.n_texts):
        job = CaptureJob(corpus.row(row), (Read(model.sites[site]),))
        found.append(model.batcher.submit(job).result().vectors[0].numpy()[1:] @ vector)
    return found


def _component(web: Running, k: int) -> Array:
    basis = web.get(f"/sites/{SITE}/basis", components=k + 1).json()
    return np.array(basis["components"][k])


def test_the_histogram_counts_every_token_once(web: Running) -> None:
    body = _answer(web, "/histogram", {**COMPONENT, "bins": 20})
    scores = np.concatenate(_all_scores(web, _component(web, 2)))
    assert len(body["counts"]) == 20
    assert len(body["edges"]) == 21
    assert sum(body["counts"]) == body["n_tokens"] == len(scores)
    assert body["edges"][0] == pytest.approx(scores.min(), rel=1e-3)
    assert body["edges"][-1] == pytest.approx(scores.max(), rel=1e-3)
    assert body["quantiles"]["0.5"] == pytest.approx(np.median(scores), abs=0.05)


def test_the_extremes_are_the_corpuss_highest_and_lowest_tokens(web: Running) -> None:
    body = _answer(web, "/top-tokens", {**COMPONENT, "k": 5})
    scores = np.sort(np.concatenate(_all_scores(web, _component(web, 2))))
    highest = [item["score"] for item in body["highest"]]
    lowest = [item["score"] for item in body["lowest"]]
    np.testing.assert_allclose(highest, scores[::-1][:5], rtol=1e-3)
    np.testing.assert_allclose(lowest, scores[:5], rtol=1e-3)


def test_an_extreme_stands_in_its_context(web: Running) -> None:
    body = _answer(web, "/top-tokens", {**COMPONENT, "k": 4, "context": 3})
    for item in [*body["highest"], *body["lowest"]]:
        assert len(item["tokens"]) == len(item["scores"]) <= 7
        assert item["scores"][item["at"]] == pytest.approx(item["score"], rel=1e-5)
        assert item["start"] + item["at"] == item["position"]
        assert not any(token["special"] for token in item["tokens"])
    assert body["provenance"]["corpus"] == "sentences"


@pytest.mark.parametrize("path", ["/histogram", "/top-tokens"])
def test_a_vector_outside_the_components_is_scored_in_the_background(
    web: Running, path: str
) -> None:
    vector = np.random.default_rng(len(path)).normal(size=48)
    site = "blocks.0.hook_mlp_out"  # not fitted, so that no stored score can answer
    body = {"site": site, "direction": {"vector": vector.tolist()}}
    first = web.post(path, body)
    assert first.status_code == 202
    assert set(first.json()["task"]) == {"id", "title", "state", "done", "total", "message"}
    answer = _answer(web, path, body)
    scores = np.concatenate(_all_scores(web, vector / np.linalg.norm(vector), site))
    assert answer["n_tokens"] == len(scores)
    if path == "/top-tokens":
        assert answer["highest"][0]["score"] == pytest.approx(scores.max(), rel=1e-3)


def test_a_head_has_a_histogram_of_its_own(web: Running) -> None:
    bodies = [
        _answer(web, "/histogram", {"site": FITTED[2], "head": h, "direction": {"component": 0}})
        for h in (0, 1)
    ]
    assert bodies[0]["edges"] != bodies[1]["edges"]


def test_units_without_a_basis_are_refused(web: Running) -> None:
    body = {"site": "blocks.0.hook_mlp_out", "direction": {"vector": [1.0] * 48}, "unit": "z"}
    response = web.post("/histogram", body)
    if response.status_code == 202:
        web.finished(response.json()["task"])
        response = web.post("/histogram", body)
    assert response.status_code == 404


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("/histogram", {"bins": 0}),
        ("/histogram", {"bins": 1001}),
        ("/top-tokens", {"k": 0}),
        ("/top-tokens", {"k": 101}),
        ("/top-tokens", {"context": -1}),
    ],
)
def test_unreasonable_sizes_are_refused(web: Running, path: str, more: dict[str, int]) -> None:
    assert web.post(path, {**COMPONENT, **more}).status_code == 422
