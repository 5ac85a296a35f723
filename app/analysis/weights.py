"""What the weights alone say: virtual weights between modules, erasers and the bottleneck.

Elhage et al., A Mathematical Framework for Transformer Circuits (2021). Matrices act on row
vectors from the right; what reads the stream is folded with its norm's γ and centring, so that the
virtual weights are those that the model uses, up to the norm's division.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float, Float64, Int
from torch import Tensor

from app.analysis.parts import AttentionWeights, FfnWeights, ModelWeights, Norm, working

Reads = Literal["q", "k", "v"]
READS: tuple[Reads, ...] = ("q", "k", "v")
NEURONS_AT_A_TIME = 512
"""Neurons whose float64 weights are held at a time."""


@dataclass(frozen=True, slots=True, eq=False)
class Factors:
    """Matrices of one layer, each M = (orthonormal) × factor, so that ‖M B‖ = ‖factor B‖.

    For writers (modules, r, d); for readers (modules, d, r), orthonormal on the other side.
    """

    factor: Float[Tensor, "modules rows columns"]

    @property
    def norms(self) -> Float[Tensor, " modules"]:
        """‖M‖_F of each."""
        norms: Tensor = self.factor.flatten(1).norm(dim=1)
        return norms


@dataclass(frozen=True, slots=True, eq=False)
class Composition:
    """Composition scores ‖W_write W_read‖/(‖W_write‖ ‖W_read‖) of modules and all later ones.

    heads: from head (L, h) to head (L, h); heads_to_ffn: (L, h, L); and so on, zero where the
    reader does not come after the writer. Two random matrices score about 1/√d.
    """

    heads: dict[Reads, Float64[Tensor, "L h L h"]]
    heads_to_ffn: Float64[Tensor, "L h L"]
    ffn_to_heads: dict[Reads, Float64[Tensor, "L L h"]]
    ffn: Float64[Tensor, "L L"]


def head_writers(weights: AttentionWeights) -> Factors:
    """What each head's output is of what it reads: W_V W_O, as (h, dh, d)."""
    dtype = working(weights.w_v.dtype)
    w_v = _folded(weights.w_v.to(dtype), weights.norm)
    return Factors(_triangle(w_v) @ weights.w_o.to(dtype))


def head_readers(weights: AttentionWeights, reads: Reads) -> Factors:
    """What each head makes of the stream as query, key or value: W_Q W_Kᵀ, W_K W_Qᵀ, W_V W_O."""
    dtype = working(weights.w_v.dtype)
    w_q, w_k, w_v = (
        _folded(w.to(dtype), weights.norm) for w in (weights.w_q, weights.w_k, weights.w_v)
    )
    w_o = weights.w_o.to(dtype).mT
    first, other = {"q": (w_q, w_k), "k": (w_k, w_q), "v": (w_v, w_o)}[reads]
    return Factors(first @ _triangle(other).mT)


def ffn_writer(weights: FfnWeights) -> Factors:
    """W_out as (1, r, d)."""
    return Factors(_triangle(weights.w_out.to(working(weights.w_out.dtype)))[None])


def ffn_reader(weights: FfnWeights) -> Factors:
    """W_in as (1, d, r)."""
    w_in = _folded(weights.w_in.to(working(weights.w_in.dtype)), weights.norm)
    return Factors(_triangle(w_in.mT).mT[None])


def compose(writers: Factors, readers: Factors) -> Float64[Tensor, "writers readers"]:
    """‖W_write W_read‖_F/(‖W_write‖_F ‖W_read‖_F) of every pair, from the factors alone."""
    w, r = writers.factor, readers.factor
    product = w.flatten(0, 1) @ r.transpose(0, 1).flatten(1)  # (writers rows, readers columns)
    blocks = product.view(len(w), w.shape[1], len(r), r.shape[2])
    scale = writers.norms[:, None] * readers.norms
    return (blocks.square().sum(dim=(1, 3)).sqrt() / scale.clamp_min(1e-30)).double()


@dataclass(frozen=True, slots=True, eq=False)
class Writers:
    """What one layer's heads and FFN write."""

    heads: Factors
    ffn: Factors

    @classmethod
    def of(cls, weights: ModelWeights, layer: int) -> "Writers":
        """Those of a layer."""
        return cls(head_writers(weights.attention[layer]), ffn_writer(weights.ffn[layer]))


@dataclass(frozen=True, slots=True, eq=False)
class Readers:
    """What one layer's heads and FFN read."""

    heads: dict[Reads, Factors]
    ffn: Factors

    @classmethod
    def of(cls, weights: ModelWeights, layer: int) -> "Readers":
        """Those of a layer."""
        attention = weights.attention[layer]
        heads = {reads: head_readers(attention, reads) for reads in READS}
        return cls(heads, ffn_reader(weights.ffn[layer]))


@dataclass(frozen=True, slots=True, eq=False)
class LayerPair:
    """Composition scores from one layer's modules to another's."""

    heads: dict[Reads, Float64[Tensor, "h h"]]
    heads_to_ffn: Float64[Tensor, " h"]
    ffn_to_heads: dict[Reads, Float64[Tensor, " h"]]
    ffn: Float64[Tensor, ""]

    def cpu(self) -> "LayerPair":
        """The same in main memory."""
        return LayerPair(
            {reads: scores.cpu() for reads, scores in self.heads.items()},
            self.heads_to_ffn.cpu(),
            {reads: scores.cpu() for reads, scores in self.ffn_to_heads.items()},
            self.ffn.cpu(),
        )


def compose_layers(writers: Writers, readers: Readers) -> LayerPair:
    """About 16 d³ operations, of a pair of layers of which the reader's is the later one."""
    return LayerPair(
        {reads: compose(writers.heads, readers.heads[reads]) for reads in READS},
        compose(writers.heads, readers.ffn)[:, 0],
        {reads: compose(writers.ffn, readers.heads[reads])[0] for reads in READS},
        compose(writers.ffn, readers.ffn)[0, 0],
    )


def own_layer(weights: ModelWeights, layer: int) -> LayerPair:
    """Scores within one layer: its attention stands below its FFN; all others are zero."""
    writers = head_writers(weights.attention[layer])
    scores = compose(writers, ffn_reader(weights.ffn[layer]))[:, 0]
    h = len(scores)
    return LayerPair(
        {reads: scores.new_zeros(h, h) for reads in READS},
        scores,
        {reads: scores.new_zeros(h) for reads in READS},
        scores.new_zeros(()),
    )


def assemble(pairs: Mapping[tuple[int, int], LayerPair]) -> Composition:
    """A whole model's scores from those of every (writer, reader) pair of layers, own ones too."""
    n = 1 + max(to for _, to in pairs)
    h = len(pairs[0, 0].heads_to_ffn)
    heads = {reads: torch.zeros(n, h, n, h, dtype=torch.float64) for reads in READS}
    ffn_to_heads = {reads: torch.zeros(n, n, h, dtype=torch.float64) for reads in READS}
    heads_to_ffn = torch.zeros(n, h, n, dtype=torch.float64)
    ffn = torch.zeros(n, n, dtype=torch.float64)
    for (layer, to), pair in pairs.items():
        for reads in READS:
            heads[reads][layer, :, to] = pair.heads[reads]
            ffn_to_heads[reads][layer, to] = pair.ffn_to_heads[reads]
        heads_to_ffn[layer, :, to] = pair.heads_to_ffn
        ffn[layer, to] = pair.ffn
    return Composition(heads, heads_to_ffn, ffn_to_heads, ffn)


def reading_rows(weights: FfnWeights, index: Int[Tensor, " k"]) -> Float64[Tensor, "k d"]:
    """What those neurons read of the raw stream: centre(γ ⊙ w_in), one row each."""
    return _folded(weights.w_in[:, index].double(), weights.norm).mT


def input_output_cosines(weights: FfnWeights) -> Float64[Tensor, " n"]:
    """Cos of what each neuron reads (γ-folded, centred) and what it writes.

    Strongly negative: an eraser, which takes out of the stream what it finds there.
    """
    cosine = torch.nn.functional.cosine_similarity
    found = []
    for start in range(0, len(weights.w_out), NEURONS_AT_A_TIME):
        some = slice(start, start + NEURONS_AT_A_TIME)
        reads = _folded(weights.w_in[:, some].double(), weights.norm).mT
        found.append(cosine(reads, weights.w_out[some].double(), dim=1))
    return torch.cat(found)


@dataclass(frozen=True, slots=True)
class Bottleneck:
    """FFN neurons that write to the stream before a layer, and that read it from there on, per
    dimension of the stream.
    """

    layer: int
    before: float
    after: float


def bottlenecks(n_layers: int, d_mlp: int, d_model: int) -> list[Bottleneck]:
    """The bottleneck at the stream before each layer, and after the last."""
    each = d_mlp / d_model
    return [Bottleneck(at, at * each, (n_layers - at) * each) for at in range(n_layers + 1)]


def _folded(columns: Float[Tensor, "*heads d k"], norm: Norm) -> Float[Tensor, "*heads d k"]:
    """γ ⊙ each column, less its mean: what it reads of the raw stream."""
    return norm.centre((norm.gain.to(columns.dtype)[:, None] * columns).mT).mT


def _triangle(m: Float[Tensor, "*heads rows columns"]) -> Float[Tensor, "*heads r columns"]:
    """R of M = Q R: what of a matrix its norms depend on, min(rows, columns) × columns."""
    factor: Tensor = torch.linalg.qr(m, mode="r").R
    return factor
