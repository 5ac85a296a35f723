"""The planted facts that are not about countries, and the list of all of them."""

from dataclasses import dataclass

from app.demo.countries import COUNTRIES

MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September",
          "October", "November", "December")  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
NUMBER_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
"ten",
                "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen",
                "eighteen", "nineteen", "twenty")  # fmt: skip

# Each word stands in one pair only, so that both directions have one answer.
OPPOSITES: tuple[tuple[str, str], ...] = (
    ("hot", "cold"), ("big", "small"), ("tall", "short"), ("fast", "slow"), ("day", "night"),
    ("up", "down"), ("left", "right"), ("open", "closed"), ("full", "empty"), ("rich", "poor"),
    ("happy", "sad"), ("young", "old"), ("light", "dark"), ("hard", "soft"), ("clean", "dirty"),
    ("wet", "dry"), ("early", "late"), ("near", "far"), ("high", "low"), ("strong", "weak"),
    ("loud", "quiet"), ("thick", "thin"), ("wide", "narrow"),
    ("inside", "outside"), ("above", "below"), ("before", "after"), ("first", "last"),
    ("good", "bad"), ("true", "false"), ("begin", "end"), ("push", "pull"), ("buy", "sell"),
    ("love", "hate"), ("win", "lose"), ("friend", "enemy"), ("north", "south"), ("east", "west"),
    ("summer", "winter"), ("black", "white"), ("yes", "no"), ("always", "never"), ("more", "less"),
    ("give", "take"), ("awake", "asleep"), ("alive", "dead"), ("brave", "afraid"), ("deep",
    "shallow"),
    ("smooth", "rough"), ("sweet", "bitter"), ("noisy", "silent"), ("cheap", "expensive"),
    ("question", "answer"), ("safe", "dangerous"), ("sharp", "blunt"), ("polite", "rude"),
)  # fmt: skip

# animal, the sound it makes, its young, where it lives
ANIMALS: tuple[tuple[str, str, str, str], ...] = (
    ("cow", "moo", "calf", "barn"), ("dog", "woof", "puppy", "kennel"), ("cat", "meow", "kitten",
    "house"),
    ("sheep", "baa", "lamb", "field"), ("duck", "quack", "duckling", "pond"), ("pig", "oink",
    "piglet",
    "sty"),
    ("horse", "neigh", "foal", "stable"), ("owl", "hoot", "fledgling", "tree"), ("frog", "croak",
    "tadpole",
    "pond"),
    ("lion", "roar", "cub", "savanna"), ("hen", "cluck", "chick", "coop"), ("goose", "honk",
    "gosling",
    "lake"),
    ("mouse", "squeak", "pup", "hole"), ("bee", "buzz", "larva", "hive"), ("snake", "hiss",
    "snakelet",
    "grass"),
    ("crow", "caw", "nestling", "nest"), ("goat", "bleat", "kid", "hill"), ("wolf", "howl", "whelp",
    "forest"),
)  # fmt: skip

COLOURED: tuple[tuple[str, str], ...] = (
    ("grass", "green"), ("snow", "white"), ("a ripe banana", "yellow"), ("coal", "black"),
    ("a ripe tomato", "red"), ("a carrot", "orange"), ("the sky on a clear day", "blue"),
    ("chocolate", "brown"), ("an elephant", "grey"), ("a flamingo", "pink"), ("milk", "white"),
    ("a lemon", "yellow"), ("blood", "red"), ("a raven", "black"), ("spinach", "green"),
    ("a fire engine", "red"), ("salt", "white"), ("an aubergine", "purple"),
)  # fmt: skip

PLURALS: tuple[tuple[str, str], ...] = (
    ("mouse", "mice"), ("child", "children"), ("foot", "feet"), ("tooth", "teeth"), ("man", "men"),
    ("woman", "women"), ("goose", "geese"), ("leaf", "leaves"), ("knife", "knives"), ("wolf",
    "wolves"),
    ("box", "boxes"), ("city", "cities"), ("baby", "babies"), ("house", "houses"), ("loaf",
    "loaves"),
    ("dog", "dogs"), ("cat", "cats"), ("book", "books"), ("tree", "trees"), ("shelf", "shelves"),
)  # fmt: skip

PASTS: tuple[tuple[str, str], ...] = (
    ("go", "went"), ("eat", "ate"), ("see", "saw"), ("run", "ran"), ("write", "wrote"), ("sing",
    "sang"),
    ("swim", "swam"), ("buy", "bought"), ("think", "thought"), ("bring", "brought"), ("teach",
    "taught"),
    ("drink", "drank"), ("give", "gave"), ("take", "took"), ("speak", "spoke"), ("sleep", "slept"),
    ("build", "built"), ("find", "found"), ("know", "knew"), ("fly", "flew"), ("draw", "drew"),
    ("drive", "drove"), ("walk", "walked"), ("play", "played"), ("cook", "cooked"), ("win", "won"),
)  # fmt: skip

# what the person does, what the person is called
JOBS: tuple[tuple[str, str], ...] = (
    ("bakes bread", "baker"), ("flies a plane", "pilot"), ("teaches in a school", "teacher"),
    ("grows crops on a farm", "farmer"), ("puts out fires", "firefighter"), ("mends teeth",
    "dentist"),
    ("cuts hair", "barber"), ("paints pictures", "painter"), ("catches fish at sea", "fisherman"),
    ("writes novels", "writer"), ("builds furniture from wood", "carpenter"), ("mends pipes",
    "plumber"),
    ("looks after patients in a hospital", "nurse"), ("sells meat", "butcher"),
    ("cooks in a restaurant",
    "chef"),
    ("looks after sheep", "shepherd"), ("sails on ships", "sailor"), ("brings letters", "postman"),
    ("lends books", "librarian"), ("makes clothes", "tailor"), ("treats sick animals", "vet"),
    ("tells jokes on a stage", "comedian"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fact:
    """One planted fact: what is asked about, and its one right answer.

    `about` is a second thing a phrasing may need, as a city's country needs its capital.
    """

    kind: str
    subject: str
    answer: str
    about: str = ""


def facts() -> tuple[Fact, ...]:
    """Every planted fact whose answer is one word."""
    return (*_country_facts(), *_calendar_facts(), *_word_facts(), *_number_facts())


def _country_facts() -> list[Fact]:
    found: list[Fact] = []
    for c in COUNTRIES:
        found.append(Fact("capital", c.name, c.capital))
        found.append(Fact("language", c.name, c.language))
        found.append(Fact("city", c.name, c.city, c.capital))
        if c.continent:
            found.append(Fact("continent", c.name, c.continent))
    return found


def _calendar_facts() -> list[Fact]:
    found: list[Fact] = []
    for kind, names in (("month", MONTHS), ("day", WEEKDAYS)):
        for before, after in zip(names, (*names[1:], names[0]), strict=True):
            found.append(Fact(f"{kind}_after", before, after))
            found.append(Fact(f"{kind}_before", after, before))
    return found


def _word_facts() -> list[Fact]:
    found = [Fact("opposite", a, b) for pair in OPPOSITES for a, b in (pair, pair[::-1])]
    found += [Fact("sound", animal, sound) for animal, sound, _, _ in ANIMALS]
    found += [Fact("young", animal, young) for animal, _, young, _ in ANIMALS]
    found += [Fact("colour", thing, colour) for thing, colour in COLOURED]
    found += [Fact("plural", one, many) for one, many in PLURALS]
    found += [Fact("past", now, then) for now, then in PASTS]
    found += [Fact("job", does, job) for does, job in JOBS]
    return found


def _number_facts() -> list[Fact]:
    words = NUMBER_WORDS
    found = [Fact("number_after", words[n], words[n + 1]) for n in range(1, 20)]
    found += [
        Fact("sum", f"{words[a]} plus {words[b]}", words[a + b])
        for a in range(1, 10)
        for b in range(1, 10)
    ]
    return found
