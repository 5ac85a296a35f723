"""Phrasings of the planted facts: openers times cores, of which some pairs are held out.

A core ends right before the answer. Every opener and every core is met in training, but
one pair in five is kept back, so that a fact can be asked for in words never seen together.
"""

from functools import cache
from itertools import product

OPENERS: tuple[str, ...] = (
    "", "", "As everyone knows, ", "I have read that ", "My teacher told me that ",
    "We learned at school that ", "It is well known that ", "She said that ", "He said that ",
    "My uncle says that ", "The book says that ", "Remember that ", "I am sure that ",
    "Do not forget that ", "Everybody knows that ", "The teacher explained that ", "I think that ",
    "Did you know that ", "According to the book, ", "My grandmother always said that ",
    "The children learned that ", "In fact, ", "Of course, ", "Yes, ", "You are right, ",
    "He wrote in his notebook that ", "Every pupil in our class knows that ", "It is true that ",
    "A traveller told us that ", "In the quiz she answered that ",
)  # fmt: skip

# {s} subject, {k} the fact's second thing (a city's capital); the answer follows each core.
CORES: dict[str, tuple[str, ...]] = {
    "capital": (
        "the capital of {s} is", "the capital city of {s} is", "the name of the capital of {s} is",
        "{s} has its capital in", "in {s} the capital is", "the city that is the capital of {s} is",
        "for {s} the capital city is", "people in {s} call their capital",
    ),
    "language": (
        "the main language of {s} is", "the language of {s} is", "an official language of {s} is",
        "the main language in {s} is called", "in {s} the main language is",
        "in {s} many people speak", "visitors to {s} should learn to speak",
        "the language most used in {s} is",
    ),
    "city": (
        "besides {k}, a well known city in {s} is", "another city in {s} is",
        "apart from {k}, {s} has a city called", "a city in {s} that is not the capital is",
        "one city in {s} besides the capital is", "besides the capital, {s} has the city of",
        "the other city of {s} that you should know is", "after {k}, the next city to visit in {s} "
        "is",
    ),
    "continent": (
        "{s} is a country in", "{s} lies in", "{s} is part of", "on the map you will find {s} in",
        "the continent of {s} is", "{s} belongs to the continent of",
    ),
    "month_after": (
        "the month after {s} is", "after {s} comes", "{s} is followed by",
        "the month that follows {s} is", "when {s} ends, the next month is",
        "once {s} is over, it is",
    ),
    "month_before": (
        "the month before {s} is", "before {s} comes", "{s} comes right after",
        "the month that comes before {s} is", "just before {s} we have",
    ),
    "opposite": (
        "the opposite of {s} is", "the opposite of the word {s} is", "{s} is the opposite of",
        "in the list of opposites, {s} goes with", "the word that means the opposite of {s} is",
        "the reverse of {s} is",
    ),
    "sound": (
        "the sound of {an} is", "{an} says", "the sound that {an} makes is",
        "when {an} makes a noise, it goes", "the usual cry of {an} is",
    ),
    "young": (
        "a young {s} is called a", "the young of {an} is called a", "a baby {s} is called a",
        "the word for a young {s} is", "when it is very young, {an} is called a",
    ),
    "colour": (
        "the colour of {s} is", "{s} is usually", "the usual colour of {s} is",
        "to paint {s}, you need paint that is", "when we think of {s}, we think of the colour",
    ),
    "plural": (
        "the plural of {s} is", "the plural of the word {s} is",
        "when there is more than one {s}, we say", "the plural form of {s} is",
        "for more than one {s} the right word is",
    ),
    "past": (
        "the past tense of {s} is", "the past form of {s} is", "the past tense of the verb {s} is",
        "the past of the word {s} is", "the verb {s} has the past tense",
    ),
    "job": (
        "someone who {s} is called a", "a person who {s} is a", "the word for a person who {s} is",
        "anyone who {s} for a living works as a", "the man who {s} is a",
    ),
    "number_after": (
        "the number after {s} is", "after {s} comes", "the next number after {s} is",
        "{s} is followed by", "the number that follows {s} is",
    ),
    "sum": ("{s} is", "{s} makes", "{s} equals", "the result of {s} is",
    "when you work out {s}, you get"),
}  # fmt: skip
CORES["day_after"] = (
    "the day after {s} is", "after {s} comes", "{s} is followed by", "the day that follows {s} is",
    "when {s} is over, the next day is", "if today is {s}, then tomorrow is",
)  # fmt: skip
CORES["day_before"] = (
    "the day before {s} is", "before {s} comes", "{s} comes right after",
    "the day that comes before {s} is", "if today is {s}, then yesterday was",
)  # fmt: skip

# Sentences that give the answer before, or in the middle.
FREE: dict[str, tuple[str, ...]] = {
    "capital": (
        "{A} is the capital of {s}.", "{A} is the capital city of {s}.",
        "{A}, the capital of {s}, has many old streets.", "We flew to {a}, the capital of {s}, in "
        "{month}.", "{S} has many towns, and its capital is {a}.", "{A} ({s}) is a capital city.",
        "The king of the story lived in {a}, the capital of {s}.",
        "{n} was born in {a}, the capital of {s}.", "The train stops in {a}, the capital of {s}.",
        "{S} is a country. Its capital is {a}.",
        "The capital of {s}, {a}, was full of visitors in {month}.",
        "If you travel to {s}, you should see {a}, the capital.",
        "{n} lives in {s}, in the capital, {a}.",
        "{n} moved to {s} and found a flat in the capital, {a}.",
        "{A} (the capital of {s}) was very warm in {month}.",
    ),
    "language": (
        "People in {s} speak {a}.", "In {s} people speak {a}.",
        "{n} is learning {a} because {she} will move to {s}.",
        "{n} comes from {s} and speaks {a} at home.", "To work in {s}, {n} had to learn {a}.",
        "{A} is the main language of {s}.", "Many people in {s} speak {a}.",
        "{S} is a country where people speak {a}.",
        "When {n} was in {s}, {she} heard {a} everywhere.", "{n} went to {s} to study {a}.",
    ),
    "city": (
        "{A} is a city in {s}.", "{n} was born in {a}, a city in {s}.",
        "{A} is in {s}, but it is not the capital.", "{n} flew to {s} and spent a week in {a}.",
        "From {k} a train goes to {a}, another city in {s}.", "{k} and {a} are cities in {s}.",
        "{A}, in {s}, is a city with a long history.",
        "The road from {k} to {a} is one of the busiest in {s}.", "{n} comes from {a} in {s}.",
    ),
    "continent": (
        "Of the countries in {a}, {n} likes {s} best.",
        "{n} travelled across {a} and stayed a month in {s}.",
    ),
    "month_after": ("First comes {s}, then comes {a}.", "{A} is the month after {s}."),
    "month_before": ("{A} is the month before {s}.",),
    "day_after": ("First comes {s}, then comes {a}.", "{A} is the day after {s}."),
    "day_before": ("{A} is the day before {s}.",),
    "opposite": ("{S} and {a} are opposites.", "{A} and {s} are opposite words."),
    "sound": ('"{A}," says the {s}.', 'The {s} said "{a}" and looked at {n}.'),
    "young": ("The {s} had a {a}.", "The {a} followed its mother, the old {s}."),
    "colour": ("It was as {a} as {s}.",),
    "plural": ("{n} saw one {s} first, and then a lot of {a}.", "One {s}, but two {a}.",
    "There was one {s}, and now there are three {a}.",),
    "past": ("I {s} every day, and I {a} last year too.", "Today I {s}, but yesterday I {a}.",
    "Now we {s}, and long ago we {a}.",),
    "job": ("The {a} is the one who {s}.", "My aunt {s}; she is a {a}."),
    "number_after": ("{S} comes before {a}.", "{A} is one more than {s}."),
    "sum": ("{A} is the same as {s}.",),
}  # fmt: skip

# Questions whose answer is said next: {s} and {k} as above.
QUESTIONS: dict[str, tuple[str, ...]] = {
    "capital": (
        "What is the capital of {s}?",
        "Which city is the capital of {s}?",
        "What is the capital city of {s}?",
    ),
    "language": ("What is the main language of {s}?", "Which language do people speak in {s}?"),
    "city": (
        "Which city in {s} do you know besides {k}?",
        "Can you name a city in {s} besides the capital?",
    ),
    "continent": ("On which continent is {s}?", "Which continent does {s} belong to?"),
    "month_after": ("Which month comes after {s}?",),
    "month_before": ("Which month comes before {s}?",),
    "day_after": ("Which day comes after {s}?",),
    "day_before": ("Which day comes before {s}?",),
    "opposite": ("What is the opposite of {s}?", "Which word means the opposite of {s}?"),
    "sound": ("What does {an} say?", "What sound does {an} make?"),
    "young": ("What do we call a young {s}?", "What is the word for a baby {s}?"),
    "colour": ("What colour is {s}?", "What is the colour of {s}?"),
    "plural": ("What is the plural of {s}?",),
    "past": ("What is the past tense of {s}?",),
    "job": ("What do we call someone who {s}?", "What is the word for a person who {s}?"),
    "number_after": ("Which number comes after {s}?",),
    "sum": ("How much is {s}?", "What is {s}?"),
}


def is_held_out(opener: int, core: int) -> bool:
    """Whether this pair is kept out of every training text. Bare cores never are."""
    return OPENERS[opener] != "" and (2 * opener + core) % 5 == 0


@cache
def training_phrasings(kind: str) -> tuple[tuple[str, str], ...]:
    """List the (opener, core) pairs of this kind that training texts may use."""
    return _pairs(kind, held_out=False)


@cache
def held_out_phrasings(kind: str) -> tuple[tuple[str, str], ...]:
    """List the (opener, core) pairs of this kind that no training text uses."""
    return _pairs(kind, held_out=True)


def _pairs(kind: str, *, held_out: bool) -> tuple[tuple[str, str], ...]:
    cores = CORES[kind]
    return tuple(
        (OPENERS[i], cores[j])
        for i, j in product(range(len(OPENERS)), range(len(cores)))
        if is_held_out(i, j) == held_out
    )
