"""Static files: `/static/...`, cached for ever under a content hash, revalidated without one."""

import hashlib
import os
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import parse_qs

from fastapi import FastAPI
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOR_EVER = "public, max-age=31536000, immutable"
REVALIDATE = "no-cache"


class Assets(StaticFiles):
    """The files in `static/`, and by name those that stand elsewhere: an installed library's.

    `url(path)` names a file with a hash of its content (`?v=`), and such an address may be cached
    for ever; an address without it (a module importing its neighbour) is asked for again with
    its ETag, and answered 304 while the file is the same.
    """

    def __init__(self, folder: Path, elsewhere: Mapping[str, Path] | None = None) -> None:
        super().__init__(directory=folder)
        self.folder = folder
        self.elsewhere = elsewhere or {}
        self._hash = cache(self._read_hash)

    def url(self, path: str) -> str:
        """A file's address. Raises FileNotFoundError for a file that is not there."""
        return f"/static/{path}?v={self._hash(path, self._place(path).stat().st_mtime_ns)}"

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        """Where a file is; nothing for one that is not there."""
        there = self.elsewhere.get(path)
        return super().lookup_path(path) if there is None else (str(there), there.stat())

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, with how long it may be cached."""
        response = await super().get_response(path, scope)
        versioned = "v" in parse_qs(scope["query_string"].decode("latin-1"))
        response.headers["Cache-Control"] = FOR_EVER if versioned else REVALIDATE
        return response

    def _read_hash(self, path: str, _changed: int) -> str:
        return hashlib.sha256(self._place(path).read_bytes()).hexdigest()[:12]

    def _place(self, path: str) -> Path:
        return self.elsewhere.get(path, self.folder / path)


def plotly_js() -> Path:
    """plotly.js as the `plotly` package ships it. The package is looked for, not imported: it
    would add to every start. Raises FileNotFoundError where it is not installed.
    """
    found = find_spec("plotly")
    if found is None or not found.submodule_search_locations:
        raise FileNotFoundError("The package `plotly` is not installed: pip install plotly.")
    return Path(found.submodule_search_locations[0]) / "package_data" / "plotly.min.js"


def mount(app: FastAPI, assets: Assets) -> None:
    """Serve the files under /static."""
    app.mount("/static", assets, name="static")
