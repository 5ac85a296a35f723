"""Sites: the places in a transformer where a vector can be read, by their TransformerLens names.

A site is one hook point: its name says where it is, its width how long a vector there is, and
`n_heads` whether there is one vector per attention head. `blocks_needed` orders sites along the
forward pass: reading a site costs only the blocks before it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from app.errors import BadInput, UnknownHead, UnknownSite

SiteKind = Literal[
    "embed", "pos_embed", "resid_pre", "ln1", "q", "k", "v", "z", "attn_out", "resid_mid",
    "ln2", "mlp_pre", "mlp_post", "mlp_out", "resid_post", "ln_final",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class ModelShape:
    """The sizes of a decoder-only transformer."""

    n_layers: int
    d_model: int
    n_heads: int
    d_head: int
    d_mlp: int
    d_vocab: int
    n_ctx: int
    has_pos_embed: bool = True
    n_kv_heads: int | None = None


@dataclass(frozen=True, slots=True)
class Site:
    """One hook point: `width` numbers per token (and per head, where `n_heads` is not None)."""

    name: str
    label: str
    kind: SiteKind
    layer: int | None
    width: int
    n_heads: int | None
    basic: bool
    blocks_needed: int

    @property
    def in_model_space(self) -> bool:
        """Whether vectors here have the coordinates of the residual stream.

        So do the stream itself, what modules add to it, and what LayerNorms make of it: a
        direction of one is a direction of all. A head's vectors and an FFN's neurons have
        coordinates of their own, also where they happen to be as many.
        """
        return self.n_heads is None and self.kind not in ("mlp_pre", "mlp_post")

    def check_head(self, head: int | None) -> int | None:
        """The head if this site has it.

        Raises BadInput for a head where there are none, or none where there are heads, and
        UnknownHead for one that is not there.
        """
        if self.n_heads is None:
            if head is not None:
                raise BadInput(f"{self.label} has no heads; leave `head` out.", field="head")
            return None
        if head is None:
            raise BadInput(
                f"{self.label} has one vector per head: give `head`, 0 to {self.n_heads - 1}.",
                field="head",
            )
        if not 0 <= head < self.n_heads:
            raise UnknownHead(
                f"{self.label} has heads 0 to {self.n_heads - 1}, not {head}.", field="head"
            )
        return head


class SiteTable(Mapping[str, Site]):
    """A model's sites by name, in the order of the forward pass."""

    def __init__(self, sites: tuple[Site, ...]) -> None:
        self._by_name = {site.name: site for site in sites}

    def __getitem__(self, name: str) -> Site:
        """The site of that name; raises UnknownSite."""
        try:
            return self._by_name[name]
        except KeyError:
            raise UnknownSite(
                f"This model has no site {name[:80]!r}. Sites bear TransformerLens hook names, "
                "such as 'blocks.0.hook_resid_pre'.",
                field="site",
            ) from None

    def __iter__(self) -> Iterator[str]:
        """Names, in the order of the forward pass."""
        return iter(self._by_name)

    def __len__(self) -> int:
        """How many sites the model has."""
        return len(self._by_name)

    def __contains__(self, name: object) -> bool:
        """Whether the model has a site of that name."""
        return name in self._by_name

    @property
    def basic(self) -> tuple[Site, ...]:
        """The short list a newcomer sees: embeddings, every layer's input, the output."""
        return tuple(site for site in self._by_name.values() if site.basic)


def sites_of(shape: ModelShape) -> SiteTable:
    """Every site of a model of that shape, in the order of the forward pass."""
    d = shape.d_model
    sites = [Site("hook_embed", "Token embedding", "embed", None, d, None, True, 0)]
    if shape.has_pos_embed:
        sites.append(
            Site("hook_pos_embed", "Positional embedding", "pos_embed", None, d, None, True, 0)
        )
    for layer in range(shape.n_layers):
        sites.extend(_block_sites(shape, layer))
    sites.append(
        Site("ln_final.hook_normalized", "Output", "ln_final", None, d, None, True, shape.n_layers)
    )
    return SiteTable(tuple(sites))


def _block_sites(shape: ModelShape, layer: int) -> list[Site]:
    """The sites of one block, in the order in which the forward pass reaches them."""
    heads = shape.n_heads
    kv_heads = shape.n_kv_heads or heads
    rows: list[tuple[str, str, SiteKind, int, int | None]] = [
        ("hook_resid_pre", f"Layer {layer}", "resid_pre", shape.d_model, None),
        ("ln1.hook_normalized", f"Layer {layer} attention input", "ln1", shape.d_model, None),
        ("attn.hook_q", f"Layer {layer} queries", "q", shape.d_head, heads),
        ("attn.hook_k", f"Layer {layer} keys", "k", shape.d_head, kv_heads),
        ("attn.hook_v", f"Layer {layer} values", "v", shape.d_head, kv_heads),
        ("attn.hook_z", f"Layer {layer} mixed values", "z", shape.d_head, heads),
        ("hook_attn_out", f"Layer {layer} attention output", "attn_out", shape.d_model, None),
        ("hook_resid_mid", f"Layer {layer} after attention", "resid_mid", shape.d_model, None),
        ("ln2.hook_normalized", f"Layer {layer} FFN input", "ln2", shape.d_model, None),
        ("mlp.hook_pre", f"Layer {layer} FFN before activation", "mlp_pre", shape.d_mlp, None),
        ("mlp.hook_post", f"Layer {layer} FFN neurons", "mlp_post", shape.d_mlp, None),
        ("hook_mlp_out", f"Layer {layer} FFN output", "mlp_out", shape.d_model, None),
        ("hook_resid_post", f"Layer {layer} after FFN", "resid_post", shape.d_model, None),
    ]
    return [
        Site(
            name=f"blocks.{layer}.{name}",
            label=label,
            kind=kind,
            layer=layer,
            width=width,
            n_heads=n_heads,
            basic=kind == "resid_pre",
            blocks_needed=layer if kind == "resid_pre" else layer + 1,
        )
        for name, label, kind, width, n_heads in rows
    ]
