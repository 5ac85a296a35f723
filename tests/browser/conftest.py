"""A real Chromium in front of the real application, around the tiny model."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect
from sqlalchemy.orm import Session, sessionmaker

from app.corpus.ingest import ingest
from app.db import prompts
from app.main import create_app
from app.model.loading import LoadedModel
from app.settings import Settings
from app.worker.hub import info_of
from tests.browser.serving import CHROMIUM, chromium_running, fit_site, serving
from tests.models import SENTENCES

SITE = "blocks.1.hook_resid_pre"
UNFITTED = "hook_pos_embed"
INJECTION = '<b id="hurt">b</b></script><script>document.title="hurt"</script>'
TEXTS = (
    *SENTENCES[:4],
    INJECTION,
    "One line,\nand another.\n",
    "שלום עולם",
    "tab\tand \x1b and 🙂",
    *SENTENCES[4:],
)
PATIENCE_MS = 30_000
"""A busy machine is slow, and that is no failure."""
expect.set_options(timeout=PATIENCE_MS / 2)

DESKTOP = ViewportSize(width=1440, height=900)
PHONE = ViewportSize(width=390, height=844)


def store_texts(sessions: sessionmaker[Session]) -> int:
    """The library of these tests."""
    new = [prompts.NewPrompt(f"text-{i}", "test", text) for i, text in enumerate(TEXTS)]
    with sessions.begin() as session:
        return prompts.load_dataset(session, "library", new)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, tiny_model: LoadedModel) -> Iterator[str]:
    """The address of a running application, every short-list site but UNFITTED fitted."""
    folder: Path = tmp_path_factory.mktemp("browser-data")
    corpus = [f"{a} {b}" for a in SENTENCES for b in SENTENCES]
    ingest(corpus, tiny_model.tokenizer, folder, info_of(tiny_model), name="sentences")
    settings = Settings.read(models=("tiny",), data_dir=folder, prepare=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("app.main.store_library", store_texts)
        app = create_app(settings, load=lambda _: tiny_model)
        with serving(app) as address:
            for each in tiny_model.sites.basic:
                if each.name != UNFITTED:
                    fit_site(address, tiny_model.name, each.name)
            yield address


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser; without one, tests that need it say so, and CI does not put up with that."""
    if CHROMIUM is None:
        reason = "no Chromium on this machine: install the package `chromium`"
        if os.environ.get("CI") == "true":
            pytest.fail(f"CI needs a browser; {reason}")
        pytest.skip(reason)
    with chromium_running() as browser:
        yield browser


@dataclass
class Reader:
    """Somebody with a browser: opens addresses of the site, and keeps what the console says."""

    context: BrowserContext
    address: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str = "/", *, viewer: bool = True) -> Page:
        """A page, once its script is ready."""
        page = self.context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on(
            "console",
            lambda message: (
                self.complaints.append(message.text)
                if message.type in ("error", "warning")
                else None
            ),
        )
        page.on(
            "response",
            lambda answer: (
                self.complaints.append(f"{answer.status} {answer.request.method} {answer.url}")
                if answer.status >= 400
                else None
            ),
        )
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(self.address + path)
        if viewer:
            page.wait_for_selector("html[data-ready]")
        return page


@pytest.fixture
def reader(chromium: Browser, site: str) -> Iterator[Reader]:
    """A reader at a desk, who has seen the hint; their console has to stay silent."""
    context = chromium.new_context(viewport=DESKTOP, permissions=["clipboard-write"])
    context.add_init_script("localStorage.setItem('dismissed-hint', '1')")
    somebody = Reader(context, site)
    yield somebody
    context.close()
    assert somebody.complaints == []


Visit = Callable[[str | None], Reader]
numbers = count()


@pytest.fixture
def api(site: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{site}/api/v1", timeout=30) as client:
        yield client


@pytest.fixture
def visit(chromium: Browser, site: str) -> Iterator[Visit]:
    """Makes visitors, each with a browser of their own, known by a name; consoles stay silent."""
    visitors = []

    def come(name: str | None) -> Reader:
        context = chromium.new_context(
            viewport=DESKTOP, permissions=["clipboard-read", "clipboard-write"]
        )
        if name is not None:
            context.add_init_script(f"localStorage.setItem('username', {json.dumps(name)})")
        visitors.append(Reader(context, site))
        return visitors[-1]

    yield come
    for visitor in visitors:
        visitor.context.close()
        assert visitor.complaints == []


def saved(api: httpx.Client, username: str, **given: object) -> dict[str, Any]:
    """A direction that somebody saved."""
    body = {
        "username": username,
        "name": f"direction {next(numbers)}",
        "model": "tiny",
        "site": SITE,
        "combination": [{"component": 0, "weight": 0.94}, {"component": 2, "weight": -0.35}],
    }
    answer = api.post("directions", json=body | given)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def colours(page: Page) -> list[str]:
    """The classes of every token on screen, in order."""
    found: list[str] = page.eval_on_selector_all(
        "#texts .text:not([hidden]) .t", "spans => spans.map((span) => span.className)"
    )
    return found


def settle(page: Page) -> None:
    """Wait until nothing is being loaded and the colours have been painted."""
    page.locator('#texts:not([aria-busy="true"])').wait_for(state="attached")
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
