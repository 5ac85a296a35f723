"""The pages of saved things: what they show, what they escape, what they say when empty."""

import re
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.db import directions
from app.main import create_app
from app.model.loading import LoadedModel
from tests.web.conftest import FITTED, SITE, Running, settings_for
from tests.web.test_pages import HTML, elements

HURT = '<img src=x onerror=alert(1)></script><script>alert("x")</script>'
names = (f"saved page {number}" for number in count())


def save(web: Running, **given: Any) -> dict[str, Any]:  # noqa: ANN401
    """A new direction, by the API."""
    source = {"combination": [{"component": 0, "weight": 0.8}, {"component": 1, "weight": -0.6}]}
    if {"vector", "token", "difference", "component"} & set(given):
        source = {}
    body = {"username": "saved ada", "name": next(names), "model": web.model, "site": SITE}
    answer = web.client.post("/api/v1/directions", json={**body, **source, **given})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def page(web: Running, address: str, status: int = 200) -> str:
    answer = web.client.get(address, headers=HTML)
    assert answer.status_code == status, answer.text[:500]
    assert answer.headers["content-type"].startswith("text/html")
    for tag, attributes in elements(answer.text):
        assert "style" not in attributes and tag != "style"
        assert not [name for name in attributes if name.startswith("on")]
        if tag == "script":
            assert attributes.get("type") == "application/json" or attributes.get("src")
    return answer.text


def text_of(html: str) -> str:
    """What a reader reads, spaces collapsed."""
    bare = re.sub(r"<script.*?</script>|<[^>]*>", "", html, flags=re.S)
    for entity, character in (("&#39;", "'"), ("&#34;", '"'), ("&lt;", "<"), ("&gt;", ">")):
        bare = bare.replace(entity, character)
    return " ".join(bare.replace("&amp;", "&").split())


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory, tiny_model: LoadedModel) -> Iterator[Running]:
    """An application in which nobody has saved anything."""
    app = create_app(settings_for(tmp_path_factory.mktemp("empty-data")), load=lambda _: tiny_model)
    with TestClient(app, raise_server_exceptions=False) as client:
        site = Running(client, app, tiny_model.name)
        site.services.hub.wait()
        yield site


def test_an_empty_directory_says_how_to_fill_it(empty: Running) -> None:
    html = page(empty, "/directions")
    assert "Nobody has saved a direction yet" in html
    links = [a["href"] for tag, a in elements(html) if tag == "a" and a.get("class")]
    assert any(str(link).startswith("/?model=tiny&mix=") for link in links)


def test_a_search_that_finds_nothing_says_so(empty: Running) -> None:
    assert "Nothing found" in page(empty, "/directions?q=nothing")
    assert "no collections yet" in page(empty, "/lists")


def test_an_unknown_name_is_a_page_that_explains_names(empty: Running) -> None:
    html = page(empty, "/people/nobody%20yet%3Cb%3E", 404)
    assert "Nothing is saved under" in html and "nobody yet&lt;b&gt;" in html


def test_a_direction_is_listed_with_its_best_explanation(web: Running) -> None:
    made = save(web, explanation="high on names", side="plus")
    text = text_of(page(web, "/directions"))
    assert made["name"] in text and "high on names" in text and "+ end" in text


def test_the_directory_is_searched_and_filtered(web: Running) -> None:
    made = save(web, name="zebra crossing", username="Filter Fan")
    other = save(web, site=FITTED[1])
    for query in (
        "q=zebra",
        "q=zebra&model=tiny&origin=user",
        f"username=filter%20fan&site={SITE}",
        "q=zebra&sort=top",
    ):
        text = text_of(page(web, f"/directions?{query}"))
        assert made["name"] in text and other["name"] not in text
    assert "Nothing found" in page(web, "/directions?q=zebra&origin=pca")


def test_more_continues_where_the_page_ended(web: Running) -> None:
    for _ in range(21):
        save(web, username="Prolific")
    seen: list[str] = []
    address: str | None = "/directions?username=Prolific"
    while address:
        marks = elements(page(web, address))
        rows = [a["data-id"] for tag, a in marks if tag == "li" and a.get("data-kind")]
        assert rows and not set(map(str, rows)) & set(seen)
        seen += map(str, rows)
        more = [a["href"] for tag, a in marks if tag == "a" and "data-more" in a]
        address = more[0] if more else None
    assert len(seen) == 21


def test_what_an_address_gets_wrong_is_said_and_the_rest_is_shown(web: Running) -> None:
    made = save(web)
    text = text_of(page(web, "/directions?origin=mars&sort=worst", 422))
    assert "origin=mars" in text and "sort=worst" in text and made["name"] in text
    assert web.client.get("/directions/view.json?origin=mars").status_code == 422
    page(web, "/directions?cursor=elsewhere", 422)
    page(web, "/directions?q=%00%22%27%20AND%20(", 200)


@pytest.mark.parametrize(
    "address",
    [
        f"/{kind}/{id_}"
        for kind in ("directions", "lists")
        for id_ in ("0", "2147483647", "x", "9" * 5000)
    ],
)
def test_what_is_not_there_is_not_found(web: Running, address: str) -> None:
    page(web, address, 404)


def test_a_page_and_its_twin_hold_one_object(web: Running) -> None:
    made = save(web, explanation="first")
    twin = web.client.get(f"/directions/{made['id']}/view.json").json()
    assert twin["direction"]["id"] == made["id"]
    assert [each["text"] for each in twin["explanations"]["items"]] == ["first"]
    html = page(web, f"/directions/{made['id']}")
    for token in twin["samples"]["texts"][0]["tokens"]:
        assert f'class="{token["classes"]}"' in html
    rows = web.client.get("/directions/view.json").json()["rows"]
    assert made["id"] in [row["direction"]["id"] for row in rows]


def test_samples_are_coloured_by_the_scores_of_the_api(web: Running) -> None:
    made = save(web)
    twin = web.client.get(f"/directions/{made['id']}/view.json").json()
    samples = twin["samples"]
    ids = [text["prompt_id"] for text in samples["texts"]]
    scores = web.post(
        "/scores", {"site": SITE, "prompt_ids": ids, "directions": [{"id": made["id"]}]}
    ).json()["prompts"]
    assert 1 < len(ids) <= 6 and samples["unit"] == "dot"
    for text, scored in zip(samples["texts"], scores, strict=True):
        for token, value in zip(text["tokens"], scored["scores"][0], strict=True):
            if token["special"] or abs(value) < samples["range"] / 100:
                continue
            assert re.search(r" p\d" if value > 0 else r" n\d", token["classes"])


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ({}, "0.8 × component 0 − 0.6 × component 1 of Layer 1’s PCA"),
        ({"component": 2}, "component 2 of Layer 1’s PCA"),
        ({"vector": [1.0] * 48}, "given as numbers"),
        ({"token": {"text": "The cat sat", "position": 1}}, "residual of “The” in “The cat sat”"),
        (
            {"difference": {"plus": {"text": "cats"}, "minus": {"text": "dogs"}}},
            "mean residual of “cats”, minus mean residual of “dogs”",
        ),
    ],
)
def test_how_a_direction_was_made_is_said_in_words(
    web: Running, source: dict[str, Any], words: str
) -> None:
    made = save(web, **source)
    assert words in text_of(page(web, f"/directions/{made['id']}"))
    copied = web.client.post(
        f"/api/v1/directions/{made['id']}/copies", json={"username": "Bo Ling"}
    ).json()
    text = text_of(page(web, f"/directions/{copied['id']}"))
    assert f"copied from “{made['name']}” by saved ada: {words}" in text


def test_a_mix_opens_in_the_sliders_again(web: Running) -> None:
    made = save(web)
    sliders = web.client.get(f"/directions/{made['id']}/view.json").json()["sliders"]
    assert f"site={SITE}" in sliders and "mix=0%3A0.8%2C1%3A-0.6" in sliders
    vector = save(web, vector=[float(i) for i in range(48)])
    assert web.client.get(f"/directions/{vector['id']}/view.json").json()["sliders"] is None


def test_an_uploaded_file_is_named(web: Running) -> None:
    data = {"username": "saved ada", "name": next(names), "model": web.model, "site": SITE}
    file = ("direction.json", str([0.5] * 48).encode(), "application/json")
    made = web.client.post("/api/v1/directions", data=data, files={"file": file})
    assert made.status_code == 201, made.text
    assert "uploaded from direction.json" in text_of(page(web, f"/directions/{made.json()['id']}"))


def test_a_component_has_a_page_like_any_other(web: Running) -> None:
    component = web.get(f"/sites/{SITE}/components/3").json()
    text = text_of(page(web, f"/directions/{component['id']}"))
    assert "component 3 of Layer 1’s PCA" in text and "PCA of the corpus" in text
    assert "saved" not in text and "visibility" not in text


def test_only_what_somebody_saved_has_a_day(web: Running) -> None:
    component = web.get(f"/sites/{SITE}/components/4").json()
    said = {"username": "saved ada", "text": "an axis of its own"}
    web.client.post(f"/api/v1/directions/{component['id']}/explanations", json=said)
    made = save(web, explanation="an axis of its own too")
    today = f'<time datetime="{made["created_at"][:10]}'
    pca = page(web, "/directions?q=%22axis%20of%20its%20own%22&origin=pca")
    assert component["name"] in pca and today not in pca
    assert today in page(web, "/directions?q=axis%20of%20its%20own&origin=user")


def test_the_dialogs_say_who_sees_what(web: Running) -> None:
    text = text_of(page(web, "/directions"))
    assert "only who has its link" not in text
    assert "public: in the directory and the search" in text
    assert "unlisted: not in the directory or search; its link and your name’s page show it" in text
    assert "unclaimed here until its holder claims it" in text


def test_no_field_cuts_what_is_typed_without_a_word(web: Running) -> None:
    made = save(web)
    listed = web.client.post(
        "/api/v1/lists", json={"username": "saved ada", "name": next(names)}
    ).json()
    for address in ("/directions", f"/directions/{made['id']}", f"/lists/{listed['id']}"):
        for tag, attributes in elements(page(web, address)):
            if "maxlength" in attributes:
                assert tag == "input" and attributes["name"] in ("q", "username")


def test_a_pages_modules_are_fetched_at_once(web: Running) -> None:
    made = save(web)
    links = [a for tag, a in elements(page(web, f"/directions/{made['id']}")) if tag == "link"]
    loaded = [a["href"] for a in links if a.get("rel") == "modulepreload"]
    assert "/static/js/saved/votes.js" in loaded and "/static/js/viewer/api.js" in loaded
    for address in loaded:
        assert web.client.get(str(address)).status_code == 200


def test_a_direction_of_a_model_not_served_is_shown_without_colours(web: Running) -> None:
    made = save(web)
    with web.services.writers.begin() as session:
        directions.by_id(session, made["id"]).model = "elsewhere"
    twin = web.client.get(f"/directions/{made['id']}/view.json").json()
    assert twin["samples"] is None and "elsewhere" in twin["unsampled"]
    assert "elsewhere" in text_of(page(web, f"/directions/{made['id']}"))


def test_script_in_names_and_explanations_is_text_everywhere(web: Running) -> None:
    made = save(web, name=HURT[:80], username="Mallory", explanation=HURT)
    listed = web.client.post(
        "/api/v1/lists", json={"username": "Mallory", "name": HURT[:80], "note": HURT}
    ).json()
    web.client.put(
        f"/api/v1/lists/{listed['id']}/items/{made['id']}",
        json={"username": "Mallory", "note": HURT},
    )
    for address in (
        "/directions",
        f"/directions/{made['id']}",
        "/people/Mallory",
        "/people/Mallory?tab=explanations",
        "/people/Mallory?tab=collections",
        "/lists",
        f"/lists/{listed['id']}",
    ):
        html = page(web, address)
        assert "<img" not in html and html.count("<script") == html.count("</script>")
        assert HURT[:40] in text_of(html) or HURT[:80] in text_of(html)


def test_a_person_has_everything_they_saved(web: Running) -> None:
    made = save(web, username="Grace H", visibility="unlisted", explanation="counts")
    web.client.post(
        "/api/v1/prompts", json={"username": "Grace H", "model": web.model, "text": "One two."}
    )
    collected = web.client.post(
        "/api/v1/lists", json={"username": "Grace H", "name": "My numbers"}
    ).json()
    assert made["name"] not in text_of(page(web, "/directions?q=counts"))
    text = text_of(page(web, "/people/grace%20h"))
    assert "Grace H" in text and made["name"] in text and "unlisted" in text
    assert "counts" in text_of(page(web, "/people/Grace%20H?tab=explanations"))
    kept = web.client.get("/people/Grace%20H/view.json?tab=prompts").json()["prompts"][0]
    assert kept["text"] == "One two." and f"prompt={kept['id']}" in kept["viewer"]
    assert "No sets of prompts" in page(web, "/people/Grace%20H?tab=sets")
    html = page(web, "/people/Grace%20H?tab=collections")
    assert f"/lists/{collected['id']}" in html and "My numbers" in html
    page(web, "/people/Grace%20H?tab=secrets", 422)


def test_a_collection_has_its_directions_with_their_notes(web: Running) -> None:
    made, gone = save(web), save(web)
    listed = web.client.post(
        "/api/v1/lists", json={"username": "saved ada", "name": next(names), "note": "all of them"}
    ).json()
    for id_, note in ((made["id"], "the clearest"), (gone["id"], "to be deleted")):
        web.client.put(
            f"/api/v1/lists/{listed['id']}/items/{id_}",
            json={"username": "saved ada", "note": note},
        )
    web.client.delete(f"/api/v1/directions/{gone['id']}", params={"username": "saved ada"})
    text = text_of(page(web, f"/lists/{listed['id']}"))
    assert made["name"] in text and "the clearest" in text and "all of them" in text
    assert gone["name"] not in text
    assert web.client.get(f"/lists/{listed['id']}/view.json").json()["note"] == "all of them"
    assert listed["name"] in text_of(page(web, "/lists"))
    page(web, f"/directions/{gone['id']}", 404)


def test_every_page_leads_to_the_directions(web: Running) -> None:
    for address in ("/", "/guide", "/directions", "/lists"):
        links = {a.get("href") for tag, a in elements(page(web, address)) if tag == "a"}
        assert "/directions" in links


@pytest.mark.parametrize(
    ("address", "marked"),
    [
        ("/directions", "/directions"),
        ("/people/nav", "/directions"),
        ("/lists", "/directions"),
        ("/guide", "/guide"),
    ],
)
def test_every_page_of_saved_things_marks_the_directions_in_the_header(
    web: Running, address: str, marked: str
) -> None:
    save(web, username="nav")
    links = [a for tag, a in elements(page(web, address)) if tag == "a"]
    here = [a["href"] for a in links if a.get("aria-current") == "page"]
    assert here[0] == marked
    assert not set(here[1:]) & {"/", "/directions", "/guide", "/api"}
