"""A store full of directions, explanations, votes and lists, written in bulk, from a seed.

Words follow Zipf's law, as in real prose. Planted words tell how often they occur: `the` in every
direction, `often` in every 20th, `sometimes` in every 100th, `seldom` in five, and `bygone` in the
oldest twentieth, one after the other, as a bundle that was imported long ago would leave it.
"""

import json
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice

import numpy as np
from sqlalchemy import Engine, text

from app.db import search
from app.db.counting import wilson
from app.db.session import writing

WIDTH = 768
MODELS = (("gpt2", 0.7), ("demo", 0.25), ("other/model-small", 0.05))
SITES = tuple(f"blocks.{layer}.hook_{kind}" for layer in range(12) for kind in ("mid", "post"))
MOMENT = "2026-01-01 00:00:00.000000"
EXPLANATIONS, VOTES, CHUNK = 3, 10, 2_000
Values = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class World:
    """How much there is: directions (numbered from 1), three explanations each, and users."""

    n_directions: int
    n_users: int


@dataclass(frozen=True, slots=True)
class Made:
    """The rows of some directions, by table."""

    directions: list[Values]
    explanations: list[Values]
    votes: list[Values]
    documents: list[tuple[int, float, list[str]]]


def fill(
    engine: Engine, n: int, *, seed: int = 0, width: int = WIDTH, n_users: int | None = None
) -> World:
    """Fill a migrated, empty database with n directions and what belongs to them."""
    world = World(n, n_users or max(50, n // 50))
    with writing(engine).begin() as connection:
        raw = connection.connection.driver_connection
        _load(raw, "users", "id name key skeleton created_at", _users(world))
        for made in _directions(world, random.Random(seed), np.random.default_rng(seed), width):
            _load(
                raw,
                "directions",
                "id uid user_id origin name name_key model revision site component basis width "
                "vector recipe visibility listed n_explanations score created_at updated_at",
                made.directions,
            )
            _load(
                raw,
                "explanations",
                "id uid direction_id user_id side text up down score created_at updated_at",
                made.explanations,
            )
            _load(raw, "votes", "explanation_id user_id value updated_at", made.votes)
            _write_documents(raw, made.documents)
        _load(raw, "lists", "id user_id name name_key note created_at", _lists(world))
        _load(raw, "list_items", "list_id direction_id position note added_at", _items(world))
    if engine.dialect.name == "postgresql":
        _settle(engine)
    return world


def _users(world: World) -> Iterator[Values]:
    for id_ in range(1, world.n_users + 1):
        yield id_, f"user {id_}", f"user {id_}", f"user {id_}", MOMENT


def _lists(world: World) -> Iterator[Values]:
    for id_ in range(1, world.n_users + 1):
        yield id_, id_, f"list {id_}", f"list {id_}", "", MOMENT


def _items(world: World) -> Iterator[Values]:
    for id_ in range(1, world.n_users + 1):
        for position in range(5):
            yield id_, (id_ * 31 + position * 7) % world.n_directions + 1, position, "", MOMENT


def _directions(
    world: World, rng: random.Random, numbers: np.random.Generator, width: int
) -> Iterator[Made]:
    vocabulary = list(_vocabulary(20_000))
    zipf = list(accumulate(1 / rank for rank in range(1, len(vocabulary) + 1)))
    # A few users save much, most save little.
    busy = list(accumulate(1 / rank for rank in range(1, world.n_users + 1)))
    everybody = range(1, world.n_users + 1)
    ids = iter(range(1, world.n_directions + 1))
    while chunk := list(islice(ids, CHUNK)):
        vectors = numbers.standard_normal((len(chunk), width), dtype=np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        made = Made([], [], [], [])
        for id_, vector in zip(chunk, vectors, strict=True):
            words = iter(rng.choices(vocabulary, cum_weights=zipf, k=4 + 18 * EXPLANATIONS))
            user = rng.choices(everybody, cum_weights=busy)[0]
            name = " ".join([*islice(words, 4), str(id_)])
            texts = [" ".join(islice(words, 18)) for _ in range(EXPLANATIONS)]
            texts[0] += " the " + " ".join(_planted(id_, world.n_directions))
            best = 0.0
            for n, prose in enumerate(texts):
                explanation = (id_ - 1) * EXPLANATIONS + n + 1
                voters = rng.sample(everybody, 4 if n == 0 else 3)
                liking = rng.random()
                values = [1 if rng.random() < liking else -1 for _ in voters]
                up = values.count(1)
                score = wilson(up, len(values) - up)
                best = search.rounded(max(best, score))
                author = (user + n) % world.n_users + 1
                made.explanations.append(
                    (explanation, f"{explanation:032x}", id_, author, "both", prose, up,
                     len(values) - up, score, MOMENT, MOMENT)
                )  # fmt: skip
                made.votes.extend(
                    (explanation, voter, value, MOMENT)
                    for voter, value in zip(voters, values, strict=True)
                )
            pca = rng.random() < 0.05
            model = rng.choices([m for m, _ in MODELS], [share for _, share in MODELS])[0]
            site = rng.choice(SITES)
            origin, owner = ("pca", None) if pca else ("user", user)
            made.directions.append(
                (id_, f"{id_:032x}", owner, origin, name, name, model, "r1", site,
                 0 if pca else None, "basis" if pca else None, width, vector.tobytes(),
                 json.dumps({"kind": "vector"}), "public", True, EXPLANATIONS, best, MOMENT, MOMENT)
            )  # fmt: skip
            made.documents.append((id_, best, search.document(
                [name, "" if owner is None else f"user {owner}", *texts],
                model=model, site=site, origin=origin, user_id=owner, listed=True,
            )))  # fmt: skip
        yield made


def _planted(id_: int, n: int) -> Iterator[str]:
    if id_ % 20 == 0:
        yield "often"
    if id_ % 100 == 0:
        yield "sometimes"
    if id_ % (n // 5) == 0:
        yield "seldom"
    if id_ <= n // 20:
        yield "bygone"


def _vocabulary(n: int) -> Iterator[str]:
    syllables = [c + v for c in "bdfgklmnprstvz" for v in "aeiou"]
    for i in range(n):
        first, rest = i % len(syllables), i // len(syllables)
        yield syllables[first] + syllables[rest % len(syllables)] + syllables[(i * 7) % 70]


def _load(raw: object, table: str, columns: str, rows: Iterable[Values]) -> None:
    names = columns.split()
    if hasattr(raw, "executemany"):
        marks = ", ".join("?" * len(names))
        raw.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", rows)
        return
    assert hasattr(raw, "cursor")
    with raw.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(names)}) FROM STDIN") as to:
        for row in rows:
            to.write_row(row)


def _write_documents(raw: object, documents: Sequence[tuple[int, float, list[str]]]) -> None:
    if hasattr(raw, "executemany"):
        kept = [(id_, score, f" {' '.join(words)} ") for id_, score, words in documents]
        _load(raw, "direction_search", "rowid words", ((id_, words) for id_, _, words in kept))
        placed = sorted((search.place(score, id_), words) for id_, score, words in kept)
        _load(raw, "direction_search_by_score", "rowid words", placed)
    else:
        # A tsvector's text form: quoted words, which hold no quotes here.
        _load(
            raw, "direction_search", "id score words",
            ((id_, score, " ".join(f"'{word}'" for word in (*words, search.chunk(id_))))
             for id_, score, words in documents),
        )  # fmt: skip


def _settle(engine: Engine) -> None:
    """Let ids go on after the last, and have PostgreSQL count what it holds, as it does by itself
    some time after much was written.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in ("users", "directions", "explanations", "lists"):
            connection.execute(
                text(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))")
            )
        connection.execute(text("VACUUM ANALYZE"))
