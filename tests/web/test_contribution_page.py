"""The contributions page as the server sends it."""

import json
import math
import re
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.errors import ModelRefused
from app.main import create_app
from app.model.loading import LoadedModel
from app.web.contribution_page import EXAMPLES
from app.web.contribution_shown import ContributionsView
from app.web.contribution_state import ContributionState
from app.web.contribution_words import likely, named, small
from tests.web.conftest import Running, settings_for
from tests.web.test_pages import data_in, elements

HTML = {"Accept": "text/html"}
TEXT = "The capital of France is Paris."


def opened(web: Running, query: str = "", status: int = 200) -> str:
    answer = web.client.get(f"/contributions{query}", headers=HTML)
    assert answer.status_code == status, answer.text[:400]
    return answer.text


def twin(web: Running, query: str) -> dict[str, Any]:
    answer = web.client.get(f"/contributions/view.json{query}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def chips(page: str, list_: str) -> list[dict[str, str | None]]:
    """The links of a list of tokens to choose from."""
    part = page.partition(f'id="{list_}"')[2].partition("</ul>")[0]
    return [attributes for tag, attributes in elements(part) if tag == "a"]


def test_without_a_text_the_classic_example_is_shown(web: Running) -> None:
    view = data_in(opened(web))
    assert view["words"] == "The capital of France is" == EXAMPLES[0].text
    assert view["position"] == len(view["tokens"]) - 1
    assert view["state"]["text"] is None and view["state"]["position"] is None


def test_the_page_and_its_twin_hold_one_object(web: Running) -> None:
    query = f"?text={TEXT}&position=3&other=7&tokens=5,9&level=attn_head&value=1.2.3.1&case=1.2"
    view = twin(web, query)
    assert data_in(opened(web, query)) == view
    again = ContributionsView.model_validate(view)
    assert again.state.value is not None and again.state.value.layer == 1
    assert [each.id for each in again.others] == [5, 9]


def test_the_likeliest_token_is_the_target(web: Running) -> None:
    view = twin(web, f"?text={TEXT}")
    body = {"text": TEXT, "top": 8}
    own = web.post("/predictions", body).json()["predictions"][-1]
    assert [each["id"] for each in view["predictions"]] == [each["id"] for each in own]
    assert view["target"]["id"] == own[0]["id"]
    assert math.exp(view["target"]["logprob"]) == pytest.approx(own[0]["p"], rel=1e-4)
    layers = web.post("/contributions/layers", {"text": TEXT}).json()
    assert view["target"]["logprob"] == pytest.approx(layers["target"]["logprob"], abs=1e-5)


def test_a_token_that_is_not_likely_has_its_probability_too(web: Running) -> None:
    view = twin(web, f"?text={TEXT}&target=0&other=1&tokens=2")
    for part, id_ in (("target", 0), ("other", 1)):
        layers = web.post("/contributions/layers", {"text": TEXT, "target": {"id": id_}}).json()
        assert view[part]["logprob"] == pytest.approx(layers["target"]["logprob"], abs=1e-5)
    assert [each["id"] for each in view["others"]] == [2]


def test_only_what_stands_before_is_read(web: Running) -> None:
    """What comes after the position changes nothing but what the text goes on with."""
    whole = twin(web, f"?text={TEXT}&position=4")
    tokens = web.post("/tokens", {"text": TEXT}).json()["tokens"]
    assert whole["following"]["id"] == tokens[5]["id"]
    prefix = "".join(token["text"] for token in tokens[1:5])
    part = twin(web, f"?text={prefix}")
    assert part["following"] is None
    for mine, other in zip(whole["predictions"], part["predictions"], strict=True):
        assert mine["id"] == other["id"]
        assert mine["p"] == pytest.approx(other["p"], rel=1e-4)


def test_without_bos_positions_count_from_the_text(web: Running) -> None:
    assert len(twin(web, f"?text={TEXT}&bos=0")["tokens"]) == len(twin(web, f"?text={TEXT}")["tokens"]) - 1  # noqa: E501  # fmt: skip


def test_tokens_and_chips_are_there_without_a_script(web: Running) -> None:
    page = opened(web, f"?text={TEXT}&position=4")
    view = data_in(page)
    row = page.partition('id="tokens"')[2].partition("</p>")[0]
    spans = [a for tag, a in elements(row) if a.get("role") == "button"]
    assert len(spans) == len(view["tokens"])
    assert [i for i, a in enumerate(spans) if a["aria-pressed"] == "true"] == [4]
    assert ["after" in str(a["class"]) for a in spans] == [i > 4 for i in range(len(spans))]
    links = chips(page, "targets")
    assert len(links) >= 8
    chosen = [a for a in links if a.get("aria-current") == "true"]
    assert [a["data-id"] for a in chosen] == [str(view["target"]["id"])]
    assert re.search(r"\d %", page.partition('id="targets"')[2])


def test_every_chip_leads_to_what_it_says(web: Running) -> None:
    page = opened(web, f"?text={TEXT}&position=4&bos=0&other=7")
    place = ("words", "position")
    for chip in chips(page, "targets"):
        view = twin(web, str(chip["href"]).removeprefix("/contributions"))
        assert view["target"]["id"] == int(str(chip["data-id"]))
        assert [view[name] for name in place] == [TEXT, 4]
    for chip in chips(page, "others"):
        view = twin(web, str(chip["href"]).removeprefix("/contributions"))
        ends = chip.get("aria-current") == "true"
        assert view["other"] is None if ends else view["other"]["id"] == int(str(chip["data-id"]))


def test_a_chip_keeps_the_rest_of_what_is_chosen(web: Running) -> None:
    query = f"?text={TEXT}&position=4&other=7&level=attn_head&ln=exact&layers=0-1&head=1.1"
    page = opened(web, query)
    kept = {"level": "attn_head", "ln": "exact", "layers": [0, 1], "head": {"layer": 1, "head": 1}}
    for chip in chips(page, "targets") + chips(page, "others"):
        state = twin(web, str(chip["href"]).removeprefix("/contributions"))["state"]
        assert {name: state[name] for name in kept} == kept
    state = twin(web, str(chips(page, "targets")[1]["href"]).removeprefix("/contributions"))[
        "state"
    ]
    assert state["other"] == 7


@pytest.mark.parametrize(
    ("logprob", "said", "number"),
    [
        (math.log(0.5), "50 %", None),
        (math.log(0.0002), "0.02 %", None),
        (-11.2, "log\u00a0p\u00a0−11.2", "p = 1.4 × 10⁻⁵"),
        (math.log(9.96e-6), "log\u00a0p\u00a0−11.5", "p = 1.0 × 10⁻⁵"),
        (-800.0, "log\u00a0p\u00a0−800.0", "p = 3.7 × 10⁻³⁴⁸"),
    ],
)
def test_small_probabilities_can_be_told_apart(
    logprob: float, said: str, number: str | None
) -> None:
    """`tests/js/contributions.test.mjs` holds the script to the same."""
    assert (likely(logprob), small(logprob)) == (said, number)


@pytest.mark.parametrize(
    ("text", "said"),
    [(" Paris", "Paris"), ("\n ", "↵␣"), ("", "·"), ("\\xB3", "\\xB3"), (" a b\n", "a␣b")],
)
def test_a_token_in_running_words_is_never_invisible(text: str, said: str) -> None:
    assert named(text) == said


def test_white_space_at_the_end_of_what_was_read_is_visible(web: Running) -> None:
    for text, said in (("  ", "␣␣"), ("Anna ", "Anna␣"), ("Anna", "Anna")):
        page = opened(web, f"?text={text}")
        assert f'id="here" href="#main" title="Back to the text"><span>{said}</span>' in page
    assert "<span>the start of the text</span>" in opened(web, "?position=0")


def test_only_the_likeliest_token_is_what_the_model_says(web: Running) -> None:
    view = twin(web, "")
    unlikely = view["predictions"][3]["id"]
    assert "What made it say" in opened(web)
    assert "What raised or lowered" in opened(web, f"?target={unlikely}")


def test_the_chosen_and_the_next_token_are_kept_where_there_is_no_room(web: Running) -> None:
    page = opened(web, f"?text={TEXT}&position=4&target=5")
    part = page.partition('id="targets"')[2].partition("</ul>")[0]
    kept = [item for item in part.split("<li")[1:] if item.startswith(' class="kept"')]
    assert [("in the text" in item, "aria-current" in item) for item in kept] in (
        [(False, True), (True, False)],
        [(True, False), (False, True)],
    )


def test_the_pieces_of_a_character_are_its_bytes(web: Running) -> None:
    tokens = web.post("/tokens", {"text": "中", "prepend_bos": False}).json()["tokens"]
    assert "".join(token["text"] for token in tokens) == "中"
    alone = [token["alone"] for token in tokens]
    assert len(alone) > 1 and all(re.fullmatch(r"(\\x[0-9A-F]{2})+", each) for each in alone)


def test_the_text_and_the_weights_lead_to_each_other(web: Running) -> None:
    for address in ("/contributions", "/weights"):
        page = web.client.get(address, headers=HTML).text
        part = page.partition('class="siblings"')[2].partition("</nav>")[0]
        links = [a for tag, a in elements(part) if tag == "a"]
        assert [a["href"] for a in links] == ["/contributions?model=tiny", "/weights?model=tiny"]
        current = [a["href"] for a in links if a.get("aria-current")]
        assert current == [f"{address}?model=tiny"]


def test_only_the_sentence_at_the_top_is_read_out(web: Running) -> None:
    live = [a.get("class") for _, a in elements(opened(web)) if a.get("aria-live")]
    assert live == ["says", "sr"]


def test_every_example_is_one_click(web: Running) -> None:
    view = data_in(opened(web))
    assert len(view["examples"]) == len(EXAMPLES)
    for example in view["examples"]:
        assert twin(web, example["address"].removeprefix("/contributions"))["words"] == example["text"]  # noqa: E501  # fmt: skip


def test_every_figure_has_its_place(web: Running) -> None:
    page = opened(web)
    sections = {a["id"]: a for tag, a in elements(page) if a.get("class") == "figure"}
    assert list(sections) == ["curve", "layers", "heads", "subvalues", "queries", "compare"]
    assert all(section["data-doing"] for section in sections.values())
    assert all("hidden" not in section for section in sections.values())


def test_the_page_leads_to_the_viewer_the_weights_and_the_guide(web: Running) -> None:
    links = {a.get("href") for tag, a in elements(opened(web, f"?text={TEXT}")) if tag == "a"}
    assert "/weights?model=tiny" in links
    assert "/guide#contributions" in links
    viewer = next(str(link) for link in links if link and link.startswith("/?model"))
    assert web.client.get(viewer, headers=HTML).status_code == 200


def test_the_title_says_target_and_model(web: Running) -> None:
    page = opened(web)
    title = page.partition("<title>")[2].partition("</title>")[0]
    assert title.startswith("What made it say") and "tiny" in title.lower()


def test_a_stored_prompt_is_its_text(web: Running, prompt_ids: list[int]) -> None:
    view = twin(web, f"?prompt={prompt_ids[0]}")
    assert view["source"] == "test" and view["state"]["prompt"] == prompt_ids[0]
    assert view["words"] == "".join(token["text"] for token in view["tokens"][1:])


@pytest.mark.parametrize(
    "query",
    [
        "prompt=999999",
        "position=400",
        "target=99999999",
        "other=99999999",
        "tokens=1,99999999",
        "layers=0,77",
        "head=0.99",
        "head=99.0",
        "value=0.99999",
        "value=99.0",
        "value=0.0.999.0",
        "value=0.0.0.77",
        "case=99.0",
        "case=0.77",
        "level=neuron",
        "position=x",
        "case=1",
    ],
)
def test_what_an_address_gets_wrong_is_said_on_a_page_that_works(web: Running, query: str) -> None:
    page = opened(web, f"?{query}", 422)
    problems = page.partition('id="problems"')[2].partition("</div>")[0]
    assert f"{query.partition('=')[0]}" in problems and "<p>" in problems
    assert "hidden" not in problems.partition(">")[0]
    view = data_in(page)
    assert view["tokens"] and view["target"]
    assert view["state"][query.partition("=")[0]] in (None, [], "ffn")


def test_a_token_is_not_compared_with_itself(web: Running) -> None:
    view = data_in(opened(web, "?target=5&other=5", 422))
    assert view["other"] is None and "itself" in view["problems"][0]


@pytest.mark.parametrize(
    ("text", "words"), [("word " * 100, "tokens"), ("%00", "NUL"), ("a" * 3000, "too|most")]
)
def test_a_refused_text_stays_in_the_box_with_the_reason(
    web: Running, text: str, words: str
) -> None:
    page = opened(web, f"?text={text}", 422)
    view = data_in(page)
    assert view["error"] and re.search(words, view["error"]) and view["tokens"] == []
    said = page.partition('id="own-error"')[2].partition("</p>")[0]
    assert re.search(words, said)
    assert text.strip()[:20].replace("%00", "") in page.partition("<textarea")[2]
    answer = web.client.get(f"/contributions/view.json?text={text}")
    assert answer.status_code == 422 and answer.json()["errors"][0]["field"] == "text"


def test_the_twin_refuses_an_address_it_cannot_read(web: Running) -> None:
    answer = web.client.get("/contributions/view.json?level=neuron&top=0")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert "level=neuron" in answer.json()["detail"] and "top=0" in answer.json()["detail"]


def test_text_cannot_leave_its_element(web: Running) -> None:
    text = '</textarea></script><script>alert("x")</script><img src=x onerror=alert(1)>'
    page = opened(web, "?text=" + text.replace("<", "%3C").replace(">", "%3E"))
    assert "<img" not in page
    assert page.count("<script") == page.count("</script>")
    assert page.count("</textarea>") == 1
    assert data_in(page)["words"] == text


def test_a_text_that_begins_with_a_new_line_keeps_it(web: Running) -> None:
    """HTML takes the first new line of a textarea away."""
    page = opened(web, "?text=%0AOne")
    box = page.partition("<textarea")[2].partition(">")[2].partition("</textarea>")[0]
    assert box == "\n\nOne"


def test_no_inline_script_or_style(web: Running) -> None:
    for tag, attributes in elements(opened(web)):
        assert "style" not in attributes and tag != "style"
        if tag == "script":
            assert attributes.get("type") == "application/json" or attributes.get("src")


def test_an_unknown_model_is_not_found(web: Running) -> None:
    assert "is served here" in opened(web, "?model=nobody", 404)
    assert web.client.get("/contributions/view.json?model=nobody").status_code == 404


def test_while_the_model_is_loading_the_page_waits(tmp_path: Path, tiny_model: LoadedModel) -> None:
    go_on = threading.Event()

    def slow(_: str) -> LoadedModel:
        go_on.wait(20)
        return tiny_model

    app = create_app(settings_for(tmp_path), load=slow)
    with TestClient(app, raise_server_exceptions=False) as client:
        waiting = client.get("/contributions", headers=HTML)
        go_on.set()
        assert waiting.status_code == 503 and int(waiting.headers["Retry-After"]) >= 1
        assert "Loading the model" in waiting.text and 'data-needs="model"' in waiting.text
        app.state.services.hub.wait()
        assert client.get("/contributions", headers=HTML).status_code == 200


def test_a_model_that_failed_is_said(tmp_path: Path) -> None:
    def refuse(_: str) -> LoadedModel:
        raise ModelRefused("nothing there")

    app = create_app(settings_for(tmp_path), load=refuse)
    with TestClient(app, raise_server_exceptions=False) as client:
        app.state.services.hub.wait()
        failed = client.get("/contributions", headers=HTML)
        assert failed.status_code >= 400 and "nothing there" in failed.text


def test_the_header_names_the_page_it_is_on(web: Running) -> None:
    for address, name in (("/contributions", "/contributions"), ("/guide", "/guide")):
        page = web.client.get(address, headers=HTML).text
        nav = page.partition('aria-label="Pages"')[2].partition("</nav>")[0]
        links = [a for tag, a in elements(nav) if tag == "a"]
        assert [a["href"] for a in links] == [
            "/",
            "/directions",
            "/contributions",
            "/guide",
            "/api",
        ]
        assert [a["href"] for a in links if a.get("aria-current")] == [name]


def test_the_address_leaves_out_the_same_on_both_sides() -> None:
    script = (Path(__file__).parents[2] / "static/js/contributions/state.js").read_text("utf-8")
    block = re.search(r"DEFAULTS = Object.freeze\((\{.*?\})\);", script, re.S)
    assert block is not None
    theirs = json.loads(re.sub(r"(\w+):", r'"\1":', block[1]).replace(",\n}", "\n}"))
    ours = json.loads(json.dumps(asdict(ContributionState())))
    assert theirs == {k: v for k, v in ours.items() if k not in ("model", "problems")}
