"""What the answer about every subvalue of a level holds."""

from pydantic import ConfigDict, Field

from app.web.contributions_out import EXAMPLE_AT, AtPositionReply


class MatrixReply(AtPositionReply):
    """The contribution of every subvalue of a level: one entry of `values` per layer.

    `biases`: the contribution of b_O, or of b_out, by itself, one per layer.
    """

    level: str
    layers: list[int]
    heads: list[int] | None = Field(description="Null at levels whose subvalues have no head.")
    values: list[list[float]] | list[list[list[float]]] = Field(
        description="A layer's heads (attn_head), source positions from 0 to `position` "
        "(attn_position), heads with their source positions (attn_head_position), or neurons (ffn)."
    )
    biases: list[float]

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    **EXAMPLE_AT,
                    "level": "attn_head",
                    "layers": [0, 1],
                    "heads": [0, 1],
                    "values": [[0.02, -0.01], [0.31, 0.05]],
                    "biases": [0.01, -0.02],
                }
            ]
        }
    )
