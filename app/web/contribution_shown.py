"""The contributions page's first view as one typed object.

The page is rendered from it, its JSON twin is it, and the script on the page starts from it.
"""

from app.web.contribution_state import AttentionNeuron, Case, Head, Neuron
from app.web.views import ModelChoice, TokenView, View


class ModelView(View):
    """The model that is looked into, its sizes, and how many subvalues a matrix may hold."""

    name: str
    label: str
    n_layers: int
    n_heads: int
    d_head: int
    d_mlp: int
    n_ctx: int
    max_matrix: int


class PredictionView(View):
    """A likely next token and its probability."""

    id: int
    text: str
    p: float


class ChanceView(View):
    """A token and the model's own log-probability of it, in nats."""

    id: int
    text: str
    logprob: float


class ExampleView(View):
    """An example in one click."""

    label: str
    text: str
    address: str


class StateView(View):
    """The address, parsed. What it leaves open is None; what it gets wrong is left out."""

    model: str
    text: str | None
    prompt: int | None
    bos: bool
    position: int | None
    target: int | None
    other: int | None
    tokens: tuple[int, ...]
    curve: str
    level: str
    order: str
    top: int
    layers: tuple[int, ...] | None
    ln: str
    bias: str
    head: Head | None
    value: Neuron | AttentionNeuron | None
    keys: str
    method: str
    case: Case | None


class ContributionsView(View):
    """Everything the page shows before contributions are worked out.

    `words` is the text, from `source`; `error` says why it was refused, and then there are no
    tokens. `predictions` are the likeliest tokens after `position`, `target` the one whose
    log-probability is taken apart, `other` the one it is compared with, `following` the one that
    the text goes on with, `others` those whose curves are drawn too.
    """

    models: tuple[ModelChoice, ...]
    model: ModelView
    notice: str | None
    state: StateView
    source: str
    words: str
    examples: tuple[ExampleView, ...]
    tokens: tuple[TokenView, ...] = ()
    position: int = 0
    predictions: tuple[PredictionView, ...] = ()
    target: ChanceView | None = None
    other: ChanceView | None = None
    following: ChanceView | None = None
    others: tuple[ChanceView, ...] = ()
    error: str | None = None
    problems: tuple[str, ...] = ()
