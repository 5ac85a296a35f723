"""axe-core's rules on every page, in light and dark, on a desk and on a phone."""

from typing import Literal

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.browser.conftest import DESKTOP, PHONE

pytestmark = pytest.mark.browser

Scheme = Literal["light", "dark"]
PAGES = (
    "/",
    "/?text=Anna%20went%20to%20Rome.&boxes=1&marks=1&face=sans&unit=z",
    "/?component=1&tab=corpus",
    "/?site=blocks.0.attn.hook_q&head=1",
    "/?unit=wrong",
    "/guide",
    "/api",
    "/nowhere",
    "/directions",
    "/directions?q=nothing",
    "/directions/{direction}",
    "/people/Axel",
    "/people/Axel?tab=explanations",
    "/people/Nobody",
    "/lists",
    "/lists/{list}",
)


@pytest.fixture(scope="module")
def saved(site: str) -> dict[str, int]:
    """Something saved, for the pages of saved things: their ids."""
    with httpx.Client(base_url=f"{site}/api/v1", timeout=30) as api:
        direction = api.post(
            "directions",
            json={
                "username": "Axel",
                "name": "an accessible direction",
                "model": "tiny",
                "site": "blocks.1.hook_resid_pre",
                "combination": [{"component": 0, "weight": 1.0}, {"component": 1, "weight": 0.5}],
                "explanation": "high on what is meant",
                "side": "plus",
            },
        ).json()["id"]
        made = api.post("lists", json={"username": "Axel", "name": "a list", "note": "of one"})
        number = made.json()["id"]
        put = api.put(
            f"lists/{number}/items/{direction}", json={"username": "Axel", "note": "the one"}
        )
        assert put.is_success
    return {"direction": direction, "list": number}


def violations(page: Page) -> list[str]:
    """What axe-core finds, one line each."""
    found = Axe().run(page).response["violations"]
    return [
        f"{rule['id']}: {rule['help']} — {node['html'][:160]}"
        for rule in found
        for node in rule["nodes"][:3]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("address", PAGES)
def test_every_page_passes_axe_and_fits_its_screen(
    chromium: Browser,
    site: str,
    saved: dict[str, int],
    address: str,
    size: ViewportSize,
    scheme: Scheme,
) -> None:
    context = chromium.new_context(viewport=size, color_scheme=scheme)
    # The name that owns what is saved: its pages have the most on them.
    context.add_init_script("localStorage.setItem('username', 'Axel')")
    page = context.new_page()
    page.goto(site + address.format(**saved))
    if page.locator("#view").count():
        page.wait_for_selector("html[data-ready]")
        if "tab=corpus" in address:
            page.wait_for_selector("#panel-corpus ol")
    if "{direction}" in address:
        page.locator("#ends").scroll_into_view_if_needed()
        page.wait_for_selector("#ends ol")
        page.locator("#explain-open").click()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_opens_over_the_viewer_passes_axe(
    chromium: Browser, site: str, scheme: Scheme
) -> None:
    context = chromium.new_context(viewport=PHONE, color_scheme=scheme)
    page = context.new_page()
    page.goto(f"{site}/?component=1")
    page.wait_for_selector("html[data-ready]")
    for sheet in ("where", "direction", "mix"):
        page.locator(f'[data-sheet="{sheet}"]').click()
        expect(page.locator(f"#{sheet}")).to_be_visible()
        if sheet == "mix":
            page.locator("#show-all").click()
        assert violations(page) == []
    page.locator('[data-sheet="mix"]').click()
    page.locator("#texts .t").nth(4).click()
    expect(page.locator("#card")).to_be_visible()
    expect(page.locator("#card ol li").first).to_contain_text("%")
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.locator("[data-act=heat]").first.click()
    expect(page.locator("#heat tbody tr").first).to_be_visible()
    assert violations(page) == []
    context.close()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize(
    ("address", "button", "dialog"),
    [
        ("/directions", "Upload a direction", "#upload"),
        ("/directions", "Import / export", "#bundle"),
        ("/directions/{direction}", "Add to a collection", "#collect"),
    ],
)
def test_dialogs_of_saved_things_pass_axe(
    chromium: Browser,
    site: str,
    saved: dict[str, int],
    size: ViewportSize,
    address: str,
    button: str,
    dialog: str,
) -> None:
    context = chromium.new_context(viewport=size)
    context.add_init_script("localStorage.setItem('username', 'Axel')")
    page = context.new_page()
    page.goto(site + address.format(**saved))
    page.wait_for_selector("html[data-ready]")
    page.get_by_role("button", name=button).click()
    expect(page.locator(dialog)).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(page.locator(dialog)).to_be_hidden()
    context.close()
