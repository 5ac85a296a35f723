"""The tables of the contributions page: subvalues, their queries, two tokens compared."""

import csv
import io
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, Route, ViewportSize, expect

from tests.browser.conftest import DESKTOP, PHONE, Reader
from tests.browser.test_accessibility import Scheme, violations

pytestmark = pytest.mark.browser

TEXT = "The capital of Italy is"
HERE = f"/contributions?model=tiny&text={TEXT.replace(' ', '+')}"


def opened(reader: Reader, more: str = "") -> Page:
    """The page, once its tables have come to rest."""
    page = reader.open(HERE + more)
    rest(page)
    return page


def rest(page: Page) -> None:
    """Wait until no section is being worked out."""
    for name in ("subvalues", "queries", "compare"):
        expect(page.locator(f"#{name}")).to_have_attribute("aria-busy", "false")


def rows(section: Locator) -> Locator:
    """The lines of a section's first table."""
    return section.locator("table.sortable").first.locator("tbody tr")


def cells(section: Locator, column: str) -> list[str]:
    """The words of a column, from the top."""
    return rows(section).locator(f"td.{column}").all_inner_texts()


def numbers(section: Locator, column: str) -> list[float]:
    """The numbers of a column, from the top."""
    return [float(each.replace("−", "-").replace(",", "")) for each in cells(section, column)]


def heading(section: Locator, name: str) -> Locator:
    """A heading that sorts."""
    return section.get_by_role("columnheader", name=name).first


def address(page: Page) -> dict[str, str]:
    """What the address holds."""
    return {name: value for name, [value] in parse_qs(urlsplit(page.url).query).items()}


def downloaded(page: Page, button: Locator) -> tuple[str, str]:
    """The name and the content of the file that a button gives."""
    with page.expect_download() as coming:
        button.click()
    return coming.value.suggested_filename, Path(coming.value.path()).read_text("utf-8")


def asked(api: httpx.Client, path: str, **more: object) -> dict[str, Any]:
    """What the API answers about this text."""
    body = {"text": TEXT, **more}
    answer = api.post(f"models/tiny/{path}", json=body)
    assert answer.status_code == 200, answer.text
    said: dict[str, Any] = answer.json()
    return said


def test_the_table_is_what_the_api_says_and_its_certificate(
    reader: Reader, api: httpx.Client
) -> None:
    page = opened(reader)
    section = page.locator("#subvalues")
    answer = asked(api, "contributions/subvalues", level="ffn", top=10)
    expect(rows(section)).to_have_count(10)
    assert cells(section, "where") == [
        f"L{item['layer']} · {item['index']}" for item in answer["items"]
    ]
    shown = numbers(section, "contribution")
    assert shown == pytest.approx([item["contribution"] for item in answer["items"]], abs=6e-3)
    first = answer["items"][0]
    raised = first["bottom_tokens" if first["swapped"] else "top_tokens"]
    chips = rows(section).first.locator(".said bdi").all_inner_texts()
    assert len(chips) == len(raised) == 10
    assert " " not in "".join(chips)
    words = rf"Exact: {answer['scored']} of {answer['total']} were scored; the bound proves"
    expect(section.locator(".certificate")).to_contain_text(re.compile(words))
    expect(section.locator(".says")).to_contain_text(f"neuron {first['index']} of layer")


def test_a_heading_sorts_and_sorts_back_by_mouse_and_keyboard(reader: Reader) -> None:
    page = opened(reader)
    section = page.locator("#subvalues")
    given = cells(section, "where")
    expect(heading(section, "#")).to_have_attribute("aria-sort", "ascending")
    coefficient = heading(section, "Coefficient")
    coefficient.get_by_role("button").click()
    expect(coefficient).to_have_attribute("aria-sort", "descending")
    expect(heading(section, "#")).to_have_attribute("aria-sort", "none")
    down = numbers(section, "coefficient")
    assert down == sorted(down, reverse=True)
    page.keyboard.press("Enter")
    expect(coefficient).to_have_attribute("aria-sort", "ascending")
    expect(coefficient.get_by_role("button")).to_be_focused()
    assert numbers(section, "coefficient") == sorted(down)
    # The order outlives what the table shows.
    section.get_by_label("unhelpful").check()
    expect(section.locator(".says")).to_contain_text("lowers log p")
    expect(heading(section, "Coefficient")).to_have_attribute("aria-sort", "ascending")
    section.get_by_label("helpful", exact=True).check()
    expect(section.locator(".says")).to_contain_text("raises log p")
    heading(section, "#").get_by_role("button").click()
    assert cells(section, "where") == given


def test_choosing_a_row_shows_what_activated_it_and_back_undoes(reader: Reader) -> None:
    page = opened(reader)
    section, queries = page.locator("#subvalues"), page.locator("#queries")
    expect(queries.locator(".chosen-value")).to_contain_text("10 FFN neurons that raised")
    # The highest layer has the most below it.
    heading(section, "Where").get_by_role("button").click()
    heading(section, "Where").get_by_role("button").click()
    top = rows(section).first
    place = top.locator("td.where").inner_text()
    match = re.fullmatch(r"L(\d+) · (\d+)", place)
    assert match is not None
    layer, index = match.groups()
    top.locator("td.rank").click()
    expect(queries.locator(".chosen-value")).to_contain_text(f"Neuron {index} of layer {layer}")
    assert address(page)["value"] == f"{layer}.{index}"
    expect(queries.locator(".role")).to_contain_text("As a value it gives")
    expect(queries.locator(".says").first).to_contain_text(f"neuron {index} of layer {layer}")
    expect(rows(section).first).to_have_class("picked")
    second = rows(section).nth(1).get_by_role("button", name=re.compile(r"^L\d")).first
    second.focus()
    page.keyboard.press("Enter")
    expect(second).to_have_attribute("aria-pressed", "true")
    expect(second).to_be_focused()
    page.go_back()
    expect(queries.locator(".chosen-value")).to_contain_text(f"Neuron {index} of layer {layer}")
    expect(rows(section).first).to_have_class("picked")
    queries.get_by_role("button", name="10 most helpful together").click()
    expect(queries.locator(".chosen-value")).to_contain_text("10 FFN neurons that raised")
    assert "value" not in address(page)


def test_the_queries_are_what_the_api_says_and_take_other_keys(
    reader: Reader, api: httpx.Client
) -> None:
    found = asked(api, "contributions/subvalues", level="ffn", layers=[2], top=1)["items"][0]
    value = {"layer": 2, "index": found["index"]}
    page = opened(reader, f"&value=2.{found['index']}")
    queries = page.locator("#queries")

    def table() -> list[str]:
        queries.locator("summary", has_text="As a table").first.click()
        return [
            line.split("\t")[-1] for line in queries.locator(".as-table tbody tr").all_inner_texts()
        ]

    def scores(answer: dict[str, Any]) -> list[float]:
        layers = [score for layer in answer["layers"] for score in (layer["attn"], layer["ffn"])]
        return [answer["token"], answer["position_embedding"], *layers]

    direct = asked(api, "contributions/queries", values=[value])
    shown = [float(each.replace("−", "-")) for each in table()]
    assert shown == pytest.approx(scores(direct)[: len(shown)], rel=1e-3, abs=1e-6)
    spans = queries.locator(".coloured .t")
    assert spans.count() == len(direct["tokens"])
    best = max(range(len(direct["by_position"])), key=lambda i: direct["by_position"][i])
    assert re.search(r"\bp\d+$", spans.nth(best).get_attribute("class") or "")
    queries.get_by_label("as in the paper").check()
    queries.get_by_label("iterative").check()
    rest(page)
    assert (address(page)["keys"], address(page)["method"]) == ("paper", "iterative")
    other = asked(api, "contributions/queries", values=[value], keys="paper", method="iterative")
    shown = [
        float(line.split("\t")[-1].replace("−", "-"))
        for line in queries.locator(".as-table tbody tr").all_inner_texts()
    ]
    assert shown == pytest.approx(scores(other)[: len(shown)], rel=1e-3, abs=1e-6)
    name, content = downloaded(page, queries.get_by_role("button", name="JSON").first)
    assert name.startswith(f"queries-tiny-2.{found['index']}")
    assert json.loads(content)["layers"] == other["layers"]


def test_every_level_has_its_table_and_leads_on(reader: Reader, api: httpx.Client) -> None:
    all_positions = 3 * len(asked(api, "contributions/layers")["tokens"])
    page = opened(reader, "&level=attn_neuron&top=25")
    section, queries = page.locator("#subvalues"), page.locator("#queries")
    expect(rows(section)).to_have_count(25)
    swapped = rows(section).filter(has_text="coefficient is negative").first
    expect(swapped.locator("td.coefficient")).to_have_text(re.compile(r"^−"))
    swapped.get_by_role("button", name="What activated it").click()
    expect(page.locator("#queries-title")).to_be_focused()
    expect(queries.locator(".chosen-value")).to_contain_text(re.compile("of head .* reading "))
    assert re.fullmatch(r"\d\.\d\.\d+\.\d", address(page)["value"])
    section.get_by_role("combobox", name="Show").select_option("attn_position")
    expect(section.locator(".says")).to_contain_text("read at")
    # Never more are asked for than there are.
    expect(rows(section)).to_have_count(min(25, all_positions))
    rows(section).first.get_by_role("button", name="Which heads").click()
    expect(section.get_by_role("combobox", name="Show")).to_have_value("attn_head_position")
    expect(section.get_by_label("first layer")).to_have_value(address(page)["layers"])
    section.get_by_label("first layer").select_option("0")
    section.get_by_label("last layer").select_option("2")
    section.get_by_role("combobox", name="Show").select_option("attn_head")
    expect(rows(section)).to_have_count(12)
    assert "layers" not in address(page)
    rows(section).nth(1).get_by_role("button", name="Show this head").click()
    expect(rows(section).nth(1)).to_have_class("picked")
    assert re.fullmatch(r"\d\.\d", address(page)["head"])


def test_all_can_be_scored_and_the_rows_stay(reader: Reader) -> None:
    page = opened(reader)
    section = page.locator("#subvalues")
    before = cells(section, "where")
    section.get_by_role("button", name="Score all of them").click()
    expect(section.locator(".certificate")).to_contain_text("every one of the 576 was scored")
    expect(section.locator(".certificate")).to_be_focused()
    assert cells(section, "where") == before


def test_scoring_all_outlives_other_choices_but_not_another_table(reader: Reader) -> None:
    page = opened(reader)
    section = page.locator("#subvalues")
    held: list[Route] = []

    def hold(route: Route) -> None:
        if "exhaustive" in (route.request.post_data or ""):
            held.append(route)
        else:
            route.continue_()

    page.route("**/contributions/subvalues", hold)
    section.get_by_role("button", name="Score all of them").click()
    expect(section.locator(".certificate")).to_contain_text("layer by layer")
    page.locator("#queries").get_by_label("as in the paper").check()
    rest(page)
    expect(section.locator(".certificate")).to_contain_text("layer by layer")
    held.pop().continue_()
    expect(section.locator(".certificate")).to_contain_text("every one of the 576 was scored")
    section.get_by_label("unhelpful").check()
    expect(section.locator(".says")).to_contain_text("lowers log p")
    section.get_by_role("button", name="Score all of them").click()
    expect(section.locator(".certificate")).to_contain_text("layer by layer")
    section.get_by_role("combobox", name="Show").select_option("attn_head")
    expect(section.locator(".says")).to_contain_text("head")
    for route in held:
        route.abort()
    rest(page)
    assert all("head" in place for place in cells(section, "where"))


def test_the_keyboard_chooses_a_row_while_words_are_marked(reader: Reader) -> None:
    page = opened(reader)
    section = page.locator("#subvalues")
    page.evaluate("getSelection().selectAllChildren(document.querySelector('#subvalues .says'))")
    rows(section).nth(1).get_by_role("button", name=re.compile(r"^L\d")).first.focus()
    page.keyboard.press("Enter")
    expect(rows(section).nth(1)).to_have_class("picked")


def test_scoring_all_can_be_stopped(reader: Reader) -> None:
    page = opened(reader)
    section = page.locator("#subvalues")

    def hold(route: Route) -> None:
        if "exhaustive" not in (route.request.post_data or ""):
            route.continue_()

    page.route("**/contributions/subvalues", hold)
    section.get_by_role("button", name="Score all of them").click()
    expect(section.locator(".certificate")).to_contain_text("layer by layer")
    section.get_by_role("button", name="Stop").click()
    expect(section.get_by_role("button", name="Score all of them")).to_be_focused()
    expect(section.locator(".certificate")).not_to_contain_text("layer by layer")


def test_what_a_row_lowers_opens_in_place(reader: Reader, api: httpx.Client) -> None:
    first = asked(api, "contributions/subvalues", level="ffn", top=1)["items"][0]
    page = opened(reader)
    row = rows(page.locator("#subvalues")).first
    more = row.get_by_role("button", name="lowers …")
    more.click()
    lowered = first["top_tokens" if first["swapped"] else "bottom_tokens"]
    assert row.locator(".lowered bdi").count() == len(lowered)
    assert "value" not in address(page)
    row.get_by_role("button", name="less", exact=True).click()
    expect(row.locator(".lowered")).to_be_hidden()


def test_a_neuron_leads_to_the_text_coloured_by_its_direction(reader: Reader) -> None:
    page = opened(reader)
    row = rows(page.locator("#subvalues")).first
    place = re.findall(r"\d+", row.locator("td.where").inner_text())
    row.get_by_role("link", name="Colour the text").click()
    page.wait_for_selector("html[data-ready]")
    expect(page.locator("#direction-title")).to_have_text(f"Layer {place[0]} · neuron {place[1]}")
    expect(page.locator("#texts")).to_contain_text(TEXT)
    assert address(page)["neuron"] == ".".join(place)


def test_the_table_can_be_taken_away(reader: Reader, api: httpx.Client) -> None:
    page = opened(reader, "&level=attn_head_position&top=25")
    section = page.locator("#subvalues")
    answer = asked(api, "contributions/subvalues", level="attn_head_position", top=25)
    name, content = downloaded(page, section.get_by_role("button", name="CSV"))
    assert name.startswith("subvalues-tiny-attn-head-position-helpful")
    lines = list(csv.DictReader(io.StringIO(content)))
    assert len(lines) == 25
    for line, item in zip(lines, answer["items"], strict=True):
        assert float(line["contribution"]) == item["contribution"]
        assert int(line["head"]) == item["head"]
        assert line["source_token"] == answer["tokens"][item["source_position"]]["text"]
        ids = [token["id"] for token in item["top_tokens"]]
        assert [int(each) for each in line["top_token_ids"].split(" ")] == ids
    _, content = downloaded(page, section.get_by_role("button", name="JSON"))
    assert json.loads(content)["items"] == answer["items"]


def test_what_activated_them_follows_the_table(reader: Reader, api: httpx.Client) -> None:
    page = opened(reader, "&order=unhelpful")
    section, queries = page.locator("#subvalues"), page.locator("#queries")
    expect(queries.locator(".chosen-value")).to_contain_text("10 FFN neurons that lowered")
    expect(queries.locator(".says").first).to_contain_text("these 10 neurons took from")
    _, content = downloaded(page, queries.get_by_role("button", name="JSON").first)
    shown = [(value["layer"], value["index"]) for value in json.loads(content)["values"]]
    lowest = asked(api, "contributions/subvalues", level="ffn", order="unhelpful", top=10)["items"]
    assert shown == [(item["layer"], item["index"]) for item in lowest]
    section.get_by_role("combobox", name="Show").select_option("attn_neuron")
    expect(queries.locator(".chosen-value")).to_contain_text("10 attention neurons that lowered")
    rest(page)
    _, content = downloaded(page, queries.get_by_role("button", name="JSON").first)
    lowest = asked(api, "contributions/subvalues", level="attn_neuron", order="unhelpful", top=10)
    fields = ("layer", "head", "dim", "source_position")
    shown = [tuple(value[each] for each in fields) for value in json.loads(content)["values"]]
    assert shown == [tuple(item[each] for each in fields) for item in lowest["items"]]
    # Heads have no activation: it is said whose is shown instead.
    section.get_by_role("combobox", name="Show").select_option("attn_head")
    rest(page)
    expect(page.locator("#queries-title")).to_have_text("What activated the strongest neurons")
    expect(queries.locator(".chosen-value")).to_contain_text("heads, which have no activation")


def test_a_whole_layers_curve_keeps_its_layer_and_draws_the_last_answer(reader: Reader) -> None:
    page = opened(reader, "&value=2.5")
    layer = page.locator(".cross-layer")
    layer.locator("summary").first.click()
    expect(layer.locator(".says")).to_contain_text("In layer 2,")
    layer.get_by_label("FFN layer").select_option("1")
    expect(layer.locator(".says")).to_contain_text("In layer 1,")
    page.locator("#queries").get_by_label("as in the paper").check()
    rest(page)
    expect(layer.get_by_label("FFN layer")).to_have_value("1")
    held: list[Route] = []

    def hold(route: Route) -> None:
        if (route.request.post_data_json or {}).get("layer") == 0:
            held.append(route)
        else:
            route.continue_()

    page.route("**/contributions/cross-layer", hold)
    layer.get_by_label("FFN layer").select_option("0")
    page.wait_for_timeout(100)
    layer.get_by_label("FFN layer").select_option("2")
    expect(layer.locator(".says")).to_contain_text("In layer 2,")
    for route in held:
        route.abort()
    page.wait_for_timeout(200)
    expect(layer.locator(".says")).to_contain_text("In layer 2,")
    expect(layer.locator(".error")).to_have_text("")
    expect(layer).not_to_have_attribute("aria-busy", "true")


def test_the_compared_tokens_differ_as_their_log_probabilities_do(
    reader: Reader, api: httpx.Client
) -> None:
    page = opened(reader, "&other=40")
    target = asked(api, "contributions/layers")["target"]["id"]
    ids = [{"id": target}, {"id": 40}]
    compare = page.locator("#compare")
    for bias in ("include", "omit"):
        if bias == "omit":
            page.goto(f"{page.url}&bias=omit")
            page.wait_for_selector("html[data-ready]")
            rest(page)
        answer = asked(api, "bs-values", targets=ids, pair=ids, ln_bias=bias)
        _, content = downloaded(page, compare.get_by_role("button", name="CSV").first)
        lines = list(csv.DictReader(io.StringIO(content)))
        drawn = [float(line["difference"]) for line in lines]
        one, other = answer["logprobs"]
        assert drawn == pytest.approx([a - b for a, b in zip(one, other, strict=True)], abs=1e-4)
        _, content = downloaded(page, compare.get_by_role("button", name="CSV").nth(1))
        bars = {
            line["part"]: float(line["difference"]) for line in csv.DictReader(io.StringIO(content))
        }
        assert sum(bars.values()) == pytest.approx(drawn[-1], abs=1e-3)
        assert ("the final norm’s bias" in bars) is (bias == "include")


def test_two_tokens_are_compared_down_to_what_the_difference_rests_on(
    reader: Reader, api: httpx.Client
) -> None:
    page = opened(reader)
    compare = page.locator("#compare")
    expect(compare.locator(".invitation")).to_contain_text("Why")
    compare.locator(".invitation .chip").first.click()
    rest(page)
    expect(compare.locator(".invitation")).to_be_hidden()
    other = int(address(page)["other"])
    target = asked(api, "contributions/layers")["target"]["id"]
    ids = [{"id": target}, {"id": other}]
    pair = asked(api, "bs-values", targets=[], pair=ids)["pair"]
    expect(compare.locator(".says").first).to_contain_text("nats above")
    expect(compare.locator(".plot .main-svg").first).to_be_visible()
    expect(compare.get_by_text("all of it sums to")).to_be_visible()
    shown = numbers(compare, "contribution")
    best = [carrier["value"] for carrier in pair["carriers"][:10]]
    assert shown == pytest.approx(best, abs=6e-3)
    # The strongest carrier's layer and position are looked into until another is chosen.
    deepest = max(pair["carriers"][:10], key=lambda carrier: carrier["layer"])
    chosen = {"layer": deepest["layer"], "source_position": deepest["source_position"]}
    index = pair["carriers"].index(deepest)
    rows(compare).nth(index).locator("td.rank").click()
    rest(page)
    expect(rows(compare).nth(index)).to_have_class("picked")
    expect(compare.get_by_role("heading", name=re.compile("attention rests on"))).to_contain_text(
        f"layer {deepest['layer']}’s"
    )
    place = f"{chosen['layer']}.{chosen['source_position']}"
    assert address(page)["case"] == f"{place}.everything.source.recomputed"
    compare.get_by_label("values only").check()
    rest(page)
    compare.get_by_label("everywhere").check()
    rest(page)
    compare.get_by_label("frozen").check()
    rest(page)
    assert address(page)["case"] == f"{place}.values.all.frozen"
    expect(compare.get_by_text("the changes add up")).to_be_visible()
    choices = {"recompute": "values", "taken": "all", "ln_std": "frozen"}
    answer = asked(api, "contributions/case", pair=ids, **chosen, **choices)
    name, content = downloaded(page, compare.get_by_role("button", name="CSV").last)
    assert name.startswith(f"case-tiny-{chosen['layer']}-{chosen['source_position']}-values-all")
    lines = list(csv.DictReader(io.StringIO(content)))
    changes = [float(line["change_of_output"]) for line in lines]
    assert changes == [part["output"] for part in answer["parts"]]
    page.reload()
    page.wait_for_selector("html[data-ready]")
    rest(page)
    expect(compare.get_by_label("frozen")).to_be_checked()
    expect(compare.get_by_label("From")).to_have_value(str(chosen["source_position"]))


def test_a_whole_layers_curve_is_worked_out_when_it_is_opened(
    reader: Reader, api: httpx.Client
) -> None:
    found = asked(api, "contributions/subvalues", level="ffn", layers=[2], top=1)["items"][0]
    page = opened(reader, f"&value=2.{found['index']}")
    layer = page.locator(".cross-layer")
    layer.locator("summary").first.click()
    answer = asked(api, "contributions/cross-layer", layer=2)
    words = f"In layer 2, {answer['n_helpful']} FFN neurons raise"
    expect(layer.locator(".says")).to_contain_text(words)
    layer.get_by_label("FFN layer").select_option("1")
    expect(layer.locator(".says")).to_contain_text("In layer 1,")
    _, content = downloaded(page, layer.get_by_role("button", name="CSV"))
    lines = list(csv.DictReader(io.StringIO(content)))
    below = asked(api, "contributions/cross-layer", layer=1)["parts"]
    assert [float(line["helpful"]) for line in lines] == [part["helpful"] for part in below]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_the_tables_break_no_rule_and_fit_the_screen(
    chromium: Browser, site: str, scheme: Scheme, size: ViewportSize
) -> None:
    context = chromium.new_context(viewport=size, color_scheme=scheme)
    page = context.new_page()
    page.goto(f"{site}{HERE}&other=40&value=1.7&level=attn_neuron")
    page.wait_for_selector("html[data-ready]")
    rest(page)
    page.locator(".cross-layer summary").first.click()
    expect(page.locator(".cross-layer .says")).to_contain_text("In layer 1,")
    rows(page.locator("#subvalues")).first.get_by_role("button", name="lowers …").click()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    context.close()
