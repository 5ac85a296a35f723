"""Charts: drawn under the site's policy, taken away as files, redrawn, and led on from."""

import csv
import io
import json
import re
import struct
import zlib
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlencode

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, Route, ViewportSize, expect

from app.web.contribution_state import MAX_CURVES
from tests.browser.conftest import DESKTOP, PHONE, Reader

pytestmark = pytest.mark.browser

TEXT = "The capital of France is"
ADDRESS = f"/contributions?model=tiny&text={TEXT.replace(' ', '+')}"
DRAWN = ("curve", "layers", "heads")


def opened(reader: Reader, more: str = "") -> Page:
    """The contributions page, its charts drawn."""
    page = reader.open(ADDRESS + more)
    settle(page)
    return page


def settle(page: Page) -> None:
    for name in DRAWN:
        page.wait_for_selector(f'#{name}[aria-busy="false"] .plot .main-svg')


def taken(page: Page, section: str, kind: str, folder: Path) -> Path:
    """The file that a chart's button gives, under the name it is offered by."""
    with page.expect_download() as offered:
        page.locator(f"#{section}").get_by_role("button", name=kind, exact=True).first.click()
    path = folder / offered.value.suggested_filename
    offered.value.save_as(path)
    return path


def asked(api: httpx.Client, endpoint: str, **more: object) -> dict[str, Any]:
    """The API's own answer about the text."""
    body = {"text": TEXT, "ln": "frozen", "ln_bias": "include", "prepend_bos": True}
    answer = api.post(f"models/tiny/{endpoint}", json=body | more)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def first_pixel_and_size(png: bytes) -> tuple[tuple[int, ...], tuple[int, int], int]:
    """A PNG's first pixel, its size, and how many different bytes its data has."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height, depth, colour = struct.unpack(">IIBB", png[16:26])
    assert (depth, colour) in {(8, 6), (8, 2)}
    data, at = b"", 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        if png[at + 4 : at + 8] == b"IDAT":
            data += png[at + 8 : at + 8 + length]
        at += 12 + length
    pixels = zlib.decompress(data)
    return tuple(pixels[1:4]), (width, height), len(set(pixels))


def background(page: Page, section: str) -> str:
    found: str = page.locator(f"#{section} .plot .main-svg").first.evaluate(
        "svg => getComputedStyle(svg).backgroundColor"
    )
    return found


def bars(page: Page) -> list[dict[str, float]]:
    """The boxes of the bars that can be seen, attention's first."""
    found: list[dict[str, float]] = page.locator("#layers .barlayer .point path").evaluate_all(
        """paths => paths.filter((path) => getComputedStyle(path).opacity !== "0")
          .map((path) => path.getBoundingClientRect().toJSON())"""
    )
    return found


def test_charts_are_drawn_and_say_what_they_show(reader: Reader) -> None:
    page = opened(reader)
    for name in DRAWN:
        expect(page.locator(f"#{name} .plot").first).to_have_attribute(
            "aria-label", re.compile(r".{20}")
        )
        expect(page.locator(f"#{name} > .says")).to_contain_text("“")
    assert page.locator("style").count() == 0


def test_a_picture_is_twice_as_fine_as_the_screen_on_the_pages_own_ground(
    reader: Reader, tmp_path: Path
) -> None:
    page = opened(reader)
    shown = page.locator("#heads .plot").first.bounding_box()
    assert shown is not None
    grounds = set()
    for _ in range(2):
        path = taken(page, "heads", "PNG", tmp_path)
        pixel, (width, height), different = first_pixel_and_size(path.read_bytes())
        assert path.name.startswith("heads-tiny-")
        assert width == 2 * round(shown["width"])
        assert height > 2 * round(shown["height"])  # its title stands over it
        assert different > 50
        assert f"rgb{pixel}" == background(page, "heads")
        grounds.add(pixel)
        page.locator("#theme").click()
        expect(page.locator("#heads .main-svg").first).not_to_have_css(
            "background-color", f"rgb{pixel}"
        )
    assert len(grounds) == 2


def test_csv_and_json_hold_what_the_api_said(
    reader: Reader, api: httpx.Client, tmp_path: Path
) -> None:
    page = opened(reader)
    answer = asked(api, "contributions/layers")
    assert json.loads(taken(page, "layers", "JSON", tmp_path).read_text()) == answer
    rows = list(csv.DictReader(io.StringIO(taken(page, "layers", "CSV", tmp_path).read_text())))
    for i, layer in enumerate(answer["layers"]):
        attn, ffn = rows[2 * i : 2 * i + 2]
        assert (attn["layer"], attn["module"], ffn["module"]) == (str(i), "attention", "FFN")
        assert (float(attn["contribution"]), float(ffn["contribution"])) == (
            layer["attn"], layer["ffn"],
        )  # fmt: skip


def test_every_head_is_in_the_map_once(reader: Reader, api: httpx.Client, tmp_path: Path) -> None:
    page = opened(reader)
    answer = asked(api, "contributions/matrix", level="attn_head")
    rows = list(csv.DictReader(io.StringIO(taken(page, "heads", "CSV", tmp_path).read_text())))
    assert len(rows) == sum(map(len, answer["values"]))
    for row in rows:
        value = answer["values"][int(row["layer"])][int(row["index"])]
        assert float(row["contribution"]) == value


def test_a_bar_leads_to_its_layers_table(reader: Reader) -> None:
    page = opened(reader)
    page.locator("#layers .plot").scroll_into_view_if_needed()
    box = max(bars(page)[: page.locator("#layers .xtick").count()], key=lambda each: each["height"])
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_url(re.compile(r"level=attn_head&.*layers=\d"))


def test_the_table_leads_on_where_there_is_no_mouse(reader: Reader) -> None:
    page = opened(reader)
    page.locator("#layers summary").press("Enter")
    page.get_by_role("button", name="layer 1, module attention").press("Enter")
    page.wait_for_url(re.compile(r"level=attn_head&.*layers=1"))
    expect(page.locator("#subvalues h2")).to_be_focused()
    expect(page.locator("#subvalues h2")).to_be_in_viewport()
    settle(page)
    expect(page.locator("#layers table")).to_be_visible()


def test_a_cell_chooses_its_head_and_the_text_follows(reader: Reader, api: httpx.Client) -> None:
    page = opened(reader)
    area = page.locator("#heads .plot").first.locator(".nsewdrag")
    area.scroll_into_view_if_needed()
    box = area.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 4, box["y"] + 4)
    page.wait_for_url(re.compile(r"head=0\.0"))
    settle(page)
    expect(page.locator("#heads select")).to_have_value("0.0")
    answer = asked(api, "contributions/matrix", level="attn_head_position", layers=[0])
    largest = max(answer["values"][0][0], key=abs)
    tokens = page.locator("#heads .coloured .t")
    expect(tokens).to_have_count(len(answer["tokens"]))
    expect(page.locator("#heads .coloured")).to_contain_text(f"{abs(largest):.3f}"[:5])


def test_curves_are_added_taken_away_and_read_in_other_units(reader: Reader) -> None:
    page = opened(reader)
    key = page.locator("#curve .curve-key li")
    expect(key).to_have_count(1)
    page.locator("#curve .curve-more button").first.click()
    page.wait_for_url(re.compile(r"tokens=\d+"))
    expect(key).to_have_count(2)
    expect(page.locator("#curve .scatterlayer .trace")).to_have_count(2)
    page.locator("#curve").get_by_role("radio", name="rank").check()
    page.wait_for_url(re.compile("curve=rank"))
    expect(page.locator("#curve .ytitle")).to_contain_text("rank")
    page.locator("#curve").get_by_role("button", name=re.compile("^Remove")).click()
    expect(key).to_have_count(1)
    page.go_back()
    expect(key).to_have_count(2)


def focused(page: Page) -> str:
    """What has the keyboard's focus among the curves' keys, by its name."""
    found: str = page.evaluate(
        """() => {
          const { activeElement: on } = document;
          if (!on.closest(".curve-chips")) return "elsewhere";
          return on.getAttribute("aria-label") ?? on.textContent;
        }"""
    )
    return found


def test_the_keyboard_stays_with_a_curve_that_is_added_or_taken_away(reader: Reader) -> None:
    page = opened(reader)
    key = page.locator("#curve .curve-key li")
    add = page.locator("#curve .curve-more button").first
    name = (add.text_content() or "").removeprefix("+ ")
    add.press("Enter")
    expect(key).to_have_count(2)
    assert focused(page) == f"Remove “{name}”"
    page.keyboard.press("Enter")
    expect(key).to_have_count(1)
    assert focused(page) == f"+ {name}"
    box = page.get_by_label("Add another token’s curve")
    box.fill("a")
    page.locator("#curve .offers button").nth(1).press("Enter")
    expect(key).to_have_count(2)
    assert focused(page) == "Add another token’s curve"
    page.locator("#curve .curve-key .remove").press("Enter")
    expect(key).to_have_count(1)
    assert focused(page) == "Add another token’s curve"


def test_no_more_curves_are_offered_than_can_be_told_apart(reader: Reader) -> None:
    page = opened(reader)
    add = page.locator("#curve .curve-more button")
    key = page.locator("#curve .curve-key li")
    box = page.get_by_label("Add another token’s curve")
    for there in range(2, 2 + MAX_CURVES):
        add.first.press("Enter")
        expect(key).to_have_count(there)
    expect(add).to_have_count(0)
    expect(box).to_be_hidden()
    expect(page.locator("#curve .curve-add")).to_contain_text("can be told apart")
    assert focused(page).startswith("Remove")
    swatches = page.locator("#curve .swatch").evaluate_all(
        "each => each.map((one) => one.innerHTML + one.getAttribute('class'))"
    )
    assert len(set(swatches)) == 1 + MAX_CURVES
    settle(page)
    assert Axe().run(page, context="#curve").response["violations"] == []
    page.keyboard.press("Enter")
    expect(key).to_have_count(MAX_CURVES)
    expect(box).to_be_visible()


def test_a_text_by_one_head_leaves_bos_uncoloured(reader: Reader, api: httpx.Client) -> None:
    page = opened(reader, "&head=0.0")
    answer = asked(api, "contributions/matrix", level="attn_head_position", layers=[0])
    bos, *_ = answer["values"][0][0]
    chip = page.locator("#heads .coloured .t.bos")
    expect(chip).to_have_class("t bos")
    expect(chip).to_have_attribute("title", re.compile(r"^BOS: [+−][0-9.]+ nats$"))
    expect(chip).to_contain_text(re.compile(r"^BOS [+−]"))
    aside = page.locator("#heads .coloured-text").get_by_text("not coloured")
    expect(aside).to_have_count(int(bos != 0))


def test_biases_are_marked_where_they_are_asked_for(reader: Reader) -> None:
    page = opened(reader)
    marks = page.locator("#layers .scatterlayer .point")
    expect(marks).to_have_count(0)
    page.locator("#layers").get_by_label("biases").check()
    expect(marks).to_have_count(2 * page.locator("#layers .xtick").count())


def test_charts_follow_the_width_of_the_page(reader: Reader) -> None:
    page = opened(reader)
    page.set_viewport_size(PHONE)
    for name in DRAWN:
        plot = page.locator(f"#{name} .plot .main-svg").first
        expect(plot).to_have_attribute("width", re.compile(r"^3\d\d$"))


def test_tokens_that_look_like_markup_are_text(reader: Reader, tmp_path: Path) -> None:
    words = urlencode({"model": "tiny", "text": '<b id="hurt">b</b> &amp; <a href="x">a</a>'})
    page = reader.open(f"/contributions?{words}")
    settle(page)
    expect(page.locator("#heads .plot").nth(1).locator(".xtick").nth(1)).to_have_text("<")
    assert page.locator("#hurt, .plot a, .plot b").count() == 0
    assert first_pixel_and_size(taken(page, "heads", "PNG", tmp_path).read_bytes())[2] > 50


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])
def test_charts_and_their_tables_pass_axe(
    chromium: Browser, site: str, size: ViewportSize, scheme: Literal["light", "dark"]
) -> None:
    context = chromium.new_context(viewport=size, color_scheme=scheme)
    page = context.new_page()
    page.goto(site + ADDRESS)
    settle(page)
    for name in DRAWN:
        open_table(page.locator(f"#{name}"))
        found = Axe().run(page, context=f"#{name}").response["violations"]
        assert [(rule["id"], rule["nodes"][0]["html"][:200]) for rule in found] == []
    context.close()


def open_table(section: Locator) -> None:
    section.locator("summary").first.click()
    expect(section.locator("table").first).to_be_visible()


def test_a_picture_that_fails_leaves_no_error_unheard(chromium: Browser, site: str) -> None:
    context = chromium.new_context()
    page = context.new_page()
    unheard: list[str] = []
    page.on("pageerror", lambda error: unheard.append(str(error)))
    page.route("**/plotly.min.js*", lambda route: route.abort())

    def answer(route: Route) -> None:
        if "attn_head_position" in (route.request.post_data or ""):
            page.wait_for_timeout(600)
        route.continue_()

    page.route("**/contributions/matrix", answer)
    page.goto(site + ADDRESS)
    for name in ("heads", "layers"):
        expect(page.locator(f"#{name} > .error")).to_contain_text("charts could not be loaded")
    page.locator("#layers").get_by_label("biases").check()
    expect(page.locator("#toasts")).to_contain_text("charts could not be loaded")
    page.unroute_all(behavior="wait")
    assert unheard == []
    ids = page.locator("meta.no-inline-styles").evaluate_all("each => each.map(({ id }) => id)")
    assert len(ids) == len(set(ids)) > 0
    context.close()


def test_what_cannot_be_drawn_is_said_and_can_be_tried_again(chromium: Browser, site: str) -> None:
    context = chromium.new_context()
    page = context.new_page()
    page.route("**/plotly.min.js*", lambda route: route.abort())
    page.goto(site + ADDRESS)
    expect(page.locator("#layers > .error")).to_contain_text("charts could not be loaded")
    expect(page.locator("#layers > .says")).to_contain_text("What moved")
    page.locator("#layers").get_by_role("button", name="PNG").click()
    expect(page.locator("#toasts")).to_contain_text("charts could not be loaded")
    page.unroute("**/plotly.min.js*")
    page.locator("#layers > .error button").click()
    expect(page.locator("#layers .plot .main-svg").first).to_be_visible()
    context.close()
