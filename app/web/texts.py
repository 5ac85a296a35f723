"""The texts of a request: fetched, tokenized and held to the limits, off the event loop."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool

from app.db import prompts
from app.errors import BadInput, BadText, PromptTooLong, RsvError, TooMuch
from app.web.deps import Limits, Services
from app.worker.hub import ServedModel

TokenDict = dict[str, int | str | bool]


@dataclass(frozen=True, slots=True)
class TokenText:
    """One text as the model reads it. `prompt_id` is None for a text that was typed."""

    prompt_id: int | None
    text: str
    ids: tuple[int, ...]


async def read_texts(
    services: Services,
    model: ServedModel,
    texts: Sequence[str],
    prompt_ids: Sequence[int] = (),
    *,
    prepend_bos: bool = True,
) -> list[TokenText]:
    """The given texts, then the stored prompts, each as tokens.

    Raises UnknownPrompt, BadText, PromptTooLong past the model's positions, and TooMuch past a
    limit of one request; the error's field names the text.
    """
    _check_counts(services.limits, texts, prompt_ids)

    def read() -> list[TokenText]:
        stored: list[tuple[int, str]] = []
        if prompt_ids:
            with services.sessions.begin() as session:
                stored = [(row.id, row.text) for row in prompts.by_ids(session, prompt_ids)]
        named: list[tuple[int | None, str, str]] = [
            (None, text, f"texts.{i}") for i, text in enumerate(texts)
        ]
        named += [(id_, text, f"prompt_ids.{i}") for i, (id_, text) in enumerate(stored)]
        return _tokenized(model, named, services.limits, prepend_bos)

    return await run_in_threadpool(read)


async def read_text(
    services: Services,
    model: ServedModel,
    text: str | None,
    prompt_id: int | None,
    *,
    prepend_bos: bool = True,
) -> TokenText:
    """The one text that a request names, as `text` or as `prompt_id`."""
    typed = [] if text is None else [text]
    stored = [] if prompt_id is None else [prompt_id]
    try:
        return (await read_texts(services, model, typed, stored, prepend_bos=prepend_bos))[0]
    except RsvError as error:
        error.field = "text" if text is not None else "prompt_id"
        raise


def token_dicts(model: ServedModel, ids: Sequence[int]) -> list[TokenDict]:
    """Tokens as every answer gives them: id, the text it shows, and whether it stands for none."""
    tokenizer = model.tokenizer
    return [
        {"id": id_, "text": text, "special": tokenizer.is_special(id_)}
        for id_, text in zip(ids, tokenizer.display(ids), strict=True)
    ]


def _check_counts(limits: Limits, texts: Sequence[str], prompt_ids: Sequence[int]) -> None:
    count = len(texts) + len(prompt_ids)
    if count == 0:
        raise BadInput("Give at least one text, in `texts` or `prompt_ids`.", field="texts")
    if count > limits.max_texts:
        raise TooMuch(what="texts", got=count, limit=limits.max_texts, field="texts")
    characters = sum(map(len, texts))
    if characters > limits.max_characters:
        raise TooMuch(what="characters", got=characters, limit=limits.max_characters, field="texts")


def _tokenized(
    model: ServedModel,
    named: Sequence[tuple[int | None, str, str]],
    limits: Limits,
    prepend_bos: bool,
) -> list[TokenText]:
    found = []
    total = 0
    for prompt_id, text, field in named:
        if "\0" in text:
            at = text.index("\0")
            raise BadText(f"Character {at} is NUL (U+0000). Remove it.", field=field)
        try:
            ids = model.tokenizer.encode(text, prepend_bos=prepend_bos)
        except RsvError as error:
            error.field = field
            raise
        if len(ids) > model.info.shape.n_ctx:
            raise PromptTooLong(tokens=len(ids), limit=model.info.shape.n_ctx, field=field)
        total += len(ids)
        if total > limits.max_tokens:
            raise TooMuch(what="tokens or more", got=total, limit=limits.max_tokens, field="texts")
        found.append(TokenText(prompt_id, text, ids))
    return found
