"""Bounds on how often passphrases may be tried, kept in the memory of the process."""

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from math import ceil

from app.errors import TooManyTries


class Throttle:
    """At most `tries` tries of one key in any `seconds`; `keys` are remembered at most.

    `what` begins the sentence that says so.
    """

    def __init__(
        self,
        tries: int = 10,
        seconds: float = 300,
        keys: int = 10_000,
        clock: Callable[[], float] = time.monotonic,
        what: str = "This name's passphrase was tried",
    ) -> None:
        self._what = what
        self._tries, self._seconds, self._keys, self._clock = tries, seconds, keys, clock
        self._when: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def count(self, key: str, *, field: str = "passphrase") -> None:
        """Count a try before it is made, so that many at once are no way round the bound.

        Raises TooManyTries, which says how long to wait.
        """
        with self._lock:
            at = self._clock()
            tried = self._when.setdefault(key, deque())
            self._when.move_to_end(key)
            while tried and tried[0] <= at - self._seconds:
                tried.popleft()
            if len(tried) >= self._tries:
                wait = max(1, ceil(tried[0] + self._seconds - at))
                raise TooManyTries(
                    f"{self._what} {self._tries:,} times in a short time. "
                    f"Try again in {_in_words(wait)}.",
                    retry_after_s=wait,
                    field=field,
                )
            tried.append(at)
            while len(self._when) > self._keys:
                self._when.popitem(last=False)

    def forget(self, key: str) -> None:
        """The passphrase was right: its tries no longer count."""
        with self._lock:
            self._when.pop(key, None)


class Tries:
    """How often one client may try one name's passphrase, and passphrases altogether.

    What others try of a name is no reason to keep its holder out.
    """

    def __init__(self, of_name: int = 10, of_client: int = 300) -> None:
        self._of_name = Throttle(of_name)
        self._of_client = Throttle(
            of_client, what="From this address passphrases were set or tried"
        )

    def count(self, client: str, name: str, *, field: str = "passphrase") -> None:
        """Count a try of a name's passphrase before it is made; raises TooManyTries."""
        self._of_client.count(client, field=field)
        self._of_name.count(_key(client, name), field=field)

    def count_new(self, client: str) -> None:
        """Count a passphrase that is to be set: to hash it takes what a try takes."""
        self._of_client.count(client)

    def forget(self, client: str, name: str) -> None:
        """The client knew the passphrase: its tries of the name no longer count."""
        self._of_name.forget(_key(client, name))


def _key(client: str, name: str) -> str:
    return f"{client} {name}"


def _in_words(seconds: int) -> str:
    if seconds < 60:
        return f"{seconds} s"
    minutes = ceil(seconds / 60)
    return "a minute" if minutes == 1 else f"{minutes} minutes"
