"""A model's folder in Hugging Face format: is everything there, is it sound, what is its hash."""

import hashlib
import json
from pathlib import Path

from app.errors import ModelRefused
from app.model.foreign import first_line

TOKENIZERS = ("tokenizer.json", "tokenizer.model", "vocab.json", "merges.txt", "vocab.txt")
PICKLES = {".bin", ".pt", ".pth", ".ckpt", ".pkl", ".h5", ".msgpack"}


def check_config(folder: Path) -> None:
    """Raise ModelRefused unless the folder has a config.json that is a JSON object."""
    path = folder / "config.json"
    if not path.is_file():
        raise ModelRefused(
            f"{folder} has no config.json, so it is not a model in Hugging Face format.",
            field="model",
        )
    try:
        read = json.loads(path.read_text("utf-8"))
    except ValueError as error:  # JSON or UTF-8
        raise ModelRefused(
            f"{path} is not readable JSON ({first_line(error)}); fetch the model again.",
            field="model",
        ) from error
    if not isinstance(read, dict):
        raise ModelRefused(f"{path} does not hold a configuration.", field="model")


def weight_files(folder: Path) -> list[Path]:
    """The safetensors files a model folder consists of, in order; empty when it has none.

    With an index, those that it names, present or not; else model.safetensors. Raises
    ModelRefused for an index that cannot be read.
    """
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        try:
            names = json.loads(index.read_text("utf-8"))["weight_map"].values()
            return [folder / Path(name).name for name in sorted(set(names))]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelRefused(
                f"{index} is not a readable index of weights ({first_line(error)}); fetch the "
                "model again.",
                field="model",
            ) from error
    single = folder / "model.safetensors"
    return [single] if single.is_file() else []


def check_weights(folder: Path) -> list[Path]:
    """The safetensors files, all of them there. Raises ModelRefused with what is there instead."""
    files = weight_files(folder)
    missing = [file.name for file in files if not file.is_file()]
    if missing:
        raise ModelRefused(
            f"{folder} lacks {', '.join(missing[:3])}; fetch the model again.", field="model"
        )
    if files:
        return files
    others = sorted(path.name for path in folder.iterdir() if path.suffix in PICKLES)
    if others:
        raise ModelRefused(
            f"{folder} has weights only as {', '.join(others[:3])}. Such files can run code when "
            "they are opened, so only safetensors are loaded: convert them "
            "(model.save_pretrained(folder)), or name a model that has safetensors.",
            field="model",
        )
    raise ModelRefused(f"{folder} has no weights: model.safetensors is missing.", field="model")


def check_tokenizer(folder: Path) -> None:
    """Raise ModelRefused where there is no tokenizer; transformers would make an empty one."""
    if not any((folder / name).is_file() for name in TOKENIZERS):
        raise ModelRefused(
            f"{folder} has no tokenizer: tokenizer.json is missing; fetch the model again.",
            field="model",
        )


def hash_of(folder: Path, weights: list[Path]) -> str:
    """A hash of all that decides what the model computes, as long as a git commit."""
    digest = hashlib.sha256()
    for path in [folder / "config.json", *(folder / name for name in TOKENIZERS), *weights]:
        if path.is_file():
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:40]
