"""The notebook snippet of a direction: load the vector, hook the model, reproduce the scores."""

import json
from pathlib import PurePosixPath

from app.worker.hub import ModelInfo

DEMO_FOLDER = PurePosixPath("app/demo/model")
"""Where this software's own folder holds the demo model."""
HUB = "huggingface.co/"
TEXT = "The capital of France is Paris."

SNIPPET = """\
# {title}
# pip install torch transformer_lens
import json
from urllib.request import urlopen

import torch
from transformer_lens.model_bridge import TransformerBridge

VECTOR = {vector}
MODEL = {model}{model_note}
SITE = {site}{head}
TEXT = {text}

with urlopen(VECTOR) as answer:
    direction = torch.tensor(json.load(answer))  # ({width},), length 1

model = TransformerBridge.boot_transformers(MODEL, device="cpu")  # the weights as published
tokenizer = model.tokenizer
bos = tokenizer.eos_token_id if tokenizer.bos_token_id is None else tokenizer.bos_token_id
ids = [bos, *tokenizer.encode(TEXT, add_special_tokens=False)]
read = {{}}
with torch.no_grad():
    model.run_with_hooks(
        torch.tensor([ids]), fwd_hooks=[(SITE, lambda value, hook: read.update(x=value))]
    )
x = {x}
scores = x @ direction  # (tokens,): the dot products that the viewer shows

for token, score in zip(ids, scores.tolist()):
    print(f"{{score:+10.3f}}  {{tokenizer.decode([token])!r}}")
"""


def snippet(
    *, name: str, site: str, site_label: str, head: int | None, width: int, vector: str,
    info: ModelInfo,
) -> str:  # fmt: skip
    """Python that scores a text along a saved direction as the viewer does.

    `vector` is the address that gives the direction's numbers as a JSON list.
    """
    place = site_label if head is None else f"{site_label}, head {head}"
    return SNIPPET.format(
        # A name may hold anything that prints; in a comment only a new line could end it.
        title=" ".join(f"{name} · {info.label}, {place}".split()),
        vector=_literal(vector),
        model=_literal(source_of(info)),
        model_note="" if info.name != "demo" else "  # of this software's own folder",
        site=_literal(site),
        head="" if head is None else f"\nHEAD = {head}",
        text=_literal(TEXT),
        width=width,
        x='read["x"][0]  # (tokens, width)'
        if head is None
        else 'read["x"][0, :, HEAD]  # (tokens, width)',
    )


def source_of(info: ModelInfo) -> str:
    """What `from_pretrained` calls the model: a hub id, or a folder."""
    if info.name == "demo":
        return str(DEMO_FOLDER)
    return info.source.removeprefix(HUB)


def _literal(text: str) -> str:
    """A string as Python writes it, in double quotes; whatever is in it stays in it."""
    return json.dumps(text)
