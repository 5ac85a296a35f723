"""Passphrases as argon2id hashes. Hashing is slow on purpose: no transaction may wait for it."""

import threading
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.errors import BadInput

MIN_PASSPHRASE = 8
MAX_PASSPHRASE = 200

# Each hash takes 64 MiB while it is made.
_AT_ONCE = threading.BoundedSemaphore(4)
_HASHER = PasswordHasher()


def hashed(passphrase: str, *, field: str = "passphrase") -> str:
    """The hash to keep. Raises BadInput for fewer than 8 characters or more than 200."""
    try:
        given = _bytes(passphrase)
    except UnicodeEncodeError:
        raise BadInput("The passphrase is not valid Unicode.", field=field) from None
    if not MIN_PASSPHRASE <= len(passphrase) <= MAX_PASSPHRASE:
        raise BadInput(
            f"The passphrase has {len(passphrase):,} characters; from {MIN_PASSPHRASE} to "
            f"{MAX_PASSPHRASE} are allowed.",
            field=field,
        )
    with _AT_ONCE:
        return _HASHER.hash(given)


def matches(passphrase: str, kept: str | None) -> bool:
    """Whether it is the passphrase of that hash. Takes as long where there is none to compare."""
    if len(passphrase) > MAX_PASSPHRASE:
        return False
    try:
        given = _bytes(passphrase)
        with _AT_ONCE:
            _HASHER.verify(kept or _decoy(), given)
    except (UnicodeEncodeError, VerificationError, InvalidHashError):
        return False
    return kept is not None


def outdated(kept: str) -> bool:
    """Whether the hash was made with other parameters than those of today."""
    return _HASHER.check_needs_rehash(kept)


def _bytes(passphrase: str) -> bytes:
    """Keyboards write the same characters in different ways; NFKC makes them the same bytes."""
    return unicodedata.normalize("NFKC", passphrase).encode("utf-8")


@cache
def _decoy() -> str:
    """What the passphrase of a name without one is compared with."""
    return _HASHER.hash("nobody's passphrase")
