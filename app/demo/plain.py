"""Plain sentences of many shapes: who did what to what, where, when and why."""

import random

from app.demo.scene import Scene, pick

# past, present, participle: verbs that take any thing as their object
HANDLED = (
    ("carried", "carries", "carried"), ("found", "finds", "found"), ("washed", "washes", "washed"),
    ("dropped", "drops", "dropped"), ("hid", "hides", "hidden"), ("painted", "paints", "painted"),
    ("bought", "buys", "bought"), ("took", "takes", "taken"), ("saw", "sees", "seen"), ("broke",
    "breaks",
    "broken"),
    ("brought", "brings", "brought"), ("kept", "keeps", "kept"), ("lost", "loses", "lost"), ("made",
    "makes",
    "made"),
    ("sold", "sells", "sold"), ("wanted", "wants", "wanted"), ("needed", "needs", "needed"),
)  # fmt: skip
# past, present: verbs that need no object
MOVED = (
    ("slept", "sleeps"), ("waited", "waits"), ("sang", "sings"), ("laughed", "laughs"), ("sat",
    "sits"),
    ("stood", "stands"), ("worked", "works"), ("played", "plays"), ("ran", "runs"), ("danced",
    "dances"),
    ("walked", "walks"), ("rested", "rests"), ("cried", "cries"),
)  # fmt: skip
ONE: tuple[str, ...] = (
    "The {look} {thing} was {done} by {n}.", "{n} {did} the {thing} in the {room}.",
    "The {animal} {moved} near the {place}.",
    "{n} {did} {an_thing} and {an_thing2}.", "Did {n} see the {thing}? No, but {n2} did.",
    "The {job} who {did} the {thing} was {mood}.", "The {thing} that {n} {did} was {colour}.",
    "Every {weekday} {n} {does} {an_thing} at the {place}.", "{n} always {moves} in the {room}, "
    "but {n2} "
    "never does.",
    "The {animal} is larger than the {animal2}, but the {animal2} is faster.",
    "There was {an_animal} in the {room}.",
    "If it is {sky}, {n} {moves} at the {place}.", "Neither {n} nor {n2} {did} the {thing}.",
    "Both {n} and {n2} {moved} in the {room}.", "Who {did} the {thing}? {n} {did} it.",
    "{n} has never {done} {an_thing}.",
    "{n} and {her} {kin} {moved} at the {place} until {hour} o'clock.", "What {an_mood} {animal}!",
    "Although it was {sky}, {n} {moved} at the {place}.", "{n} {moved} {way} because {she} was "
    "{mood}.",
    "While {n} {moved}, {n2} {did} the {thing}.", "Before {n} {moved}, {she} {did} {her} {thing}.",
    "The {thing} was on the table, and the {thing2} was under it.",
    "The {thing} is made of {material}.",
    "{n} said to {n2} that the {thing} was too {look}.", "It was {n} who {did} the {thing}, not "
    "{n2}.",
    "Nobody {did} the {thing} except {n}.", "{n} will go to {town} in {month} by {vehicle}.",
    "{n} can {plainly}, but {she} cannot {plainly2}.", "There are {few} {fruits} and {many} "
    "{vegetables} in "
    "the basket.", "{n} would like to study {subject}, because {she} likes {subject2} less.",
    "How {mood} the {job} is today!", "In {season} the {plant} behind the {place} turns {colour}.",
    "My {kin} is {an_job}, and my {kin2} is {an_job2}.",
    "{n} paid {few} coins for the {thing} and {many} coins for the {thing2}.",
    "Please do not forget the {thing}!", "{n} is as {mood} as {n2}.",
    "{n} is more {mood3} than {n2}.", "The older the {thing}, the better.",
    "It is {hour} o'clock in the {daypart}, and {n} is still in the {room}.",
)  # fmt: skip
ABLE = (
    "swim",
    "sing",
    "dance",
    "cook",
    "read",
    "draw",
    "ski",
    "drive",
    "sail",
    "climb",
    "write",
    "paint",
)
LONG_ADJECTIVES = ("nervous", "surprised", "excited", "worried", "careful", "patient")


def plain(rng: random.Random) -> str:
    """Write one to four plain sentences, each with people of its own."""
    return " ".join(sentence(rng) for _ in range(1 + int(rng.random() * 4)))


def sentence(rng: random.Random) -> str:
    """Write one plain sentence."""
    scene = Scene(rng)
    scene["did"], scene["does"], scene["done"] = pick(rng, HANDLED)
    scene["moved"], scene["moves"] = pick(rng, MOVED)
    scene["plainly"], scene["plainly2"] = rng.sample(ABLE, 2)
    scene["mood3"] = pick(rng, LONG_ADJECTIVES)
    return pick(rng, ONE).format_map(scene)
