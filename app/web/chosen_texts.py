"""Which texts an address puts on screen: the reader's own, stored ones, a set's, a sample."""

from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool

from app.db import prompts, sets
from app.db.models import Prompt
from app.errors import RsvError, TooMuch
from app.web.deps import Services
from app.web.texts import TokenText, read_texts, token_dicts
from app.web.views import Given, PromptView, SetView, TokenView
from app.web.viewstate import ViewState
from app.worker.hub import ServedModel

MAX_OF_SET = 48
"""How many of a set's prompts the page shows."""


@dataclass(frozen=True, slots=True)
class ChosenText:
    """One text, what it is called in the address, and how it came to be on screen."""

    key: str
    prompt_id: int | None
    source: str
    given: Given
    text: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """The texts of a state in their order, and the set that it names."""

    texts: tuple[ChosenText, ...]
    set: SetView | None


async def choose_texts(services: Services, state: ViewState, problems: list[str]) -> Chosen:
    """Every text of a state, each once: own texts, stored prompts, the set's, the sample.

    Prompts and sets that are not there are left out, and `problems` says so.
    """
    own = [
        ChosenText(f"t{number}", None, "your text", "own", text)
        for number, text in enumerate(state.texts)
    ]
    stored = await run_in_threadpool(stored_texts, services, state, problems)
    sample = await run_in_threadpool(_sample, services, state)
    found: dict[str, ChosenText] = {}
    for each in (*own, *stored.texts, *sample):
        found.setdefault(each.key, each)
    return Chosen(tuple(found.values()), stored.set)


def stored_texts(services: Services, state: ViewState, problems: list[str]) -> Chosen:
    """The prompts that a state names by their numbers, then those of its set."""
    found: list[ChosenText] = []
    named: SetView | None = None
    with services.sessions.begin() as session:
        for id_ in state.prompts:
            try:
                found.append(_stored(prompts.by_id(session, id_), "prompt"))
            except RsvError as refusal:
                problems.append(f"prompt={id_}: {refusal.detail}")
        if state.set is not None:
            try:
                row = sets.by_id(session, state.set)
                rows = sets.prompts(session, row.id)
            except RsvError as refusal:
                problems.append(f"set={state.set}: {refusal.detail}")
            else:
                named = SetView(id=row.id, name=row.name, by=row.user.name, n_prompts=len(rows))
                found += [_stored(each, "set") for each in rows[:MAX_OF_SET]]
                if len(rows) > MAX_OF_SET:
                    problems.append(
                        f"set={row.id}: {len(rows)} prompts; the page shows the first {MAX_OF_SET}."
                    )
    return Chosen(tuple(found), named)


async def read_chosen(
    services: Services, model: ServedModel, chosen: Chosen
) -> tuple[list[TokenText], list[PromptView]]:
    """The texts that could be read, and all of them as the page shows them.

    Past the tokens that one request may have, texts are shown with that as their error.
    """
    limit = services.limits.max_tokens
    total = 0
    read: list[TokenText] = []
    shown: list[PromptView] = []
    for each in chosen.texts:
        tokens: tuple[TokenView, ...] = ()
        error = None
        try:
            found = (await read_texts(services, model, [each.text]))[0]
            if total + len(found.ids) > limit:
                raise TooMuch(
                    what="tokens on one page", got=total + len(found.ids), limit=limit, field="text"
                )
        except RsvError as refusal:
            error = refusal.detail
        else:
            total += len(found.ids)
            read.append(found)
            tokens = await run_in_threadpool(_token_views, model, found)
        shown.append(
            PromptView(
                key=each.key,
                prompt_id=each.prompt_id,
                source=each.source,
                given=each.given,
                text=each.text,
                tokens=tokens,
                error=error,
            )
        )
    return read, shown


def _token_views(model: ServedModel, text: TokenText) -> tuple[TokenView, ...]:
    return tuple(TokenView.model_validate(token) for token in token_dicts(model, text.ids))


def _stored(row: Prompt, given: Given) -> ChosenText:
    source = row.register if row.user is None else f"{row.user.name}’s prompt"
    return ChosenText(f"p{row.id}", row.id, source, given, row.text)


def _sample(services: Services, state: ViewState) -> list[ChosenText]:
    """The library prompts that a seed draws, in the order drawn."""
    which = prompts.Filter(dataset=prompts.LIBRARY)
    with services.sessions.begin() as session:
        page = prompts.sampled(session, which, seed=state.seed, limit=state.n)
        return [_stored(row, "sample") for row in page.items]
