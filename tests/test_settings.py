"""Settings: each documented, each read from its variable, and nothing else let through."""

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from app.settings import PREFIX, SettingRefused, Settings, described, variable


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.upper().startswith(PREFIX):
            monkeypatch.delenv(name)


def test_every_setting_is_described() -> None:
    rows = described()
    assert [name for name, _, _ in rows] == [variable(field) for field in Settings.model_fields]
    for name, _, text in rows:
        assert len(text) > 10, name
        assert text.endswith("."), name


def test_without_variables_the_defaults_hold() -> None:
    settings = Settings.read()
    assert settings.models == ("auto",)
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.database == "sqlite:///data/viewer.db"


def test_variables_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RSV_MODELS", "gpt2, demo ,")
    monkeypatch.setenv("RSV_PORT", "8123")
    monkeypatch.setenv("RSV_DATA_DIR", "/somewhere")
    monkeypatch.setenv("RSV_PREPARE", "false")
    settings = Settings.read()
    assert settings.models == ("gpt2", "demo")
    assert settings.port == 8123
    assert settings.data_dir == Path("/somewhere")
    assert settings.database == "sqlite:////somewhere/viewer.db"
    assert settings.prepare is False


def test_what_is_given_goes_before_the_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RSV_PORT", "8123")
    assert Settings.read(port=9000).port == 9000


@pytest.mark.parametrize(
    ("name", "meant"),
    [("RSV_MODEL", "RSV_MODELS"), ("RSV_PROT", "RSV_PORT"), ("rsv_data", "RSV_DATA_DIR")],
)
def test_an_unknown_variable_is_refused_by_name_with_the_one_that_was_meant(
    monkeypatch: pytest.MonkeyPatch, name: str, meant: str
) -> None:
    monkeypatch.setenv(name, "x")
    with pytest.raises(SettingRefused, match=name) as refused:
        Settings.read()
    assert meant in refused.value.detail


def test_an_unknown_variable_like_no_other_says_where_the_list_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RSV_ZZZZZZZZZZ", "x")
    with pytest.raises(SettingRefused, match="python -m app settings"):
        Settings.read()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RSV_PORT", "70000"),
        ("RSV_PORT", "http"),
        ("RSV_MODELS", " , "),
        ("RSV_DTYPE", "float8"),
        ("RSV_DEVICE", "gpu"),
        ("RSV_MAX_TEXTS", "0"),
        ("RSV_HOST", ""),
    ],
)
def test_a_value_out_of_place_is_refused_by_the_variables_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingRefused, match=name) as refused:
        Settings.read()
    assert refused.value.field == name


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        Settings.read().port = 1  # type: ignore[misc]
