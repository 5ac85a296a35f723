"""`serve`: the web server, from binding its address to a clean end."""

import logging
import socket
import threading
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI

from app.errors import BadInput, RsvError
from app.settings import Settings
from app.worker.hub import ModelHub

Say = Callable[[str], None]

GRACE_S = 5
POLL_S = 0.05


def serve(settings: Settings, make: Callable[[Settings], FastAPI], say: Say) -> None:
    """Serve the application that `make` builds until it is stopped (Ctrl-C, SIGTERM).

    `say` is told the address, and that the models are ready. Raises BadInput when the address
    cannot be had, and the model's own refusal when none of the models could be loaded.
    """
    listening = _bind(settings)
    with listening:
        address = _address(settings.host, listening)
        app = make(settings)
        config = uvicorn.Config(
            app,
            access_log=settings.access_log,
            log_config=None,
            server_header=False,
            timeout_graceful_shutdown=GRACE_S,
            timeout_keep_alive=30,
            lifespan="on",
        )
        server = uvicorn.Server(config)
        watch = _Watch(app, server, address, say)
        watch.start()
        try:
            server.run(sockets=[listening])
        except KeyboardInterrupt:  # uvicorn raises the signal again once it has shut down
            logging.getLogger(__name__).debug("stopped by a signal")
        finally:
            server.should_exit = True
            watch.join()
    if watch.refusal is not None:
        raise watch.refusal


class _Watch(threading.Thread):
    """Says where the server is and when its models are ready; stops it if none can be loaded."""

    def __init__(self, app: FastAPI, server: uvicorn.Server, address: str, say: Say) -> None:
        super().__init__(name="watch-models", daemon=True)
        self.refusal: RsvError | None = None
        self._app = app
        self._server = server
        self._address = address
        self._say = say
        self._going = threading.Event()

    def run(self) -> None:
        """Until the models are loaded, or the server stops."""
        if not self._until(lambda: self._server.started):
            return
        hub: ModelHub = self._app.state.services.hub
        self._say(f"Residual Stream Viewer is at {self._address} (loading the model)")
        if not self._until(lambda: "loading" not in hub.status().values()):
            return
        loaded = hub.ready()
        if not loaded:
            self.refusal = next(iter(hub.failures.values()))
            self._server.should_exit = True
            return
        names = ", ".join(model.info.label for model in loaded)
        self._say(f"Ready: {names}. Open {self._address}")

    def _until(self, holds: Callable[[], bool]) -> bool:
        """Wait for it; False when the server stops first."""
        while not holds():
            if self._server.should_exit:
                return False
            self._going.wait(POLL_S)
        return True


def _bind(settings: Settings) -> socket.socket:
    """The listening socket; bound here, before anything is loaded, so that a refusal is quick."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=2048)
    except OSError as error:
        raise BadInput(
            f"Cannot listen at {settings.host}, port {settings.port}: {error.strerror or error}. "
            "Choose another with --port or RSV_PORT.",
            field="port",
        ) from None


def _address(host: str, listening: socket.socket) -> str:
    """Where a browser on this machine finds the server."""
    port = listening.getsockname()[1]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{port}"
