"""A direction's colours on a few library texts, for its page."""

from contextlib import suppress
from typing import Literal

import numpy as np
from starlette.concurrency import run_in_threadpool
from torch import Tensor

from app.db import prompts
from app.errors import NotFitted, PromptTooLong
from app.web.deps import Services
from app.web.directions_in import basis_of
from app.web.palette import LEVELS, level_class
from app.web.rendering import colour_range, keeps_spaces, level_of, shown, signed, spoken
from app.web.scoring import score
from app.web.texts import TokenText, read_texts, token_dicts
from app.web.views import TokenView, View
from app.web.viewstate import FIRST_SEED
from app.web.wording import LEGEND_STEPS
from app.worker.hub import ServedModel
from app.worker.jobs import Site

SAMPLES = 6
DRAWN = 24
"""How many are drawn: one that is longer than the model reads is passed over."""

SampleUnit = Literal["dot", "centred"]


class SampleToken(View):
    """A token with its CSS classes, what is written in it, and its name with its score."""

    classes: str
    text: str
    title: str
    special: bool


class SampleText(View):
    """One text, coloured."""

    prompt_id: int
    source: str
    exact: bool
    tokens: tuple[SampleToken, ...]


class Samples(View):
    """Some texts, coloured: in one unit, within one range."""

    unit: SampleUnit
    unit_name: str
    range: float
    beyond: int
    counted: int
    texts: tuple[SampleText, ...]


UNIT_NAMES: dict[SampleUnit, str] = {"dot": "dot product", "centred": "dot product, mean removed"}

LEGEND = tuple(
    level_class(round(LEVELS * step / LEGEND_STEPS))
    for step in range(-LEGEND_STEPS, LEGEND_STEPS + 1)
)
"""The CSS classes of the legend's cells, from − to +."""


async def samples(
    services: Services,
    model: ServedModel,
    site: Site,
    head: int | None,
    vector: Tensor,
    *,
    unit: SampleUnit,
) -> Samples:
    """Library texts scored along a unit vector (width,) and painted.

    Where there is no basis nothing can be centred, and the unit is the dot product. Raises what
    the worker raises.
    """
    stored = await run_in_threadpool(_drawn, services)
    read: list[tuple[str, TokenText]] = []
    for id_, source in stored:
        if len(read) == SAMPLES:
            break
        with suppress(PromptTooLong):
            read.append((source, (await read_texts(services, model, [], [id_]))[0]))
    if not read:
        return Samples(
            unit="dot", unit_name=UNIT_NAMES["dot"], range=1.0, beyond=0, counted=0, texts=()
        )
    scored = await score(model, site, head, [text for _, text in read], vector[None])
    values = scored.scores[:, 0].astype(np.float64)
    mean = 0.0
    if unit == "centred":
        try:
            mean = (await basis_of(services, model, site, head)).basis.mean_score(vector)
        except NotFitted:
            unit = "dot"
    values = (values - mean).astype(np.float32).astype(np.float64)
    tokens = [
        [TokenView.model_validate(token) for token in token_dicts(model, text.ids)]
        for _, text in read
    ]
    flat = [token for each in tokens for token in each]
    counted = values[[i for i, token in enumerate(flat) if not token.special]]
    limit = colour_range(counted)
    return Samples(
        unit=unit,
        unit_name=UNIT_NAMES[unit],
        range=limit,
        beyond=int((np.abs(counted) > limit).sum()),
        counted=len(counted),
        texts=tuple(
            SampleText(
                prompt_id=text.prompt_id or 0,
                source=source,
                exact=keeps_spaces(text.text),
                tokens=_painted(tokens[i], values[scored.of_text(i)].tolist(), limit),
            )
            for i, (source, text) in enumerate(read)
        ),
    )


def _drawn(services: Services) -> list[tuple[int, str]]:
    """The ids and sources of the texts that a newcomer's sample begins with."""
    which = prompts.Filter(dataset=prompts.LIBRARY)
    with services.sessions.begin() as session:
        page = prompts.sampled(session, which, seed=FIRST_SEED, limit=DRAWN)
        return [(row.id, row.register) for row in page.items]


def _painted(tokens: list[TokenView], values: list[float], limit: float) -> tuple[SampleToken, ...]:
    painted = []
    for token, value in zip(tokens, values, strict=True):
        base = "t bos" if token.special else "t" if token.text else "t empty"
        colour = "" if token.special else level_class(level_of(value, limit))
        painted.append(
            SampleToken(
                classes=f"{base} {colour}".rstrip(),
                text=shown(token, boxes=False),
                title=f"{spoken(token.text)} {signed(value)}",
                special=token.special,
            )
        )
    return tuple(painted)
