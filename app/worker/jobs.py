"""What the worker can be asked to do: frozen descriptions, each of one text or one batch of rows.

A job names the sites it reads, and only those are captured; it runs only as many blocks as its
deepest site needs, and the unembedding only if it asks for predictions.
"""

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from app.analysis.directions import Unit
from app.analysis.pca import Basis, Moments
from app.analysis.types import Predictions, Scores
from app.model.sites import ModelShape, Site, SiteTable
from app.worker.contribution_jobs import ContributionJob, Found
from app.worker.row_jobs import RowFound, RowJob, SaysJob, WeightRowJob
from app.worker.weights_jobs import KurtosisFound, KurtosisJob, WeightsFound, WeightsJob

__all__ = [
    "Basis",
    "CaptureJob",
    "Captured",
    "ContributionJob",
    "Found",
    "Job",
    "KurtosisJob",
    "ModelShape",
    "Moments",
    "MomentsJob",
    "MomentsResult",
    "PredictJob",
    "Predictions",
    "Projection",
    "Read",
    "Result",
    "RowJob",
    "RowsJob",
    "SaysJob",
    "ScoreJob",
    "Scores",
    "Site",
    "SiteTable",
    "TextJob",
    "Unit",
    "WeightRowJob",
    "WeightsJob",
]

TokenIds = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Read:
    """One place to read: a site, and a head where the site has heads (None reads all heads)."""

    site: Site
    head: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """Directions to score at one place. vectors: (directions, width), float32."""

    read: Read
    vectors: Float[Tensor, "directions width"]


@dataclass(frozen=True, slots=True, eq=False)
class ScoreJob:
    """Dot products of one text's vectors with directions, at one or several places.

    Result: one `Scores` per projection, in order.
    """

    tokens: TokenIds
    projections: tuple[Projection, ...]


@dataclass(frozen=True, slots=True)
class CaptureJob:
    """The vectors themselves, at one or several places. Result: `Captured`."""

    tokens: TokenIds
    reads: tuple[Read, ...]


@dataclass(frozen=True, slots=True)
class PredictJob:
    """The `top` likeliest next tokens at every position of one text. Result: `Predictions`."""

    tokens: TokenIds
    top: int = 5


@dataclass(frozen=True, slots=True, eq=False)
class MomentsJob:
    """First and second moments of many texts' vectors, for a PCA; the vectors are not kept.

    `skip` positions at the start of each row (a BOS token) are left out. `shifts` holds the pilot
    mean of each read, (width,) or (heads, width), or None, and then the first rows' own mean is
    taken. Result: `MomentsResult`.
    """

    rows: tuple[TokenIds, ...]
    reads: tuple[Read, ...]
    skip: int = 1
    shifts: tuple[Tensor, ...] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Captured:
    """One tensor per read: (tokens, width), or (tokens, heads, width) when all heads were read."""

    vectors: tuple[Tensor, ...]


@dataclass(frozen=True, slots=True, eq=False)
class MomentsResult:
    """One tuple of `Moments` per read: one for each head read, or a single one."""

    moments: tuple[tuple[Moments, ...], ...]


TextJob = ScoreJob | CaptureJob | PredictJob
"""Work on one text that shares a pass of the model with other texts."""
RowsJob = MomentsJob | KurtosisJob
"""Work on many texts at once."""

Job = TextJob | ContributionJob | RowsJob | RowJob | WeightsJob
Result = (
    tuple[Scores, ...]
    | Captured
    | Predictions
    | MomentsResult
    | KurtosisFound
    | Found
    | RowFound
    | WeightsFound
)
