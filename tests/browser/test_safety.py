"""Whatever is typed or tampered with, the page stays whole and says what is wrong."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import INJECTION, Reader, settle

pytestmark = pytest.mark.browser


def test_markup_in_texts_is_shown_as_text(reader: Reader) -> None:
    page = reader.open("/?n=20")
    expect(page.locator("#texts")).to_contain_text("</script><script>")
    page.locator("#own-text").fill(INJECTION)
    page.keyboard.press("Control+Enter")
    expect(page.locator('.text[data-key="t0"]')).to_contain_text('<b id="hurt">b</b>')
    page.locator('.text[data-key="t0"] .t').nth(3).hover()
    expect(page.locator("#card")).to_be_visible()
    page.reload()
    page.wait_for_selector("html[data-ready]")
    settle(page)
    assert page.locator("#hurt").count() == 0
    assert "hurt" not in page.title()


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/?site=blocks.77.hook_resid_pre", "no site 'blocks.77.hook_resid_pre'"),
        ("/?component=999", "component 999"),
        ("/?component=x", "component=x"),
        ("/?mix=1:nan", "finite"),
        ("/?head=3", "has no heads"),
        ("/?unit=furlongs", "unit=furlongs"),
        ("/?pin=p99999:1", "not on this page"),
        ("/?token=t4:1", "no text t4"),
        ("/?seed=-1", "seed=-1"),
    ],
)
def test_a_wrong_address_is_explained_and_the_rest_of_the_page_works(
    chromium: Browser, site: str, address: str, words: str
) -> None:
    context = chromium.new_context()
    page = context.new_page()
    page.goto(site + address)
    expect(page.locator("#problems")).to_contain_text(words)
    page.wait_for_selector("html[data-ready]")
    assert page.locator("#texts .t").count() > 50
    context.close()


def test_an_unknown_model_is_a_page_with_a_way_on(chromium: Browser, site: str) -> None:
    context = chromium.new_context()
    page = context.new_page()
    response = page.goto(f"{site}/?model=nobody")
    assert response is not None and response.status == 404
    expect(page.locator("main")).to_contain_text("No model 'nobody' is served here")
    page.get_by_role("link", name="Open the viewer").click()
    page.wait_for_selector("html[data-ready]")
    context.close()


def test_a_text_too_long_for_the_model_is_said_where_it_stands(
    chromium: Browser, site: str
) -> None:
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{site}/?text={'word%20' * 90}")
    expect(page.locator('.text[data-key="t0"] .error')).to_contain_text("reads at most 64")
    page.wait_for_selector("html[data-ready]")
    page.locator('#grid tr[data-site="blocks.0.hook_resid_pre"] td').nth(2).click()
    expect(page.locator("#direction-title")).to_have_text("Layer 0 · component 2")
    context.close()


def test_a_server_that_is_gone_is_said_and_the_old_colours_stay(
    chromium: Browser, site: str
) -> None:
    context = chromium.new_context()
    page = context.new_page()
    page.goto(site)
    page.wait_for_selector("html[data-ready]")
    title = page.locator("#direction-title").inner_text()
    context.route("**/api/**", lambda route: route.abort())
    context.route("**/view/**", lambda route: route.abort())
    page.locator('#grid tr[data-site="hook_embed"] td').nth(2).click()
    expect(page.locator("#working")).to_contain_text("cannot be reached")
    expect(page.locator("#direction-title")).to_have_text(title)
    context.close()
