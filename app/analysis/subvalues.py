"""Subvalues: the vectors a module's output is the sum of, at each level, made only when asked for.

A family is one module's subvalues at one level, as coefficient × row: an FFN neuron is its
activation times a row of W_out, an attention neuron its value times a row of W_O, weighted by
attention. Candidate (row, copy) has the index row × copies + copy within its family.
"""

from dataclasses import dataclass
from typing import Literal, Protocol

import torch
from jaxtyping import Float, Float64, Int
from torch import Tensor

from app.analysis.parts import ModelWeights, Module, StreamAt, working
from app.errors import BadInput, no_such

Level = Literal["ffn", "attn_head", "attn_position", "attn_head_position", "attn_neuron"]
LEVELS: tuple[Level, ...] = (
    "ffn", "attn_head", "attn_position", "attn_head_position", "attn_neuron",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """Where a subvalue stands; `index` is its number within the layer, other fields as they fit."""

    layer: int
    index: int
    head: int | None = None
    dim: int | None = None
    source_position: int | None = None


class Family(Protocol):
    """The subvalues coefficients[row, copy] × row of one layer's module."""

    @property
    def layer(self) -> int:
        """The layer whose module this is."""
        ...

    @property
    def coefficients(self) -> Float[Tensor, "rows copies"]:
        """What each copy of each row is multiplied by."""
        ...

    def take(
        self, index: Int[Tensor, " b"], dtype: torch.dtype | None = None
    ) -> Float[Tensor, "b d"]:
        """The rows of those numbers, unscaled, in `dtype` (None: the weights' own)."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class RowFamily:
    """Rows that are there already: of a weight matrix, or few enough to be kept."""

    layer: int
    coefficients: Float[Tensor, "rows copies"]
    rows: Float[Tensor, "rows d"]

    def take(
        self, index: Int[Tensor, " b"], dtype: torch.dtype | None = None
    ) -> Float[Tensor, "b d"]:
        """The rows of those numbers."""
        return self.rows[index].to(dtype or working(self.rows.dtype))


@dataclass(frozen=True, slots=True, eq=False)
class HeadPositionFamily:
    """Row (head, p) is v_p^h W_O^h, made when taken; its coefficient is α_p^h."""

    layer: int
    coefficients: Float[Tensor, "rows 1"]
    values: Float[Tensor, "T h dh"]
    w_o: Float[Tensor, "h dh d"]

    def take(
        self, index: Int[Tensor, " b"], dtype: torch.dtype | None = None
    ) -> Float[Tensor, "b d"]:
        """The rows of those numbers, head by head so that no W_O is copied."""
        dtype = dtype or working(self.w_o.dtype)
        heads, positions = index // len(self.values), index % len(self.values)
        made = self.w_o.new_empty(len(index), self.w_o.shape[2], dtype=dtype)
        for head in set(heads.tolist()):
            here = heads == head
            made[here] = self.values[positions[here], head].to(dtype) @ self.w_o[head].to(dtype)
        return made


def module_of(level: Level) -> Module:
    """The module whose output that level takes apart."""
    return "ffn" if level == "ffn" else "attn"


def family(level: Level, layer: int, weights: ModelWeights, stream: StreamAt) -> Family:
    """One layer's subvalues at that level; with the bias they sum to the module's output."""
    if level == "ffn":
        return RowFamily(layer, stream.coefficients[layer][:, None], weights.ffn[layer].w_out)
    w_o = weights.attention[layer].w_o
    dtype = working(w_o.dtype)
    pattern, values = stream.pattern[layer].to(dtype), stream.values[layer]  # (h, T), (T, h, dh)
    if level == "attn_head_position":
        return HeadPositionFamily(layer, pattern.reshape(-1, 1), values, w_o)
    weighted = pattern.T[:, :, None] * values.to(dtype)  # (T, h, dh)
    if level == "attn_neuron":
        copies = weighted.flatten(1).T  # (h dh, T)
        return RowFamily(layer, copies, w_o.flatten(0, 1))
    w_o = w_o.to(dtype)
    if level == "attn_head":
        rows = torch.einsum("phi,hid->hd", weighted, w_o)
    else:
        rows = weighted.flatten(1) @ w_o.flatten(0, 1)
    return RowFamily(layer, rows.new_ones(len(rows), 1), rows)


def families(
    level: Level, layers: list[int] | None, weights: ModelWeights, stream: StreamAt
) -> list[Family]:
    """Each layer's family, for all layers or those named, in order.

    Raises BadInput for a layer that is not there, or for none.
    """
    chosen = sorted(set(range(stream.n_layers) if layers is None else layers))
    if not chosen:
        raise BadInput("Choose at least one layer.", field="layers")
    for layer in chosen:
        if not 0 <= layer < stream.n_layers:
            raise BadInput(no_such("layer", layer, stream.n_layers), field="layers")
    return [family(level, layer, weights, stream) for layer in chosen]


def rows_of(family: Family, flat: Int[Tensor, " b"]) -> Float[Tensor, "b d"]:
    """The unscaled rows of the subvalues of those indices: what says in vocabulary space."""
    return family.take(flat // family.coefficients.shape[1])


def vectors(
    family: Family, flat: Int[Tensor, " b"], dtype: torch.dtype | None = None
) -> Float64[Tensor, "b d"]:
    """The subvalues of those indices, coefficient × row; rows worked out in `dtype`."""
    row, copy = flat // family.coefficients.shape[1], flat % family.coefficients.shape[1]
    return family.coefficients[row, copy].double()[:, None] * family.take(row, dtype).double()


def place(level: Level, layer: int, index: int, stream: StreamAt) -> Place:
    """What a family's index stands for: (head, dim, source position), as far as the level goes."""
    _, length, _, width = stream.values.shape
    match level:
        case "ffn":
            return Place(layer, index)
        case "attn_head":
            return Place(layer, index, head=index)
        case "attn_position":
            return Place(layer, index, source_position=index)
        case "attn_head_position":
            head, source = divmod(index, length)
            return Place(layer, index, head=head, source_position=source)
        case "attn_neuron":
            row, source = divmod(index, length)
            head, dim = divmod(row, width)
            return Place(layer, index, head=head, dim=dim, source_position=source)
