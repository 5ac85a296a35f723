"""POST models/{m}/scores: scores are dot products with the model's own vectors, however asked."""

import json
import struct
from typing import Any

import numpy as np
import pytest

from app.worker.jobs import CaptureJob, Read
from tests.web.conftest import FITTED, SITE, TEXT, Running

Array = np.ndarray[Any, Any]


def _scores(web: Running, body: dict[str, Any]) -> list[dict[str, Any]]:
    response = web.post("/scores", {"site": SITE, "texts": [TEXT], **body})
    assert response.status_code == 200, response.text
    prompts: list[dict[str, Any]] = response.json()["prompts"]
    return prompts


def _vectors(web: Running, text: str, site: str = SITE, head: int | None = None) -> Array:
    """The model's own vectors: (tokens, width)."""
    model = web.services.hub.get(web.model)
    job = CaptureJob(model.tokenizer.encode(text), (Read(model.sites[site], head),))
    vectors: Array = model.batcher.submit(job).result().vectors[0].numpy()
    return vectors


def _basis(web: Running, site: str = SITE, **params: int) -> dict[str, Any]:
    found: dict[str, Any] = web.get(f"/sites/{site}/basis", components=48, **params).json()
    return found


def _close(got: object, expected: object, tolerance: float = 1e-4) -> None:
    expected = np.asarray(expected)
    scale = max(1.0, float(np.abs(expected).max()))
    np.testing.assert_allclose(np.asarray(got), expected, atol=tolerance * scale)


def test_a_component_scores_the_dot_product_of_every_token(web: Running) -> None:
    components = np.array(_basis(web)["components"])
    prompt = _scores(web, {"directions": [{"component": 3}, {"component": 0}]})[0]
    _close(prompt["scores"], components[[3, 0]] @ _vectors(web, TEXT).T)


def test_the_tokens_joined_are_the_text_after_the_special_ones(web: Running) -> None:
    tokens = _scores(web, {"directions": [{"component": 0}]})[0]["tokens"]
    assert tokens[0]["special"]
    assert "".join(token["text"] for token in tokens[1:]) == TEXT


def test_without_bos_there_is_no_special_token_and_one_score_less(web: Running) -> None:
    body = {"directions": [{"component": 0}]}
    with_bos = _scores(web, body)[0]
    without = _scores(web, {**body, "prepend_bos": False})[0]
    assert with_bos["tokens"][1:] == without["tokens"]
    assert len(without["scores"][0]) == len(with_bos["scores"][0]) - 1


def test_a_vector_is_scaled_to_length_one(web: Running) -> None:
    vector = np.arange(1.0, 49.0)
    prompt = _scores(
        web, {"directions": [{"vector": vector.tolist()}, {"vector": (1000 * vector).tolist()}]}
    )[0]
    _close(prompt["scores"][0], prompt["scores"][1])
    _close(prompt["scores"][0], _vectors(web, TEXT) @ (vector / np.linalg.norm(vector)))


def test_a_combination_scores_the_sum_of_its_parts_over_its_length(web: Running) -> None:
    directions: list[dict[str, Any]] = [
        {"component": 1},
        {"component": 4},
        {"combination": [{"component": 1, "weight": 3}, {"component": 4, "weight": -4}]},
    ]
    first, second, both = _scores(web, {"directions": directions})[0]["scores"]
    _close(both, (3 * np.array(first) - 4 * np.array(second)) / 5)


def test_a_combination_of_one_component_is_that_component(web: Running) -> None:
    directions: list[dict[str, Any]] = [
        {"component": 2},
        {"combination": [{"component": 2, "weight": 0.01}]},
    ]
    first, second = _scores(web, {"directions": directions})[0]["scores"]
    _close(first, second)


def test_a_tokens_own_direction_scores_its_own_length(web: Running) -> None:
    direction = {"token": {"text": TEXT, "position": 4}}
    scores = _scores(web, {"directions": [direction]})[0]["scores"][0]
    _close(scores[4], np.linalg.norm(_vectors(web, TEXT)[4]))


def test_a_stored_prompts_token_is_a_direction_too(web: Running, prompt_ids: list[int]) -> None:
    direction = {"token": {"prompt_id": prompt_ids[0], "position": 2}}
    prompts = _scores(web, {"texts": [], "prompt_ids": prompt_ids[:1], "directions": [direction]})
    assert prompts[0]["scores"][0][2] == pytest.approx(max(prompts[0]["scores"][0][1:]), rel=1)


def test_typed_texts_come_first_then_prompts_in_the_order_given(
    web: Running, prompt_ids: list[int]
) -> None:
    asked = [prompt_ids[3], prompt_ids[0], prompt_ids[3]]
    body = {"texts": ["b", "a"], "prompt_ids": asked, "directions": [{"component": 0}]}
    prompts = _scores(web, body)
    assert [prompt["prompt_id"] for prompt in prompts] == [None, None, *asked]
    assert [prompt["tokens"][1]["text"] for prompt in prompts[:2]] == ["b", "a"]
    assert prompts[2] == prompts[4]


def test_texts_of_one_request_do_not_touch_each_other(web: Running) -> None:
    body = {"directions": [{"component": 0}, {"component": 1}]}
    together = _scores(web, {**body, "texts": [TEXT, "One, two, three and four.", "x"]})
    for prompt, text in zip(together, [TEXT, "One, two, three and four.", "x"], strict=True):
        _close(prompt["scores"], _scores(web, {**body, "texts": [text]})[0]["scores"])


def test_a_site_with_heads_is_scored_head_by_head(web: Running) -> None:
    site = FITTED[2]
    for head in (0, 3):
        components = np.array(_basis(web, site, head=head)["components"])
        prompt = _scores(web, {"site": site, "head": head, "directions": [{"component": 1}]})[0]
        _close(prompt["scores"][0], _vectors(web, TEXT, site, head) @ components[1])


@pytest.mark.parametrize("unit", ["centred", "cosine", "z"])
def test_units_are_what_they_say(web: Running, unit: str) -> None:
    basis = _basis(web)
    vectors, component = _vectors(web, TEXT), np.array(basis["components"][2])
    centred = (vectors - np.array(basis["mean"])) @ component
    expected = {
        "centred": centred,
        "cosine": vectors @ component / np.linalg.norm(vectors, axis=1),
        "z": centred / basis["std"][2],
    }[unit]
    _close(_scores(web, {"directions": [{"component": 2}], "unit": unit})[0]["scores"][0], expected)


def test_scores_are_written_with_seven_digits(web: Running) -> None:
    for score in _scores(web, {"directions": [{"component": 0}]})[0]["scores"][0]:
        assert len(repr(abs(score)).replace(".", "").strip("0").split("e")[0]) <= 7


# The binary matrix


def _binary(web: Running, body: dict[str, Any]) -> tuple[dict[str, Any], Array]:
    response = web.post("/scores", {"site": SITE, **body}, Accept="application/octet-stream")
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/octet-stream"
    (length,) = struct.unpack_from("<I", response.content)
    assert length % 4 == 0
    header = json.loads(response.content[4 : 4 + length].decode("utf-8"))
    values = np.frombuffer(response.content[4 + length :], dtype="<f2")
    return header, values.reshape(header["n_rows"], header["n_columns"])


def test_the_matrix_holds_the_same_scores_and_the_norms(web: Running) -> None:
    body: dict[str, Any] = {
        "texts": [TEXT, "日本語 🙂"],
        "directions": [{"component": k} for k in range(5)],
    }
    header, values = _binary(web, body)
    matrix = values.astype(np.float64) * header["scale"]
    assert header["unit"] == "dot"
    assert header["columns"] == [*body["directions"], "norm"]
    for prompt, plain in zip(header["prompts"], _scores(web, body), strict=True):
        assert prompt["tokens"] == plain["tokens"]
        rows = matrix[prompt["offset"] : prompt["offset"] + len(prompt["tokens"])]
        _close(rows[:, :-1].T, plain["scores"], 2e-3)
    norms = np.linalg.norm(_vectors(web, TEXT), axis=1)
    _close(matrix[: len(norms), -1], norms, 2e-3)


def test_the_matrix_takes_two_bytes_a_score(web: Running) -> None:
    header, values = _binary(web, {"texts": [TEXT], "directions": [{"component": 0}] * 30})
    assert values.nbytes == 2 * 31 * header["n_rows"]


def test_the_matrix_is_not_given_in_another_unit(web: Running) -> None:
    response = web.post(
        "/scores",
        {"site": SITE, "texts": ["x"], "directions": [{"component": 0}], "unit": "z"},
        Accept="application/octet-stream",
    )
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == "unit"
