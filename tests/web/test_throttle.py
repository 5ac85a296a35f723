"""How often a passphrase may be tried, by a clock that the test turns."""

import pytest

from app.errors import TooManyTries
from app.web.throttle import Throttle


class _Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_throttle_lets_so_many_tries_through_in_any_stretch_of_time() -> None:
    clock = _Clock()
    throttle = Throttle(tries=3, seconds=60, clock=clock)
    for second in (0, 10, 20):
        clock.now = second
        throttle.count("ada")
    clock.now = 30
    with pytest.raises(TooManyTries, match="30 s") as caught:
        throttle.count("ada")
    assert caught.value.retry_after_s == 30
    throttle.count("grace")
    clock.now = 60
    throttle.count("ada")
    with pytest.raises(TooManyTries):
        throttle.count("ada")


def test_a_throttle_forgets_the_keys_that_were_tried_longest_ago() -> None:
    throttle = Throttle(tries=1, seconds=60, keys=2, clock=_Clock())
    for key in ("a", "b", "c"):
        throttle.count(key)
    throttle.count("a")
    with pytest.raises(TooManyTries):
        throttle.count("c")
