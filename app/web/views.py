"""The viewer's first view as one typed object.

The page is rendered from it, its JSON twin is it, and the script on the page starts from it.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Given = Literal["own", "prompt", "set", "sample"]
"""How a text came to be on screen: typed, by its number, with its set, or drawn by the seed."""

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
    """One text on screen. `key` is `p<id>` for a stored prompt, `t<n>` for the reader's own."""

    key: str
    prompt_id: int | None
    source: str
    given: Given
    text: str
    tokens: tuple[TokenView, ...]
    error: str | None = None


class SiteView(View):
    """The chosen site. `in_model_space`: its vectors have the residual stream's coordinates."""

    name: str
    label: str
    layer: int | None
    head: int | None
    n_heads: int | None
    width: int
    in_model_space: bool
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


class SaysView(View):
    """What a neuron says: the tokens that its vector raises and lowers most, strongest first."""

    raises: tuple[str, ...]
    lowers: tuple[str, ...]


class OtherDirectionView(View):
    """A direction that is no mix of components: the matrix's column after them.

    `token`: a token's own residual, called by the token. `neuron`: what a neuron writes, called by
    the neuron. `saved`: one that somebody (`by`) saved under a name; `parts` are the components and
    weights that it was mixed from, where they are components of the basis that is shown. `mean` and
    `std` are those of corpus scores along it, None where there is no basis to know them from.
    """

    kind: Literal["token", "neuron", "saved"]
    text: str
    mean: float | None
    std: float | None
    by: str | None = None
    parts: tuple[tuple[int, float], ...] | None = None
    says: SaysView | None = None


class SetView(View):
    """The set of prompts that the address names, and whose it is."""

    id: int
    name: str
    by: str
    n_prompts: int


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
    neuron: str | None
    direction: int | None
    unit: str
    range: float | None
    seed: int
    n: int
    texts: tuple[str, ...]
    prompts: tuple[int, ...]
    set: int | None
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
    text in turn: the components, then the other direction if there is one, then the norm; each
    column is to be multiplied by its scale.
    """

    models: tuple[ModelChoice, ...]
    model_label: str
    notice: str | None
    state: StateView
    site: SiteView
    grid: tuple[GridRow, ...]
    basis: BasisView | None
    other_direction: OtherDirectionView | None
    prompts: tuple[PromptView, ...]
    set: SetView | None
    n_columns: int
    scales: tuple[float, ...]
    matrix: str
    problems: tuple[str, ...] = ()
