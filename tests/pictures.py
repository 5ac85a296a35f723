"""Take the README's and the guide's pictures from a running server: `make pictures`.

python -m tests.pictures http://127.0.0.1:8000
"""

import re
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize

from tests.browser.serving import chromium_running

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "static" / "img"
TOUR = (ROOT / "templates" / "_partials" / "tour.html").read_text(encoding="utf-8")
README_VIEW = "&mix=6:0.8,4:0.6,2:-0.3&range=4&seed=3"
CONTRIBUTIONS = "/contributions?model=demo&text=The%20capital%20of%20France%20is"
REST_MS = 1500


def start() -> str:
    """The address that every step of the tour begins with."""
    text = re.search(r'set text = "(.*)"', TOUR)
    assert text is not None
    return f"/?model=demo&site=blocks.4.hook_resid_pre&unit=z&text={text[1]}"


def photograph(browser: Browser, address: str) -> None:
    """All pictures, light and dark."""
    tour = start()
    steps = {
        "one-word": "&component=6&range=6",
        "across-layers": "&component=6&heat=t0&across=direction",
        "mix": "&mix=6:0.8,4:0.6&range=6",
        "corpus": "&mix=6:0.8,4:0.6&tab=corpus",
    }
    for scheme, suffix in (("light", ""), ("dark", "-dark")):
        for name, view in steps.items():
            shot(browser, address + tour + view, f"guide/{name}{suffix}.png", scheme, 1200, 620)
        shot(browser, address + tour + README_VIEW, f"viewer{suffix}.png", scheme, 1440, 900)
        shot(browser, address + CONTRIBUTIONS, f"contributions{suffix}.png", scheme, 1440, 1180)


def shot(browser: Browser, address: str, name: str, scheme: str, width: int, height: int) -> None:
    """One picture of the page at that address."""
    context = browser.new_context(
        viewport=ViewportSize(width=width, height=height),
        color_scheme="dark" if scheme == "dark" else "light",
    )
    context.add_init_script(
        "localStorage.setItem('dismissed-hint', '1');"
        "sessionStorage.setItem('dismissed-notice', '1');"
    )
    page: Page = context.new_page()
    page.goto(address)
    page.wait_for_selector("html[data-ready]")
    page.wait_for_selector('main:not(:has([aria-busy="true"]))')
    page.wait_for_timeout(REST_MS)
    path = PICTURES / name
    path.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=path)
    context.close()


if __name__ == "__main__":
    with chromium_running() as chromium:
        photograph(chromium, sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000")
