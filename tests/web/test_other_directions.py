"""Which saved directions go back into the sliders: those that their recipe really makes."""

import pytest
import torch

from app.analysis.directions import combine
from app.corpus.bases import Fitted
from app.web.other_directions import parts_of
from tests.web.conftest import SITE, Running

PARTS: list[object] = [{"component": 4, "weight": 2.0}, {"component": 1, "weight": -0.5}]
RECIPE: dict[str, object] = {"kind": "combination", "basis": "any", "parts": PARTS}


@pytest.fixture
def fitted(web: Running) -> Fitted:
    model = web.services.hub.get(web.model)
    return web.services.corpora.basis(model, model.sites[SITE], None)


@pytest.fixture
def vector(fitted: Fitted) -> torch.Tensor:
    return combine(fitted.basis.components[[4, 1]], [2.0, -0.5])


def test_a_mix_comes_back_within_what_sliders_reach(fitted: Fitted, vector: torch.Tensor) -> None:
    assert parts_of(RECIPE, vector, fitted) == ((4, 1.0), (1, -0.25))


def test_a_copy_of_a_copy_is_what_it_was_copied_from(fitted: Fitted, vector: torch.Tensor) -> None:
    copy: dict[str, object] = {"kind": "copy", "made": {"kind": "copy", "made": RECIPE}}
    assert parts_of(copy, vector, fitted) == parts_of(RECIPE, vector, fitted)


def test_a_recipe_that_makes_another_vector_is_not_believed(
    fitted: Fitted, vector: torch.Tensor
) -> None:
    assert parts_of(RECIPE, -vector, fitted) is None
    assert parts_of(RECIPE, fitted.basis.components[4], fitted) is None


@pytest.mark.parametrize(
    "recipe",
    [
        {},
        {"kind": "vector"},
        {"kind": "copy"},
        {"kind": "copy", "made": [1]},
        {"kind": "combination", "parts": "0:1"},
        {"kind": "combination", "parts": []},
        {"kind": "combination", "parts": [4]},
        {"kind": "combination", "parts": [{"id": 4, "weight": 1.0}]},
        {"kind": "combination", "parts": [{"component": "4", "weight": 1.0}]},
        {"kind": "combination", "parts": [{"component": 4, "weight": None}]},
        {"kind": "combination", "parts": [{"component": -1, "weight": 1.0}]},
        {"kind": "combination", "parts": [{"component": 4000, "weight": 1.0}]},
        {"kind": "combination", "parts": [{"component": 4, "weight": 0.0}]},
        {"kind": "component"},
        {"kind": "token", "text": "Rome", "position": 1},
    ],
)
def test_no_recipe_without_components_has_parts(
    fitted: Fitted, vector: torch.Tensor, recipe: dict[str, object]
) -> None:
    assert parts_of(recipe, vector, fitted) is None
