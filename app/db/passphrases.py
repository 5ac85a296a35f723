"""Passphrases as argon2id hashes. Hashing is slow on purpose: no transaction may wait for it."""

import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.errors import BadInput, NotNow

MIN_PASSPHRASE = 8
MAX_PASSPHRASE = 200

# Each hash takes 64 MiB while it is made.
_AT_ONCE = threading.BoundedSemaphore(4)
# Whoever waits holds one of the threads that answer everything else.
_ADMITTED = threading.BoundedSemaphore(12)
PATIENCE_S = 1.0
_HASHER = PasswordHasher()


def hashed(passphrase: str, *, field: str = "passphrase") -> str:
    """The hash to keep.

    Raises BadInput for fewer than 8 characters or more than 200, NotNow while many are hashed.
    """
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
    with _turn():
        return _HASHER.hash(given)


def matches(passphrase: str, kept: str | None) -> bool:
    """Whether it is the passphrase of that hash. Takes as long where there is none to compare.

    Raises NotNow while many are compared.
    """
    if len(passphrase) > MAX_PASSPHRASE:
        return False
    try:
        given = _bytes(passphrase)
        with _turn():
            _HASHER.verify(kept or _decoy(), given)
    except (UnicodeEncodeError, VerificationError, InvalidHashError):
        return False
    return kept is not None


def outdated(kept: str) -> bool:
    """Whether the hash was made with other parameters than those of today."""
    return _HASHER.check_needs_rehash(kept)


@contextmanager
def _turn() -> Iterator[None]:
    """One of the few hashes that are made at once; raises NotNow for one too many."""
    busy = NotNow("Many passphrases are being checked at the moment. Try again.")
    if not _ADMITTED.acquire(blocking=False):
        raise busy
    try:
        if not _AT_ONCE.acquire(timeout=PATIENCE_S):
            raise busy
        try:
            yield
        finally:
            _AT_ONCE.release()
    finally:
        _ADMITTED.release()


def _bytes(passphrase: str) -> bytes:
    """Keyboards write the same characters in different ways; NFKC makes them the same bytes."""
    return unicodedata.normalize("NFKC", passphrase).encode("utf-8")


@cache
def _decoy() -> str:
    """What the passphrase of a name without one is compared with."""
    return _HASHER.hash("nobody's passphrase")
