"""The viewer's first view as one typed object.

The page is rendered from it, its JSON twin is it, and the script on the page starts from it.
"""

from pydantic import BaseModel, ConfigDict

COMPONENTS = 64
"""How many components of a site the page has scores of, and can mix."""
GRID_COMPONENTS = 32
"""How many components of a site the picker has cells for."""


class View(BaseModel):
    """A part of the view: frozen, and written as JSON for the script."""

    model_config = ConfigDict(frozen=True)


class TokenView(View):
    """One token as a person reads it."""

    id: int
    text: str
    special: bool


class PromptView(View):
    """One text on screen. `key` is `p<id>` for a library prompt, `t<n>` for the reader's own."""

    key: str
    prompt_id: int | None
    source: str
    text: str
    tokens: tuple[TokenView, ...]
    error: str | None = None


class SiteView(View):
    """The chosen site."""

    name: str
    label: str
    layer: int | None
    head: int | None
    n_heads: int | None
    width: int
    basic: bool
    blocks: int


class BasisView(View):
    """What the fitted basis says of its first components, which are the matrix's columns.

    `means` and `stds` hold the mean and standard deviation of corpus scores along each column;
    `gram` the inner products of the components, where they are not orthogonal.
    """

    n_tokens: int
    n_components: int
    corpus: str
    ratios: tuple[float, ...]
    means: tuple[float, ...]
    stds: tuple[float, ...]
    gram: tuple[tuple[float, ...], ...] | None = None


class TokenDirectionView(View):
    """A token's own residual as a direction: the matrix's column after the components."""

    key: str
    position: int
    text: str
    mean: float
    std: float


class GridRow(View):
    """One row of the picker: a site and its components' explained variance ratios."""

    name: str
    label: str
    short: str
    fitted: bool
    ratios: tuple[float, ...]


class ModelChoice(View):
    """A model in the page's picker."""

    name: str
    label: str
    state: str


class StateView(View):
    """The address, parsed, with the server's choices filled in."""

    model: str
    site: str
    head: int | None
    mix: tuple[tuple[int, float], ...]
    token: str | None
    unit: str
    range: float | None
    seed: int
    n: int
    texts: tuple[str, ...]
    open: str | None
    pin: str | None
    heat: str | None
    across: str
    tab: str
    marks: bool
    boxes: bool
    bos: bool
    face: str


class ViewerView(View):
    """Everything the viewer shows first. `matrix` is float16 in base64, one row a token of every
    text in turn: the components, then the token direction if there is one, then the norm; each
    column is to be multiplied by its scale.
    """

    models: tuple[ModelChoice, ...]
    model_label: str
    notice: str | None
    state: StateView
    site: SiteView
    grid: tuple[GridRow, ...]
    basis: BasisView | None
    token_direction: TokenDirectionView | None
    prompts: tuple[PromptView, ...]
    n_columns: int
    scales: tuple[float, ...]
    matrix: str
    problems: tuple[str, ...] = ()
