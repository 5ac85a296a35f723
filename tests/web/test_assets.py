"""Static files: cached for ever by content hash, asked for again by ETag."""

import os
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.web import failures
from app.web.assets import Assets, mount


@pytest.fixture
def assets(tmp_path: Path) -> Assets:
    (tmp_path / "site.css").write_text("body { color: black }")
    return Assets(tmp_path)


@pytest.fixture
def client(assets: Assets) -> TestClient:
    app = FastAPI()
    failures.install(app)
    mount(app, assets)
    return TestClient(app)


def test_an_address_with_its_hash_is_cached_for_ever(client: TestClient, assets: Assets) -> None:
    response = client.get(assets.url("site.css"))
    assert response.status_code == 200
    assert "immutable" in response.headers["cache-control"]


def test_another_content_has_another_address(assets: Assets, tmp_path: Path) -> None:
    before = assets.url("site.css")
    (tmp_path / "site.css").write_text("body { color: white }")
    os.utime(tmp_path / "site.css", ns=(1, 1))
    assert assets.url("site.css") != before


def test_an_address_without_a_hash_is_asked_for_again_by_its_etag(client: TestClient) -> None:
    first = client.get("/static/site.css")
    assert first.headers["cache-control"] == "no-cache"
    again = client.get("/static/site.css", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("path", ["../pyproject.toml", "%2e%2e/secret", "nothing.css", "%00", ""])
def test_nothing_else_is_served(client: TestClient, path: str) -> None:
    assert client.get(f"/static/{path}").status_code == 404


def test_a_file_that_is_not_there_has_no_address(assets: Assets) -> None:
    with pytest.raises(FileNotFoundError):
        assets.url("nothing.css")
