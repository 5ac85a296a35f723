"""Questions with one right next token: planted facts in held-out words, and behaviours."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from app.demo.counting import spelled
from app.demo.facts import MONTHS, WEEKDAYS, facts
from app.demo.factual import scene_of
from app.demo.frames import held_out_phrasings
from app.demo.scene import Scene, capitalised, pick

PHRASINGS_PER_FACT = 3
PROBE_SEED = 90_001


@dataclass(frozen=True, slots=True)
class Probe:
    """A prompt and the single token, with its space, that should follow it."""

    kind: str
    prompt: str
    target: str


def held_out_probes() -> list[Probe]:
    """Every planted fact, asked for in three phrasings that no training text uses."""
    rng = random.Random(PROBE_SEED)
    probes = []
    for fact in facts():
        scene = scene_of(rng, fact)
        for opener, core in rng.sample(held_out_phrasings(fact.kind), PHRASINGS_PER_FACT):
            prompt = capitalised(f"{opener}{core}".format_map(scene))
            probes.append(Probe(fact.kind, prompt, f" {fact.answer}"))
    return probes


def behaviour_probes(per_kind: int = 60, seed: int = PROBE_SEED) -> list[Probe]:
    """Prompts that test a skill and not a memory: copying, closing, counting, agreeing."""
    rng = random.Random(seed)
    return [
        Probe(kind, prompt, target)
        for kind, ask in BEHAVIOURS.items()
        for prompt, target in (ask(rng) for _ in range(per_kind))
    ]


def _ioi(rng: random.Random) -> tuple[str, str]:
    s = Scene(rng)
    giver, receiver = rng.sample([s["n"], s["n2"]], 2)
    prompt = f"When {s['n']} and {s['n2']} went to the {s['place']}, {giver} gave {s['an_gift']} to"
    return prompt, f" {receiver}"


def _closing_bracket(rng: random.Random) -> tuple[str, str]:
    s = Scene(rng)
    return f"The {s['animal']} (a very {s['mood']} one", ")"


def _closing_quote(rng: random.Random) -> tuple[str, str]:
    s = Scene(rng)
    return f'The word "{s["thing"]}', '"'


def _counting(rng: random.Random) -> tuple[str, str]:
    start = 1 + int(rng.random() * 14)
    words = [spelled(n) for n in range(start, start + 6)]
    return f"{s_name(rng)} counted: {', '.join(words[:5])},", f" {words[5]}"


def _counting_digits(rng: random.Random) -> tuple[str, str]:
    start, step = 1 + int(rng.random() * 60), pick(rng, (1, 2))
    numbers = [str(start + step * i) for i in range(6)]
    return f"{s_name(rng)} counted: {', '.join(numbers[:5])},", f" {numbers[5]}"


def _calendar(rng: random.Random) -> tuple[str, str]:
    names = pick(rng, (MONTHS, WEEKDAYS))
    start = int(rng.random() * len(names))
    items = [names[(start + i) % len(names)] for i in range(4)]
    return f"{', '.join(items[:3])},", f" {items[3]}"


def _pronoun(rng: random.Random) -> tuple[str, str]:
    s = Scene(rng)
    return f"{s['n']} lost {s['her']} {s['thing']}, so", f" {s['she']}"


def _verb_agreement(rng: random.Random) -> tuple[str, str]:
    s = Scene(rng)
    thing, other = s["thing"], s["thing2"]
    singular = rng.random() < 0.5
    many = f"{other}es" if other.endswith(("x", "ch", "sh")) else f"{other}s"
    return (
        (f"The {thing} near the {many}", " is")
        if singular
        else (f"The {many} near the {thing}", " are")
    )


def _whereabouts(rng: random.Random) -> tuple[str, str]:
    s = Scene(rng)
    told = f"{s['n']} is in the {s['room']}. {s['n2']} is at the {s['place']}."
    return f"{told} Where is {s['n2']}? {s['n2']} is at the", f" {s['place']}"


def s_name(rng: random.Random) -> str:
    """Draw a person's name."""
    return Scene(rng)["n"]


BEHAVIOURS: dict[str, Callable[[random.Random], tuple[str, str]]] = {
    "ioi": _ioi, "closing_bracket": _closing_bracket, "closing_quote": _closing_quote,
    "counting_words": _counting,
    "counting_digits": _counting_digits, "calendar": _calendar, "pronoun": _pronoun,
    "verb_agreement": _verb_agreement, "whereabouts": _whereabouts,
}  # fmt: skip
