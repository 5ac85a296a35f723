"""Tokens: how a model cuts a text."""

from fastapi import APIRouter

from app.web.deps import ModelDep, ServicesDep
from app.web.replies import CutTokenReply, TokensReply
from app.web.schemas import TokensIn
from app.web.texts import read_text, token_dicts

router = APIRouter(prefix="/models/{m}", tags=["tokens"])


@router.post("/tokens", summary="A text's tokens")
async def tokenize(model: ModelDep, body: TokensIn, services: ServicesDep) -> TokensReply:
    """The tokens of a text or a stored prompt, with the BOS token where one is prepended."""
    text = await read_text(services, model, body.text, body.prompt_id, prepend_bos=body.prepend_bos)
    alone = map(model.tokenizer.text_of, text.ids)
    tokens = zip(token_dicts(model, text.ids), alone, strict=True)
    return TokensReply(
        tokens=[CutTokenReply.model_validate({**token, "alone": each}) for token, each in tokens]
    )
