"""The pages as the server sends them."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

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
    for address in ("/", "/contributions", "/api", "/guide", "/nowhere"):
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
    assert data["other_direction"]["kind"] == "token" and data["state"]["token"] == "t0:3"
    assert data["n_columns"] == len(data["basis"]["ratios"]) + 2


def saved(web: Running, **source: object) -> int:
    """A direction that ada has saved at SITE; its name is how it was made."""
    body = {
        "username": "page ada",
        "name": json.dumps(source)[:80],
        "model": web.model,
        "site": SITE,
    }
    answer = web.client.post("/api/v1/directions", json=body | source)
    assert answer.status_code in (200, 201), answer.text
    number: int = answer.json()["id"]
    return number


def kept(web: Running, text: str) -> int:
    """A prompt that ada keeps."""
    body = {"username": "page ada", "text": text, "model": web.model}
    number: int = web.client.post("/api/v1/prompts", json=body).json()["id"]
    return number


def test_a_saved_direction_brings_its_place_and_its_column(web: Running) -> None:
    number = saved(web, vector=[float(i) for i in range(48)])
    page = opened(web, f"/?direction={number}&site={FITTED[2]}&head=3&component=2&text={OWN}")
    data = data_in(page)
    assert (data["state"]["site"], data["state"]["head"]) == (SITE, None)
    assert data["state"]["direction"] == number and data["state"]["token"] is None
    assert data["other_direction"]["by"] == "page ada" and data["other_direction"]["parts"] is None
    assert data["n_columns"] == len(data["basis"]["ratios"]) + 2
    assert "by page ada" in page.partition('id="direction-title">')[2].partition("</h3>")[0]


def test_a_saved_mix_says_what_it_was_mixed_from(web: Running) -> None:
    parts = [{"component": 2, "weight": 3.0}, {"component": 0, "weight": -1.5}]
    number = saved(web, combination=parts)
    place = web.client.get(f"/view/place.json?direction={number}").json()
    assert place["other_direction"]["parts"] == [[2, 1.0], [0, -0.5]]
    body = {"username": "grace", "name": "a copy"}
    copy = web.client.post(f"/api/v1/directions/{number}/copies", json=body).json()["id"]
    place = web.client.get(f"/view/place.json?direction={copy}").json()
    assert place["other_direction"]["parts"] == [[2, 1.0], [0, -0.5]]


def test_a_component_opened_by_its_number_is_that_component(web: Running) -> None:
    number = web.get(f"/sites/{SITE}/components/3").json()["id"]
    state = data_in(opened(web, f"/?direction={number}"))["state"]
    assert (state["direction"], state["mix"]) == (None, [[3, 1.0]])


def test_stored_prompts_come_first_and_each_text_once(web: Running) -> None:
    library = data_in(opened(web, "/?n=3"))["prompts"]
    one, two = kept(web, "One."), kept(web, "Two.")
    set_ = web.client.post(
        "/api/v1/prompt-sets", json={"username": "page ada", "name": "both"}
    ).json()
    for id_ in (one, two):
        web.client.put(
            f"/api/v1/prompt-sets/{set_['id']}/items/{id_}", json={"username": "page ada"}
        )
    last = library[2]["prompt_id"]
    query = f"n=3&text=Mine&prompt={two}&prompt={last}&set={set_['id']}"
    data = data_in(opened(web, f"/?{query}"))
    keys = [prompt["key"] for prompt in data["prompts"]]
    assert keys == ["t0", f"p{two}", f"p{last}", f"p{one}", *[p["key"] for p in library[:2]]]
    assert [prompt["given"] for prompt in data["prompts"]] == [
        "own", "prompt", "prompt", "set", "sample", "sample",
    ]  # fmt: skip
    assert data["prompts"][1]["source"] == "page ada’s prompt"
    assert data["set"] == {"id": set_["id"], "name": "both", "by": "page ada", "n_prompts": 2}
    asked = web.client.get(f"/view/prompts.json?{query}").json()
    assert asked["set"] == data["set"]
    assert [item["key"] for item in asked["items"]] == [f"p{two}", f"p{last}", f"p{one}", f"p{two}"]


def test_a_page_reads_no_more_tokens_than_one_request(web: Running) -> None:
    texts = [f"{i} " + "Rome " * 58 for i in range(16)]
    ids = [kept(web, f"{i}. " + "Rome " * 58) for i in range(16)]
    query = [("text", text) for text in texts] + [("prompt", id_) for id_ in ids]
    answer = web.client.get(f"/view.json?{urlencode(query)}")
    assert answer.status_code == 200
    prompts = answer.json()["prompts"]
    tokens = sum(len(prompt["tokens"]) for prompt in prompts)
    limit = web.services.limits.max_tokens
    assert limit - 64 < tokens <= limit
    assert [prompt for prompt in prompts if "tokens on one page" in (prompt["error"] or "")]


def test_a_deleted_prompt_is_said_and_left_out(web: Running) -> None:
    number = kept(web, "Gone soon.")
    web.client.delete(f"/api/v1/prompts/{number}", params={"username": "page ada"})
    data = data_in(opened(web, f"/?prompt={number}&n=2", 422))
    assert data["state"]["prompts"] == []
    assert f"prompt={number}" in data["problems"][0]


def test_a_deleted_direction_is_said_and_the_page_works(web: Running) -> None:
    number = saved(web, component=7)
    web.client.delete(f"/api/v1/directions/{number}", params={"username": "page ada"})
    data = data_in(opened(web, f"/?direction={number}", 422))
    assert data["state"]["direction"] is None and data["prompts"]
    assert web.client.get(f"/view/place.json?direction={number}").status_code == 404


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
        ("direction=999999", "direction=999999"),
        ("prompt=999999", "prompt=999999"),
        ("set=999999", "set=999999"),
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
    assert place == {name: view[name] for name in ("site", "basis", "other_direction")}
    refused = web.client.get("/view/place.json?unit=volts")
    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"


def test_every_module_is_fetched_at_once(web: Running) -> None:
    page = opened(web, "/")
    preloaded = {a["href"] for tag, a in elements(page) if a.get("rel") == "modulepreload"}
    scripts = Path(__file__).parents[2] / "static" / "js"
    viewer = {f"/static/js/viewer/{file.name}" for file in scripts.glob("viewer/*.js")}
    people = {f"/static/js/people/{file.name}" for file in scripts.glob("people/*.js")}
    # Types are all that there is in types.js: nothing imports it while the page runs.
    assert (viewer | people) - {"/static/js/viewer/types.js"} <= preloaded
    assert "/static/js/saved/votes.js" in preloaded
    assert all(
        (scripts / str(address).removeprefix("/static/js/")).is_file() for address in preloaded
    )


def test_the_api_page_shows_every_endpoint(web: Running) -> None:
    page = opened(web, "/api")
    for path in web.client.get("/openapi.json").json()["paths"]:
        assert path.replace("{", "&#123;") in page or path in page


def test_every_page_leads_to_the_others(web: Running) -> None:
    for address in ("/", "/contributions", "/guide", "/api"):
        links = {a.get("href") for tag, a in elements(opened(web, address)) if tag == "a"}
        assert {"/", "/directions", "/contributions", "/guide", "/api"} <= links
