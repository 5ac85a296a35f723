"""Jinja2: one environment, autoescaped, in which a name that is not given is an error."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from app.web.assets import Assets


def environment(folder: Path, assets: Assets) -> Environment:
    """The templates in a folder; `static("css/site.css")` gives a file's address."""
    made = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["static"] = assets.url
    return made


def script_json(content: str) -> Markup:
    """JSON to be put into a script element, which a closing tag inside it must not end."""
    return Markup(content.replace("<", "\\u003c").replace("\u2028", "\\u2028"))  # noqa: S704


def render(
    request: Request, template: str, context: Mapping[str, Any], *, status: int = 200
) -> HTMLResponse:
    """A page. `request` is in the context too. Raises TemplateNotFound."""
    templates: Environment = request.app.state.templates
    html = templates.get_template(template).render(request=request, **context)
    return HTMLResponse(html, status_code=status)
