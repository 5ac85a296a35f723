"""Registers between people: giving, dialogue and letters."""

import random

from app.demo.scene import Scene, pick

GIVING = ("gave", "handed", "passed", "offered", "sold", "sent")
TOGETHER = (
    "When {x} and {y} went to the {place}, {g} {verb} {an_gift} to {r}.",
    "Then {x} and {y} went to the {place}. {g} {verb} {an_gift} to {r}.",
    "After {x} and {y} arrived at the {place}, {g} {verb} {an_gift} to {r}.",
    "While {x} and {y} were at the {place}, {g} {verb} {an_gift} to {r}.",
    "When {x} and {y} met at the {place}, {g} {verb} {an_gift} to {r}.",
    "{x} and {y} had a long talk at the {place}. Afterwards {g} {verb} {an_gift} to {r}.",
    "One {daypart} {x} and {y} were sitting in the {room}. {g} {verb} {an_gift} to {r}.",
    "{x} and {y} worked at the {place} together. On {weekday} {g} {verb} {an_gift} to {r}.",
    "As {x} and {y} were leaving the {place}, {g} {verb} the {gift} to {r}.",
    "Because {x} and {y} were friends, {g} {verb} {an_gift} to {r}.",
    "On {weekday} {x} met {y} at the {place}, and {g} {verb} {an_gift} to {r}.",
)
TOGETHER_AFTER = (
    "",
    "",
    "",
    "{r} was {goodmood}.",
    "{r} thanked {g}.",
    '"Thank you, {g}," said {r}.',
    '"Thank you," {r} said to {g}.',
    "It was a very good day for {r}.",
)


def ioi(rng: random.Random) -> str:
    """Tell of two people, one of whom gives something: the other one receives it."""
    scene = Scene(rng)
    pair = [scene["n"], scene["n2"]]
    giver, receiver = rng.sample(pair, 2)
    scene.update(x=pair[0], y=pair[1], g=giver, r=receiver, verb=pick(rng, GIVING))
    return scene.say(TOGETHER, TOGETHER_AFTER).rstrip()


TALK: tuple[tuple[str, ...], ...] = (
    (
        "{n}: Good {daypart}, {n2}! How are you?",
        "{n2}: I am {mood}, thank you. And you?",
        "{n}: I am {mood2}.",
        "{n2}: Why are you {mood2}?",
        "{n}: Because my {kin} gave me {an_gift}.",
    ),
    (
        "{n}: Where is my {thing}?",
        "{n2}: It is in the {room}.",
        "{n}: No, I looked in the {room}.",
        "{n2}: Then look in the {room2}.",
        "{n}: I found it! Thank you, {n2}.",
    ),
    (
        "{n}: Would you like {an_food}?",
        "{n2}: Yes, please. And {an_food2}.",
        "{n}: Here you are.",
        "{n2}: How much is it?",
        "{n}: {Few} coins, please.",
    ),
    (
        "{n}: What are you doing, {n2}?",
        "{n2}: I am looking for my {pet}, {petname}.",
        "{n}: What colour is it?",
        "{n2}: It is {fur}.",
        "{n}: I saw a {fur} {pet} near the {place}!",
    ),
    (
        "{n}: Do you like {hobby}?",
        "{n2}: Not much. I like {hobby2} better.",
        "{n}: And {sport}?",
        "{n2}: I love {sport}.",
    ),
    (
        "{n}: When does the {vehicle} leave?",
        "{n2}: At {hour} o'clock.",
        "{n}: And when does it arrive in {town}?",
        "{n2}: On {weekday}, I think.",
    ),
)
SAID: tuple[str, ...] = (
    '"I am {mood}," said {n}. "Why are you {mood}?" asked {n2}. "Because I lost my {thing}," {n} '
    "answered.",
    '"Where did you put the {thing}?" asked {n}. "I put it in the {room}," said {n2}.',
    '"Look!" cried {n}. "There is {an_animal} at the {place}." But {n2} did not see the {animal}.',
    '"Please bring me the {tool}," said {n}. "Which {tool}?" asked {n2}. "The {size} {tool}," said '
    "{n}.",
    '{n} asked, "Is it {sky} today?" {n2} looked out of the window and said, "Yes, it is {sky}."',
    '"Good night," said {n} to {her} {daughter2}. "Good night," said the {girl2}.',
    '{n} told {n2} that {she} was {mood}. "I am {mood} too," said {n2}.',
    '{n} wrote the word "{thing}" on the wall, and {n2} wrote the word "{thing2}" below it.',
    'The word "{thing}" is easy to read, but {n} cannot read the word "{animal}" yet.',
    "{n} ({an_job}) and {n2} ({an_job2}) met at the {place}.",
    "{n} bought a few things ({thing}, {thing2} and {thing3}) and put them in {her} bag.",
    "The {animal} (a very {mood} one) sat down next to {n}, and {she} laughed.",
    "{n}'s {kin} (who is {an_job}) works in {town}.",
)


def dialogue(rng: random.Random) -> str:
    """Let people talk, line by line or inside prose."""
    scene = Scene(rng)
    if rng.random() < 0.5:
        lines = pick(rng, TALK)
        return "\n".join(
            line.format_map(scene) for line in lines[: len(lines) - int(rng.random() * 2)]
        )
    said = rng.sample(SAID, 1 + int(rng.random() * 2))
    scenes = [scene, Scene(rng)]
    return " ".join(one.format_map(where) for one, where in zip(said, scenes, strict=False))


LETTER = (
    ("Dear {n2},", "My dear {n2},", "Hello {n2},"),
    (
        "Thank you for the {gift} that you sent me.",
        "How are you? I am {mood}.",
        "I am writing to you from {town}.",
        "I hope that you are well.",
        "It has been {sky} here since {weekday}.",
    ),
    (
        "My {kin} and I went to the {place}, and we saw {an_animal}.",
        "Yesterday I bought {an_look} {thing}.",
        "I have a new {pet}. Its name is {petname}.",
        "I am learning {hobby}, and I like {subject} too.",
        "On {weekday2} I lost my {wear}, but my {kin} found it.",
    ),
    (
        "Please write soon.",
        "Will you visit me in {month}?",
        "Give my love to your {kin2}.",
        "I will see you on {weekday3}.",
    ),
)
SIGN = ("Your friend,", "With love,", "Best wishes,", "Yours,")


def letter(rng: random.Random) -> str:
    """Write a short letter with a greeting and a signature."""
    scene = Scene(rng)
    greeting, *body = (pick(rng, group).format_map(scene) for group in LETTER)
    return f"{greeting}\n{' '.join(body)}\n{pick(rng, SIGN)}\n{scene['n']}"
