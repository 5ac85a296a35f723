"""The pages as the server sends them."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from app.web.views import ViewerView
from tests.web.conftest import FITTED, SITE, Running

HTML = {"Accept": "text/html"}
OWN = "The capital of France is Paris."
UNFITTED = "blocks.0.hook_mlp_out"


class Marks(HTMLParser):
    """Which elements and attributes a page has."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))


def elements(page: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = Marks()
    parser.feed(page)
    return parser.elements


def data_in(page: str) -> dict[str, Any]:
    """The object that the page's script starts from."""
    found = re.search(r'<script type="application/json" id="view">(.*?)</script>', page, re.S)
    assert found is not None
    data: dict[str, Any] = json.loads(found[1])
    return data


def opened(web: Running, address: str, status: int = 200) -> str:
    answer = web.client.get(address, headers=HTML)
    assert answer.status_code == status
    return answer.text


def test_the_viewer_comes_coloured(web: Running) -> None:
    page = opened(web, f"/?site={SITE}&text={OWN}")
    tokens = [a for tag, a in elements(page) if tag == "span" and a.get("role") == "button"]
    assert any(re.search(r"\b[pn]\d+$", str(token["class"])) for token in tokens)
    assert any(re.search(r"[+−]\d", str(token["aria-label"])) for token in tokens)


def test_the_page_and_its_json_twin_hold_one_object(web: Running) -> None:
    query = f"site={SITE}&text={OWN}&mix=0:0.5,2:-0.5&unit=z&n=3"
    twin = web.client.get(f"/view.json?{query}").json()
    assert data_in(opened(web, f"/?{query}")) == twin
    assert ViewerView.model_validate(twin).state.mix == ((0, 0.5), (2, -0.5))


def test_no_page_has_an_inline_script_or_style(web: Running) -> None:
    for address in ("/", "/api", "/guide", "/nowhere"):
        answer = web.client.get(address, headers=HTML)
        for tag, attributes in elements(answer.text):
            assert "style" not in attributes and tag != "style"
            assert not [name for name in attributes if name.startswith("on")]
            if tag == "script":
                assert attributes.get("type") == "application/json" or attributes.get("src")
        assert "unsafe" not in answer.headers["content-security-policy"]


def test_text_cannot_leave_its_element(web: Running) -> None:
    text = '</script><script>alert("x")</script><img src=x onerror=alert(1)>'
    page = opened(web, "/?n=1&text=" + text.replace("<", "%3C").replace(">", "%3E"))
    assert "<img" not in page
    assert page.count("<script") == page.count("</script>")
    assert data_in(page)["prompts"][0]["text"] == text


def test_a_site_without_a_basis_is_shown_uncoloured(web: Running) -> None:
    page = opened(web, f"/?site={UNFITTED}&text={OWN}")
    data = data_in(page)
    assert data["basis"] is None and data["matrix"] == ""
    tokens = [a for tag, a in elements(page) if tag == "span" and a.get("role") == "button"]
    assert not [token for token in tokens if re.search(r"\b[pn]\d+$", str(token["class"]))]


def test_a_site_with_heads_opens_with_a_head(web: Running) -> None:
    site = data_in(opened(web, f"/?site={FITTED[2]}"))["site"]
    assert (site["head"], site["n_heads"]) == (0, 4)
    page = opened(web, f"/?site={FITTED[2]}&head=3")
    assert "head 3 · component 1" in page


def test_a_token_of_a_text_can_be_the_direction(web: Running) -> None:
    data = data_in(opened(web, f"/?site={SITE}&text={OWN}&token=t0:3"))
    assert data["token_direction"]["position"] == 3
    assert data["n_columns"] == len(data["basis"]["ratios"]) + 2


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("site=nowhere", "no site"),
        (f"site={SITE}&head=1", "has no heads"),
        (f"site={FITTED[2]}&head=9", "heads 0 to 3"),
        (f"site={SITE}&component=4000", "component 4000"),
        ("token=t3:0", "no text t3"),
        (f"site={SITE}&text=a&token=t0:50", "positions 0 to"),
        ("pin=p999999:0", "pin=p999999:0"),
        ("unit=volts", "unit=volts"),
    ],
)
def test_what_an_address_gets_wrong_is_said_on_a_page_that_works(
    web: Running, query: str, words: str
) -> None:
    page = opened(web, f"/?{query}", 422)
    problems = page.partition('id="problems"')[2].partition("</div>")[0]
    assert words in problems.replace("&#39;", "'")
    assert data_in(page)["prompts"]


@pytest.mark.parametrize("text", ["word " * 100, "%00", "a" * 3000])
def test_a_text_that_is_refused_stands_there_with_the_reason(web: Running, text: str) -> None:
    prompt = data_in(opened(web, f"/?text={text}"))["prompts"][0]
    assert prompt["key"] == "t0" and prompt["error"] and prompt["tokens"] == []


def test_an_unknown_model_is_not_found(web: Running) -> None:
    assert "is served here" in opened(web, "/?model=nobody", 404)


def test_what_the_script_asks_about_a_place_is_the_views_own(web: Running) -> None:
    query = f"site={SITE}&text={OWN}&token=t0:2"
    place = web.client.get(f"/view/place.json?{query}").json()
    view = web.client.get(f"/view.json?{query}").json()
    assert place == {name: view[name] for name in ("site", "basis", "token_direction")}
    refused = web.client.get("/view/place.json?unit=volts")
    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"


def test_every_module_is_fetched_at_once(web: Running) -> None:
    page = opened(web, "/")
    preloaded = {a["href"] for tag, a in elements(page) if a.get("rel") == "modulepreload"}
    folder = Path(__file__).parents[2] / "static" / "js" / "viewer"
    assert preloaded == {f"/static/js/viewer/{file.name}" for file in folder.glob("*.js")}


def test_the_api_page_shows_every_endpoint(web: Running) -> None:
    page = opened(web, "/api")
    for path in web.client.get("/openapi.json").json()["paths"]:
        assert path.replace("{", "&#123;") in page or path in page


def test_every_page_leads_to_the_others(web: Running) -> None:
    for address in ("/", "/guide", "/api"):
        links = {a.get("href") for tag, a in elements(opened(web, address)) if tag == "a"}
        assert {"/", "/guide", "/api"} <= links
