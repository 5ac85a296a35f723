"""`export` and `import` on the command line: what goes into a file comes out of it elsewhere."""

import os
from pathlib import Path

import pytest
from sqlalchemy import select

from app.__main__ import REFUSED, main
from app.db import migrate
from app.db.models import Direction, User
from app.db.session import connect, sessions_of, writers_of
from tests.db.bundle_world import HEADED, contents, fill


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.upper().startswith("RSV_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("RSV_MODELS", "demo")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder whose database has something of every kind."""
    folder = tmp_path / "data"
    engine = connect(f"sqlite:///{folder / 'viewer.db'}")
    migrate.upgrade(engine)
    with writers_of(engine).begin() as session:
        fill(session)
    engine.dispose()
    return folder


@pytest.fixture
def bundle(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    file = tmp_path / "all.zip"
    assert main(["export", str(file), "--data-dir", str(data)]) == 0
    said = capsys.readouterr().out
    assert str(file) in said
    assert "9 directions" in said
    return file


def _refusal(capsys: pytest.CaptureFixture[str]) -> str:
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1, lines
    return lines[0]


def test_a_bundle_is_brought_into_another_folder_once(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = ["--data-dir", str(tmp_path / "other")]
    assert main(["import", str(bundle), *other]) == 0
    first = capsys.readouterr().out
    assert "directions: 9 added, 0 known, 0 skipped" in first
    assert "The model tiny is not served here" in first
    assert first.endswith("Imported.\n")
    assert main(["import", str(bundle), *other]) == 0
    second = capsys.readouterr().out
    assert "directions: 0 added, 9 known, 0 skipped" in second
    assert second.endswith("Nothing was added: all of it was here already.\n")
    again = tmp_path / "again.zip"
    assert main(["export", str(again), *other]) == 0
    sent, arrived = contents(bundle.read_bytes()), contents(again.read_bytes())
    for name in ("directions.jsonl", "explanations.jsonl", "votes.jsonl", "lists.jsonl"):
        assert arrived[name] == sent[name]


def test_one_users_things_are_exported(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "bob.zip"
    assert main(["export", str(file), "--username", "BOB", "--data-dir", str(data)]) == 0
    assert contents(file.read_bytes())["manifest.json"]["of"] == "Bob"
    capsys.readouterr()
    missing = tmp_path / "nobody.zip"
    given = ["export", str(missing), "--username", "nobody", "--data-dir", str(data)]
    assert main(given) == REFUSED
    assert "nobody" in _refusal(capsys)
    assert not missing.exists()
    assert not list(tmp_path.glob(".nobody*"))


def test_claimed_names_are_written_under_from_the_command_line(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'other' / 'viewer.db'}")
    migrate.upgrade(engine)
    with writers_of(engine).begin() as session:
        moment = session.scalar(select(User.created_at))
        assert moment is None
        from app.db import users

        users.claim(session, users.named(session, "Ada"), "$argon2id$secret")
    assert main(["import", str(bundle), "--data-dir", str(tmp_path / "other")]) == 0
    assert "skipped\n" in capsys.readouterr().out
    with sessions_of(engine).begin() as session:
        assert session.scalars(select(Direction).where(Direction.name == "capitals")).one()
    engine.dispose()


def test_a_bundle_made_for_another_width_is_refused(
    bundle: Path, tmp_path: Path, tiny_gpt2_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["--data-dir", str(tmp_path / "other"), "--model", str(tiny_gpt2_dir)]
    assert main(["import", str(bundle), *given]) == REFUSED
    refusal = _refusal(capsys)
    assert f"another tiny: at {HEADED} its directions have 3 numbers" in refusal
    assert "served here have 12" in refusal


@pytest.mark.parametrize("content", [None, b"", b"not a zip"])
def test_what_is_no_bundle_is_refused(
    tmp_path: Path, content: bytes | None, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "x.zip"
    if content is not None:
        file.write_bytes(content)
    assert main(["import", str(file), "--data-dir", str(tmp_path / "other")]) == REFUSED
    assert ("cannot be read" if content is None else "not a zip") in _refusal(capsys)


def test_a_file_that_cannot_be_written_is_said(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "no folder" / "x.zip"
    assert main(["export", str(file), "--data-dir", str(data)]) == REFUSED
    assert "cannot be written" in _refusal(capsys)
