"""What answers about the weights alone hold."""

from typing import Any, Literal

from pydantic import ConfigDict, Field

from app.web.contributions_out import SaidTokenReply
from app.web.replies import Reply


def _example(body: dict[str, Any]) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [body]})


class CompositionReply(Reply):
    """Composition scores ‖W_write W_read‖/(‖W_write‖ ‖W_read‖), writer in rows, reader in columns.

    Heads are counted through the layers: head h of layer L is L · n_heads + h. 0 where the reader
    does not come after the writer.
    """

    reads: Literal["q", "k", "v"] = Field(description="What the heads that read read it as.")
    n_layers: int
    n_heads: int
    baseline: float = Field(description="1/√d_model, about what random matrices score.")
    heads: list[list[float]] = Field(description="From heads to heads, both L · h.")
    heads_to_ffn: list[list[float]] = Field(description="From heads (L · h) to FFN layers (L).")
    ffn_to_heads: list[list[float]] = Field(description="From FFN layers (L) to heads (L · h).")
    ffn: list[list[float]] = Field(description="From FFN layers to FFN layers.")

    model_config = _example(
        {
            "reads": "k",
            "n_layers": 2,
            "n_heads": 1,
            "baseline": 0.03608,
            "heads": [[0, 0.121], [0, 0]],
            "heads_to_ffn": [[0.052, 0.041], [0, 0.047]],
            "ffn_to_heads": [[0, 0.061], [0, 0]],
            "ffn": [[0, 0.066], [0, 0]],
        }
    )


class NeuronSaysReply(Reply):
    """The tokens at both ends of a direction's bs-values, outermost first (unit vector, s = 1)."""

    top_tokens: list[SaidTokenReply]
    bottom_tokens: list[SaidTokenReply]


class NeuronCosineReply(NeuronSaysReply):
    """An FFN neuron, cos(w_in, w_out), and the tokens that it raises and lowers when active.

    `reads`: the tokens along and against what makes it active.
    """

    layer: int
    index: int
    cosine: float
    reads: NeuronSaysReply


class LayerCosinesReply(Reply):
    """How one layer's cosines are spread: counts between edges, and how many lie beyond ±t."""

    layer: int
    edges: list[float]
    counts: list[int]
    erasers: int = Field(description="Neurons with a cosine below −threshold.")
    amplifiers: int = Field(description="Neurons with a cosine above threshold.")


class ErasersReply(Reply):
    """Neurons that take out of the stream what they read there (cosine below 0), or add to it."""

    order: Literal["erasers", "amplifiers"]
    threshold: float
    layers: list[LayerCosinesReply] = Field(description="Every layer, whatever was asked for.")
    items: list[NeuronCosineReply] = Field(description="The strongest of the layers asked for.")

    model_config = _example(
        {
            "order": "erasers",
            "threshold": 0.5,
            "layers": [
                {
                    "layer": 0,
                    "edges": [-1, 0, 1],
                    "counts": [1900, 1172],
                    "erasers": 31,
                    "amplifiers": 2,
                }
            ],
            "items": [
                {
                    "layer": 10,
                    "index": 2301,
                    "cosine": -0.91,
                    "top_tokens": [{"id": 13, "text": ".", "bs": 2.1}],
                    "bottom_tokens": [{"id": 262, "text": " the", "bs": -3.4}],
                    "reads": {
                        "top_tokens": [{"id": 262, "text": " the", "bs": 3.2}],
                        "bottom_tokens": [{"id": 13, "text": ".", "bs": -2.0}],
                    },
                }
            ],
        }
    )


class SpreadReply(Reply):
    """The kurtosis of a site's coordinates: 3 for a Gaussian. Constant coordinates left out."""

    median: float | None
    max: float | None


class CoordinateReply(Reply):
    """One coordinate of the stream at a site."""

    index: int
    kurtosis: float
    mean: float
    std: float


class SiteBasisReply(Reply):
    """A site's coordinates as they are, and the same vectors in a random rotation."""

    site: str
    label: str
    own: SpreadReply
    rotated: SpreadReply
    coordinates: list[CoordinateReply] = Field(
        description="Those of the largest kurtosis, largest first."
    )


class BottleneckReply(Reply):
    """FFN neurons per dimension of the stream, before a layer and from it on."""

    layer: int
    before: float
    after: float


class WeightBasisReply(Reply):
    """Whether the stream's basis is privileged, over a sample of the corpus (BOS left out)."""

    corpus: str
    n_tokens: int
    items: list[SiteBasisReply]
    bottlenecks: list[BottleneckReply]

    model_config = _example(
        {
            "corpus": "library",
            "n_tokens": 8192,
            "items": [
                {
                    "site": "blocks.3.hook_resid_pre",
                    "label": "Layer 3",
                    "own": {"median": 3.4, "max": 212.0},
                    "rotated": {"median": 3.1, "max": 4.0},
                    "coordinates": [{"index": 138, "kurtosis": 212.0, "mean": 1.9, "std": 2.3}],
                }
            ],
            "bottlenecks": [{"layer": 3, "before": 12.0, "after": 36.0}],
        }
    )
