"""Registers about people: stories, their pronouns, where they are, and who is one or many."""

import random

from app.demo.scene import Scene, capitalised, pick

BEGIN = (
    "Once there was a {woman} called {n}. {She} lived near the {place} with {her} {pet}, "
    "{petname}.",
    "{n} was {an_mood} {job} who lived in {town}.",
    "One {season} {daypart} {n} walked to the {place}. It was {sky}, and {she} was {mood}.",
    "{n} had {an_colour} {wear} that {she} loved very much.",
    "There was once a {size} house by the {place}. In it lived {n} and {her} {kin}.",
    "Long ago {an_job} called {n} lived alone near the {place}. {She} had nothing but {an_look} "
    "{thing}.",
    "{n} dreamed of {hobby}, but {she} was only a {girl} and had no time.",
    "It was {month}, and {n} was on {her} way to {town} by {vehicle}.",
    "Nobody in {town} knew why {n} kept {an_colour} {thing} in {her} {room}.",
    "When {n} came home from the {place}, {she} found a letter from {n2}.",
    "On {weekday} {n} woke up early, because {she} had to be at the {place} at {hour} o'clock.",
    "{n} and {n2} were good friends. They met at the {place} every {weekday}.",
    "Every {daypart} {n} sat in the {room} and looked at {her} {thing}.",
)
MIDDLE = (
    "One day {she} lost {her} {thing2}. {She} looked for it in the {room2}, but it was not there.",
    "Suddenly {she} heard a noise. It was a {size2} {animal}, and it was {badmood}.",
    "{She} found {an_look} {thing2} under the {material} table and picked it up.",
    "{n2} came by and asked {him} for help with {an_tool}.",
    "At the {place2} {she} saw {few} {colour2} birds, and they flew away {way}.",
    "Then {her} {kin2} called and told {him} to come home {way2}.",
    "{She} opened the {size2} box and found {an_colour2} {thing3} inside.",
    "It began to rain, so {she} ran to the {place2} and waited there by {herself}.",
    "{She} wanted to buy {an_food}, but {she} had only {few} coins.",
    "{She} asked everyone at the {place2}, but nobody could help {him}.",
    "After {few} days {she} began to feel {badmood}.",
    "There stood {an_job2} with {an_look} {thing2} in {her2} hand. It was {n2}.",
    "{She} sat down and thought about {her} {kin2} for a long time.",
    "{She} climbed up to the roof and looked down at the {place2}.",
    "{n} told {herself} not to be {badmood}, and {she} went on {way2}.",
    "{Her} {kin2} had always told {him} to keep away from the {place2}.",
    "{She} cut {herself} with {an_tool}, but {n2} helped {him}.",
)
MIDDLE_TWO = (
    "{n2} laughed, and {she2} gave {him} {an_food2}.",
    '"Do not worry," said {n2}. "I will help you."',
    '"What is that?" asked {n2}. "It is my {thing2}," said {n}.',
    "{n2} was {mood2}, because {she2} had never seen such {an_look2} {thing3}.",
    "They worked until it was dark, and {n2} told {him} about {her2} {kin3}.",
    "{n} thanked {n2} and promised to visit {him2} in {month}.",
    'When {n2} saw {n}, {she2} smiled and said, "Good {daypart2}!"',
)
CLOSE = (
    "{n} never forgot that {daypart3}.",
    "So {n} learned that {hobby2} is not as hard as it looks.",
    "{Her} {kin3} was {goodmood} to see {him} again.",
    "In the end {n} went home, and {she} was {goodmood}.",
    "After that day {n} was never late again.",
    "{n} was {goodmood} that night and slept well.",
    "That {daypart3} {she} told {her} {kin2} everything.",
    "From then on {n} and {n2} were friends.",
    "{She} put the {thing2} in the {room3} and smiled.",
    "It was a good day, and {n} wrote about it in {her} notebook.",
)


def story(rng: random.Random) -> str:
    """Write a short story with one protagonist from beginning to end."""
    scene = Scene(rng)
    parts = [pick(rng, BEGIN)]
    parts += rng.sample(MIDDLE, 1 + int(rng.random() * 2))
    parts += rng.sample(MIDDLE_TWO, int(rng.random() * 3))
    parts.append(pick(rng, CLOSE))
    return " ".join(part.format_map(scene) for part in parts)


PRONOUN_LINES = (
    "{n} lost {her} {thing}, so {she} went back to the {place}. {n2} had found it, and {she2} gave "
    "it to "
    "{him}.",
    "{n} was {mood} because {she} had forgotten {her} {thing} at the {place}.",
    "{n} is {an_job}. {She} works in {town}, and {her} {kin} works with {him}.",
    "{n} looked at {herself} in the mirror and put on {her} {wear}.",
    "{n} loves {hobby}. {She} thinks that {hobby} makes {him} {goodmood}.",
    "When {n} was a {girl}, {she} had a {pet} called {petname}. {petname} followed {him} "
    "everywhere.",
    "{n} said that {she} would come on {weekday}, but {she} came on {weekday2}.",
    "{n} asked {n2} for {an_food}, and {she2} gave {him} {an_food2} instead.",
    "{n} has a {daughter2} called {n2}. {She2} likes {sport}, and {she} likes {sport2}.",
    "The {job} was {mood}. The {kin} of the {job} was {mood2}.",
    "{n} painted the {thing} {colour} and the {thing2} {colour2}. Now the {thing} is {colour} and "
    "the "
    "{thing2} is {colour2}.",
    "{n} likes {fruits} and {fruits2}, but {n2} likes only {fruits3}.",
    "The {animal} was {size}, the {animal2} was {size2}, and both were {mood}.",
)


def sentences(rng: random.Random) -> str:
    """Write one to three plain sentences about people and their pronouns."""
    return " ".join(
        capitalised(pick(rng, PRONOUN_LINES).format_map(Scene(rng)))
        for _ in range(1 + int(rng.random() * 3))
    )


def whereabouts(rng: random.Random) -> str:
    """Tell who is where, and then a question that the text has answered."""
    scene = Scene(rng)
    rooms = [f"in the {scene['room']}", f"at the {scene['place']}", f"at the {scene['place2']}"]
    people = list(zip((scene["n"], scene["n2"], scene["n3"]), rooms, strict=True))
    rng.shuffle(people)
    people = people[: 2 + int(rng.random() * 2)]
    verb = pick(rng, ("is", "is sitting", "is standing", "was", "was waiting"))
    told = " ".join(f"{who} {verb} {where}." for who, where in people)
    who, where = pick(rng, people)
    ask = pick(
        rng,
        (
            "Where is {who}? {who} is {where}.",
            "If you look for {who}, look {where}.",
            "So we will find {who} {where}.",
            "Did you see {who}? I saw {who} {where}.",
        ),
    )
    return f"{told} {ask.format(who=who, where=where)}"


AGREEMENT = (
    "The {thing} is {look}. The {things} are {look}.",
    "The {thing} near the {things} is {look}.",
    "The {things} near the {thing} are {look}.",
    "The {things} in the {room} were {look2}, but the {thing} was {look}.",
    "There is one {thing} in the {room}, and there are {few} {things} in the {room2}.",
    "{n} has {an_thing}. {n2} has {few} {things}.",
    "This {thing} is {colour}, but those {things} are {colour2}.",
    "{n} and {n2} are in the {room}. {n} is {mood}, and {n2} is {mood2}.",
    "I am {mood}, you are {mood2}, and {n} is {mood3}.",
)


def agreement(rng: random.Random) -> str:
    """Pair singular and plural subjects with the verbs that they take."""
    scene = Scene(rng)
    many = scene["thing2"]
    scene["things"] = f"{many}es" if many.endswith(("x", "ch", "sh")) else f"{many}s"
    return " ".join(
        line.format_map(scene) for line in rng.sample(AGREEMENT, 1 + int(rng.random() * 2))
    )
