"""A sound folder loads; every other is refused with the reason and what to do."""

import json
import pickle
import shutil
import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import (
    BertConfig,
    BertLMHeadModel,
    GPT2Config,
    GPT2LMHeadModel,
    GPTNeoXConfig,
    GPTNeoXForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedModel,
    T5Config,
    T5ForConditionalGeneration,
)

from app.errors import ModelRefused
from app.model.capture import LOGITS, BridgeTrunk
from app.model.gpt2 import GPT2Trunk
from app.model.loading import LoadedModel, choose_device, choose_dtype, load, load_named
from app.model.registry import resolve
from tests.models import byte_level_tokenizer, livelier, save

SMALL: dict[str, Any] = {"vocab_size": 447, "hidden_size": 32, "num_hidden_layers": 2}


@pytest.fixture
def folder(tiny_gpt2_dir: Path, tmp_path: Path) -> Path:
    """A copy of the tiny model, to be damaged."""
    return Path(shutil.copytree(tiny_gpt2_dir, tmp_path / "model"))


def refusal(folder: Path) -> str:
    with pytest.raises(ModelRefused) as caught:
        load_named(str(folder), device="cpu")
    assert caught.value.field == "model"
    return caught.value.detail


def test_a_folder_loads_with_its_shape_and_sites(tiny_model: LoadedModel) -> None:
    shape = tiny_model.shape
    assert (shape.n_layers, shape.d_model, shape.n_heads, shape.d_head) == (3, 48, 4, 12)
    assert (shape.d_mlp, shape.n_ctx, shape.d_vocab) == (192, 64, tiny_model.tokenizer.vocab_size)
    assert len(tiny_model.sites) == 2 + 3 * 13 + 1
    assert [site.name for site in tiny_model.sites.basic] == [
        "hook_embed",
        "hook_pos_embed",
        *(f"blocks.{layer}.hook_resid_pre" for layer in range(3)),
        "ln_final.hook_normalized",
    ]
    block = 2 * 2 * 48 + (48 + 1) * 3 * 48 + (48 + 1) * 48 + (48 + 1) * 192 + (192 + 1) * 48
    assert tiny_model.n_parameters == (shape.d_vocab + 64) * 48 + 3 * block + 2 * 48


def test_the_revision_changes_with_the_weights_and_only_then(folder: Path, tmp_path: Path) -> None:
    first = load_named(str(folder)).revision
    assert load_named(str(shutil.copytree(folder, tmp_path / "again"))).revision == first
    weights = bytearray((folder / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    (folder / "model.safetensors").write_bytes(weights)
    assert load_named(str(folder)).revision != first


def test_a_local_folder_is_loaded_without_any_network(
    tiny_gpt2_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    def refuse(*_args: object, **_kwargs: object) -> None:
        raise AssertionError("a connection was attempted")

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert load_named(str(tiny_gpt2_dir)).name == "tiny"


def test_sharded_weights_load(folder: Path, tiny_model: LoadedModel) -> None:
    model = GPT2LMHeadModel.from_pretrained(folder)
    (folder / "model.safetensors").unlink()
    model.save_pretrained(folder, max_shard_size="150KB")
    assert (folder / "model.safetensors.index.json").is_file()
    assert load_named(str(folder)).n_parameters == tiny_model.n_parameters


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_another_number_format_changes_the_numbers_little(
    tiny_gpt2_dir: Path, tiny_model: LoadedModel, dtype: str
) -> None:
    half = load(resolve(str(tiny_gpt2_dir)), device="cpu", dtype=dtype)
    ids = torch.arange(10)[None]
    got: list[torch.Tensor] = []
    for model in (half, tiny_model):
        model.trunk.run(ids, {"blocks.2.hook_resid_pre": lambda value: got.append(value.float())})
    assert half.dtype == choose_dtype(dtype)
    assert torch.nn.functional.cosine_similarity(got[0], got[1], dim=-1).min() > 0.99


def test_a_missing_folder_is_refused() -> None:
    with pytest.raises(ModelRefused, match=r"no folder '/nowhere/at-all'.*config\.json"):
        load_named("/nowhere/at-all")


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    assert "has no config.json" in refusal(tmp_path)


@pytest.mark.parametrize("damage", ["{", "[]", "\udcff"])
def test_a_damaged_config_is_refused(folder: Path, damage: str) -> None:
    (folder / "config.json").write_bytes(damage.encode("utf-8", "surrogateescape"))
    assert "config.json" in refusal(folder)


def test_a_config_of_no_known_kind_is_refused(folder: Path) -> None:
    (folder / "config.json").write_text(json.dumps({"model_type": "no-such-kind"}))
    assert "does not describe a model that transformers knows" in refusal(folder)


def test_missing_weights_are_refused(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    assert "model.safetensors is missing" in refusal(folder)


def test_a_missing_shard_is_refused(folder: Path) -> None:
    index = {"weight_map": {"a": "model-00001-of-00002.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    assert "lacks model-00001-of-00002.safetensors" in refusal(folder)


def test_a_damaged_index_is_refused(folder: Path) -> None:
    (folder / "model.safetensors.index.json").write_text("{}")
    assert "not a readable index" in refusal(folder)


def test_weights_cut_short_are_refused(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1000])
    assert "damaged or cut short" in refusal(folder)


def test_weights_that_are_not_safetensors_inside_are_refused(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"this is no tensor file at all")
    assert "damaged or cut short" in refusal(folder)


def test_weights_that_lack_a_tensor_are_refused_rather_than_made_up(folder: Path) -> None:
    from safetensors.torch import load_file, save_file

    tensors = load_file(folder / "model.safetensors")
    del tensors["transformer.h.1.mlp.c_fc.weight"]
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    assert "lack 1 of the model's tensors" in refusal(folder)


def test_weights_of_another_size_are_refused(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "n_embd": 96}))
    assert "do not fit its config.json" in refusal(folder)


def test_pickled_weights_are_refused_unopened(folder: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.touch, (folder / "opened",))

    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Trap()))
    detail = refusal(folder)
    assert "only as pytorch_model.bin" in detail and "convert" in detail
    assert not (folder / "opened").exists()


def test_code_in_the_folder_is_not_run(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "evil.py").write_text(f"open({str(folder / 'ran')!r}, 'w')")
    config |= {
        "model_type": "evil",
        "auto_map": {"AutoConfig": "evil.C", "AutoModelForCausalLM": "evil.M"},
    }
    (folder / "config.json").write_text(json.dumps(config))
    refusal(folder)
    assert not (folder / "ran").exists()


def test_a_missing_tokenizer_is_refused(folder: Path) -> None:
    for path in folder.glob("tokenizer*"):
        path.unlink()
    assert "tokenizer.json is missing" in refusal(folder)


def test_a_damaged_tokenizer_is_refused(folder: Path) -> None:
    (folder / "tokenizer.json").write_text("{")
    assert "no readable tokenizer" in refusal(folder)


@pytest.mark.parametrize(
    "model",
    [
        BertLMHeadModel(
            BertConfig(**SMALL, num_attention_heads=2, intermediate_size=64, is_decoder=True)
        ),
        T5ForConditionalGeneration(
            T5Config(vocab_size=447, d_model=32, d_ff=64, num_layers=1, num_heads=2, d_kv=16)
        ),
    ],
    ids=["bert", "t5"],
)
def test_encoders_are_refused_with_advice(model: PreTrainedModel, tmp_path: Path) -> None:
    detail = refusal(save(model, byte_level_tokenizer(), tmp_path / "encoder"))
    assert "Name a decoder-only language model" in detail


def llama() -> PreTrainedModel:
    return LlamaForCausalLM(
        LlamaConfig(
            **SMALL, intermediate_size=64, num_attention_heads=4, num_key_value_heads=2,
            max_position_embeddings=40,
        )
    )  # fmt: skip


def neox() -> PreTrainedModel:
    return GPTNeoXForCausalLM(
        GPTNeoXConfig(
            **SMALL, intermediate_size=64, num_attention_heads=4, max_position_embeddings=40
        )
    )


def hidden_states(folder: Path, ids: torch.Tensor) -> tuple[torch.Tensor, ...]:
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(folder, attn_implementation="eager").eval()
    with torch.inference_mode():
        out = model(ids, output_hidden_states=True)
    return (*out.hidden_states, out.logits)


@pytest.mark.parametrize("make", [llama, neox])
def test_other_decoders_are_read_through_the_bridge_as_transformers_computes_them(
    make: Callable[[], PreTrainedModel], tmp_path: Path
) -> None:
    torch.manual_seed(3)
    folder = save(livelier(make()), byte_level_tokenizer(), tmp_path / "other")
    model = load_named(str(folder), device="cpu")
    assert isinstance(model.trunk, BridgeTrunk)
    ids = torch.randint(0, 447, (2, 12))
    names = ["blocks.0.hook_resid_pre", "blocks.1.hook_resid_pre", LOGITS]
    got: dict[str, torch.Tensor] = {}
    model.trunk.run(ids, {name: partial(got.__setitem__, name) for name in names})
    expected = hidden_states(folder, ids)
    for name, value in zip(names, [expected[0], expected[1], expected[-1]], strict=True):
        torch.testing.assert_close(got[name], value, atol=1e-4, rtol=1e-4, msg=name)


def test_a_rotary_model_has_no_positional_embedding_and_its_own_head_counts(
    tmp_path: Path,
) -> None:
    model = load_named(str(save(llama(), byte_level_tokenizer(), tmp_path / "llama")))
    assert "hook_pos_embed" not in model.sites
    assert model.sites["blocks.0.attn.hook_q"].n_heads == 4
    assert model.sites["blocks.0.attn.hook_k"].n_heads == 2
    assert model.sites["blocks.1.mlp.hook_post"].width == 64
    assert model.shape.n_ctx == 40


def test_a_parallel_block_has_no_middle_of_the_stream(tmp_path: Path) -> None:
    model = load_named(str(save(neox(), byte_level_tokenizer(), tmp_path / "neox")))
    assert "blocks.0.hook_resid_mid" not in model.sites
    assert "blocks.0.hook_resid_post" in model.sites


def test_a_gpt2_with_an_odd_activation_goes_through_the_bridge(tmp_path: Path) -> None:
    config = GPT2Config(
        vocab_size=447, n_positions=32, n_embd=32, n_layer=1, n_head=2,
        activation_function="quick_gelu",
    )  # fmt: skip
    model = load_named(str(save(GPT2LMHeadModel(config), byte_level_tokenizer(), tmp_path / "odd")))
    assert not isinstance(model.trunk, GPT2Trunk)


@pytest.mark.parametrize("name", ["cuda:99", "abacus", "meta2"])
def test_a_device_that_is_not_there_is_refused(name: str) -> None:
    with pytest.raises(ModelRefused, match="cannot be used"):
        choose_device(name)


def test_a_number_format_that_is_none_is_refused() -> None:
    with pytest.raises(ModelRefused, match="float32, bfloat16, float16"):
        choose_dtype("float7")
