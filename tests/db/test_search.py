"""Full-text search: the same words are found on both databases, and no text is an error."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from app.db import directions, explanations, search
from app.db.counting import wilson
from app.db.directions import Filter
from app.db.keyset import MAX_ID
from app.db.listing import Sort
from app.db.search import words_of
from tests.db.world import explain, pca, person, save, vote

Sessions = sessionmaker[Session]
SORTS: tuple[Sort, ...] = ("new", "top")


def _found(sessions: Sessions, q: str) -> set[str]:
    with sessions.begin() as session:
        both = [
            {row.name for row in directions.listed(session, Filter(q=q), sort=sort, limit=50).items}
            for sort in SORTS
        ]
    assert both[0] == both[1], q
    return both[0]


def test_names_explanations_and_users_are_found(sessions: Sessions) -> None:
    with sessions.begin() as session:
        explain(session, save(session, "Past tense", by="Ada"), "verbs that end in -ed", by="bob")
        explain(session, save(session, "Über ALLES", by="José"), "tensed up; don’t_ask e\u0301cole")
        save(session, "東京の首都", by="eve")
        save(session, "한국어 Ελλάδα ΣΊΣΥΦΟΣ हिन्दी straße", by="eve")
        save(session, "100% of a.b/c", by="eve")
    past, uber, tokyo, mixed, signs = (
        {name}
        for name in (
            "Past tense", "Über ALLES", "東京の首都", "한국어 Ελλάδα ΣΊΣΥΦΟΣ हिन्दी straße",
            "100% of a.b/c",
        )
    )  # fmt: skip
    wanted = {
        "past": past, "PAST TENSE": past, "tense past": past, "tens": past | uber, "verbs ed": past,
        "tense": past | uber, "tense verbs": past, "ense": set(), "past future": set(),
        "ada": past, "jose": uber, "uber": uber, "ÜBER": uber, "u\u0308ber": uber, "ecole": uber,
        "école": uber, "don t ask": uber, "首都": tokyo, "都": tokyo, "京東": tokyo, "大阪": set(),
        "한국": mixed, "ελλαδα": mixed, "σισυφοσ": mixed, "ΣΊΣΥΦΟΣ": mixed, "हिन्दी": mixed,
        "strasse": mixed, "STRASSE": mixed, "100%": signs, "100": signs, "10": signs,
        "b c a": signs, "c": signs, "p": past, "past t": past, "t past": set(),
        "u": uber, "Ü": uber, "!!!": set(), "%": set(), "_listed": set(), "_u1": set(), "_l": set(),
        "nowhere": set(), "x" * 5000: set(), "past " * 500: past,
    }  # fmt: skip
    assert {q: _found(sessions, q) for q in wanted} == wanted


NASTY = [
    '"', "'", "''", '""', "\\", "\x00", "past\x00tense", "past:*", "past & tense", "past | x",
    "!past", "past <-> tense", "(past", "past)", "past*", "*", "-past", "^past", "past AND tense",
    "NEAR(a b)", "OR", "AND", "NOT", "words:past", "rowid:1", "past\ud800", "\ud800", "\u202e",
    "🙂", "e\u0301" * 99, "%s", ":wanted", ":w0", "$1", "; DROP TABLE directions", "\u0300",
    "a" * 100_000, "a " * 10_000, "İ", "ﬁ", "½", "²", "Ⅷ", "\U000e0041", "ㄱ", "\u1100\u1161", "ﷺ",
]  # fmt: skip


def test_no_text_is_an_error(sessions: Sessions) -> None:
    with sessions.begin() as session:
        row = save(session, "past tense")
        for n, q in enumerate(NASTY):
            plain = q.replace("\x00", "").replace("\ud800", "")
            explain(session, row, plain or "-", by=f"user {n}")
    for q in NASTY:
        _found(sessions, q)


def test_what_is_written_is_found_in_any_case(sessions: Sessions) -> None:
    words = "ﬁnger Ǆ İstanbul ΐ ßs ẞ ŉ ᾳ ǰ K Å ſt ﷺ ㄱ 한"
    with sessions.begin() as session:
        explain(session, save(session, "n"), f"{words} {'y' * 300}")
    for word in words.split():
        for typed in (word, word.lower(), word.upper()):
            assert _found(sessions, typed) == {"n"}, typed
    assert _found(sessions, "y" * 250) == {"n"}


@given(st.text(max_size=80))
def test_folding_again_changes_nothing(prose: str) -> None:
    words = words_of(prose)
    assert words_of(" ".join(words)) == words
    assert all(word and "_" not in word and "'" not in word and '"' not in word for word in words)


@given(st.text(max_size=40))
def test_case_makes_no_difference(prose: str) -> None:
    assert words_of(prose.casefold()) == words_of(prose)


def test_a_long_document_is_kept_within_bounds() -> None:
    texts = (f"{n:x}" * 8 for n in range(10**5))
    words = search.document(texts, model="m", site="s", origin="user", user_id=1, listed=True)
    assert sum(map(len, words)) < 2 * search.MAX_DOCUMENT


def test_a_document_that_grew_is_the_one_made_at_once(sessions: Sessions) -> None:
    words = text("SELECT CAST(words AS text) FROM direction_search")
    with sessions.begin() as session:
        row = save(session, "tense")
        for n, said in enumerate(("the past", "Das Öl, 数字", "the past again", "!")):
            explain(session, row, said, by=f"user {n}")
        component = pca(session)
        explain(session, component, "numbers")
        grown = sorted(session.scalars(words))
        for each in (row, component):
            search.reindex(session, each.id)
        assert sorted(session.scalars(words)) == grown


def test_a_score_keeps_its_order_and_its_equals_when_it_is_rounded() -> None:
    scores = sorted(wilson(up, down) for up in range(60) for down in range(60))
    places = [search.place(search.rounded(score), 1) for score in scores]
    assert places == sorted(places)
    assert all(abs(search.rounded(score) - score) <= 2**-32 for score in scores)
    for score in scores:
        assert search.rounded(search.rounded(score)) == search.rounded(score)
        assert search.place(score, 1) == search.place(search.rounded(score), 1)


@given(st.floats(0, 1), st.floats(0, 1), st.integers(1, MAX_ID), st.integers(1, MAX_ID))
def test_places_follow_the_score_and_then_the_id(a: float, b: float, one: int, two: int) -> None:
    a, b = search.rounded(a), search.rounded(b)
    assert (search.place(a, one) < search.place(b, two)) == ((a, one) < (b, two))
    assert search.place(1.0, MAX_ID) < search.UNPLACED


def test_a_direction_of_many_words_is_found_in_its_place(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "MAX_PLACED", 100)
    with sessions.begin() as session:
        for n in range(9):
            said = explain(session, save(session, f"n {n}"), f"a word and {n}", by="eve")
            if n % 3 == 1:
                explain(session, directions.by_id(session, n + 1), " ".join("ponderously"[:k + 1]
                        for k in range(11)) + " circumlocution prolixity", by="bob")  # fmt: skip
            vote(session, said, up=n % 4)
    with sessions.begin() as session:
        rows = [directions.by_id(session, n + 1) for n in range(9)]
        rows.sort(key=lambda row: (row.score, row.id), reverse=True)
        found, cursor = [], None
        while True:
            page = directions.listed(session, Filter(q="word"), sort="top", limit=2, cursor=cursor)
            found += [row.id for row in page.items]
            cursor = page.next
            if cursor is None:
                break
    assert found == [row.id for row in rows]


def test_the_words_by_score_are_those_by_id_whatever_was_written(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FTS5 takes a document out only where it is told exactly what went in."""
    monkeypatch.setattr(search, "MAX_PLACED", 60)
    with sessions.begin() as session:
        rows = [save(session, f"n {n}", by="ada") for n in range(4)]
        said = [explain(session, row, "one idea", by="bob") for row in rows]
        vote(session, said[0], up=2)
        explain(session, rows[0], "another far longer idea about the same direction", by="eve")
        vote(session, said[0], up=0, down=3)
        explanations.edit(session, said[1], "an idea in other words")
        vote(session, said[1], up=3)
        directions.rename(session, rows[1], "m 1")
        explanations.delete(session, said[1])
        directions.set_visibility(session, rows[2], "unlisted")
        vote(session, said[2], up=1)
        directions.delete(session, rows[3])
        directions.restore(session, rows[3].id, person(session, "ada"))
    with sessions.begin() as session:
        words = session.scalars(text(_STORED[session.get_bind().dialect.name])).all()
        everything = {word for each in words for word in each.split()}
        assert everything
        for word in everything:
            assert _ids(session, word, _BY_ID) == _ids(session, word, _BY_SCORE), word


_STORED = {
    "sqlite": "SELECT words FROM direction_search",
    "postgresql": "SELECT array_to_string(tsvector_to_array(words), ' ') FROM direction_search",
}
_BY_ID = {
    "sqlite": "SELECT d.score, d.id FROM directions d JOIN direction_search s ON s.rowid = d.id "
    "WHERE direction_search MATCH :word",
    "postgresql": "SELECT d.score, d.id FROM directions d JOIN direction_search s USING (id) "
    "WHERE :word = ANY (tsvector_to_array(words))",
}
_BY_SCORE = {
    "sqlite": "SELECT rowid FROM direction_search_by_score "
    "WHERE direction_search_by_score MATCH :word",
    "postgresql": "SELECT score, id FROM direction_search "
    "WHERE :word = ANY (tsvector_to_array(words))",
}


def _ids(session: Session, word: str, how: dict[str, str]) -> list[int]:
    dialect = session.get_bind().dialect.name
    quoted = f'"{word}"' if dialect == "sqlite" else word
    rows = session.execute(text(how[dialect]), {"word": quoted}).all()
    if len(rows[0]) == 2:
        long = _long(session) if dialect == "sqlite" else set()
        return sorted(
            search.UNPLACED + id_ if id_ in long else search.place(score, id_)
            for score, id_ in rows
        )
    return sorted(place for (place,) in rows)


def _long(session: Session) -> set[int]:
    query = text("SELECT rowid FROM direction_search WHERE length(words) > :most")
    return set(session.scalars(query, {"most": search.MAX_PLACED}))
