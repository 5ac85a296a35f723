"""A server that can be killed and started again at once: `python -m tests.web.storm_server`.

The model is loaded once. Every line on stdin forks one server, a process of its own, whose port and
process id are written to stdout as one line; it serves until it is killed.
"""

import os
import socket
import sys
from pathlib import Path

import torch
import uvicorn

from app.db.names import read_name
from app.main import create_app
from app.model.loading import LoadedModel, load
from app.model.registry import resolve
from app.settings import Settings


def main(model_folder: str, data_dir: str, database_url: str) -> None:
    torch.set_num_threads(1)  # a process with threads cannot be forked safely
    model = load(resolve(model_folder), device="cpu")
    read_name("anybody")  # its tables are read when the first name is
    settings = Settings.read(
        models=("tiny",), data_dir=Path(data_dir), database_url=database_url, prepare=False
    )
    sys.stdout.write("loaded\n")
    sys.stdout.flush()
    for _ in sys.stdin:
        with socket.socket() as listening:
            listening.bind(("127.0.0.1", 0))
            server = os.fork()
            if server == 0:
                serve(settings, model, listening)
            sys.stdout.write(f"{listening.getsockname()[1]} {server}\n")
            sys.stdout.flush()
        os.waitpid(server, 0)


def serve(settings: Settings, model: LoadedModel, listening: socket.socket) -> None:
    """Serve until killed; never returns into the loop that forked."""
    try:
        app = create_app(settings, load=lambda _: model)
        config = uvicorn.Config(app, log_level="error", lifespan="on")
        uvicorn.Server(config).run(sockets=[listening])
    finally:
        os._exit(1)


if __name__ == "__main__":
    main(*sys.argv[1:])
