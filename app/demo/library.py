"""The held-out prompts that come with the demo model, stored in library.jsonl."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

LIBRARY_FILE = Path(__file__).parent / "library.jsonl"


@dataclass(frozen=True, slots=True)
class LibraryPrompt:
    """A prompt that no training text equals; `id` never changes once published."""

    id: str
    register: str
    text: str


@cache
def load_library() -> tuple[LibraryPrompt, ...]:
    """Every bundled prompt, the classics first."""
    with LIBRARY_FILE.open(encoding="utf-8") as lines:
        return tuple(LibraryPrompt(**json.loads(line)) for line in lines)
