"""What answers hold: the shapes that OpenAPI documents, with an example each."""

from datetime import datetime
from typing import Any, Literal

from pydantic import AliasPath, BaseModel, ConfigDict, Field


class Reply(BaseModel):
    """The base of everything an answer holds."""

    model_config = ConfigDict(from_attributes=True, ser_json_inf_nan="null")


class Fault(Reply):
    """One field of the request that cannot be used, and why."""

    field: str
    message: str


class ProblemReply(Reply):
    """An error (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[Fault] = []


class ModelReply(Reply):
    """A served model. Its sizes are null while it is loading."""

    name: str
    label: str
    status: str = Field(description='"ready", "loading" or "failed: …"')
    default: bool
    source: str | None = None
    revision: str | None = None
    n_layers: int | None = None
    d_model: int | None = None
    n_heads: int | None = None
    d_head: int | None = None
    d_mlp: int | None = None
    d_vocab: int | None = None
    n_ctx: int | None = None
    n_parameters: int | None = None
    device: str | None = None
    dtype: str | None = None


class ModelsReply(Reply):
    """Every model that is served."""

    items: list[ModelReply]
    next: None = None


class TokenReply(Reply):
    """One token: the displays of a text's tokens, joined, are the text."""

    id: int
    text: str
    special: bool


class CutTokenReply(TokenReply):
    r"""A token of a text, and what it is `alone`: a part of a character is its bytes, as \xNN."""

    alone: str


class TokensReply(Reply):
    """A text's tokens."""

    tokens: list[CutTokenReply]

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"tokens": [{"id": 464, "text": "The", "special": False, "alone": "The"}]}]
        }
    )


class SiteReply(Reply):
    """One place in the model where a vector can be read."""

    name: str
    label: str
    layer: int | None
    kind: str
    width: int
    n_heads: int | None
    basic: bool
    fitted: bool


class SitesReply(Reply):
    """A model's sites, in the order of the forward pass."""

    items: list[SiteReply]
    next: None = None


class BasisReply(Reply):
    """The first components of a site's PCA. Rows of `components` are unit vectors."""

    n_tokens: int
    n_components: int = Field(description="How many components the basis has.")
    standardised: bool
    mean: list[float]
    explained_variance_ratio: list[float]
    eigenvalues: list[float]
    std: list[float] = Field(description="Standard deviation of the scores along each component.")
    mean_scores: list[float] = Field(description="⟨μ, v⟩ of each component.")
    components: list[list[float]]
    provenance: dict[str, Any]


class GridSite(Reply):
    """One row of the layer × component grid."""

    name: str
    label: str
    layer: int | None
    fitted: bool
    explained_variance_ratio: list[float]


class GridReply(Reply):
    """How much variance each component explains, at every basic site."""

    components: int
    sites: list[GridSite]


class PromptScores(Reply):
    """One text's scores, one list per direction, one number per token."""

    prompt_id: int | None
    tokens: list[TokenReply]
    scores: list[list[float]]


class ScoresReply(Reply):
    """Scores of every text: those typed first, then the stored prompts, in the order given."""

    unit: str
    prompts: list[PromptScores]

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "unit": "dot",
                    "prompts": [
                        {
                            "prompt_id": None,
                            "tokens": [{"id": 464, "text": "The", "special": False}],
                            "scores": [[3.201], [-0.5772]],
                        }
                    ],
                }
            ]
        }
    )


class PredictionReply(Reply):
    """A token that may come next, and its probability."""

    id: int
    text: str
    p: float


class PredictionsReply(Reply):
    """The likeliest next tokens after each token of a text."""

    tokens: list[TokenReply]
    predictions: list[list[PredictionReply]]


class HistogramReply(Reply):
    """How a direction's scores are distributed over the corpus (BOS left out)."""

    unit: str
    n_tokens: int
    edges: list[float]
    counts: list[int]
    quantiles: dict[str, float]


class ExtremeReply(Reply):
    """One corpus token with its context; `at` is its index within `tokens`."""

    text_index: int
    position: int
    score: float
    start: int
    at: int
    tokens: list[TokenReply]
    scores: list[float]


class TopTokensReply(Reply):
    """The corpus's highest and lowest tokens, exact over all that was ingested."""

    unit: str
    n_tokens: int
    highest: list[ExtremeReply]
    lowest: list[ExtremeReply]
    provenance: dict[str, Any]


class HeatmapSite(Reply):
    """One row of a heatmap."""

    name: str
    label: str


class HeatmapReply(Reply):
    """Scores of one text's tokens at every layer; null where a layer has no basis yet."""

    unit: str
    sites: list[HeatmapSite]
    tokens: list[TokenReply]
    scores: list[list[float] | None]


class TaskReply(Reply):
    """Work in the background. `message` says what it is doing, or why it failed."""

    id: str
    title: str
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    done: int
    total: int
    message: str | None


class TaskStarted(Reply):
    """The answer is being computed: ask again when this task is done."""

    task: TaskReply


class PromptReply(Reply):
    """A stored text. Those of the library are nobody's."""

    id: int
    dataset: str
    slug: str
    register_: str = Field(serialization_alias="register", validation_alias="register")
    text: str
    model: str | None
    username: str | None = Field(default=None, validation_alias=AliasPath("user", "name"))
    created_at: datetime


class PromptsReply(Reply):
    """A page of stored texts."""

    items: list[PromptReply]
    next: str | None = Field(description="The cursor of the next page; null at the end.")


class QueueReply(Reply):
    """The worker's queue."""

    depth: int
    limit: int


class HealthReply(Reply):
    """The process is alive."""

    status: Literal["ok"] = "ok"


class ReadyReply(Reply):
    """Whether the models can be asked."""

    ready: bool
    models: dict[str, str]
    default: str | None
    notice: str | None
    queue: QueueReply
    preparing: TaskReply | None = Field(
        description="The first corpus and bases being made, while the server answers already."
    )
