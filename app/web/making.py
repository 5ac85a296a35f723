"""From what a person points at to a direction that can be saved: a unit vector and its recipe.

The recipe says how the vector was made, in plain JSON; `kind` tells which way.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from app.analysis.directions import check_vector, combine, unit
from app.errors import BadDirection, RsvError
from app.web.deps import Services
from app.web.directions_in import basis_of, check_position, combined, in_basis, token_vector
from app.web.neurons import neuron_vector
from app.web.saved_in import Difference, NewDirectionIn, TextPlace
from app.web.saved_vectors import Named, name_saved, read_saved
from app.web.schemas import ByCombination, ByComponent, Part, TokenPlace
from app.web.texts import TokenText, read_text
from app.web.uploads import read_upload
from app.worker.hub import ServedModel
from app.worker.jobs import Captured, CaptureJob, Read, Site

Recipe = dict[str, object]


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """A unit vector (width,), float32, and how it was made."""

    vector: Tensor
    recipe: Recipe


async def make(
    services: Services, model: ServedModel, site: Site, head: int | None, body: NewDirectionIn
) -> Made:
    """The direction of a request's one source.

    Raises BadDirection, UnknownComponent, UnknownDirection, NotFitted, and what a text or a neuron
    is refused for.
    """
    if body.vector is not None:
        return Made(unit(check_vector(body.vector, site.width)), {"kind": "vector"})
    if body.component is not None:
        fitted = await basis_of(services, model, site, head)
        vector = in_basis(ByComponent(component=body.component), fitted.basis, site)
        basis = fitted.provenance.fingerprint
        return Made(vector, {"kind": "component", "component": body.component, "basis": basis})
    if body.combination is not None:
        return await _of_combination(services, model, site, head, body.combination)
    if body.token is not None:
        return await _of_token(services, model, site, head, body.token)
    if body.neuron is not None:
        there = body.neuron.model_dump(exclude_none=True)
        recipe = {"kind": "neuron", "model": model.info.name, **there}
        return Made(await neuron_vector(model, site, body.neuron), recipe)
    assert body.difference is not None  # the request has exactly one source
    return await _of_difference(services, model, site, head, body.difference)


def of_file(filename: str, content: bytes, site: Site) -> Made:
    """The direction in an uploaded file; raises BadFile, or BadDirection for another width."""
    numbers, kind = read_upload(filename, content)
    vector = unit(check_vector(torch.from_numpy(numbers), site.width, field="file"), field="file")
    return Made(vector, {"kind": "upload", "file": shown_name(filename), "format": kind})


def shown_name(filename: str) -> str:
    """A file's name without its folders and without what cannot be printed."""
    last = filename.replace("\\", "/").rpartition("/")[2]
    return "".join(c for c in last if c.isprintable())[-120:]


async def _of_combination(
    services: Services, model: ServedModel, site: Site, head: int | None, parts: list[Part]
) -> Made:
    named = {part.id: f"combination.{i}.id" for i, part in enumerate(parts) if part.id is not None}
    saved = await read_saved(services, model, site, head, named)
    names = await name_saved(services, saved)
    fitted = None
    if any(part.component is not None for part in parts):
        fitted = await basis_of(services, model, site, head)
    basis = None if fitted is None else fitted.basis
    vector = combined(ByCombination(combination=parts), basis, saved, site)
    return Made(
        vector,
        {
            "kind": "combination",
            "basis": None if fitted is None else fitted.provenance.fingerprint,
            "parts": [_part(part, names) for part in parts],
        },
    )


def _part(part: Part, names: Named) -> Recipe:
    if part.id is None:
        return {"component": part.component, "weight": part.weight}
    return {"id": part.id, "name": names[part.id], "weight": part.weight}


async def _of_token(
    services: Services, model: ServedModel, site: Site, head: int | None, place: TokenPlace
) -> Made:
    text = await _read(services, model, place.text, place.prompt_id, "token")
    vector = await token_vector(model, site, head, text, place.position)
    return Made(vector, {"kind": "token", **_place(model, text, place.position)})


async def _of_difference(
    services: Services, model: ServedModel, site: Site, head: int | None, difference: Difference
) -> Made:
    ends = {"plus": difference.plus, "minus": difference.minus}
    texts = {}
    for end, place in ends.items():
        field = f"difference.{end}"
        texts[end] = await _read(services, model, place.text, place.prompt_id, field)
        if place.position is not None:
            check_position(place.position, len(texts[end].ids), field=f"{field}.position")
    if (texts["plus"].ids, ends["plus"].position) == (texts["minus"].ids, ends["minus"].position):
        raise BadDirection("Both ends are the same: there is no difference.", field="difference")
    captured = await model.batcher.ask_all(
        [CaptureJob(text.ids, (Read(site, head),)) for text in texts.values()]
    )
    plus, minus = (
        _at(model, text, ends[end], vectors)
        for (end, text), vectors in zip(texts.items(), captured, strict=True)
    )
    try:
        vector = combine(torch.stack([plus, minus]), [1.0, -1.0])
    except BadDirection:
        raise BadDirection(
            "Both ends have the same vector here: there is no difference.", field="difference"
        ) from None
    return Made(
        vector,
        {
            "kind": "difference",
            **{end: _place(model, text, ends[end].position) for end, text in texts.items()},
        },
    )


def _at(model: ServedModel, text: TokenText, place: TextPlace, captured: Captured) -> Tensor:
    """The vector (width,) at a position, or the mean over the text's tokens, BOS left out."""
    vectors = captured.vectors[0].to(torch.float64).cpu()
    if place.position is not None:
        return vectors[place.position]
    first = 1 if text.ids[0] == model.tokenizer.bos_id and len(text.ids) > 1 else 0
    return vectors[first:].mean(dim=0)


async def _read(
    services: Services, model: ServedModel, text: str | None, prompt_id: int | None, field: str
) -> TokenText:
    try:
        return await read_text(services, model, text, prompt_id)
    except RsvError as error:
        error.field = f"{field}.{error.field}"
        raise


def _place(model: ServedModel, text: TokenText, position: int | None) -> Recipe:
    """Where a vector was read, as a recipe keeps it."""
    found: Recipe = {"text": text.text}
    if text.prompt_id is not None:
        found["prompt_id"] = text.prompt_id
    if position is not None:
        found["position"] = position
        found["token"] = model.tokenizer.display(text.ids)[position]
    return found
