"""Prompts that tests of the store are about, and reading a list of them to its end."""

from sqlalchemy.orm import Session, sessionmaker

from app.db import prompts
from app.db.prompts import Filter, NewPrompt

TEXTS = [
    "The capital of France is Paris.",
    "100% of it",
    "a_b and a%b",
    "Ünïcode – 日本語 – 🙂",
    "line one\nline two",
    "The CAPITAL letters",
]


def new(register: str, texts: list[str]) -> list[NewPrompt]:
    """Texts of a dataset, by register and number."""
    return [NewPrompt(f"{register}-{i}", register, text) for i, text in enumerate(texts)]


def walk(
    sessions: sessionmaker[Session], which: Filter, *, limit: int, seed: int | None = None
) -> list[str]:
    """Every page of a list, followed by its cursor."""
    found: list[str] = []
    cursor: str | None = None
    while True:
        with sessions.begin() as session:
            page = (
                prompts.listed(session, which, limit=limit, cursor=cursor)
                if seed is None
                else prompts.sampled(session, which, seed=seed, limit=limit, cursor=cursor)
            )
        found += [row.slug for row in page.items]
        assert len(page.items) <= limit
        cursor = page.next
        if cursor is None:
            return found
