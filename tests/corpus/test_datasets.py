"""Hugging Face datasets as a source: streamed, and refused in words when they cannot be had."""

import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from huggingface_hub import HfApi
from huggingface_hub.errors import RepositoryNotFoundError

from app.corpus.sources import read_source
from app.errors import CorpusRefused

NAME = "someone/some-texts"


def read(field: str = "text") -> tuple[list[str], list[str]]:
    heard: list[str] = []
    return list(read_source(NAME, field=field, report=heard.append)), heard


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A hub that answers, with a dataset of three rows."""

    def load_dataset(*_: object, **options: object) -> Iterator[dict[str, Any]]:
        assert options["streaming"]
        return iter([{"text": "one", "n": 1}, {"text": None, "n": 2}, {"text": "two", "n": 3}])

    monkeypatch.setitem(sys.modules, "datasets", SimpleNamespace(load_dataset=load_dataset))
    monkeypatch.setattr(HfApi, "dataset_info", lambda *_, **__: None)
    return monkeypatch


def answer(hub: pytest.MonkeyPatch, error: Exception) -> None:
    def dataset_info(*_: object, **options: object) -> None:
        assert options["timeout"] == 5.0
        raise error

    hub.setattr(HfApi, "dataset_info", dataset_info)


@pytest.mark.usefixtures("hub")
def test_texts_are_streamed_and_rows_without_text_reported() -> None:
    assert read() == (["one", "two"], [f"{NAME}, row 1: no text under 'text'"])


@pytest.mark.usefixtures("hub")
def test_a_missing_column_is_refused_with_those_there_are() -> None:
    with pytest.raises(CorpusRefused, match="columns are n, text"):
        read("body")


def test_a_dataset_made_by_a_script_is_read_from_its_plain_copy(hub: pytest.MonkeyPatch) -> None:
    def load_dataset(*_: object, **options: object) -> Iterator[dict[str, str]]:
        if options.get("revision") != "refs/convert/parquet":
            raise RuntimeError("Dataset scripts are no longer supported")
        return iter([{"text": "one"}])

    hub.setitem(sys.modules, "datasets", SimpleNamespace(load_dataset=load_dataset))
    assert read() == (["one"], [])


def test_a_hub_that_does_not_answer_is_said(hub: pytest.MonkeyPatch) -> None:
    for error in (httpx.ConnectError("no route"), OSError("no route")):
        answer(hub, error)
        with pytest.raises(CorpusRefused, match=r"does not answer \(no route\)"):
            read()


def test_an_unknown_dataset_is_said(hub: pytest.MonkeyPatch) -> None:
    response: Any = httpx.Response(404, request=httpx.Request("GET", "https://huggingface.co"))
    answer(hub, RepositoryNotFoundError("404", response=response))
    with pytest.raises(CorpusRefused, match="refuses a dataset"):
        read()


def test_a_dataset_that_breaks_off_is_said(hub: pytest.MonkeyPatch) -> None:
    def load_dataset(*_: object, **__: object) -> Iterator[dict[str, str]]:
        yield {"text": "one"}
        raise OSError("connection lost\nand more")

    hub.setitem(sys.modules, "datasets", SimpleNamespace(load_dataset=load_dataset))
    with pytest.raises(CorpusRefused, match="connection lost$"):
        read()


def test_without_the_package_it_is_said_what_to_install(hub: pytest.MonkeyPatch) -> None:
    hub.setitem(sys.modules, "datasets", None)
    with pytest.raises(CorpusRefused, match="pip install datasets"):
        read()
