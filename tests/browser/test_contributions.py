"""The contributions page in a real browser: choosing a place and a token, and what follows."""

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, ViewportSize, expect

from tests.browser.conftest import DESKTOP, PHONE, Reader
from tests.browser.test_accessibility import Scheme, violations

pytestmark = pytest.mark.browser

FIGURES = ("curve", "layers", "heads", "subvalues", "queries", "compare")
TEXT = "Anna went to Rome. Peter went to"


def settle(page: Page) -> None:
    """Wait until every figure shows what the address says."""
    expect(page.locator('[aria-busy="true"]')).to_have_count(0)


def opened(reader: Reader, query: str = "") -> Page:
    page = reader.open(f"/contributions{query}")
    settle(page)
    return page


def chips(page: Page, which: str = "targets") -> Locator:
    return page.locator(f"#{which} .chip:visible")


def chosen(page: Page, which: str = "targets") -> Locator:
    return page.locator(f'#{which} .chip[aria-current="true"]')


def position(page: Page) -> int:
    """Which token is the chosen one, as the page shows it."""
    marked: list[str] = page.locator("#tokens .t").evaluate_all(
        "spans => spans.map((span) => span.getAttribute('aria-pressed'))"
    )
    assert marked.count("true") == 1
    return marked.index("true")


def write(page: Page, text: str, key: str = "Control+Enter") -> None:
    page.locator("#own-text").fill(text)
    page.keyboard.press(key)


def test_the_classic_example_is_worked_out_at_once(reader: Reader) -> None:
    page = opened(reader)
    expect(page.locator("#tokens")).to_contain_text("The capital of France is")
    expect(page.locator("#summary .says")).to_contain_text("nats in all")
    for name in FIGURES:
        said = page.locator(f"#{name} .says, #{name} .invitation").filter(has_text=re.compile("."))
        expect(said).not_to_have_count(0)
        expect(page.locator(f"#{name} > .error")).to_be_empty()
    expect(page.locator(".js-plotly-plot").first).to_be_visible()


def test_a_text_that_is_typed_is_taken_apart_and_back_undoes_it(reader: Reader) -> None:
    page = opened(reader)
    before = page.locator("#summary .says").text_content()
    write(page, TEXT)
    expect(page.locator("#tokens")).to_contain_text("Peter went to")
    settle(page)
    assert "text=Anna+went+to+Rome" in page.url
    expect(page.locator("#summary .says")).to_contain_text("Peter went to")
    expect(page.locator("#own-text")).to_have_value(TEXT)
    page.go_back()
    expect(page.locator("#summary .says")).to_have_text(before or "")
    expect(page.locator("#tokens")).to_contain_text("France")
    expect(page.locator("#own-text")).to_have_value("The capital of France is")


def test_enter_sends_the_text_and_shift_enter_is_a_new_line(reader: Reader) -> None:
    page = opened(reader)
    box = page.locator("#own-text")
    box.fill("Anna went")
    box.press("End")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("to Rome")
    expect(box).to_have_value("Anna went\nto Rome")
    page.keyboard.press("Enter")
    expect(page.locator("#tokens")).to_contain_text("Rome")
    expect(box).to_have_value("Anna went\nto Rome")
    assert "Anna+went%0Ato+Rome" in page.url


def test_a_text_that_is_shown_already_is_said_to_be(reader: Reader) -> None:
    page = opened(reader)
    address = page.url
    page.locator("#own-text").press("Enter")
    expect(page.locator("#working")).to_contain_text("is the one that is taken apart")
    expect(page.locator("#working")).to_be_hidden()
    assert page.url == address
    page.locator("#own-text").fill("")
    page.keyboard.press("Enter")
    expect(page.locator("#own-error")).to_contain_text("Type a text")


def test_the_first_charts_begin_on_the_first_screen(reader: Reader) -> None:
    page = opened(reader)
    for name in ("curve", "layers"):
        top = page.locator(f"#{name} .js-plotly-plot").bounding_box()
        assert top is not None and top["y"] < DESKTOP["height"] - 160


def test_chips_stand_in_one_row_and_the_chosen_one_stays(reader: Reader) -> None:
    page = opened(reader, f"?text={TEXT}&position=3&target=40&other=41")
    for width in (1440, 800):
        page.set_viewport_size(ViewportSize(width=width, height=900))
        for which in ("targets", "others"):
            expect(chosen(page, which)).to_be_visible()
            tops = chips(page, which).evaluate_all("all => all.map((one) => one.offsetTop)")
            assert len(set(tops)) == 1, (width, which)
            box = page.locator(f"#{which} + .another").bounding_box()
            assert box is not None and box["x"] + box["width"] <= width
    expect(chips(page).filter(has_text="in the text")).to_have_count(1)


def test_what_an_address_got_wrong_does_not_come_back(reader: Reader) -> None:
    page = opened(reader, "?prompt=999999")
    expect(page.locator("#problems")).to_contain_text("999999")
    assert "prompt" not in page.url
    page.locator("#problems [data-dismiss]").click()
    page.locator('#jump a[href="#heads"]').click()
    page.locator("#layers input[type=checkbox]").first.check()
    chips(page).nth(1).click()
    page.go_back()
    settle(page)
    expect(page.locator("#problems")).to_be_hidden()
    for name in FIGURES:
        expect(page.locator(f"#{name} > .error")).to_be_empty()
    reader.complaints = [each for each in reader.complaints if "422" not in each]


def test_an_earlier_answer_is_named_as_one(reader: Reader) -> None:
    page = opened(reader, f"?text={TEXT}")
    old = (chosen(page).locator(".token").text_content() or "").strip("␣")
    page.route("**/contributions/layers", lambda route: route.abort())
    chips(page).nth(1).click()
    refusal = page.locator("#summary > .error")
    expect(refusal).to_contain_text(f"the earlier answer, for “{old}” after “")
    page.unroute_all()
    refusal.get_by_role("button", name="Try again").click()
    expect(refusal).to_be_empty()
    reader.complaints.clear()


def test_the_address_of_what_is_shown_is_copied(reader: Reader) -> None:
    reader.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = opened(reader)
    page.get_by_role("button", name="Copy link").click()
    expect(page.locator("#copy-link")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "/contributions?model=tiny&text=The+capital+of+France+is" in copied


def test_arrows_walk_the_tokens_and_one_walk_is_one_step_back(reader: Reader) -> None:
    page = opened(reader, f"?text={TEXT}")
    last = position(page)
    page.locator('#tokens .t[aria-pressed="true"]').focus()
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    assert position(page) == last - 3
    expect(page).to_have_url(re.compile(rf"position={last - 3}\b"))
    settle(page)
    expect(page.locator("#tokens .t.after")).to_have_count(3)
    assert page.evaluate("document.activeElement.closest('#tokens') !== null")
    expect(chips(page).filter(has_text="in the text")).to_have_count(1)
    page.keyboard.press("End")
    expect(page).not_to_have_url(re.compile("position="))
    page.go_back()
    expect(page).to_have_url(re.compile(rf"position={last - 3}\b"))
    settle(page)
    assert position(page) == last - 3


def test_an_answer_on_the_way_does_not_send_a_walk_back(reader: Reader) -> None:
    page = opened(reader, f"?text={TEXT}")
    last = position(page)
    held: list[Route] = []

    def hold_the_first(route: Route) -> None:
        if held:
            route.continue_()
        held.append(route)

    page.route("**/contributions/view.json*", hold_the_first)
    page.locator('#tokens .t[aria-pressed="true"]').focus()
    with page.expect_request("**/contributions/view.json*"):
        page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    held[0].continue_()
    expect(page).to_have_url(re.compile(rf"position={last - 2}\b"))
    settle(page)
    assert position(page) == last - 2


def test_a_click_on_a_token_looks_there(reader: Reader) -> None:
    page = opened(reader, f"?text={TEXT}")
    page.locator("#tokens .t").nth(3).click()
    expect(page).to_have_url(re.compile("position=3"))
    settle(page)
    assert position(page) == 3
    assert "position=3" in page.url


def test_a_target_is_chosen_with_one_click(reader: Reader) -> None:
    page = opened(reader, f"?text={TEXT}")
    first, heading = chosen(page).text_content(), page.locator("h1").text_content()
    chips(page).nth(2).click()
    settle(page)
    wanted = chips(page).nth(2).get_attribute("data-id")
    assert f"target={wanted}" in page.url
    expect(chosen(page)).to_have_count(1)
    expect(page.locator("h1")).not_to_have_text(heading or "")
    assert (page.locator("h1").text_content() or "") in page.title()
    page.go_back()
    expect(chosen(page)).to_have_text(first or "")
    expect(page.locator("h1")).to_have_text(heading or "")


def test_two_tokens_are_compared_and_change_places(reader: Reader) -> None:
    page = opened(reader, f"?text={TEXT}")
    target = chosen(page).get_attribute("data-id")
    chips(page, "others").first.click()
    settle(page)
    other = chosen(page, "others").get_attribute("data-id")
    assert f"other={other}" in page.url
    page.locator(f'#targets .chip[data-id="{other}"]').click()
    settle(page)
    expect(chosen(page)).to_have_attribute("data-id", other or "")
    expect(chosen(page, "others")).to_have_attribute("data-id", target or "")
    chosen(page, "others").click()
    expect(chosen(page, "others")).to_have_count(0)
    assert "other=" not in page.url


def test_a_word_is_offered_with_its_space_and_without(reader: Reader) -> None:
    page = opened(reader)
    box = page.get_by_label("Another token", exact=True)
    box.fill("a")
    offers = page.locator("#another .offers button")
    expect(offers).to_have_text(["␣a", "a"])
    box.fill("b")
    page.keyboard.press("Enter")  # at once: what is typed is looked up first, and asked about
    expect(offers).to_have_text(["␣b", "b"])
    expect(offers.first).to_be_focused()
    box.fill("c")
    box.blur()
    page.wait_for_timeout(400)
    expect(page.locator("#another .offers")).to_be_hidden()
    box.fill("a")
    expect(offers).to_have_text(["␣a", "a"])
    offers.nth(1).click()
    expect(chosen(page)).to_contain_text("a")
    settle(page)
    assert "target=" in page.url
    expect(box).to_have_value("")


def test_of_a_word_that_is_no_token_its_pieces_are_offered(reader: Reader) -> None:
    page = opened(reader)
    box = page.get_by_label("Another token to compare with")
    box.fill("Popocatepetl")
    offers = page.locator("#another-other .offers")
    expect(offers).to_contain_text(re.compile(r"is \d+ tokens"))
    first = offers.get_by_role("button").first.text_content()
    offers.get_by_role("button").first.click()
    settle(page)
    expect(chosen(page, "others")).to_contain_text(first or "")
    box.fill("x")
    expect(offers).to_be_visible()
    page.keyboard.press("Escape")
    expect(offers).to_be_hidden()


def test_a_text_that_is_refused_stays_with_the_reason_under_it(reader: Reader) -> None:
    page = opened(reader)
    for text, words in (("  ", "Type a text"), ("word " * 90, "tokens"), ("ab" * 40_000, "long")):
        write(page, text)
        expect(page.locator("#own-error")).to_contain_text(words)
        expect(page.locator("#own-text")).to_have_value(text)
        expect(page.locator("#own-text")).to_be_focused()
    expect(page.locator("#tokens")).to_contain_text("France")
    assert "text=" not in page.url
    reader.complaints = [each for each in reader.complaints if "422" not in each]


def test_a_text_refused_at_first_sight_can_be_mended(reader: Reader) -> None:
    page = reader.open("/contributions?text=" + "word+" * 90)
    expect(page.locator("#own-error")).to_contain_text("tokens")
    expect(page.locator("#figures")).to_be_hidden()
    reader.complaints.clear()
    write(page, "One word")
    settle(page)
    expect(page.locator("#own-error")).to_be_empty()
    expect(page.locator("#figures .js-plotly-plot").first).to_be_visible()


def test_what_is_superseded_leaves_nothing_behind(reader: Reader) -> None:
    page = opened(reader, f"?text={TEXT}")
    for at in (1, 2, 3, 4, 2):
        page.locator("#tokens .t").nth(at).click()
    settle(page)
    assert position(page) == 2 and "position=2" in page.url
    expect(page.locator("#here")).to_contain_text(re.compile("^Anna"))
    for name in FIGURES:
        expect(page.locator(f"#{name} > .error")).to_be_empty()


def test_a_panel_that_fails_says_so_and_tries_again(reader: Reader) -> None:
    page = reader.context.new_page()
    broken = True

    def answer(route: object) -> None:
        if broken:
            route.fulfill(  # type: ignore[attr-defined]
                status=503,
                content_type="application/problem+json",
                body='{"title": "The model is busy", "status": 503, "detail": "Try in a moment."}',
            )
        else:
            route.continue_()  # type: ignore[attr-defined]

    page.route("**/contributions/subvalues", answer)
    page.goto(f"{reader.address}/contributions")
    refusal = page.locator("#subvalues > .error")
    expect(refusal).to_contain_text("Try in a moment.")
    expect(page.locator("#layers > .says")).not_to_be_empty()
    broken = False
    refusal.get_by_role("button", name="Try again").click()
    expect(page.locator("#subvalues > .says")).not_to_be_empty()
    expect(refusal).to_be_empty()


def test_a_choice_that_cannot_be_followed_leaves_the_page_as_it_was(reader: Reader) -> None:
    page = opened(reader, f"?text={TEXT}")
    said, before = page.locator("#summary .says").text_content(), position(page)
    steps = page.evaluate("history.length")
    page.route("**/contributions/view.json*", lambda route: route.abort())
    page.locator("#tokens .t").nth(2).click()
    expect(page.locator("#place-error")).to_contain_text("cannot be reached")
    settle(page)
    assert position(page) == before and "position=" not in page.url
    assert page.evaluate("history.length") == steps
    expect(page.locator("#summary .says")).to_have_text(said or "")
    page.unroute_all()
    page.locator("#tokens .t").nth(2).click()
    settle(page)
    assert position(page) == 2
    expect(page.locator("#place-error")).to_be_empty()
    reader.complaints.clear()


def test_keys_and_options(reader: Reader) -> None:
    page = opened(reader)
    page.locator("h1").click()
    page.keyboard.press("/")
    expect(page.locator("#own-text")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#own-text")).not_to_be_focused()
    page.locator("#options summary").click()
    page.get_by_label("Scale of the final norm").select_option("exact")
    page.get_by_label("Bias of the final norm").uncheck()
    settle(page)
    assert "ln=exact" in page.url and "bias=omit" in page.url
    expect(page.locator("#summary .says")).to_contain_text("Without the final norm’s bias")
    count = page.locator("#tokens .t").count()
    page.get_by_label("Text begins with the BOS token").uncheck()
    settle(page)
    expect(page.locator("#tokens .t")).to_have_count(count - 1)


def test_the_line_in_sight_leads_to_every_figure(reader: Reader) -> None:
    page = opened(reader)
    for name in ("queries", "heads"):
        page.locator(f'#jump a[href="#{name}"]').click()
        expect(page.locator(f"#{name} h2")).to_be_in_viewport()
        expect(page.locator("#jump")).to_be_in_viewport()
    expect(page.locator('#jump a[href="#heads"]')).to_have_attribute("aria-current", "true")
    page.locator("#here").click()
    expect(page.locator("#tokens")).to_be_in_viewport()


def test_the_text_opens_in_the_viewer_and_comes_from_an_example(reader: Reader) -> None:
    page = opened(reader)
    page.get_by_role("link", name="she or he").click()
    settle(page)
    expect(page.locator("#tokens")).to_contain_text("Anna lost her key, so")
    page.get_by_role("link", name="Open this text in the viewer").click()
    expect(page.locator('.text[data-key="t0"]')).to_contain_text("Anna lost her key")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize(
    "query", ["", f"?text={TEXT}&position=4&other=9&level=attn_head&order=unhelpful", "?top=x"]
)
def test_the_page_passes_axe_and_fits_its_screen(
    chromium: Browser, site: str, query: str, size: ViewportSize, scheme: Scheme
) -> None:
    context = chromium.new_context(viewport=size, color_scheme=scheme)
    page = context.new_page()
    page.goto(f"{site}/contributions{query}")
    page.wait_for_selector("html[data-ready]")
    settle(page)
    page.locator("#options summary").click()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()


@pytest.mark.parametrize("width", [320, 390, 721])
def test_the_header_fits_a_narrow_screen(chromium: Browser, site: str, width: int) -> None:
    context = chromium.new_context(viewport=ViewportSize(width=width, height=780))
    context.add_init_script("localStorage.setItem('username', 'A rather long name')")
    page = context.new_page()
    page.goto(f"{site}/contributions")
    for name in ("Viewer", "Directions", "Contributions", "Guide", "API"):
        link = page.locator("header nav").get_by_role("link", name=name, exact=True)
        box = link.bounding_box()
        assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= width
    for part in ("#model", "#name", "#theme"):
        box = page.locator(part).bounding_box()
        assert box is not None and box["x"] + box["width"] <= width
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()
