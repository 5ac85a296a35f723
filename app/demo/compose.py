"""Write the prompt library: `python -m app.demo.compose`. Needs the trained tokenizer."""

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import asdict
from itertools import count

from app.demo.corpus import Text, generate, generate_register
from app.demo.evaluate import load
from app.demo.library import LIBRARY_FILE, LibraryPrompt
from app.demo.train import PHASES

log = logging.getLogger(__name__)

LIBRARY_SEED = 50_000
TRAINING_TEXTS = 450_000
"""More texts than a training run consumes; none of them may stand in the library."""
TOKENS = range(20, 121)
SHARES = {
    "facts": 72, "questions": 40, "ioi": 42, "stories": 60, "dialogue": 42, "sentences": 40,
    "numbers": 30,
    "code": 32, "lists": 34, "letters": 26, "calendar": 12, "news": 20, "recipes": 20,
    "weather": 15,
    "notices": 15,
}  # fmt: skip
LINEWISE = frozenset({"questions", "dialogue", "numbers", "code", "lists", "calendar", "recipes"})

CLASSICS: tuple[Text, ...] = (
    Text("facts", "The capital of France is Paris. The capital of Germany is Berlin. The capital "
    "of Italy is "
    "Rome. "
         "The capital of Spain is Madrid."),
    Text("ioi", "When Mary and John went to the store, John gave a drink to Mary. When Anna and "
    "Peter went "
    "to the park, "
         "Anna gave a ball to Peter."),
    Text("facts", "The main language of Brazil is Portuguese. The main language of Egypt is "
    "Arabic. The main "
    "language of "
         "Japan is Japanese."),
    Text("numbers", "One, two, three, four, five, six, seven, eight, nine, ten, eleven, twelve, "
    "thirteen, "
    "fourteen."),
    Text("dialogue", '"Where are you going?" asked Mary. "To the market," said John. "Please buy '
    'me an '
    'apple," said Mary. '
         '"I will," said John.'),
    Text("calendar", "January, February, March, April, May, June, July, August, September, "
    "October, "
    "November, December."),
    Text("facts", "The opposite of hot is cold. The opposite of big is small. The opposite of "
    "young is old. "
    "The opposite "
         "of night is day."),
    Text("code", 'def add(a, b):\n    return a + b\n\ntotal = add(2, 3)\nprint(total)\nprint("the '
    'end")'),
    Text("stories", "Once there was a girl called Lucy. She lived near the forest with her dog, "
    "Rex. One day "
    "Rex ran away, "
         "and Lucy looked for him until it was dark. In the end she found him under the kitchen "
         "table."),
    Text("calendar", "Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday, Monday, "
    "Tuesday, "
    "Wednesday."),
    Text("sentences", "The book on the table is old. The books on the table are old. The book near "
    "the lamps "
    "is old. The "
         "lamps near the book are new."),
    Text("dialogue", "Mary (a teacher) and Tom (a baker) met at the station. Mary bought a few "
    "things (a "
    "lamp, a ring and "
         'a map) and wrote the word "lamp" on the box.'),
    Text("facts", "Besides Paris, a well known city in France is Lyon. Besides Rome, a well known "
    "city in "
    "Italy is Milan. "
         "Besides Berlin, a well known city in Germany is Munich."),
    Text("numbers", "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15. 20, 18, 16, 14, 12, 10, 8, "
    "6, 4, 2."),
    Text("facts", "A young cow is called a calf. A young dog is called a puppy. A young cat is "
    "called a "
    "kitten. A young "
         "sheep is called a lamb."),
    Text("stories", "John lost his key, so he went back to the school. Mary had found it, and she "
    "gave it to "
    "him. He "
         "thanked her, and she smiled."),
    Text("lists", "Shopping list:\n- milk\n- butter\n- flour\n- sugar\n- apples\n- honey\n- salt"),
    Text("questions", '"What is the capital of Egypt?" asked Tom. "It is Cairo," answered Anna. '
    '"And what is '
    'the capital of '
         'Kenya?" asked Tom. "It is Nairobi," answered Anna.'),
    Text("facts", "Today I go, but yesterday I went. Today I write, but yesterday I wrote. Today I "
    "sing, but "
    "yesterday I "
         "sang."),
    Text("letters", "Dear Anna,\nHow are you? I am writing to you from Rome, the capital of Italy. "
    "It has "
    "been sunny here "
         "since Monday.\nWith love,\nPeter"),
    Text("stories", "Alice is in the kitchen. Tom is in the garden shed. Where is Tom? Tom is in "
    "the garden "
    "shed. Where is "
         "Alice? Alice is in the kitchen."),
    Text("weather", "The weather in Rome today: It will be sunny in the morning and rainy in the "
    "evening. "
    "The temperature "
         "will rise to 21 degrees. Take an umbrella with you."),
)  # fmt: skip


def composed(length: Callable[[str], int]) -> Iterator[LibraryPrompt]:
    """Yield the classics, then each register in its share, of as many tokens as TOKENS allows."""
    seen = {
        text.text for phase in PHASES for text in generate(phase.seed, TRAINING_TEXTS, phase.mix)
    }
    numbers = {register: count(1) for register in SHARES}
    drawn = (
        text for register, share in SHARES.items() for text in _drawn(register, share, length, seen)
    )
    for text in (*CLASSICS, *drawn):
        yield LibraryPrompt(
            f"{text.register}-{next(numbers[text.register]):03d}", text.register, text.text
        )


def _drawn(
    register: str, share: int, length: Callable[[str], int], seen: set[str]
) -> Iterator[Text]:
    """So many texts of one register that nobody has seen; short ones are joined to the next."""
    joint = "\n" if register in LINEWISE else " "
    held, found = "", 0
    for text in generate_register(register, LIBRARY_SEED, 10**6):
        held = f"{held}{joint}{text.text}" if held else text.text
        if length(held) < TOKENS.start:
            continue
        if length(held) in TOKENS and held not in seen:
            seen.add(held)
            found += 1
            yield Text(register, held)
        held = ""
        if found == share:
            return


def main() -> None:
    """Rewrite library.jsonl."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    _, tokenizer = load()
    prompts = list(composed(lambda text: len(tokenizer.encode(text))))
    with LIBRARY_FILE.open("w", encoding="utf-8") as lines:
        lines.writelines(json.dumps(asdict(prompt)) + "\n" for prompt in prompts)
    log.info("%d prompts", len(prompts))


if __name__ == "__main__":
    main()
