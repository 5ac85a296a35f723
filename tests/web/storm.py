"""A storm of writes over HTTP, and what of them was acknowledged."""

import random
import threading
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.web.conftest import SITE

Json = dict[str, Any]
Key = tuple[str, ...]

WIDTH = 48


@dataclass
class Ledger:
    """What was acknowledged, and what was asked for and never answered.

    Keys: ("direction", name), ("explanation", direction's name, username), ("vote", explanation's
    id, username). Values: a name, a text, a vote. `unanswered` holds the values that may or may
    not have been written, `answers` counts all that was answered, and `ids` are ids of directions
    by name and of explanations by key.
    """

    acknowledged: dict[Key, object] = field(default_factory=dict)
    unanswered: dict[Key, list[object]] = field(default_factory=dict)
    edits: dict[Key, int] = field(default_factory=dict)
    ids: dict[Key, int] = field(default_factory=dict)
    answers: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def may_be(self, key: Key) -> list[object]:
        """What the value may be now: the last acknowledged one, or one that was never answered."""
        return [self.acknowledged.get(key), *self.unanswered.get(key, [])]

    def known(self, kind: str) -> list[Key]:
        """The keys of a kind that were acknowledged."""
        with self.lock:
            return [key for key in self.acknowledged if key[0] == kind]


class Writer(threading.Thread):
    """One client that writes without a pause, until the server dies under it."""

    def __init__(self, address: str, username: str, ledger: Ledger) -> None:
        super().__init__(daemon=True)
        self.username = username
        self.ledger = ledger
        self.failure: str | None = None
        self._address = address
        self._random = random.Random(username)
        self._count = 0

    def run(self) -> None:
        """Write until the connection breaks."""
        actions = (self._save, self._explain, self._vote, self._vote, self._edit)
        with httpx.Client(base_url=f"{self._address}/api/v1/", timeout=20) as client:
            self._client = client
            try:
                self._save()
                while True:
                    self._random.choice(actions)()
            except httpx.TransportError:
                return
            except AssertionError as error:
                self.failure = str(error)

    def _send(self, method: str, path: str, wanted: dict[Key, object], **body: object) -> Json:
        """A request, with the values that it is to write; noted when it is answered."""
        with self.ledger.lock:
            for key, value in wanted.items():
                self.ledger.unanswered.setdefault(key, []).append(value)
        response = self._client.request(method, path, json={"username": self.username, **body})
        assert response.status_code in (200, 201), response.text
        found: Json = response.json()
        with self.ledger.lock:
            for key, value in wanted.items():
                self.ledger.acknowledged[key] = value
                self.ledger.unanswered.pop(key)
            self.ledger.answers += 1
        return found

    def _word(self, kind: str) -> str:
        """A word that stands nowhere else."""
        self._count += 1
        return f"{kind}{self.username}x{self._count}"

    def _save(self) -> None:
        """A direction, and every other time its explanation in the same request."""
        name = self._word("direction")
        wanted: dict[Key, object] = {("direction", name): name}
        body: Json = {"name": name, "model": "tiny", "site": SITE}
        body["vector"] = [self._random.uniform(-1, 1) for _ in range(WIDTH)]
        if self._count % 2:
            key = ("explanation", name, self.username)
            wanted[key] = body["explanation"] = self._word("explained")
        found = self._send("POST", "directions", wanted, **body)
        with self.ledger.lock:
            self.ledger.ids["direction", name] = found["id"]
            if "explanation" in body:
                self.ledger.ids[key] = found["my_explanation"]["id"]

    def _explain(self) -> None:
        """An explanation of somebody's direction that has none of ours."""
        _, name = self._random.choice(self.ledger.known("direction"))
        key = ("explanation", name, self.username)
        if ("direction", name) not in self.ledger.ids or self.ledger.may_be(key) != [None]:
            return
        text = self._word("explained")
        path = f"directions/{self.ledger.ids['direction', name]}/explanations"
        found = self._send("POST", path, {key: text}, text=text)
        with self.ledger.lock:
            self.ledger.ids[key] = found["id"]

    def _edit(self) -> None:
        """Another wording of an explanation of ours."""
        own = [key for key in self.ledger.known("explanation") if key[2] == self.username]
        own = [key for key in own if key in self.ledger.ids]
        if own:
            key, text = self._random.choice(own), self._word("edited")
            self._send("PATCH", f"explanations/{self.ledger.ids[key]}", {key: text}, text=text)
            with self.ledger.lock:
                self.ledger.edits[key] = self.ledger.edits.get(key, 0) + 1

    def _vote(self) -> None:
        """A vote on somebody's explanation."""
        said = [key for key in self.ledger.known("explanation") if key in self.ledger.ids]
        if said:
            id_ = self.ledger.ids[self._random.choice(said)]
            value = self._random.choice((1, 1, -1, 0))
            key = ("vote", str(id_), self.username)
            found = self._send("PUT", f"explanations/{id_}/vote", {key: value}, value=value)
            assert found["mine"] == value, found
