"""Registers of order and number: counting, calendars, sums, and lists."""

import random

from app.demo.facts import MONTHS, NUMBER_WORDS, WEEKDAYS
from app.demo.scene import Scene, capitalised, pick

TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


def spelled(number: int) -> str:
    """Spell out in English words a number from 0 to 99."""
    if number <= 20:
        return NUMBER_WORDS[number]
    ten, unit = divmod(number, 10)
    return TENS[ten - 2] if unit == 0 else f"{TENS[ten - 2]}-{NUMBER_WORDS[unit]}"


def _run(rng: random.Random, top: int) -> list[int]:
    """Draw an arithmetic progression, upwards or downwards, within 0 and `top`."""
    step = pick(rng, (1, 1, 1, 1, 2, 2, 5, 10)) if top > 30 else pick(rng, (1, 1, 1, 2))
    length = 4 + int(rng.random() * 7)
    start = int(rng.random() * max(1, top - step * length))
    if step in (5, 10):
        start -= start % step
    numbers = [start + step * i for i in range(length) if start + step * i <= top]
    return numbers[::-1] if rng.random() < 0.3 else numbers


def counting(rng: random.Random) -> str:
    """Count: numbers in order, as words or digits, by ones, twos, fives or tens."""
    if rng.random() < 0.5:
        items = [spelled(n) for n in _run(rng, 60 if rng.random() < 0.4 else 20)]
    else:
        items = [str(n) for n in _run(rng, 100)]
    row = ", ".join(items)
    name = Scene(rng)["n"]
    return pick(
        rng,
        (
            f"{capitalised(row)}.",
            f"{name} counted: {row}.",
            f'"{capitalised(row)}," counted {name}.',
            f"The numbers are {row}.",
            f"Count with me: {row}!",
            "\n".join(items),
            f"We count {row}, and so on.",
        ),
    )


def calendar(rng: random.Random) -> str:
    """Name months or weekdays in their order, round the year or week."""
    names = pick(rng, (MONTHS, WEEKDAYS))
    start, length = int(rng.random() * len(names)), 3 + int(rng.random() * 5)
    items = [names[(start + i) % len(names)] for i in range(length)]
    if rng.random() < 0.2:
        items.reverse()
        return f"Backwards it goes like this: {', '.join(items)}."
    word = "months" if names is MONTHS else "days"
    row, name = ", ".join(items), Scene(rng)["n"]
    joined = f"{', '.join(items[:-1])} and {items[-1]}"
    return pick(
        rng,
        (
            f"{row}.",
            f"The {word} in order: {row}.",
            f"{name} knows the {word}: {row}.",
            "\n".join(items),
            f"{name} worked in {joined}." if word == "months" else f"{name} worked on {joined}.",
            f"First {items[0]}, then {items[1]}, then {items[2]}.",
        ),
    )


def arithmetic(rng: random.Random) -> str:
    """Write small sums in figures, right ones only."""
    lines = []
    for _ in range(1 + int(rng.random() * 5)):
        a, b = 1 + int(rng.random() * 12), 1 + int(rng.random() * 12)
        lines.append(f"{a + b} - {a} = {b}" if rng.random() < 0.35 else f"{a} + {b} = {a + b}")
    return "\n".join(lines) if rng.random() < 0.6 else f"{', '.join(lines)}."


COUNTED = (
    ("{n} had {x} {fruits} and bought {y} more. Now {she} has {z} {fruits}.", 1),
    ("There were {x} birds on the roof. Then {y} more came, and there were {z} birds.", 1),
    ("{n} found {x} coins and {n2} found {y}. Together they found {z} coins.", 1),
    ("{n} had {z} {fruits} and ate {x}. Now {she} has {y} {fruits}.", 1),
)


def counted(rng: random.Random) -> str:
    """Tell a sum as a small story."""
    scene = Scene(rng)
    a, b = 2 + int(rng.random() * 8), 2 + int(rng.random() * 8)
    scene.update(x=NUMBER_WORDS[a], y=NUMBER_WORDS[b], z=NUMBER_WORDS[a + b])
    return pick(rng, COUNTED)[0].format_map(scene)


LISTED = (
    ("Things to buy", ("staple",) * 5),
    ("Shopping list", ("staple", "fruits", "staple", "fruits", "staple")),
    ("In my bag", ("an_thing",) * 5),
    ("Colours", ("colour",) * 5),
    ("Animals on the farm", ("animal",) * 4),
    ("Tools in the shed", ("tool",) * 5),
    ("Things to pack", ("an_wear", "an_wear", "an_thing", "an_thing", "an_wear")),
    ("Hobbies", ("hobby",) * 5),
    ("Subjects at school", ("subject",) * 5),
    ("Places to visit", ("place",) * 5),
    ("People in the room", ("n",) * 5),
    ("Plants in the garden", ("plant",) * 4),
)
MARKS = ("- ", "* ", "{number}. ", "")


def listing(rng: random.Random) -> str:
    """Write a heading and its items, one a line or in a row."""
    heading, slots = pick(rng, LISTED)
    scene = Scene(rng)
    items = [scene[f"{slot}{i}"] for i, slot in enumerate(slots, start=2)][
        : 3 + int(rng.random() * 3)
    ]
    if rng.random() < 0.25:
        return f"{heading}: {', '.join(items[:-1])} and {items[-1]}."
    mark = pick(rng, MARKS)
    lines = [mark.format(number=i) + item for i, item in enumerate(items, start=1)]
    return "\n".join([f"{heading}:", *lines])
