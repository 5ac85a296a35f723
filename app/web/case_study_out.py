"""What answers of the case study hold."""

from typing import Literal

from pydantic import ConfigDict, Field

from app.web.contributions_out import EXAMPLE_AT, AtPositionReply
from app.web.replies import Reply, TokenReply


class PartReply(Reply):
    """A part of the stream: an embedding, or an earlier layer's output. `layer` is null for those
    that have none.
    """

    name: str
    kind: Literal["token", "position", "attn", "ffn"]
    layer: int | None


class CasePartReply(PartReply):
    """How much Δbs changes when the part is taken out."""

    output: float
    subvalue: float


class CaseReply(Reply):
    """Δbs of an attention layer's output and of its source position's subvalue, now; and how much
    each part of what the layer reads changes them when it is taken out.
    """

    tokens: list[TokenReply]
    position: int
    pair: list[TokenReply]
    layer: int
    source_position: int
    output: float = Field(description="With b_O.")
    subvalue: float
    parts: list[CasePartReply]

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "tokens": EXAMPLE_AT["tokens"],
                    "position": 5,
                    "pair": [
                        {"id": 6342, "text": " Paris", "special": False},
                        {"id": 10598, "text": " Rome", "special": False},
                    ],
                    "layer": 9,
                    "source_position": 4,
                    "output": 4.1,
                    "subvalue": 3.2,
                    "parts": [
                        {
                            "name": "0_ffn",
                            "kind": "ffn",
                            "layer": 0,
                            "output": -2.4,
                            "subvalue": -2.2,
                        }
                    ],
                }
            ]
        }
    )


class CrossLayerPartReply(PartReply):
    """Σ r · K_k of the part r over the helpful, and over the unhelpful, neurons k."""

    helpful: float
    unhelpful: float


class CrossLayerReply(AtPositionReply):
    """What each earlier part gave one FFN layer's helpful and unhelpful neurons.

    Of all neurons `scored` had to be scored to know their sign; bounds proved the others'.
    """

    layer: int
    n_helpful: int
    n_unhelpful: int
    scored: int
    parts: list[CrossLayerPartReply]

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    **EXAMPLE_AT,
                    "layer": 9,
                    "n_helpful": 1420,
                    "n_unhelpful": 1652,
                    "scored": 210,
                    "parts": [
                        {
                            "name": "8_ffn",
                            "kind": "ffn",
                            "layer": 8,
                            "helpful": 310.5,
                            "unhelpful": -122.1,
                        }
                    ],
                }
            ]
        }
    )
