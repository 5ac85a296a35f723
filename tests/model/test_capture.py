"""Every site holds what `transformers` and TransformerLens compute there, at no deeper a cost."""

from collections.abc import Callable, Iterable
from pathlib import Path
from unittest.mock import patch

import pytest
import torch
from torch import Tensor, nn

from app.model.capture import LOGITS, BridgeTrunk, Trunk
from app.model.gpt2 import GPT2Trunk, activation
from app.model.loading import LoadedModel, load_named
from app.model.sites import Site


def read(trunk: Trunk, ids: Tensor, names: Iterable[str]) -> dict[str, Tensor]:
    """What the trunk gives at those sites."""
    got: dict[str, Tensor] = {}

    def sink_for(name: str) -> Callable[[Tensor], None]:
        return lambda value: got.__setitem__(name, value.clone())

    trunk.run(ids, {name: sink_for(name) for name in names})
    return got


@torch.inference_mode()
def by_transformers(folder: Path, ids: Tensor) -> dict[str, Tensor]:
    """Every site of a GPT-2, from hooks on the plain `transformers` model and its own outputs."""
    from transformers import GPT2LMHeadModel

    model = GPT2LMHeadModel.from_pretrained(folder, attn_implementation="eager").eval()
    body, heads = model.transformer, model.config.n_head
    seen: dict[str, Tensor] = {}

    def keep_output(module: nn.Module, name: str) -> None:
        module.register_forward_hook(lambda _m, _i, out: seen.__setitem__(name, out))

    def keep_input(module: nn.Module, name: str) -> None:
        module.register_forward_pre_hook(lambda _m, inputs: seen.__setitem__(name, inputs[0]))

    keep_output(body.wte, "hook_embed")
    keep_output(body.wpe, "hook_pos_embed")
    keep_input(body.ln_f, "final")
    for layer, block in enumerate(body.h):
        at = f"blocks.{layer}."
        keep_input(block, f"{at}hook_resid_pre")
        keep_output(block.attn.c_attn, f"{at}qkv")
        keep_input(block.attn.c_proj, f"{at}z")
        keep_output(block.attn.c_proj, f"{at}hook_attn_out")
        keep_input(block.ln_2, f"{at}hook_resid_mid")
        keep_output(block.mlp.c_fc, f"{at}mlp.hook_pre")
        keep_input(block.mlp.c_proj, f"{at}mlp.hook_post")
        keep_output(block.mlp, f"{at}hook_mlp_out")
    result = model(ids, output_hidden_states=True)
    for layer in range(len(body.h)):
        at = f"blocks.{layer}."
        q, k, v = seen.pop(f"{at}qkv").chunk(3, dim=-1)
        for name, flat in {"q": q, "k": k, "v": v, "z": seen.pop(f"{at}z")}.items():
            seen[f"{at}attn.hook_{name}"] = flat.view(*flat.shape[:-1], heads, -1)
        seen[f"{at}ln1.hook_normalized"] = standardised(seen[f"{at}hook_resid_pre"])
        seen[f"{at}ln2.hook_normalized"] = standardised(seen[f"{at}hook_resid_mid"])
        after = seen["final"] if layer == len(body.h) - 1 else result.hidden_states[layer + 1]
        seen[f"{at}hook_resid_post"] = after
    seen["ln_final.hook_normalized"] = standardised(seen.pop("final"))
    seen["hook_pos_embed"] = seen["hook_pos_embed"].expand_as(seen["hook_embed"])
    seen[LOGITS] = result.logits
    return seen


def standardised(x: Tensor) -> Tensor:
    """(x − mean) / sqrt(var + 1e-5), in float64."""
    centred = x.double() - x.double().mean(-1, keepdim=True)
    return (centred / (centred.square().mean(-1, keepdim=True) + 1e-5).sqrt()).float()


def assert_same(got: dict[str, Tensor], expected: dict[str, Tensor]) -> None:
    assert got.keys() == expected.keys()
    for name, value in expected.items():
        assert got[name].shape == value.shape, name
        torch.testing.assert_close(got[name], value, atol=1e-4, rtol=1e-4, msg=name)


def test_every_site_of_the_tiny_model_is_what_transformers_computes(
    tiny_gpt2_dir: Path, tiny_model: LoadedModel
) -> None:
    ids = torch.randint(0, tiny_model.shape.d_vocab, (3, 17))
    got = read(tiny_model.trunk, ids, [*tiny_model.sites, LOGITS])
    assert_same(got, by_transformers(tiny_gpt2_dir, ids))


def test_every_site_in_gpt2_smalls_shape_is_what_transformers_computes(
    random_gpt2_small_dir: Path,
) -> None:
    model = load_named(str(random_gpt2_small_dir), device="cpu")
    ids = torch.randint(0, model.shape.d_vocab, (2, 9))
    assert isinstance(model.trunk, GPT2Trunk)
    got = read(model.trunk, ids, [*model.sites, LOGITS])
    assert_same(got, by_transformers(random_gpt2_small_dir, ids))


def test_every_site_is_what_the_bridge_caches_under_its_name(tiny_model: LoadedModel) -> None:
    ids = torch.randint(0, tiny_model.shape.d_vocab, (2, 11))
    with torch.inference_mode():
        logits, cache = tiny_model.bridge.run_with_cache(ids)
    expected = {name: cache[name] for name in tiny_model.sites}
    expected["hook_pos_embed"] = expected["hook_pos_embed"].expand_as(expected["hook_embed"])
    got = read(tiny_model.trunk, ids, [*tiny_model.sites, LOGITS])
    assert_same(got, {**expected, LOGITS: logits})


def test_the_bridge_trunk_and_gpt2s_own_are_one_function(tiny_model: LoadedModel) -> None:
    ids = torch.randint(0, tiny_model.shape.d_vocab, (2, 11))
    names = [name for name in tiny_model.sites if name != "hook_pos_embed"]
    bridged = BridgeTrunk(tiny_model.bridge, torch.device("cpu"))
    assert_same(read(tiny_model.trunk, ids, names), read(bridged, ids, names))


def test_the_trunk_shares_the_bridges_weights(tiny_model: LoadedModel) -> None:
    trunk = tiny_model.trunk
    assert isinstance(trunk, GPT2Trunk)
    own = {weight.data_ptr() for weight in tiny_model.bridge.original_model.parameters()}
    used = [trunk.token_embedding, trunk.blocks[1].qkv.weight, trunk.blocks[2].proj.bias]
    assert all(weight.data_ptr() in own for weight in used)


def test_sites_of_rows_padded_on_the_right_are_unchanged(tiny_model: LoadedModel) -> None:
    ids = torch.randint(0, tiny_model.shape.d_vocab, (1, 20))
    names = list(tiny_model.sites)
    alone = read(tiny_model.trunk, ids[:, :13], names)
    padded = read(tiny_model.trunk, ids, names)
    assert_same({name: value[:, :13] for name, value in padded.items()}, alone)


def blocks_run(model: LoadedModel, site: Site) -> int:
    """How many blocks' first LayerNorm is computed on the way to a site."""
    calls = []
    whole = GPT2Trunk._block

    def counted(trunk: GPT2Trunk, x: Tensor, block: object, at: str, reader: object) -> Tensor:
        calls.append(at)
        return whole(trunk, x, block, at, reader)  # type: ignore[arg-type]

    with patch.object(GPT2Trunk, "_block", counted):
        read(model.trunk, torch.zeros(1, 4, dtype=torch.long), [site.name])
    return len(calls)


def test_no_block_beyond_the_site_runs(tiny_model: LoadedModel) -> None:
    for site in tiny_model.sites.values():
        enters = site.blocks_needed + (site.kind == "resid_pre")  # enters its block, to be read
        assert blocks_run(tiny_model, site) == enters, site.name


def test_a_block_is_left_as_soon_as_its_site_is_read(tiny_model: LoadedModel) -> None:
    trunk = tiny_model.trunk
    assert isinstance(trunk, GPT2Trunk)
    with patch.object(GPT2Trunk, "_attention", side_effect=AssertionError("attention ran")):
        read(trunk, torch.zeros(1, 4, dtype=torch.long), ["blocks.0.hook_resid_pre"])
    with patch("app.model.gpt2.Norm.__call__", side_effect=AssertionError("a LayerNorm ran")):
        read(trunk, torch.zeros(1, 4, dtype=torch.long), ["hook_embed", "hook_pos_embed"])


def test_the_bridge_stops_after_the_deepest_site(tiny_model: LoadedModel) -> None:
    bridged = BridgeTrunk(tiny_model.bridge, torch.device("cpu"))
    ran: list[int] = []
    handles = [
        block.register_forward_pre_hook(lambda *_args, n=layer: ran.append(n))
        for layer, block in enumerate(tiny_model.bridge.blocks)
    ]
    read(bridged, torch.zeros(1, 4, dtype=torch.long), ["blocks.1.hook_resid_mid", "hook_embed"])
    for handle in handles:
        handle.remove()
    assert ran == [0, 1]


def test_a_bridged_pass_leaves_no_hook_behind(tiny_model: LoadedModel) -> None:
    bridged = BridgeTrunk(tiny_model.bridge, torch.device("cpu"))
    ids = torch.zeros(1, 4, dtype=torch.long)
    read(bridged, ids, ["blocks.0.attn.hook_z"])
    hook = tiny_model.bridge.hook_dict["blocks.0.attn.hook_z"]
    assert not hook.fwd_hooks and not hook._forward_hooks


@pytest.mark.parametrize("name", ["gelu_new", "gelu", "relu", "silu", "gelu_pytorch_tanh"])
def test_activations_are_those_of_transformers(name: str) -> None:
    from transformers.activations import ACT2FN

    x = torch.linspace(-6, 6, 1001)
    act = activation(name)
    assert act is not None
    torch.testing.assert_close(act(x), ACT2FN[name](x), atol=1e-6, rtol=1e-6)


def test_an_unknown_activation_is_left_to_the_bridge() -> None:
    assert activation("quick_gelu") is None
