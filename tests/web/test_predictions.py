"""POST models/{m}/predictions: the model's own next-token probabilities."""

import numpy as np
import pytest
import torch

from app.model.loading import LoadedModel
from tests.web.conftest import TEXT, Running


def test_there_is_a_row_for_every_token_in_falling_order(web: Running) -> None:
    body = web.post("/predictions", {"text": TEXT, "top": 7}).json()
    assert len(body["predictions"]) == len(body["tokens"])
    for row in body["predictions"]:
        assert len(row) == 7
        probabilities = [guess["p"] for guess in row]
        assert probabilities == sorted(probabilities, reverse=True)
        assert 0 < sum(probabilities) <= 1.00001


def test_they_are_the_models_own(web: Running, tiny_model: LoadedModel) -> None:
    body = web.post("/predictions", {"text": TEXT, "top": 3}).json()
    ids = torch.tensor([[token["id"] for token in body["tokens"]]])
    with torch.no_grad():
        logits = tiny_model.bridge(ids)
    expected = logits.softmax(-1)[0].topk(3)
    got = [[guess["id"] for guess in row] for row in body["predictions"]]
    assert got == expected.indices.tolist()
    np.testing.assert_allclose(
        [[guess["p"] for guess in row] for row in body["predictions"]],
        expected.values.numpy(),
        rtol=1e-3,
    )


def test_no_more_are_given_than_the_vocabulary_holds(web: Running) -> None:
    body = web.post("/predictions", {"text": "x", "top": 100}).json()
    assert len(body["predictions"][0]) == 100


@pytest.mark.parametrize("top", [0, 101, -1, "5"])
def test_an_unreasonable_number_is_refused(web: Running, top: object) -> None:
    assert web.post("/predictions", {"text": "x", "top": top}).status_code == 422
