"""JSON bodies that are read by hand: off the event loop, and only so large."""

import threading

import pytest

from app.web import bodies
from app.web.uploads import MAX_FILE_BYTES
from tests.web.conftest import SITE, Running
from tests.web.saving import Person, person, refused


@pytest.fixture
def ada(web: Running) -> Person:
    return person(web, "ada")


def test_a_body_is_parsed_and_checked_off_the_event_loop(
    ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop: list[int] = []
    parsing: list[int] = []
    content_type, parsed = bodies.content_type, bodies._parsed

    def seen_on_the_loop(*given: object) -> object:
        loop.append(threading.get_ident())
        return content_type(*given)  # type: ignore[arg-type]

    def seen_parsing(*given: object) -> object:
        parsing.append(threading.get_ident())
        return parsed(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(bodies, "content_type", seen_on_the_loop)
    monkeypatch.setattr(bodies, "_parsed", seen_parsing)
    ada.save()
    assert loop and parsing and not set(loop) & set(parsing)


def test_json_larger_than_any_vector_is_refused(ada: Person) -> None:
    numbers = [0.123456789012345678] * (MAX_FILE_BYTES // 18)
    refused(ada.try_save(vector=numbers), 413, says="4,194,304")


def test_a_long_list_of_what_are_no_numbers_is_refused_at_the_first(ada: Person) -> None:
    problem = refused(ada.try_save(vector=[None] * 500_000), 422)
    assert "more" not in problem["detail"]
    assert [fault["field"] for fault in problem["errors"]] == ["vector.0"]
    body = {"site": SITE, "texts": ["a"], "directions": [{"vector": [None] * 500_000}]}
    assert len(refused(ada.web.post("/scores", body), 422)["errors"]) == 1
