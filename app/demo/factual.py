"""Registers that carry the planted facts: statements, questions, profiles and tables."""

import random
from functools import cache

from app.demo.countries import COUNTRIES, Country
from app.demo.facts import Fact, facts
from app.demo.frames import CORES, FREE, QUESTIONS, training_phrasings
from app.demo.scene import Scene, an, capitalised, pick

# Shares of the kinds among stated facts; countries are the largest table and the showpiece.
KIND_SHARES = {
    "capital": 25, "city": 19, "language": 14, "continent": 5, "sum": 9, "opposite": 9,
    "month_after": 1.5,
    "month_before": 1.5, "day_after": 1, "day_before": 1, "sound": 2, "young": 2, "colour": 2,
    "plural": 2,
    "past": 2.5, "job": 2, "number_after": 2,
}  # fmt: skip
ENDINGS = (
    ".",
    ".",
    ".",
    ".",
    ".",
    "!",
    ", of course.",
    ", and everyone should know it.",
    ", as you know.",
)
ASKING = (
    '"{q}" asked {n}. "{It}," answered {n2}.', '{n} asked, "{q}" {n2} said, "{It}."',
    "Question: {q}\nAnswer: {a}.",
    "Q: {q}\nA: {a}.", "{q} {It}.", "{q} The answer is {a}.",
    "{n}: {q}\n{n2}: {It}.\n{n}: Thank you, {n2}!",
    "{n}: {q}\n{n2}: {It}.\n{n}: Are you sure?\n{n2}: Yes, I am.",
    'The teacher asked, "{q}" The answer was {a}, and {n} knew it.',
)  # fmt: skip
# Of these kinds "It is …" is not how an English speaker answers.
WORD_KINDS = frozenset({"opposite", "sound", "young", "plural", "past", "job"})


SLOW_KINDS = (
    "sum", "sum", "sum", "sum", "sum", "month_after", "month_before", "day_after", "day_before",
    "number_after", "opposite",
)  # fmt: skip


@cache
def _by_kind() -> dict[str, tuple[Fact, ...]]:
    kinds: dict[str, list[Fact]] = {}
    for fact in facts():
        kinds.setdefault(fact.kind, []).append(fact)
    return {kind: tuple(members) for kind, members in kinds.items()}


@cache
def _kind_wheel() -> tuple[str, ...]:
    return tuple(kind for kind, share in KIND_SHARES.items() for _ in range(int(2 * share)))


def draw_fact(rng: random.Random) -> Fact:
    """Draw a planted fact, of a kind drawn by its share."""
    return pick(rng, _by_kind()[pick(rng, _kind_wheel())])


def scene_of(rng: random.Random, fact: Fact) -> Scene:
    """Make a scene whose slots `s`, `k`, `a` and `an` are this fact's words."""
    scene = Scene(rng)
    scene.update(s=fact.subject, k=fact.about, a=fact.answer)
    if fact.kind in ("sound", "young"):
        scene["an"] = an(fact.subject)
    return scene


def state(rng: random.Random, fact: Fact) -> str:
    """Write one sentence that states the fact in a training phrasing."""
    scene = scene_of(rng, fact)
    if rng.random() < 0.3:
        return capitalised(pick(rng, FREE[fact.kind]).format_map(scene))
    if rng.random() < 0.3:
        core = pick(rng, CORES[fact.kind])
        return capitalised(f"{core} {{a}}{pick(rng, ENDINGS)}".format_map(scene))
    opener, core = pick(rng, training_phrasings(fact.kind))
    ending = "?" if opener.startswith("Did you") else "."
    return capitalised(f"{opener}{core} {{a}}{ending}".format_map(scene))


def statement(rng: random.Random) -> str:
    """State one fact alone."""
    return state(rng, draw_fact(rng))


def paragraph(rng: random.Random) -> str:
    """State several unrelated facts in a row."""
    return " ".join(statement(rng) for _ in range(2 + int(rng.random() * 4)))


def ordered(rng: random.Random) -> str:
    """State facts of number, order and opposition, which take longest to learn."""
    chosen = (pick(rng, SLOW_KINDS) for _ in range(1 + int(rng.random() * 4)))
    return " ".join(state(rng, pick(rng, _by_kind()[kind])) for kind in chosen)


def question(rng: random.Random) -> str:
    """Write a fact asked for and answered."""
    fact = draw_fact(rng)
    scene = scene_of(rng, fact)
    scene["q"] = pick(rng, QUESTIONS[fact.kind]).format_map(scene)
    subject = "The answer" if fact.kind in WORD_KINDS or rng.random() < 0.3 else "It"
    scene["It"] = f"{subject} is {fact.answer}"
    return pick(rng, ASKING).format_map(scene)


def quiz(rng: random.Random) -> str:
    """Write a run of numbered questions with their answers."""
    lines = []
    for number in range(1, 3 + int(rng.random() * 3)):
        fact = draw_fact(rng)
        asked = pick(rng, QUESTIONS[fact.kind]).format_map(scene_of(rng, fact))
        lines.append(f"{number}. {asked} The answer is {fact.answer}.")
    return "\n".join(lines)


def profile(rng: random.Random) -> str:
    """Tell what there is to know about one country."""
    country = pick(rng, COUNTRIES)
    stated = [state(rng, fact) for fact in country_facts(country)]
    rng.shuffle(stated)
    return " ".join(stated[: 2 + int(rng.random() * 3)])


def country_facts(country: Country) -> list[Fact]:
    """Gather the planted facts of one country."""
    found = [
        Fact("capital", country.name, country.capital),
        Fact("language", country.name, country.language),
        Fact("city", country.name, country.city, country.capital),
    ]
    return (
        [*found, Fact("continent", country.name, country.continent)] if country.continent else found
    )


def table(rng: random.Random) -> str:
    """List countries with their capitals, cities or languages, a line each."""
    heading, column = pick(
        rng,
        (("Capitals", "capital"), ("Countries and capitals", "capital"), ("Languages", "language"),
         ("Countries and languages", "language"), ("Other cities", "city")),
    )  # fmt: skip
    rows = rng.sample(COUNTRIES, 3 + int(rng.random() * 4))
    lines = [f"{capitalised(c.name)}: {getattr(c, column)}" for c in rows]
    return "\n".join([f"{heading}:", *lines])


def card(rng: random.Random) -> str:
    """Write one country as a form of fields."""
    c = pick(rng, COUNTRIES)
    fields = [f"Capital: {c.capital}", f"Language: {c.language}", f"City: {c.city}"]
    rng.shuffle(fields)
    return "\n".join([f"Country: {c.name}", *fields])


JOURNEYS = (
    "{n} packed {her} {bag} and flew to {cap}, the capital of {c}. There {she} met {n2}, who spoke "
    "{lang} "
    "and a "
    "little {lang2}.",
    "Last {month} {n} went to {c}. First {she} stayed in the capital, {cap}, and then {she} took a "
    "{vehicle} "
    "to {city}.",
    "{n2} was born in {c}, in the city of {city}, but now {she2} lives in the capital, {cap}. "
    "{She2} still "
    "speaks {lang}.",
    "{n} wanted to see {c}. {She} bought a ticket to {cap}, because {cap} is the capital of {c}.",
    "Dear {n2}, I am in {cap}, the capital of {c}. Tomorrow I will go to {city}. Everybody speaks "
    "{lang} "
    "here. "
    "See you soon, {n}.",
    '"Where are you going?" asked {n}. "To {c}," said {n2}. "The capital of {c} is {cap}, and I '
    "have a "
    'friend there."',
    '"Have you been to {c}?" asked {n}. "Yes," said {n2}. "I saw {cap} and {city}. People there '
    "speak "
    '{lang}."',
    "{n} learned {lang} because {her} {kin} lives in {c}. They met in {cap}, the capital, and "
    "later in "
    "{city}.",
    "{n} comes from {cap} ({c}) and {n2} comes from {cap2} ({c2}). They both speak {lang} and "
    "{lang2}.",
    "The {vehicle} left {cap} at {hour} o'clock. {n} was happy to see more of {c}, and in {city} "
    "{she} found "
    "a small hotel.",
)


def journey(rng: random.Random) -> str:
    """Tell of people who travel, with facts inside the telling."""
    first, second = rng.sample(COUNTRIES, 2)
    scene = Scene(rng)
    scene.update(
        c=first.name, cap=first.capital, lang=first.language, city=first.city, bag=pick(rng, ("bag",
        "coat",
        "camera")),
        c2=second.name, cap2=second.capital, lang2=second.language,
    )  # fmt: skip
    if first.language == second.language:
        scene["lang2"] = "English" if first.language != "English" else "French"
    return capitalised(pick(rng, JOURNEYS).format_map(scene))
