"""What requests about the corpus hold: its scores along a direction, and what is to be fitted."""

from typing import Annotated

from pydantic import ConfigDict, Field

from app.web.schemas import Direction, Head, SiteName, Strict, UnitName


class OneDirection(Strict):
    """One direction at one site, in one unit."""

    site: SiteName
    head: Head | None = None
    direction: Direction
    unit: UnitName = "dot"


class HistogramIn(OneDirection):
    """The distribution of a direction's scores over the corpus."""

    bins: Annotated[int, Field(ge=1, le=1000)] = 64

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"site": "blocks.3.hook_resid_pre", "direction": {"component": 0}}]
        }
    )


class TopTokensIn(OneDirection):
    """The corpus's highest and lowest tokens along a direction."""

    k: Annotated[int, Field(ge=1, le=100, description="Tokens at each end.")] = 10
    context: Annotated[int, Field(ge=0, le=100, description="Tokens shown on each side.")] = 12

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"site": "blocks.3.hook_resid_pre", "direction": {"component": 0}, "k": 10}
            ]
        }
    )


class FitIn(Strict):
    """A site whose basis is to be fitted."""

    site: SiteName

    model_config = ConfigDict(json_schema_extra={"examples": [{"site": "blocks.3.hook_mlp_out"}]})
