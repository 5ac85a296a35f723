"""The modules that a page's script imports, so that they are fetched at once, not one by one."""

import re
from functools import cache
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[2] / "static" / "js"
IMPORT = re.compile(r'^(?:import|export)\b[^;"]*"(\.[^"]+)";$', re.MULTILINE)


@cache
def modules_of(page: str) -> tuple[str, ...]:
    """Every module that `pages/{page}.js` and the header import, as paths under `static/js`."""
    found: set[Path] = set()
    left = [SCRIPTS / "pages" / f"{page}.js", SCRIPTS / "pages" / "everywhere.js"]
    while left:
        script = left.pop()
        for name in IMPORT.findall(script.read_text("utf-8")):
            path = (script.parent / name).resolve()
            if path not in found:
                found.add(path)
                left.append(path)
    return tuple(sorted(path.relative_to(SCRIPTS).as_posix() for path in found))
