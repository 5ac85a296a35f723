"""Ingest: the first tokens of each text, no text twice, and bad input told apart from good."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.corpus.ingest import ingest
from app.corpus.store import Corpus, corpus_folder, corpus_names, open_named
from app.errors import BadInput, CorpusRefused, DamagedFile, NotFitted
from tests.corpus.worlds import Info, Letters, corpus_in

MODEL = Info()


def take(folder: Path, source: object, **options: object) -> Corpus:
    return ingest(source, Letters(), folder, MODEL, name="c", **options)  # type: ignore[arg-type]


def rows(corpus: Corpus) -> list[tuple[int, ...]]:
    return [corpus.row(i) for i in range(corpus.n_texts)]


def ids(*texts: str) -> list[tuple[int, ...]]:
    return [Letters().encode(text) for text in texts]


def test_a_text_file_gives_one_text_per_block_of_lines(tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    path.write_bytes("\ufeffone\ntwo\n\n  \nthree four\r\n\r\n\nfive".encode())
    corpus = take(tmp_path, str(path))
    assert rows(corpus) == ids("one two", "three four", "five")
    assert corpus.manifest.source == str(path)
    assert (corpus.n_texts, corpus.n_tokens, corpus.skip) == (3, 5, 1)


def test_json_lines_that_cannot_be_read_are_reported_by_number(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_bytes(
        b'{"text": "one"}\n{"text": 5}\nnot json\n\n["text"]\n{"other": "x"}\n'
        b'{"text": "\xff"}\n{"text": "\\ud800"}\n{"text": "  "}\n{"text": "two"}\n'
    )
    heard: list[str] = []
    corpus = take(tmp_path, str(path), report=heard.append)
    assert rows(corpus) == ids("one", "two")
    assert corpus.manifest.skipped == len(heard) == 7
    for number, why in [(2, "no text under 'text'"), (3, "not JSON"), (5, "not a JSON object"),
                        (6, "no text"), (7, "not UTF-8")]:  # fmt: skip
        assert any(f"line {number}: {why}" in problem for problem in heard)
    assert any("surrogate" in problem for problem in heard)
    assert any("empty" in problem for problem in heard)


def test_another_field_can_be_named(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text('{"body": "one two"}')
    assert rows(take(tmp_path, str(tmp_path / "t.jsonl"), field="body")) == ids("one two")


def test_a_folder_is_read_file_by_file_in_order(tmp_path: Path) -> None:
    (tmp_path / "in" / "b").mkdir(parents=True)
    (tmp_path / "in" / "b" / "z.md").write_text("last")
    (tmp_path / "in" / "a.jsonl").write_text(json.dumps({"text": "first"}))
    (tmp_path / "in" / "skipped.csv").write_text("no")
    assert rows(take(tmp_path, str(tmp_path / "in"))) == ids("first", "last")


def test_no_text_is_taken_twice(tmp_path: Path) -> None:
    corpus = take(tmp_path, ["one", "two", "one", "one two", "two"])
    assert rows(corpus) == ids("one", "two", "one two")
    assert corpus.manifest.duplicates == 2


def test_limits_hold(tmp_path: Path) -> None:
    given_texts = ["a b c d", "e f g h", "i j k l"]
    assert rows(take(tmp_path, given_texts, max_tokens_per_text=2)) == ids("a b", "e f", "i j")
    assert take(tmp_path, given_texts, max_texts=2).n_texts == 2
    cut = take(tmp_path, given_texts, budget=6)
    assert rows(cut) == ids("a b c d", "e f")
    assert cut.n_tokens == 6


def test_without_bos_every_token_counts(tmp_path: Path) -> None:
    corpus = take(tmp_path, ["a b c"], prepend_bos=False)
    assert (corpus.skip, corpus.n_tokens, corpus.row(0)) == (0, 3, ids("a b c")[0][1:])


@pytest.mark.parametrize(
    ("content", "name", "why"),
    [
        (b"caf\xe9", "t.txt", "line 1: byte 0xe9 is not UTF-8"),
        (b"fine\n\nca\x80", "t.txt", "line 3: byte 0x80"),
        (b"a,b", "t.csv", "unknown kind"),
        (b"\n \n", "t.txt", "no text that can be used"),
        (b"nope\n", "t.jsonl", "line 1: not JSON"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(
    tmp_path: Path, content: bytes, name: str, why: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CorpusRefused, match=why):
        take(tmp_path, str(tmp_path / name))
    assert not list(tmp_path.glob("models/*/corpus/*")), "nothing half-made is left"


def test_what_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CorpusRefused, match="no file or folder"):
        take(tmp_path, str(tmp_path / "missing.txt"))
    with pytest.raises(CorpusRefused, match=r"holds no \.txt"):
        take(tmp_path, str(tmp_path))


def test_a_dataset_that_cannot_be_had_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(CorpusRefused, match="Hugging Face|datasets"):
        take(tmp_path, "nobody/no-such-dataset")


@pytest.mark.parametrize("name", ["", "..", "a/b", ".hidden", "x" * 65])
def test_a_name_that_is_no_folder_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(CorpusRefused, match="cannot name a corpus"):
        ingest(["a"], Letters(), tmp_path, MODEL, name=name)


def test_limits_below_one_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="budget is 0"):
        take(tmp_path, ["a"], budget=0)


def test_the_same_texts_have_the_same_hash_and_others_another(tmp_path: Path) -> None:
    first, again = take(tmp_path, ["a b", "c"]), take(tmp_path, ["a b", "c"])
    assert first.hash == again.hash
    assert take(tmp_path, ["a", "b c"]).hash != first.hash, "cut elsewhere, it is another corpus"


def test_a_corpus_replaces_one_of_its_name_and_stays_readable_meanwhile(tmp_path: Path) -> None:
    old = take(tmp_path, ["a b", "c"])
    take(tmp_path, ["d"])
    assert rows(old) == ids("a b", "c")
    assert rows(open_named(tmp_path, MODEL, "c")) == ids("d")
    assert corpus_names(tmp_path, MODEL) == ["c"]


def test_a_failed_ingest_leaves_the_old_corpus(tmp_path: Path) -> None:
    take(tmp_path, ["a"])
    with pytest.raises(CorpusRefused):
        take(tmp_path, [" "])
    assert rows(open_named(tmp_path, MODEL, "c")) == ids("a")


def test_a_missing_corpus_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(NotFitted, match="ingest"):
        open_named(tmp_path, MODEL, "c")


@settings(deadline=None, max_examples=30)
@given(where=st.floats(0, 0.999), file=st.sampled_from(["tokens.u32", "offsets.i64"]))
def test_a_flipped_byte_is_noticed(
    tmp_path_factory: pytest.TempPathFactory, where: float, file: str
) -> None:
    folder = tmp_path_factory.mktemp("c")
    corpus = corpus_in(folder, 10)
    path = corpus.folder / file
    content = bytearray(path.read_bytes())
    content[int(where * len(content))] ^= 4
    path.write_bytes(content)
    with pytest.raises(DamagedFile):
        Corpus.open(corpus.folder)


@pytest.mark.parametrize("file", ["tokens.u32", "offsets.i64", "manifest.json"])
@pytest.mark.parametrize("content", [None, b"", b"{}", b"[1"])
def test_a_file_cut_or_gone_is_noticed(tmp_path: Path, file: str, content: bytes | None) -> None:
    path = corpus_in(tmp_path, 5).folder / file
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises((DamagedFile, NotFitted)):
        Corpus.open(path.parent)
    assert len(corpus_names(tmp_path, MODEL)) <= 1


@settings(deadline=None, max_examples=20)
@given(n=st.integers(1, 40), bos=st.booleans())
def test_every_token_can_be_located(
    tmp_path_factory: pytest.TempPathFactory, n: int, bos: bool
) -> None:
    folder = tmp_path_factory.mktemp("c")
    given_texts = [" ".join("abcdefg"[: 1 + i % 7]) + f" {i}" for i in range(n)]
    corpus = take(folder, given_texts, prepend_bos=bos)
    places = [
        (text, position)
        for text in range(corpus.n_texts)
        for position in range(corpus.skip, len(corpus.row(text)))
    ]
    assert [corpus.locate(token) for token in range(corpus.n_tokens)] == places


def test_names_keep_models_apart(tmp_path: Path) -> None:
    a, b = Info("a/b c"), Info("a/b c", revision="ffff0123456789")
    assert corpus_folder(tmp_path, a, "c") != corpus_folder(tmp_path, b, "c")
    assert corpus_folder(tmp_path, a, "c").parent.parent.name == "a-b-c-0123456789ab"
