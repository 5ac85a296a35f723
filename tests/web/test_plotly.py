"""plotly.js as the installed package ships it: served as a file of ours, never imported."""

import gzip
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from app.web.assets import Assets, plotly_js
from app.web.middleware import CONTENT_SECURITY_POLICY
from tests.web.conftest import Running


@pytest.fixture(scope="module")
def address() -> str:
    return Assets(Path("static"), {"plotly.min.js": plotly_js()}).url("plotly.min.js")


def test_it_is_a_script_cached_for_ever_under_its_hash(web: Running, address: str) -> None:
    response = web.client.get(address)
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/javascript")
    assert "immutable" in response.headers["cache-control"]
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.content == plotly_js().read_bytes()


def test_it_is_compressed_on_its_way(web: Running, address: str) -> None:
    with web.client.stream("GET", address, headers={"Accept-Encoding": "gzip"}) as response:
        assert response.headers["content-encoding"] == "gzip"
        sent = b"".join(response.iter_raw())
    assert len(sent) < len(plotly_js().read_bytes()) / 2
    assert gzip.decompress(sent) == plotly_js().read_bytes()


def test_without_its_hash_it_is_asked_for_again_by_its_etag(web: Running, address: str) -> None:
    path = urlsplit(address).path
    first = web.client.get(path)
    again = web.client.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (first.headers["cache-control"], again.status_code) == ("no-cache", 304)


@pytest.mark.parametrize("path", ["plotly.js", "package_data/plotly.min.js", "plotly"])
def test_nothing_else_of_the_package_is_served(web: Running, path: str) -> None:
    assert web.client.get(f"/static/{path}").status_code == 404


def test_the_policy_lets_no_style_or_script_stand_inline() -> None:
    rules = dict(rule.split(" ", 1) for rule in CONTENT_SECURITY_POLICY.split("; "))
    assert rules["script-src"] == rules["style-src"] == "'self'"


def test_the_package_is_found_and_not_imported() -> None:
    script = (
        "import sys; from app.web.assets import plotly_js; assert plotly_js().is_file(); "
        "sys.exit('plotly' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_where_it_is_not_installed_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.web.assets.find_spec", lambda _: None)
    with pytest.raises(FileNotFoundError, match="pip install plotly"):
        plotly_js()
