"""A model's weights and activations as contribution scores take them, beside `transformers`."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import torch
from torch import Tensor
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedModel

from app.analysis.parts import AttentionWeights, FfnWeights, ModelWeights, StreamAt
from app.errors import MethodRefused
from app.model.gpt2 import GPT2Trunk
from app.model.loading import LoadedModel, load_named
from app.model.streams import read_attention_input, read_streams
from app.model.weights import model_weights
from tests.analysis import attending
from tests.analysis.brute import Brute
from tests.model.test_loading import llama, neox
from tests.models import byte_level_tokenizer, livelier, save

IDS = [3, 250, 17, 17, 400, 9, 77]


def brute_of(folder: Path, ids: list[int]) -> Brute:
    """The same folder's model, run by `transformers` in float64."""
    return Brute(GPT2LMHeadModel.from_pretrained(folder, attn_implementation="eager"), ids)


def save_other_gpt2(folder: Path) -> Path:
    """A GPT-2 with an FFN of its own width, and attention that weakens with depth."""
    tokenizer = byte_level_tokenizer()
    torch.manual_seed(3)
    config = GPT2Config(
        vocab_size=len(tokenizer), n_positions=32, n_embd=24, n_layer=2, n_head=3, n_inner=40,
        activation_function="relu", scale_attn_by_inverse_layer_idx=True,
        tie_word_embeddings=False, layer_norm_epsilon=1e-3,
        bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id,
    )  # fmt: skip
    return save(livelier(GPT2LMHeadModel(config)), tokenizer, folder)


@pytest.fixture(scope="module", params=["tiny", "other"])
def folder(
    request: pytest.FixtureRequest, tiny_gpt2_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    if request.param == "tiny":
        return tiny_gpt2_dir
    return save_other_gpt2(tmp_path_factory.mktemp("models") / "other")


def tensors(weights: ModelWeights) -> dict[str, Tensor]:
    """Every tensor of a model's weights, by name."""
    found = {"unembedding": weights.unembedding.weight}
    norms = {"final": weights.unembedding.norm}
    kinds: dict[str, tuple[AttentionWeights | FfnWeights, ...]]
    kinds = {"attn": weights.attention, "ffn": weights.ffn}
    for kind, layers in kinds.items():
        for i, layer in enumerate(layers):
            fields = {name: getattr(layer, name) for name in layer.__dataclass_fields__}
            norms[f"{kind}{i}"] = fields.pop("norm")
            found |= {f"{kind}{i}.{k}": v for k, v in fields.items() if isinstance(v, Tensor)}
    for name, norm in norms.items():
        assert norm.bias is not None
        found |= {f"{name}.gain": norm.gain, f"{name}.bias": norm.bias}
    return found


def test_weights_are_those_of_transformers(folder: Path) -> None:
    model = load_named(str(folder), device="cpu")
    got, expected = model_weights(model), brute_of(folder, IDS).weights(torch.float32)
    mine, theirs = tensors(got), tensors(expected)
    assert mine.keys() == theirs.keys()
    for name, value in theirs.items():
        assert torch.equal(mine[name], value), name
    config = GPT2Config.from_pretrained(folder)
    d_head = config.n_embd // config.n_head
    for i, layer in enumerate(got.attention):
        divisor = i + 1 if config.scale_attn_by_inverse_layer_idx else 1
        assert layer.scaling == pytest.approx(d_head**-0.5 / divisor)
        assert layer.norm.eps == config.layer_norm_epsilon


def test_they_are_views_of_the_models_own_tensors(tiny_model: LoadedModel) -> None:
    own = {
        parameter.untyped_storage().data_ptr()
        for parameter in tiny_model.bridge.original_model.parameters()
    }
    for name, value in tensors(model_weights(tiny_model)).items():
        assert value.untyped_storage().data_ptr() in own, name


def test_streams_are_those_of_transformers(folder: Path) -> None:
    model = load_named(str(folder), device="cpu")
    brute = brute_of(folder, IDS)
    positions = [6, 0, 3]
    streams = read_streams(model.trunk, model_weights(model), IDS, positions)
    assert sorted(streams) == [0, 3, 6]
    for position in positions:
        expected = brute.stream(position)
        for field in StreamAt.__dataclass_fields__:
            mine, theirs = getattr(streams[position], field), getattr(expected, field)
            torch.testing.assert_close(
                mine.double(), theirs, atol=1e-4, rtol=1e-4, msg=f"{field} at {position}"
            )


@pytest.mark.parametrize("positions", [[2], range(7)])
def test_what_attention_reads_is_the_sum_of_its_parts(
    folder: Path, positions: Sequence[int]
) -> None:
    model = load_named(str(folder), device="cpu")
    brute, weights = brute_of(folder, IDS), model_weights(model)
    for layer in range(brute.layers):
        found = read_attention_input(model.trunk, weights, IDS, layer, positions)
        expected = attending.parts(brute, layer)
        assert found.names == tuple(expected)
        assert found.positions == tuple(positions)
        here = torch.stack(list(expected.values()))[:, list(positions)]
        torch.testing.assert_close(found.parts.double(), here, atol=1e-4, rtol=1e-4)
        torch.testing.assert_close(
            found.x.double(), brute.seen[f"pre{layer}"], atol=1e-4, rtol=1e-4
        )
        torch.testing.assert_close(found.parts.sum(dim=0), found.x[list(positions)])


def test_what_follows_the_position_is_not_run(
    tiny_model: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    shapes: list[tuple[int, ...]] = []
    run = GPT2Trunk.run

    def counted(trunk: GPT2Trunk, ids: Tensor, sinks: object) -> None:
        shapes.append(tuple(ids.shape))
        run(trunk, ids, sinks)  # type: ignore[arg-type]

    monkeypatch.setattr(GPT2Trunk, "run", counted)
    read_streams(tiny_model.trunk, model_weights(tiny_model), IDS, [2, 4])
    assert shapes == [(1, 5)]


@pytest.mark.parametrize(
    ("make", "reason"), [(llama, "RMSNorm.*gated.*rotary"), (neox, "side by side.*rotary")]
)
def test_another_architecture_is_refused_with_its_difference(
    make: Callable[[], PreTrainedModel], reason: str, tmp_path: Path
) -> None:
    model = load_named(str(save(make(), byte_level_tokenizer(), tmp_path / "other")))
    with pytest.raises(MethodRefused, match=reason):
        model_weights(model)
