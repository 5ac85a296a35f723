"""What the mathematics asks of a model: dataclasses of tensors, which `app.model` fills in."""

from dataclasses import dataclass

from jaxtyping import Float, Int
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Predictions:
    """The likeliest next tokens at every position of one text.

    ids: (tokens, top), probabilities: (tokens, top), each row in falling order.
    """

    ids: Int[Tensor, "tokens top"]
    probabilities: Float[Tensor, "tokens top"]


@dataclass(frozen=True, slots=True)
class Scores:
    """Dot products of one text's vectors at a site with a set of directions.

    scores: (tokens, directions), the raw dot products; norms: (tokens,), the vectors' lengths.
    """

    scores: Float[Tensor, "tokens directions"]
    norms: Float[Tensor, " tokens"]
