"""Load a model from its folder, or say why it cannot be loaded and what to do."""

import logging
from dataclasses import dataclass
from pathlib import Path

import torch

from app.errors import ModelRefused
from app.model.architectures import gpt2_trunk, probe, refuse_unless_decoder, shape_of
from app.model.capture import BridgeTrunk, Trunk
from app.model.folder import check_config, check_tokenizer, check_weights, hash_of
from app.model.foreign import Bridge, HFConfig, HFModel, HFTokenizer, first_line, quiet
from app.model.registry import ModelSource, resolve
from app.model.sites import ModelShape, SiteTable
from app.model.tokens import Tokenizer

logger = logging.getLogger(__name__)

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


@dataclass(frozen=True, slots=True, eq=False)
class LoadedModel:
    """A model in memory: what it is, where it can be read, and the trunk that runs it.

    `revision` is the hub's commit, or a hash of the folder's weights, config and tokenizer.
    `bridge` is the TransformerBridge over the same weights; the trunk is what reads sites fast.
    """

    name: str
    label: str
    source: str
    revision: str
    shape: ModelShape
    sites: SiteTable
    tokenizer: Tokenizer
    trunk: Trunk
    bridge: Bridge
    device: torch.device
    dtype: torch.dtype
    n_parameters: int
    notice: str | None = None


def load_named(given: str, *, device: str | None = None, dtype: str | None = None) -> LoadedModel:
    """The model of that name (`gpt2`, `demo`, `auto`, a folder or a hub id), downloaded if need be.

    Raises ModelRefused.
    """
    return load(resolve(given), device=device, dtype=dtype)


def load(
    source: ModelSource, *, device: str | None = None, dtype: str | None = None
) -> LoadedModel:
    """The model of a source, on CUDA if it is there, else on the CPU, in float32 by default.

    Weights come from safetensors only, and no code from the folder is run. Raises ModelRefused
    for a folder that is missing something, damaged, or holds no decoder that can be read.
    """
    chosen = choose_device(device)
    number = choose_dtype(dtype)
    check_config(source.folder)
    check_tokenizer(source.folder)
    files = check_weights(source.folder)
    with quiet():
        config = _config(source.folder)
        refuse_unless_decoder(config, source.label)
        hf_tokenizer = _hf_tokenizer(source.folder)
        hf_model = _hf_model(source.folder, config, number).to(chosen)
        n_parameters = sum(weight.numel() for weight in hf_model.parameters())
        trunk: Trunk | None = gpt2_trunk(hf_model)
        bridge = _bridge(source.folder, hf_model, hf_tokenizer, number, chosen)
        sites = probe(bridge, shape_of(config), chosen)
    logger.info("Loaded %s (%s parameters) on %s", source.label, f"{n_parameters:,}", chosen)
    return LoadedModel(
        name=source.name,
        label=source.label,
        source=source.source,
        revision=source.revision or hash_of(source.folder, files),
        shape=shape_of(config),
        sites=sites,
        tokenizer=_tokenizer(hf_tokenizer),
        trunk=trunk or BridgeTrunk(bridge, chosen),
        bridge=bridge,
        device=chosen,
        dtype=number,
        n_parameters=n_parameters,
        notice=source.notice,
    )


def choose_device(name: str | None) -> torch.device:
    """The device of that name, or the best one for None; raises ModelRefused if it is not there."""
    if name is None:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise ModelRefused(
            f"The device {name!r} cannot be used ({str(error).splitlines()[0][:120]}). "
            "Use cpu, cuda or cuda:N, or leave it out.",
            field="device",
        ) from error
    return device


def choose_dtype(name: str | None) -> torch.dtype:
    """The number format of that name, float32 for None; raises ModelRefused for another."""
    try:
        return DTYPES[name or "float32"]
    except KeyError:
        raise ModelRefused(
            f"{name!r} is no number format for weights. Use {', '.join(DTYPES)}.", field="dtype"
        ) from None


def _config(folder: Path) -> HFConfig:
    from transformers import AutoConfig

    try:
        return AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        raise ModelRefused(
            f"{folder / 'config.json'} does not describe a model that transformers knows "
            f"({first_line(error)}).",
            field="model",
        ) from error


def _hf_tokenizer(folder: Path) -> HFTokenizer:
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )
        tokenizer.backend_tokenizer.get_vocab_size()
    except Exception as error:  # the Rust tokenizer raises bare Exception for a bad file
        raise ModelRefused(
            f"{folder} has no readable tokenizer ({first_line(error)}). It needs tokenizer.json.",
            field="model",
        ) from error
    return tokenizer


def _tokenizer(hf_tokenizer: HFTokenizer) -> Tokenizer:
    """Ours around theirs; where there is no BOS the end-of-text token stands in, as in GPT-2."""
    bos = hf_tokenizer.bos_token_id
    return Tokenizer(
        hf_tokenizer.backend_tokenizer, bos if bos is not None else hf_tokenizer.eos_token_id
    )


def _hf_model(folder: Path, config: HFConfig, dtype: torch.dtype) -> HFModel:
    """The transformers model with every weight read from the file."""
    from safetensors import SafetensorError
    from transformers import AutoModelForCausalLM

    try:
        model, report = AutoModelForCausalLM.from_pretrained(
            folder,
            config=config,
            dtype=dtype,
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
            output_loading_info=True,
        )
    except SafetensorError as error:
        raise ModelRefused(
            f"The weights in {folder} are damaged or cut short ({first_line(error)}); fetch the "
            "model again.",
            field="model",
        ) from error
    except (RuntimeError, ValueError, OSError, KeyError) as error:
        raise ModelRefused(
            f"The weights in {folder} do not fit its config.json ({first_line(error)}).",
            field="model",
        ) from error
    missing = sorted(report["missing_keys"])
    if missing:  # transformers would fill these with random numbers
        raise ModelRefused(
            f"The weights in {folder} lack {len(missing)} of the model's tensors, such as "
            f"{missing[0]}; fetch the model again.",
            field="model",
        )
    return model.eval().requires_grad_(False)


def _bridge(
    folder: Path,
    hf_model: HFModel,
    hf_tokenizer: HFTokenizer,
    dtype: torch.dtype,
    device: torch.device,
) -> Bridge:
    """The bridge around a loaded model: raw weights, nothing folded or copied."""
    from transformer_lens.model_bridge import TransformerBridge

    try:
        return TransformerBridge.boot_transformers(
            str(folder), hf_model=hf_model, tokenizer=hf_tokenizer, dtype=dtype, device=device
        )
    except (ValueError, NotImplementedError, AttributeError, KeyError, TypeError) as error:
        raise ModelRefused(
            f"The model in {folder} is of a kind that cannot be read: {first_line(error)}",
            field="model",
        ) from error
