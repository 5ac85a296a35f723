"""What a reader does in the viewer, in a real browser."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PHONE, UNFITTED, Reader, colours, settle

pytestmark = pytest.mark.browser


def component(page: Page, site: str, number: int) -> None:
    """Click a cell of the grid."""
    page.locator(f'#grid tr[data-site="{site}"] td').nth(number).click()
    settle(page)


def slide(page: Page, number: int, value: float) -> None:
    """Move the nth slider."""
    page.locator("#sliders input[type=range]").nth(number).evaluate(
        """(slider, value) => {
            slider.value = value;
            slider.dispatchEvent(new Event('input', { bubbles: true }));
            slider.dispatchEvent(new Event('change', { bubbles: true }));
        }""",
        value,
    )
    settle(page)


def test_the_first_paint_has_colours_before_any_script_runs(chromium: Browser, site: str) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site)
    coloured = [classes for classes in colours(page) if re.search(r"\b[pn]\d+\b", classes)]
    assert len(coloured) > 50
    context.close()


def test_the_script_paints_exactly_what_the_server_painted(
    chromium: Browser, site: str, reader: Reader
) -> None:
    context = chromium.new_context(java_script_enabled=False)
    for address in (
        "/",
        "/?component=3&unit=z",
        "/?mix=0:0.82,3:-0.31&unit=cosine",
        "/?mix=0:0.1,1:0.2,2:-0.7&unit=centred&range=1.5&bos=1",
        "/?open=t0&text=Rome&boxes=1",
    ):
        plain = context.new_page()
        plain.goto(site + address)
        page = reader.open(address)
        settle(page)
        assert colours(page) == colours(plain)
        assert page.locator("#texts").inner_text() == plain.locator("#texts").inner_text()
        assert page.locator("#range").input_value() == plain.locator("#range").input_value()
    context.close()


def test_choosing_a_component_changes_colours_title_and_address(reader: Reader) -> None:
    page = reader.open()
    before = colours(page)
    component(page, "blocks.2.hook_resid_pre", 4)
    assert colours(page) != before
    expect(page.locator("#direction-title")).to_have_text("Layer 2 · component 4")
    assert "site=blocks.2.hook_resid_pre&component=4" in page.url


def test_thirty_sliders_come_first_and_the_others_on_demand(reader: Reader) -> None:
    page = reader.open("/?component=40")
    expect(page.locator("#direction-title")).to_contain_text("component 40")
    sliders = page.locator("#sliders input[type=range]")
    page.locator("#show-all").click()
    expect(sliders).to_have_count(30)
    page.locator("#show-all").click()
    expect(sliders).to_have_count(48)  # as many as the tiny model's vectors have numbers
    expect(page.locator("#show-all")).to_be_hidden()


def test_a_shared_address_gives_the_same_colours_in_a_fresh_browser(
    chromium: Browser, reader: Reader
) -> None:
    page = reader.open()
    component(page, "blocks.0.hook_resid_pre", 2)
    page.locator("#show-all").click()
    slide(page, 1, -0.45)
    slide(page, 5, 0.8)
    page.locator("#own-text").fill("Anna went to Rome.")
    page.keyboard.press("Control+Enter")
    expect(page.locator('.text[data-key="t0"]')).to_be_visible()
    settle(page)
    fresh = chromium.new_context()
    other = fresh.new_page()
    other.goto(page.url)
    other.wait_for_selector("html[data-ready]")
    settle(other)
    assert colours(other) == colours(page)
    assert other.locator("#formula").inner_text() == page.locator("#formula").inner_text()
    fresh.close()


def test_a_slider_changes_colours_without_asking_the_server(reader: Reader) -> None:
    page = reader.open("/?component=0")
    page.locator("#add-component").click()
    page.wait_for_timeout(400)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    before = colours(page)
    page.locator("#sliders input[type=range]").nth(1).evaluate(
        "slider => { slider.value = 0.9; slider.dispatchEvent(new Event('input')); }"
    )
    settle(page)
    assert colours(page) != before
    assert not [url for url in asked if "/scores" in url or "/view" in url]


def test_a_slider_is_one_step_back_however_far_it_moves(reader: Reader) -> None:
    page = reader.open("/?component=0")
    page.locator("#add-component").click()
    before, address = colours(page), page.url
    slider = page.locator("#sliders input[type=range]").nth(1)
    slider.focus()
    for _ in range(8):
        page.keyboard.press("ArrowRight")
    settle(page)
    assert colours(page) != before
    page.go_back()
    settle(page)
    assert colours(page) == before
    assert page.url == address


def test_a_double_click_sets_a_slider_to_zero_and_reset_starts_over(reader: Reader) -> None:
    page = reader.open("/?mix=0:0.5,1:0.5")
    page.locator("#sliders input[type=range]").nth(1).dblclick()
    settle(page)
    assert "component=0" in page.url
    page.locator("#sliders .field").nth(1).fill("−0.25")
    page.keyboard.press("Enter")
    settle(page)
    assert "mix=0:0.5,1:-0.25" in page.url
    page.locator("#mix-reset").click()
    expect(page.locator("#sliders li")).to_have_count(1)
    expect(page.locator("#formula")).to_have_text("1.00 c0")


def test_units_switch_without_asking_for_scores(reader: Reader) -> None:
    page = reader.open()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for unit in ("centred", "z", "cosine", "dot"):
        page.locator(f'#units input[value="{unit}"]').check(force=True)
        settle(page)
    assert not [url for url in asked if "/scores" in url]
    expect(page.locator("#legend-unit")).to_have_text("dot product")


def test_back_undoes_a_choice_of_layer(reader: Reader) -> None:
    page = reader.open()
    before = colours(page)
    component(page, "blocks.0.hook_resid_pre", 1)
    assert colours(page) != before
    page.go_back()
    settle(page)
    assert colours(page) == before
    page.go_forward()
    settle(page)
    expect(page.locator("#direction-title")).to_have_text("Layer 0 · component 1")


def test_a_text_of_ones_own_stands_on_top_and_can_be_removed(reader: Reader) -> None:
    page = reader.open()
    page.locator("#own-text").fill("The capital of Italy is Rome.\nIs it?")
    page.locator("#own button").click()
    top = page.locator("#texts .text").first
    expect(top.locator(".source")).to_have_text("your text")
    expect(page.locator("#own-text")).to_have_value("")
    assert "Is it?" in top.inner_text()
    top.hover()
    top.locator("[data-act=remove]").click()
    expect(page.locator('.text[data-key="t0"]')).to_have_count(0)
    page.go_back()
    expect(page.locator('.text[data-key="t0"]')).to_have_count(1)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Type a text first"),
        (" \n\t ", "Type a text first"),
        ("word " * 80, "the model reads at most 64"),
    ],
)
def test_a_refused_text_says_why_and_keeps_what_was_typed(
    chromium: Browser, site: str, typed: str, words: str
) -> None:
    context = chromium.new_context()
    page = context.new_page()
    page.goto(site)
    page.wait_for_selector("html[data-ready]")
    before, address = colours(page), page.url
    page.locator("#own-text").fill(typed)
    page.locator("#own button").click()
    expect(page.locator("#own-error")).to_contain_text(words)
    expect(page.locator("#own-text")).to_have_value(typed)
    assert (colours(page), page.url) == (before, address)
    context.close()


def test_hovering_a_token_opens_the_card_with_value_place_and_predictions(reader: Reader) -> None:
    page = reader.open()
    token = page.locator("#texts .text").first.locator(".t").nth(3)
    token.hover()
    card = page.locator("#card")
    expect(card).to_be_visible()
    expect(card).to_contain_text("position 3")
    expect(card.locator("ol li")).to_have_count(5)
    expect(card.locator("ol")).to_contain_text("%")
    expect(card).to_contain_text("of the corpus")
    value = card.locator(".value").inner_text().split()[0]
    expect(token).to_have_attribute("aria-label", re.compile(re.escape(value) + "$"))
    page.mouse.move(2, 2)
    expect(card).to_be_hidden()


def test_a_pinned_token_colours_everything_by_its_own_residual(reader: Reader) -> None:
    page = reader.open()
    page.locator("#texts .text").first.locator(".t").nth(4).click()
    assert "pin=" in page.url
    before = colours(page)
    page.get_by_role("button", name="Colour by this token’s own residual").click()
    expect(page.locator("#direction-title")).to_contain_text("residual of")
    settle(page)
    assert colours(page) != before
    assert "token=p" in page.url
    page.keyboard.press("Escape")
    expect(page.locator("#card")).to_be_hidden()
    page.get_by_role("button", name="Score the corpus").click()
    expect(page.locator("#histogram svg")).to_be_visible()


def test_the_keyboard_walks_tokens_layers_and_components(reader: Reader) -> None:
    page = reader.open("/?site=blocks.1.hook_resid_pre&component=1")
    page.locator('#texts .t[tabindex="0"]').first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#card")).to_contain_text("position 2")
    page.keyboard.press("Enter")
    expect(page.locator('.t[aria-pressed="true"]')).to_have_count(1)
    page.keyboard.press("]")
    expect(page.locator("#direction-title")).to_have_text("Layer 2 · component 1")
    page.keyboard.press(".")
    expect(page.locator("#direction-title")).to_have_text("Layer 2 · component 2")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.locator("#own-text")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()


def test_arrows_in_the_grid_choose_and_keep_the_focus(reader: Reader) -> None:
    page = reader.open("/?site=blocks.1.hook_resid_pre&component=1")
    page.locator('#grid td[aria-selected="true"]').focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#direction-title")).to_have_text("Layer 2 · component 2")
    expect(page.locator('#grid td[aria-selected="true"]')).to_be_focused()
    page.go_back()
    expect(page.locator("#direction-title")).to_have_text("Layer 1 · component 1")


def test_the_range_can_be_typed_and_pinned(reader: Reader) -> None:
    page = reader.open()
    page.locator("#range").fill("0.5")
    page.keyboard.press("Enter")
    expect(page.locator("#legend-high")).to_have_text("+0.500")
    expect(page.locator("#legend-note")).to_contain_text("beyond it, at full strength")
    assert "range=0.5" in page.url
    page.locator("#pin-range").click()
    assert "range=" not in page.url


def test_one_text_can_be_opened_alone(reader: Reader) -> None:
    page = reader.open()
    article = page.locator("#texts .text").nth(1)
    article.hover()
    article.locator("[data-act=open]").click()
    expect(page.locator("#texts .text:visible")).to_have_count(1)
    page.locator("[data-act=close-text]").click()
    assert page.locator("#texts .text:visible").count() > 5


def test_other_texts_come_with_another_seed(reader: Reader) -> None:
    page = reader.open("/?n=3")
    first = page.locator("#texts").inner_text()
    page.locator("#others").click()
    page.wait_for_url("**seed=39**")
    expect(page.locator("#texts")).not_to_have_text(first)


def test_the_corpus_tab_shows_highest_and_lowest_tokens_in_context(reader: Reader) -> None:
    page = reader.open("/?component=1")
    page.locator("#tab-corpus").click()
    expect(page.locator("#panel-corpus h2").first).to_contain_text("Highest")
    expect(page.locator("#panel-corpus ol").first.locator("li")).to_have_count(10)
    assert "tab=corpus" in page.url


def test_a_text_across_layers_is_a_table_and_in_the_address(reader: Reader) -> None:
    page = reader.open("/?component=1")
    article = page.locator("#texts .text").first
    article.hover()
    article.locator("[data-act=heat]").click()
    expect(page.locator("#heat tbody tr").first).to_be_visible()
    assert "heat=p" in page.url
    columns = page.locator("#heat thead th").count()
    assert columns == 1 + 3 + 1
    page.keyboard.press("Escape")
    expect(page.locator("#heat")).to_be_hidden()
    expect(page).not_to_have_url(re.compile("heat="))


def test_any_site_can_be_found_fitted_and_coloured(reader: Reader) -> None:
    page = reader.open()
    page.locator("#all-sites summary").click()
    page.locator("#site-search").fill("positional")
    page.locator("#site-list button").first.click()
    expect(page.locator("#fit")).to_contain_text("has no directions yet")
    assert not [each for each in colours(page) if re.search(r"\b[pn]\d+\b", each)]
    page.get_by_role("button", name="Fit this site").click()
    expect(page.locator("#direction-title")).to_have_text("Positional embedding · component 0")
    page.wait_for_selector("#texts .t[class*=' p']")
    assert f"site={UNFITTED}" in page.url
    row = page.locator(f'#grid tr[data-site="{UNFITTED}"] td')
    assert row.count() > 4


def test_a_fit_is_of_every_head_whichever_was_chosen_before_it(reader: Reader) -> None:
    page = reader.open("/?site=blocks.1.attn.hook_k&head=0")
    for head in ("2", "1"):
        page.locator("#head").select_option(head)
        page.wait_for_url(f"**head={head}**")
        settle(page)
    page.get_by_role("button", name="Fit this site").click()
    page.wait_for_selector("#texts .t[class*=' p']")
    expect(page.locator("#fit")).to_be_hidden()
    expect(page.locator("#direction-title")).to_contain_text("head 1 · component")
    for head in ("0", "2"):
        page.locator("#head").select_option(head)
        expect(page.locator("#direction-title")).to_contain_text(f"head {head} · component")
        page.wait_for_selector("#texts .t[class*=' p']")


def test_what_a_table_across_layers_compares_is_in_the_address(reader: Reader) -> None:
    page = reader.open("/?component=1&text=Rome%20is%20far.&heat=t0&across=direction")
    pressed = page.locator("#heat [aria-pressed=true]")
    expect(pressed).to_have_text("this direction everywhere")
    page.locator("#heat tbody tr").first.wait_for()
    page.get_by_role("button", name="component 1 of each").click()
    expect(pressed).to_have_text("component 1 of each")
    expect(pressed).to_be_focused()
    assert "across=component" in page.url
    page.go_back()
    expect(pressed).to_have_text("this direction everywhere")
    assert "across=component" not in page.url


def test_a_wide_table_says_that_it_goes_on_and_keeps_its_words_in_sight(
    chromium: Browser, site: str
) -> None:
    context = chromium.new_context(viewport={"width": 320, "height": 700})
    page = context.new_page()
    page.goto(f"{site}/?component=1&text=Rome%20is%20far%20from%20Warsaw.&heat=t0")
    table = page.locator("#heat .heat-wrap")
    page.locator("#heat tbody tr").first.wait_for()
    expect(page.locator(".heat-further")).to_be_visible()
    expect(table).to_have_class(re.compile("goes-on"))
    table.evaluate("table => { table.scrollLeft = 10_000; }")
    expect(table).not_to_have_class(re.compile("goes-on"))
    for word in ("#heat thead th", "#heat tbody th"):
        box = page.locator(word).first.bounding_box()
        assert box is not None and box["x"] >= 0
    expect(page.locator(".heat-ranges")).to_contain_text("a range of its own")
    context.close()


@pytest.mark.parametrize("boxes", ["0", "1"])
def test_a_text_from_right_to_left_runs_so_in_spite_of_its_bos(reader: Reader, boxes: str) -> None:
    page = reader.open(f"/?n=20&boxes={boxes}&text=%D7%A9%D7%9C%D7%95%D7%9D")
    page.locator("#own-text").fill("עולם")
    page.keyboard.press("Control+Enter")
    expect(page.locator('.text[data-key="t1"]')).to_be_visible()
    way = "line => getComputedStyle(line).direction"
    for key in ("t0", "t1"):
        assert page.locator(f'.text[data-key="{key}"] .tokens').evaluate(way) == "rtl"
    assert page.locator("#texts .tokens", has_text="capital").first.evaluate(way) == "ltr"


@pytest.mark.parametrize("address", ["/?mix=2:0", "/?site=blocks.0.hook_mlp_out"])
def test_without_a_direction_the_page_says_what_to_do_and_no_numbers(
    chromium: Browser, site: str, reader: Reader, address: str
) -> None:
    context = chromium.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto(site + address)
    page = reader.open(address)
    settle(page)
    page.wait_for_timeout(400)
    for each in (plain, page):
        assert not [classes for classes in colours(each) if re.search(r"\b[pn]\d+\b", classes)]
        expect(each.locator("#legend-note")).to_contain_text(re.compile("move one|fitted first"))
        expect(each.locator("#range")).to_be_hidden()
        expect(each.locator("#explains")).not_to_contain_text("%")
        expect(each.locator("#histogram svg")).to_have_count(0)
    assert plain.locator("#explains").inner_text() == page.locator("#explains").inner_text()
    assert plain.locator("#legend").inner_text() == page.locator("#legend").inner_text()
    context.close()


def test_a_weight_that_is_typed_is_shown_as_it_is_taken(reader: Reader) -> None:
    page = reader.open("/?mix=0:0.5,1:0.5")
    weight = page.locator("#sliders .field").nth(1)
    taken = {"5": "1.00", "abc": "1.00", "NaN": "1.00", "-1e9": "−1.00", "0,25": "0.25", "": "0.25"}
    for typed, shown in taken.items():
        weight.fill(typed)
        page.keyboard.press("Enter")
        expect(weight).to_have_value(shown)
    settle(page)
    assert "mix=0:0.5,1:0.25" in page.url


def test_a_slider_alone_says_that_its_size_makes_no_difference(reader: Reader) -> None:
    page = reader.open("/?mix=2:-1")
    expect(page.locator("#mix-hint")).to_be_hidden()
    slide(page, 0, -0.4)
    expect(page.locator("#mix-hint")).to_have_text("Scaled to length 1: add a component to mix.")
    page.locator("#add-component").click()
    slide(page, 1, 0.5)
    expect(page.locator("#mix-hint")).to_be_hidden()


def test_a_long_text_of_ones_own_leaves_its_button_in_sight(reader: Reader) -> None:
    page = reader.open()
    page.locator("#own-text").fill("line\n" * 60)
    box = page.locator("#own-text").bounding_box()
    assert box is not None and box["height"] < 240
    expect(page.locator("#own button")).to_be_in_viewport()


def test_the_ends_of_the_scale_keep_apart_on_a_phone(chromium: Browser, site: str) -> None:
    context = chromium.new_context(viewport=PHONE)
    page = context.new_page()
    page.goto(f"{site}/?component=1&range=12345")
    page.wait_for_selector("html[data-ready]")
    settle(page)
    text = """id => {
        const range = document.createRange();
        range.selectNodeContents(document.getElementById(id));
        const { left, right } = range.getBoundingClientRect();
        return [left, right];
    }"""
    low, high = (page.evaluate(text, f"legend-{end}") for end in ("low", "high"))
    assert high[0] - low[1] > 40
    context.close()


def test_the_theme_is_remembered(reader: Reader) -> None:
    page = reader.open()
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    before = page.evaluate(ground)
    page.locator("#theme").click()
    assert page.evaluate(ground) != before
    page.reload()
    assert page.evaluate(ground) != before


def test_the_hint_stays_away_once_dismissed(chromium: Browser, site: str) -> None:
    context = chromium.new_context()
    page = context.new_page()
    page.goto(site)
    page.locator("[data-dismiss=hint]").click()
    page.reload()
    page.wait_for_selector("html[data-ready]")
    expect(page.locator("#hint")).to_be_hidden()
    context.close()
