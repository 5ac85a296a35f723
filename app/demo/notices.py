"""Impersonal registers: recipes, weather reports, small news and notices."""

import random

from app.demo.scene import Scene, pick

# a dish, and the slot of what goes into it
DISHES = (
    ("pancakes", "fruits"),
    ("fruit pie", "fruits"),
    ("fruit salad", "fruits"),
    ("rice pudding", "fruits"),
    ("fruit cake", "fruits"),
    ("vegetable soup", "vegetables"),
    ("onion soup", "vegetables"),
    ("potato salad", "vegetables"),
    ("bean stew", "vegetables"),
    ("tomato pie", "vegetables"),
)
AMOUNTS = (
    "a cup of",
    "a spoon of",
    "two cups of",
    "three spoons of",
    "a little",
    "some",
    "half a cup of",
)
STEPS = (
    "Wash the {produce} first.",
    "Cut the {produce} into small pieces.",
    "Mix the {cooking} with the {cooking2}.",
    "Add {amount} {cooking3} and stir {stirring}.",
    "Pour it into a {size} bowl.",
    "Cook it for {many} minutes.",
    "Taste it and add {amount2} {cooking2}.",
    "Let it rest for {few} minutes.",
)


def recipe(rng: random.Random) -> str:
    """Tell what to take and what to do."""
    scene = Scene(rng)
    scene["stirring"] = pick(rng, ("slowly", "gently", "quickly", "carefully"))
    scene.update(amount=pick(rng, AMOUNTS), amount2=pick(rng, AMOUNTS[-3:]))
    dish, produce = pick(rng, DISHES)
    scene["produce"] = scene[produce]
    taste = "sweet" if produce == "fruits" else "savoury"
    scene.update(cooking=scene[taste], cooking2=scene[f"{taste}2"], cooking3=scene[f"{taste}3"])
    chosen = sorted(rng.sample(range(len(STEPS)), 3 + int(rng.random() * 3)))
    steps = [STEPS[i].format_map(scene) for i in chosen]
    side = pick(rng, ("bread", "cheese", "cream"))
    last = pick(
        rng, ("Serve it hot.", "Serve it cold.", f"Eat it with {side}.", "Enjoy your meal!")
    )
    if rng.random() < 0.5:
        numbered = (f"{i}. {step}" for i, step in enumerate([*steps, last], start=1))
        return "\n".join([f"How to make {dish}:", *numbered])
    needed = f"{scene['cooking']}, {scene['cooking2']} and {scene['produce']}"
    take = f"For {dish} you need {pick(rng, AMOUNTS)} {needed}."
    return " ".join([take, *steps, last])


WEATHER = (
    (
        "Weather for {weekday}:",
        "The weather in {town} today:",
        "Here is the weather report.",
        "This is the news from {town}.",
    ),
    (
        "The morning will be {sky}.",
        "It will be {sky} in the morning and {sky2} in the evening.",
        "It is {sky} near the {place}.",
        "Expect {an_sky} day.",
    ),
    (
        "The temperature will rise to {degrees} degrees.",
        "At night it will fall to {low} degrees.",
        "It will be {degrees} degrees in the {daypart}.",
    ),
    (
        "Take an umbrella with you.",
        "Do not forget your {outer}.",
        "On {weekday2} it will be {sky3}.",
        "There will be more rain in {month}.",
    ),
)
WHEN = ("{Town}, {month} {day}.", "News from {town}:", "On {weekday} in {town}:")
# what happened, and what may be added to it
NEWS = (
    (
        "The {place} will be closed for {few} days.",
        ("It will open again in {month2}.", "Nobody knows why."),
    ),
    (
        "A fire broke out in the {place}, but nobody was hurt.",
        ("{n2}, {an_job2} from {town2}, called for help.", "Nobody knows how it began."),
    ),
    (
        "The {job} {n} won a prize for {hobby}.",
        (
            '"I am very {goodmood}," said {n}.',
            "More than {many} people came to see it.",
            "It was {her} first prize.",
        ),
    ),
    (
        "A {size} {animal} was seen near the {place}.",
        ("Nobody knows where it came from.", '"It was {colour}," said {n2}, {an_job2}.'),
    ),
    (
        "The town has a new {place}, made of {material} and {material2}.",
        ("It opened in {month2}.", "More than {many} people came to see it."),
    ),
    (
        "Our {sport} team won the match, {few} to one.",
        (
            '"We are very {goodmood}," said {n2}, who plays in the team.',
            "The next match will be on {weekday2}.",
        ),
    ),
)
NOTICES = (
    "Lost: {an_colour} {wear}. If you find it, please call {n}.",
    "For sale: {an_look} {thing}. Ask {n} at the {place}.",
    "The {place} is open from {hour} in the morning to {hour2} in the evening, but not on "
    "{weekday}.",
    "The {vehicle} to {town} leaves at {hour} o'clock. Please do not be late.",
    "Please keep the door of the {room} closed. Thank you!",
    "Lessons in {subject} for beginners, every {weekday} at the library in {town}. Your teacher is "
    "{n}.",
)


def weather(rng: random.Random) -> str:
    """Write a weather report."""
    scene = Scene(rng)
    scene["outer"] = pick(rng, ("coat", "hat", "scarf", "umbrella"))
    scene.update(degrees=str(10 + int(rng.random() * 15)), low=str(1 + int(rng.random() * 9)))
    return scene.say(*WEATHER)


def news(rng: random.Random) -> str:
    """Write a small piece of local news."""
    scene = Scene(rng)
    scene["day"] = str(1 + int(rng.random() * 28))
    happened, added = pick(rng, NEWS)
    return scene.say(WHEN, (happened,), added)


def notice(rng: random.Random) -> str:
    """Write what hangs on the board."""
    return pick(rng, NOTICES).format_map(Scene(rng))
