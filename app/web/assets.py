"""Static files: `/static/...`, cached for ever under a content hash, revalidated without one."""

import hashlib
from functools import cache
from pathlib import Path
from urllib.parse import parse_qs

from fastapi import FastAPI
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOR_EVER = "public, max-age=31536000, immutable"
REVALIDATE = "no-cache"


class Assets(StaticFiles):
    """The files in `static/`.

    `url(path)` names a file with a hash of its content (`?v=`), and such an address may be cached
    for ever; an address without it (a module importing its neighbour) is asked for again with
    its ETag, and answered 304 while the file is the same.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(directory=folder)
        self.folder = folder
        self._hash = cache(self._read_hash)

    def url(self, path: str) -> str:
        """A file's address. Raises FileNotFoundError for a file that is not there."""
        return f"/static/{path}?v={self._hash(path, (self.folder / path).stat().st_mtime_ns)}"

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, with how long it may be cached."""
        response = await super().get_response(path, scope)
        versioned = "v" in parse_qs(scope["query_string"].decode("latin-1"))
        response.headers["Cache-Control"] = FOR_EVER if versioned else REVALIDATE
        return response

    def _read_hash(self, path: str, _changed: int) -> str:
        return hashlib.sha256((self.folder / path).read_bytes()).hexdigest()[:12]


def mount(app: FastAPI, assets: Assets) -> None:
    """Serve the files under /static."""
    app.mount("/static", assets, name="static")
