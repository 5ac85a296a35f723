"""The page of what the weights alone say: its pictures, its lists, its address, its downloads."""

import csv
import io
import json
import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Reader

pytestmark = pytest.mark.browser

FIGURES = ("composition", "modules", "erasers", "basis", "bottleneck")


def settled(page: Page) -> None:
    """Wait until every figure has been drawn."""
    page.locator('.figure[aria-busy="true"]').first.wait_for(state="detached", timeout=60_000)
    expect(page.locator("#modules .plot .main-svg").first).to_be_attached()
    expect(page.locator("#bottleneck .plot .main-svg").first).to_be_attached()


def opened(reader: Reader, query: str = "") -> Page:
    page = reader.open(f"/weights{query}")
    settled(page)
    return page


def test_every_figure_is_drawn_and_says_something(reader: Reader) -> None:
    page = opened(reader)
    for name in FIGURES:
        figure = page.locator(f"#{name}")
        expect(figure.locator(".says")).not_to_be_empty()
        expect(figure.locator(".error")).to_be_empty()
        expect(figure.locator(".plot .main-svg").first).to_be_attached()
        expect(figure.locator(".plot").first).to_have_attribute("aria-label", re.compile(".{20}"))
    expect(page.locator("#composition .listed tbody tr")).to_have_count(20)
    expect(page.locator("#erasers .listed tbody tr")).to_have_count(20)
    expect(page.locator("nav [aria-current=page]")).to_have_text(
        ["Contributions", "The weights alone"]
    )


def test_the_switch_changes_what_heads_read_it_as_and_back_undoes(reader: Reader) -> None:
    page = opened(reader)
    says = page.locator("#composition .says")
    expect(says).to_contain_text("as its query")
    page.get_by_role("radio", name="value").check()
    expect(says).to_contain_text("as its value")
    assert "reads=v" in page.url
    expect(page.locator("#announce")).to_contain_text("as its value")
    page.go_back()
    expect(says).to_contain_text("as its query")
    assert "reads" not in page.url


def test_a_pair_is_chosen_in_the_list_and_framed_on_the_map(reader: Reader) -> None:
    page = opened(reader)
    row = page.locator("#composition .listed tbody tr").nth(2)
    name = row.locator("button").inner_text()
    row.locator("button").click()
    expect(page.locator('#composition .listed tr[aria-current="true"] button')).to_have_text(name)
    expect(page.locator("#composition .says")).to_contain_text("Chosen: head")
    assert re.search(r"pair=\d\.\d-\d\.\d", page.url)


def test_whoever_walks_the_list_by_keyboard_keeps_their_place(reader: Reader) -> None:
    page = opened(reader)
    picks = page.locator("#composition .listed tbody button")
    picks.nth(2).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#composition .says")).to_contain_text("Chosen: head")
    expect(picks.nth(2)).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator('#composition .listed tr[aria-current="true"] button')).to_be_focused()
    expect(picks.nth(3)).to_be_focused()


def test_a_cell_of_the_map_chooses_its_pair(reader: Reader) -> None:
    page = opened(reader)
    plot = page.locator("#composition .plot")
    plot.scroll_into_view_if_needed()
    box = plot.locator(".nsewdrag").first.bounding_box()
    assert box is not None
    # The upper right corner: the first head writes, the last one reads.
    page.mouse.move(box["x"] + box["width"] - 6, box["y"] + 6)
    page.mouse.click(box["x"] + box["width"] - 6, box["y"] + 6)
    expect(page.locator("#composition .says")).to_contain_text(
        re.compile(r"Chosen: head 0\.0 → head 2\.")
    )


def test_neurons_of_a_layer_open_in_the_viewer(reader: Reader) -> None:
    page = opened(reader)
    page.get_by_role("radio", name="amplifiers").check()
    page.get_by_label("of layer").select_option("1")
    expect(page.locator("#erasers h3")).to_have_text(
        "The 20 neurons of layer 1 with the highest cosine"
    )
    assert "layer=1" in page.url
    assert "order=amplifiers" in page.url
    link = page.locator("#erasers .listed tbody a").first
    address = link.get_attribute("href") or ""
    assert re.fullmatch(r"/\?model=tiny&neuron=1\.\d+", address)
    cosines = [
        float(text.replace("−", "-"))
        for text in page.locator("#erasers .listed tbody td.number").all_inner_texts()
    ]
    assert cosines == sorted(cosines, reverse=True)


def test_an_address_shows_the_same_view(reader: Reader) -> None:
    page = opened(reader, "?model=tiny&reads=k&layer=2&order=amplifiers&pair=0.1-2.0")
    expect(page.get_by_role("radio", name="key")).to_be_checked()
    expect(page.get_by_label("of layer")).to_have_value("2")
    expect(page.locator("#composition .says")).to_contain_text("Chosen: head 0.1 → head 2.0 (K)")


def test_numbers_can_be_taken_away(reader: Reader, tmp_path: Path) -> None:
    page = opened(reader)
    for figure, kind in (("composition", "CSV"), ("erasers", "JSON"), ("basis", "PNG")):
        tools = page.locator(f"#{figure} .chart .chart-foot").first
        with page.expect_download() as download:
            tools.get_by_text(kind, exact=True).click()
        path = tmp_path / download.value.suggested_filename
        download.value.save_as(path)
        assert "tiny" in path.name
        if kind == "CSV":
            rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8"))))
            assert rows[0]["writer"] == "head 0.0"
            assert float(rows[0]["score"]) > 0
        elif kind == "JSON":
            assert json.loads(path.read_text("utf-8"))["order"] == "erasers"
        else:
            assert path.read_bytes().startswith(b"\x89PNG")


def test_a_picture_can_be_read_as_a_table_by_keyboard(reader: Reader) -> None:
    page = opened(reader)
    summary = page.locator("#basis summary")
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#basis .table-scroll tbody tr")).to_have_count(7)


def test_it_fits_a_phone(reader: Reader) -> None:
    page = opened(reader)
    page.set_viewport_size(PHONE)
    expect(page.locator(".plot")).to_have_count(7)
    page.wait_for_function(
        "[...document.querySelectorAll('.plot .main-svg')]"
        ".every(({ clientWidth }) => clientWidth <= innerWidth)"
    )
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_passes_axe(reader: Reader, theme: str) -> None:
    reader.context.add_init_script(f"localStorage.setItem('theme', '{theme}')")
    page = opened(reader, "?pair=0.0-1.0")
    found = Axe().run(page).response["violations"]
    assert [f"{each['id']}: {node['html']}" for each in found for node in each["nodes"]] == []


def test_what_is_refused_is_said_in_its_place(reader: Reader) -> None:
    page = reader.context.new_page()
    detail = "Heads and neurons are taken apart in models of GPT-2's architecture; it is not."
    problem = {"title": "This method does not fit this model", "status": 422, "detail": detail}
    page.route(
        "**/weights/composition*",
        lambda route: route.fulfill(
            status=422, content_type="application/problem+json", body=json.dumps(problem)
        ),
    )
    page.goto(f"{reader.address}/weights")
    expect(page.locator("#composition .error")).to_have_text(detail)
    expect(page.locator("#composition > .chart")).to_be_hidden()  # no empty room above the words
    expect(page.locator("#basis .says")).not_to_be_empty(timeout=60_000)
