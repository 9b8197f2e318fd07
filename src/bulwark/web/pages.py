"""From a frame, a template's name and a typed page to HTML.

Templates decide nothing: they read `page` (one frozen dataclass per page) and `frame`, and loop. Everything is escaped;
an unknown name in a template is an error, never an empty string.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bulwark import language
from bulwark.web import assets

if TYPE_CHECKING:
    from bulwark.web.frame import Frame

_PANEL = Path(__file__).parents[1]


def render(frame: Frame, template: str, page: object) -> str:
    """The page as HTML, in the language in force (`language.use`); `template` is `<slug>/<name>.html`."""
    return environment().get_template(template).render(frame=frame, page=page)


@cache
def environment() -> Environment:
    """The one Jinja environment, built by the first page."""
    built = Environment(
        loader=FileSystemLoader(_folders()),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
    )
    built.policies["ext.i18n.trimmed"] = True
    built.install_gettext_callables(  # type: ignore[attr-defined]  # added by the extension at run time
        language.unfilled,
        language.unfilled_plural,
        newstyle=True,
        pgettext=language.unfilled_in_context,
    )
    built.globals["asset"] = assets.asset_url
    return built


def _folders() -> list[Path]:
    return [_PANEL / "web" / "templates", _PANEL / "signin" / "templates", *sorted(_PANEL.glob("features/*/templates"))]
