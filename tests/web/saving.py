"""People who save things through the API, each under a name that no other test uses."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

from httpx2 import Response

from tests.web.conftest import SITE, Running

Json = dict[str, Any]
PROBLEM = "application/problem+json"

_numbers = count(1)
_seeds = count(1)


@dataclass(frozen=True)
class Person:
    """One visitor, and what they can do."""

    web: Running
    username: str

    def send(self, method: str, path: str, **body: object) -> Response:
        """A request with a JSON body that names this person."""
        content = {"username": self.username, **body}
        return self.web.client.request(method, f"/api/v1/{path}", json=content)

    def get(self, path: str, **params: str | int) -> Response:
        """A request for something to be read, by this person."""
        return self.web.client.get(f"/api/v1/{path}", params={"me": self.username, **params})

    def delete(self, path: str) -> Response:
        """A request for something to be deleted, by this person."""
        return self.web.client.delete(f"/api/v1/{path}", params={"username": self.username})

    def save(self, name: str | None = None, **given: object) -> Json:
        """A saved direction; without another source, of a vector that no other test uses."""
        return ok(self.try_save(name, **given), 201)

    def try_save(self, name: str | None = None, **given: object) -> Response:
        """The same, as it is answered."""
        if name is None:
            name = f"direction {next(_numbers)}"
        sources = ("vector", "combination", "component", "token", "neuron", "difference")
        if not any(source in given for source in sources):
            given["vector"] = new_vector()
        return self.send(
            "POST",
            "directions",
            **{
                "name": name,
                "model": self.web.model,
                "site": SITE,
                **given,
            },
        )

    def explain(self, direction: int, text: str = "what it means", **given: object) -> Json:
        """An explanation of a direction."""
        return ok(
            self.send("POST", f"directions/{direction}/explanations", text=text, **given), 201
        )

    def vote(self, explanation: int, value: int = 1) -> Json:
        """The counts after a vote on an explanation."""
        return ok(self.send("PUT", f"explanations/{explanation}/vote", value=value))

    def make_list(self, name: str = "a list", note: str = "") -> Json:
        """A list of this person's."""
        return ok(self.send("POST", "lists", name=name, note=note), 201)


def person(web: Running, name: str = "person") -> Person:
    """Somebody new."""
    return Person(web, f"{name} {next(_numbers)}")


def new_vector(width: int = 48) -> list[float]:
    """A vector that is not in any other direction's line."""
    seed = next(_seeds)
    return [float((seed * 7919 + i * i * 31) % 101 - 50) for i in range(width)]


def ok(response: Response, status: int = 200) -> Json:
    """The answer, which is of that status."""
    assert response.status_code == status, response.text
    found: Json = response.json()
    return found


def refused(response: Response, status: int, *, field: str | None = None, says: str = "") -> Json:
    """The problem that a request was refused with."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == PROBLEM
    problem: Json = response.json()
    assert says in problem["detail"], problem
    if field is not None:
        assert [fault["field"] for fault in problem["errors"]] == [field], problem
    return problem


def walk(ask: Callable[..., Response], path: str, **params: str | int) -> list[Json]:
    """Every item of a list, page by page."""
    items: list[Json] = []
    cursor: str | None = None
    for _ in range(100):
        body = ok(ask(path, **params, **({} if cursor is None else {"cursor": cursor})))
        items += body["items"]
        cursor = body["next"]
        if cursor is None:
            return items
    raise AssertionError("the list does not end")
