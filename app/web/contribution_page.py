"""Making the contributions page: what its address asks for, read, tokenized and predicted."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool

from app.db import prompts
from app.errors import RsvError
from app.web.contribution_bounds import MAX_MATRIX, within
from app.web.contribution_shown import (
    ChanceView,
    ContributionsView,
    ExampleView,
    ModelView,
    PredictionView,
    StateView,
)
from app.web.contribution_state import ContributionState
from app.web.deps import Services
from app.web.describing import models_of
from app.web.texts import TokenText, read_text, token_dicts
from app.web.views import TokenView
from app.worker.contribution_jobs import BsValuesJob
from app.worker.hub import ServedModel
from app.worker.jobs import Predictions, PredictJob

N_PREDICTIONS = 8
"""How many of the likeliest next tokens are offered as targets."""


@dataclass(frozen=True, slots=True)
class Example:
    """A text that shows something, and the token to compare the likeliest one with, if any."""

    label: str
    text: str
    other: str | None = None


EXAMPLES = (
    Example("a capital", "The capital of France is"),
    Example("a language, not another", "The main language of Spain is", " French"),
    Example("she or he", "Anna lost her key, so", " he"),
    Example("the next day", "Monday, Tuesday, Wednesday,"),
    Example(
        "to whom", "When Mary and John went to the store, John gave a drink to", " John"
    ),
)  # fmt: skip
"""The first is what is shown before anything is asked for."""


async def make_page(services: Services, state: ContributionState) -> ContributionsView:
    """Everything that a state shows before its contributions are worked out.

    What can be left out is left out, and `problems` says so; why a text is refused stands in
    `error`. Raises UnknownModel, ModelLoading, ModelFailed.
    """
    problems = list(state.problems)
    model = services.hub.get(state.model or services.hub.default or "")
    state, source, words = await run_in_threadpool(_words, services, state, problems)
    view = ContributionsView(
        models=models_of(services),
        model=_model_view(model),
        notice=services.hub.notice if model.info.name == services.hub.default else None,
        state=_state_view(model, state),
        source=source,
        words=words,
        examples=await run_in_threadpool(_examples, model),
    )
    try:
        text = await read_text(services, model, words, None, prepend_bos=state.bos)
    except RsvError as refusal:
        return view.model_copy(update={"error": refusal.detail, "problems": tuple(problems)})
    state = within(state, model.info.shape, len(text.ids), problems)
    return await _predicted(model, state, text, problems, view)


async def _predicted(
    model: ServedModel,
    state: ContributionState,
    text: TokenText,
    problems: list[str],
    view: ContributionsView,
) -> ContributionsView:
    """The view with its tokens, and what the model expects after the chosen one."""
    position = len(text.ids) - 1 if state.position is None else state.position
    found = await model.batcher.ask(PredictJob(text.ids[: position + 1], N_PREDICTIONS))
    predictions = await run_in_threadpool(_predictions, model, found)
    target = predictions[0].id if state.target is None else state.target
    if state.other == target:
        problems.append(f"other={target}: a token is not compared with itself.")
        state = replace(state, other=None)
    following = text.ids[position + 1] if position + 1 < len(text.ids) else None
    asked = [target, state.other, following, *state.tokens]
    chances = await _chances(model, text, position, [id_ for id_ in asked if id_ is not None])
    return view.model_copy(
        update={
            "state": _state_view(model, state),
            "tokens": tuple(TokenView.model_validate(t) for t in token_dicts(model, text.ids)),
            "position": position,
            "predictions": predictions,
            "target": chances[target],
            "other": None if state.other is None else chances[state.other],
            "following": None if following is None else chances[following],
            "others": tuple(chances[id_] for id_ in state.tokens),
            "problems": tuple(problems),
        }
    )


def _words(
    services: Services, state: ContributionState, problems: list[str]
) -> tuple[ContributionState, str, str]:
    """The text of a state after where it comes from; the first example where none is named."""
    if state.text is not None:
        return state, "your text", state.text
    if state.prompt is not None:
        try:
            with services.sessions.begin() as session:
                row = prompts.by_id(session, state.prompt)
                source = row.register if row.user is None else f"{row.user.name}’s prompt"
                return state, source, row.text
        except RsvError as refusal:
            problems.append(f"prompt={state.prompt}: {refusal.detail}")
            state = replace(state, prompt=None)
    return state, "an example", EXAMPLES[0].text


def _examples(model: ServedModel) -> tuple[ExampleView, ...]:
    """The examples' addresses; a comparison whose token the model does not have is left out."""
    made = []
    for example in EXAMPLES:
        asked: dict[str, str | int] = {"model": model.info.name, "text": example.text}
        if example.other is not None:
            ids = model.tokenizer.encode(example.other, prepend_bos=False)
            if len(ids) == 1:
                asked["other"] = ids[0]
        made.append(
            ExampleView(
                label=example.label, text=example.text, address=f"/contributions?{urlencode(asked)}"
            )
        )
    return tuple(made)


def _predictions(model: ServedModel, found: Predictions) -> tuple[PredictionView, ...]:
    """The likeliest tokens after the last position that was read."""
    text_of = model.tokenizer.text_of
    last = zip(found.ids[-1].tolist(), found.probabilities[-1].tolist(), strict=True)
    return tuple(PredictionView(id=id_, text=text_of(id_), p=float(f"{p:.6g}")) for id_, p in last)


async def _chances(
    model: ServedModel, text: TokenText, position: int, ids: Sequence[int]
) -> dict[int, ChanceView]:
    """Tokens' log-probabilities after a position, each id once: the end of the stream is read."""
    targets = tuple(dict.fromkeys(ids))
    job = BsValuesJob(tokens=text.ids, position=position, targets=targets)
    found = await model.batcher.ask(job)
    text_of = model.tokenizer.text_of
    return {
        id_: ChanceView(id=id_, text=text_of(id_), logprob=float(f"{row[-1]:.9g}"))
        for id_, row in zip(targets, found.log_probabilities, strict=True)
    }


def _model_view(model: ServedModel) -> ModelView:
    shape = model.info.shape
    return ModelView(
        name=model.info.name,
        label=model.info.label,
        n_layers=shape.n_layers,
        n_heads=shape.n_heads,
        d_head=shape.d_head,
        d_mlp=shape.d_mlp,
        n_ctx=shape.n_ctx,
        max_matrix=MAX_MATRIX,
    )


def _state_view(model: ServedModel, state: ContributionState) -> StateView:
    names = [name for name in StateView.model_fields if name != "model"]
    return StateView(model=model.info.name, **{name: getattr(state, name) for name in names})
