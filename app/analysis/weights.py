"""What the weights alone say: virtual weights between modules, erasers, basis and bottleneck.

Elhage et al., A Mathematical Framework for Transformer Circuits (2021). Matrices act on row
vectors from the right; what reads the stream is folded with its norm's γ and centring, so that the
virtual weights are those that the model uses, up to the norm's division.
"""

from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from app.analysis.parts import AttentionWeights, FfnWeights, ModelWeights, Norm, working
from app.errors import BadInput

Reads = Literal["q", "k", "v"]
READS: tuple[Reads, ...] = ("q", "k", "v")


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


def composition(weights: ModelWeights) -> Composition:
    """The composition scores of a whole model: about 2 (3 h dh + d)(h dh + d) d L²/2 operations."""
    attention, ffn = weights.attention, weights.ffn
    n, h = len(attention), attention[0].w_o.shape[0]
    new = weights.unembedding.weight.new_zeros
    heads = {reads: new(n, h, n, h, dtype=torch.float64) for reads in READS}
    ffn_to_heads = {reads: new(n, n, h, dtype=torch.float64) for reads in READS}
    heads_to_ffn = new(n, h, n, dtype=torch.float64)
    ffn_to_ffn = new(n, n, dtype=torch.float64)
    from_heads = [head_writers(layer) for layer in attention]
    from_ffn = [ffn_writer(layer) for layer in ffn]
    for to in range(n):
        for reads in READS:
            readers = head_readers(attention[to], reads)
            for layer in range(to):
                heads[reads][layer, :, to] = compose(from_heads[layer], readers)
                ffn_to_heads[reads][layer, to] = compose(from_ffn[layer], readers)[0]
        reader = ffn_reader(ffn[to])
        for layer in range(to + 1):  # attention stands below the FFN of its own layer
            heads_to_ffn[layer, :, to] = compose(from_heads[layer], reader)[:, 0]
            if layer < to:
                ffn_to_ffn[layer, to] = compose(from_ffn[layer], reader)[0, 0]
    return Composition(heads, heads_to_ffn, ffn_to_heads, ffn_to_ffn)


def input_output_cosines(weights: FfnWeights) -> Float64[Tensor, " n"]:
    """Cos of what each neuron reads (γ-folded, centred) and what it writes.

    Strongly negative: an eraser, which takes out of the stream what it finds there.
    """
    reads = _folded(weights.w_in.double(), weights.norm).mT
    return torch.nn.functional.cosine_similarity(reads, weights.w_out.double(), dim=1)


@dataclass(frozen=True, slots=True, eq=False)
class BasisKurtosis:
    """Kurtosis of each coordinate (3 for a Gaussian), and of each after a random rotation.

    Where the coordinates' own is much the larger, the basis is privileged.
    """

    own: Float64[Tensor, " d"]
    rotated: Float64[Tensor, " d"]


def basis_kurtosis(x: Float[Tensor, "tokens d"], *, seed: int = 0) -> BasisKurtosis:
    """The kurtosis of a site's activations; BOS is better left out, its norm swamps the rest.

    Raises BadInput below four tokens.
    """
    if len(x) < 4:
        raise BadInput(f"A kurtosis needs at least 4 tokens; there are {len(x)}.")
    generator = torch.Generator().manual_seed(seed)
    square = torch.randn(x.shape[1], x.shape[1], generator=generator, dtype=torch.float64)
    rotation = torch.linalg.qr(square).Q.to(x.device)
    return BasisKurtosis(_kurtosis(x.double()), _kurtosis(x.double() @ rotation))


def _kurtosis(x: Float64[Tensor, "tokens d"]) -> Float64[Tensor, " d"]:
    """The fourth central moment over the squared variance; NaN for a constant coordinate."""
    centred = x - x.mean(dim=0)
    return centred.pow(4).mean(dim=0) / centred.square().mean(dim=0).square()


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
