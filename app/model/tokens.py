r"""Text to tokens and back to what a person can read.

Byte-level tokenizers cut between bytes, so one character may lie across several tokens. The rule
of `display`: a character is shown on the token that holds its first byte, and tokens that hold
only later bytes of it show nothing; so the displays, joined, are exactly the text. A byte that is
part of no character is shown as \xNN. Special tokens show their own name.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from app.errors import BadInput, BadText

if TYPE_CHECKING:
    from tokenizers import Tokenizer as RawTokenizer

Spelling = Literal["bytes", "metaspace", "other"]

_BYTE_TOKEN = re.compile(r"<0x([0-9A-F]{2})>")


class Tokenizer:
    """One model's tokenizer. `raw` is the Hugging Face `tokenizers` object that does the work.

    `bos_id` is the token that is prepended to texts, None where the model has none.
    """

    def __init__(self, raw: "RawTokenizer", bos_id: int | None) -> None:
        self.raw = raw
        self.bos_id = bos_id
        added: dict[int, Any] = raw.get_added_tokens_decoder()
        self._added = {token_id: token.content for token_id, token in added.items()}
        self._special = {token_id for token_id, token in added.items() if token.special}
        self._spelling = _spelling_of(raw)

    @property
    def vocab_size(self) -> int:
        """How many tokens there are, added ones included."""
        return int(self.raw.get_vocab_size(with_added_tokens=True))

    def encode(self, text: str, *, prepend_bos: bool = True) -> tuple[int, ...]:
        """The text's token ids, with the BOS token first if `prepend_bos` and there is one.

        The name of a special token in the text makes that token, as in `transformers`.
        Raises BadText for an empty text and for one that is not valid Unicode.
        """
        if not text:
            raise BadText("The text is empty: give at least one character.", field="text")
        try:
            text.encode("utf-8")
        except UnicodeEncodeError as error:
            raise BadText(
                f"The character at position {error.start} (U+{ord(text[error.start]):04X}) is half "
                "of a surrogate pair, which is not valid Unicode. Remove it.",
                field="text",
            ) from None
        ids = tuple(self.raw.encode(text, add_special_tokens=False).ids)
        if not ids:
            raise BadText("This text makes no tokens: give at least one word.", field="text")
        if prepend_bos and self.bos_id is not None:
            return (self.bos_id, *ids)
        return ids

    def single(self, text: str) -> int:
        """The one token that the text is; raises BadInput naming the tokens it makes otherwise."""
        ids = self.encode(text, prepend_bos=False)
        if len(ids) > 1:
            pieces = ", ".join(repr(piece) for piece in self.display(ids)[:12])
            raise BadInput(
                f"{text[:80]!r} is not one token but {len(ids)}: {pieces}.", field="target"
            )
        return ids[0]

    def is_special(self, token_id: int) -> bool:
        """Whether the token stands for no text: a BOS or an end of text."""
        return token_id in self._special

    def text_of(self, token_id: int) -> str:
        r"""One token by itself; bytes that are no character are shown as \xNN."""
        return self.display((token_id,))[0]

    def display(self, ids: Sequence[int]) -> list[str]:
        """What each token shows; joined, the displays are exactly the text that was encoded.

        (For a tokenizer that normalises its input, the text as it read it.)
        """
        shown = [""] * len(ids)
        start = 0
        for end in range(len(ids) + 1):
            added = self._added.get(ids[end]) if end < len(ids) else None
            if end == len(ids) or added is not None:
                shown[start:end] = self._display_run(ids[start:end])
                start = end + 1
            if added is not None:
                shown[end] = added
        return shown

    def _display_run(self, ids: Sequence[int]) -> list[str]:
        """The displays of tokens among which no added token stands."""
        shown = _display_bytes([self._bytes_of(token_id) for token_id in ids])
        if self._spelling == "metaspace" and shown:
            # Llama's scheme puts a space before every text, which its decoder takes away again.
            decoded = str(self.raw.decode(list(ids), skip_special_tokens=False))
            if _spaces("".join(shown)) == _spaces(decoded) + 1:
                first = next(at for at, piece in enumerate(shown) if piece)
                shown[first] = shown[first].removeprefix(" ")
        return shown

    def _bytes_of(self, token_id: int) -> bytes:
        """The UTF-8 bytes that a token stands for; an id beyond the vocabulary shows its number."""
        piece: str | None = self.raw.id_to_token(token_id)
        if piece is None:
            return f"[{token_id}]".encode()
        if self._spelling == "bytes":
            return bytes(_BYTE_OF[character] for character in piece)
        if self._spelling == "metaspace":
            byte = _BYTE_TOKEN.fullmatch(piece)
            return bytes([int(byte[1], 16)]) if byte else piece.replace("▁", " ").encode()
        return str(self.raw.decode([token_id], skip_special_tokens=False)).encode()


def _display_bytes(pieces: Sequence[bytes]) -> list[str]:
    r"""Each character on the piece that holds its first byte; stray bytes as \xNN."""
    shown = [""] * len(pieces)
    owner = [index for index, piece in enumerate(pieces) for _ in piece]
    data = b"".join(pieces)
    at = 0
    while at < len(data):
        length = _character_length(data[at])
        try:
            character = data[at : at + length].decode("utf-8")
        except UnicodeDecodeError:
            length = 1
            character = f"\\x{data[at]:02X}"
        shown[owner[at]] += character
        at += length
    return shown


def _character_length(lead: int) -> int:
    """How many bytes the UTF-8 character with this first byte has."""
    if lead < 0xC0:
        return 1
    return 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4


def _spaces(text: str) -> int:
    """How many spaces a text begins with."""
    return len(text) - len(text.lstrip(" "))


def _spelling_of(raw: "RawTokenizer") -> Spelling:
    """How the vocabulary is spelt: in GPT-2's 256 byte characters, with ▁ for spaces, or else."""
    described = raw.decoder.__getstate__().decode() if raw.decoder is not None else ""
    if '"ByteLevel"' in described:
        return "bytes"
    return "metaspace" if "▁" in described else "other"


def _byte_alphabet() -> dict[str, int]:
    """GPT-2's spelling of bytes: printable Latin-1 as itself, the rest from U+0100 on."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    alphabet = {chr(byte): byte for byte in printable}
    others = (byte for byte in range(256) if byte not in set(printable))
    alphabet.update({chr(0x100 + index): byte for index, byte in enumerate(others)})
    return alphabet


_BYTE_OF = _byte_alphabet()
