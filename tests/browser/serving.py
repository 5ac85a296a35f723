"""Running the application and a real Chromium, for the browser tests and the bench."""

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, sync_playwright

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
"""The system's own Chromium, None where there is none."""

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """The application behind a port of its own; gives its address."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    app.state.services.hub.wait()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(20)


@contextmanager
def chromium_running() -> Iterator[Browser]:
    """A headless Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


def fit_site(address: str, model: str, site: str) -> None:
    """Fit one site by the API, and wait for it."""
    with httpx.Client(base_url=f"{address}/api/v1", timeout=60) as client:
        task = client.post(f"models/{model}/fits", json={"site": site}).json()["task"]
        while task["state"] in ("queued", "running"):
            time.sleep(0.05)
            task = client.get(f"tasks/{task['id']}").json()
        assert task["state"] == "done", task
