"""How often a passphrase may be tried, by a clock that the test turns."""

import pytest
from fastapi import Request

from app.errors import TooManyTries
from app.web.people import client_of
from app.web.throttle import Throttle, Tries


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


def test_what_others_try_keeps_no_name_from_its_holder() -> None:
    tries = Tries(of_name=2)
    for _ in range(2):
        tries.count("198.51.100.1", "ada")
    with pytest.raises(TooManyTries, match="This name's passphrase"):
        tries.count("198.51.100.1", "ada")
    tries.count("198.51.100.2", "ada")
    tries.count("198.51.100.1", "grace")


def test_a_client_that_changes_the_name_is_stopped_too() -> None:
    tries = Tries(of_client=4)
    for name in ("a", "b", "c"):
        tries.count("198.51.100.1", name)
        tries.forget("198.51.100.1", name)
    tries.count_new("198.51.100.1")
    with pytest.raises(TooManyTries, match="From this address"):
        tries.count("198.51.100.1", "d", field="old")
    with pytest.raises(TooManyTries, match="From this address"):
        tries.count_new("198.51.100.1")
    tries.count_new("198.51.100.2")


@pytest.mark.parametrize(
    ("host", "client"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "::ffff:203.0.113.9"),
        ("testclient", "testclient"),
        (None, ""),
    ],
)
def test_a_client_is_its_address_or_its_network(host: str | None, client: str) -> None:
    where = None if host is None else (host, 1)
    assert client_of(Request({"type": "http", "client": where})) == client
