"""While tests run, the shapes in signatures are checked."""

import pytest
import torch
from jaxtyping import TypeCheckError

from app.analysis.types import Scores


def test_a_wrong_shape_is_refused() -> None:
    with pytest.raises(TypeCheckError):
        Scores(torch.zeros(3, 2), torch.zeros(4))
