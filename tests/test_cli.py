"""The command line: each command does its work, and refuses in one line with exit code 2."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.__main__ import INTERRUPTED, REFUSED, main
from app.errors import ModelRefused
from app.settings import Settings
from tests.models import SENTENCES


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of the test's own, and no settings but it."""
    for name in list(os.environ):
        if name.upper().startswith("RSV_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("RSV_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    file = tmp_path / "texts.jsonl"
    rows = [{"body": f"{a} {b}"} for a in SENTENCES for b in SENTENCES]
    file.write_text("\n".join(map(json.dumps, rows)))
    return file


def _refusal(capsys: pytest.CaptureFixture[str]) -> str:
    """What was said on stderr last: one line, no traceback."""
    lines = [line for line in capsys.readouterr().err.splitlines() if line.strip()]
    assert "Traceback" not in "".join(lines)
    return lines[-1]


def test_help_names_every_command_and_setting(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["serve", "--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert all(f"RSV_{field.upper()}" in said for field in Settings.model_fields)


@pytest.mark.parametrize("argv", [[], ["fly"], ["fit", "--tokens", "0"], ["serve", "--port", "x"]])
def test_a_wrong_command_line_is_refused_with_the_usage(
    argv: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(argv)
    assert ended.value.code == REFUSED
    assert "usage:" in capsys.readouterr().err


def test_an_unknown_setting_is_refused_in_one_line(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RSV_MODEL", "demo")
    assert main(["migrate"]) == REFUSED
    assert "RSV_MODELS" in _refusal(capsys)
    assert not data.exists()


def test_settings_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["settings"]) == 0
    assert "RSV_DATABASE_URL=" in capsys.readouterr().out


def test_models_are_listed_with_where_they_come_from(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["models"]) == 0
    said = capsys.readouterr().out
    for name in ("gpt2", "demo", "auto", "PATH", "HUB_ID"):
        assert name in said


def test_migrate_loads_the_prompts_once(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["migrate"]) == 0
    first = capsys.readouterr().out
    assert main(["migrate"]) == 0
    assert "; 0 prompts changed" in capsys.readouterr().out
    assert "; 0 prompts changed" not in first
    assert (data / "viewer.db").is_file()


@pytest.mark.parametrize(
    "url",
    ["mysql://x/y", "nonsense", "postgresql://nobody@127.0.0.1:9/x", "sqlite:////proc/x/y.db"],
)
def test_a_database_that_cannot_be_used_is_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], url: str
) -> None:
    monkeypatch.setenv("RSV_DATABASE_URL", url)
    assert main(["migrate"]) == REFUSED
    assert "database" in _refusal(capsys)


def test_a_corpus_is_read_and_fitted(data: Path, texts: Path, tiny_gpt2_dir: Path) -> None:
    model = ["--model", str(tiny_gpt2_dir)]
    assert main(["ingest", str(texts), *model, "--field", "body", "--name", "mine"]) == 0
    assert main(["fit", *model, "--sites", "blocks.1.hook_resid_pre,ln_final.hook_normalized"]) == 0
    fitted = {path.stem for path in data.rglob("bases/*.npz")}
    assert fitted == {"blocks.1.hook_resid_pre", "ln_final.hook_normalized"}


def test_a_model_is_prepared(
    data: Path, tiny_gpt2_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RSV_PREPARE_TEXTS", "30")
    assert main(["prepare", "--model", str(tiny_gpt2_dir)]) == 0
    assert len(list(data.rglob("bases/*.npz"))) == 6
    assert main(["prepare", "--model", str(tiny_gpt2_dir)]) == 0


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["ingest", "nowhere.txt"], "nowhere.txt"),
        (["fit", "--sites", "nowhere"], "nowhere"),
        (["fit"], "ingest"),
        (["fit", "--corpus", "absent"], "absent"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    tiny_gpt2_dir: Path,
    capsys: pytest.CaptureFixture[str],
    argv: list[str],
    says: str,
) -> None:
    assert main([*argv, "--model", str(tiny_gpt2_dir)]) == REFUSED
    assert says in _refusal(capsys)


def test_a_model_that_is_not_there_is_refused_in_one_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["fit", "--model", "./nowhere"]) == REFUSED
    assert "nowhere" in _refusal(capsys)


def test_ctrl_c_ends_quietly(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from app import commands

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(commands, "migrate", interrupted)
    assert main(["migrate"]) == INTERRUPTED
    assert capsys.readouterr().err == ""


def test_a_port_in_use_is_refused_before_anything_is_loaded(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert main(["serve", "--port", port]) == REFUSED
    refusal = _refusal(capsys)
    assert port in refusal
    assert "--port" in refusal


@pytest.fixture
def served(tiny_gpt2_dir: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`python -m app serve` as a process of its own, and its address."""
    with subprocess.Popen(
        [sys.executable, "-m", "app", "serve", "--model", str(tiny_gpt2_dir), "--port", "0"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "RSV_PREPARE_TEXTS": "30"},
    ) as process:  # fmt: skip
        assert process.stdout is not None and process.stderr is not None
        said = process.stdout.readline()
        assert "Viewer is at " in said, process.stderr.read()
        yield process, said.split("Viewer is at ")[1].split()[0]
        process.kill()


def _ready(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/readyz", timeout=5) as response:
            return bool(json.load(response)["ready"])
    except OSError:
        return False


def test_serve_says_where_it_is_becomes_ready_and_ends_cleanly_on_ctrl_c(
    served: tuple[subprocess.Popen[str], str],
) -> None:
    process, address = served
    end = time.monotonic() + 120
    while not _ready(address) and time.monotonic() < end:
        time.sleep(0.1)
    assert _ready(address)
    assert process.stdout is not None
    assert process.stdout.readline().startswith("Ready: tiny")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "Traceback" not in out + err


def test_serve_stops_with_the_reason_when_no_model_can_be_loaded(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from app import main as wiring

    def load(_: str) -> None:
        raise ModelRefused("It is not here; use --model demo.")

    monkeypatch.setattr(wiring, "loader", lambda _: load)
    assert main(["serve", "--port", "0", "--model", "gpt2"]) == REFUSED
    assert "use --model demo" in _refusal(capsys)
