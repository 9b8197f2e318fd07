"""From a frame, a template's name and a typed page to HTML.

Templates decide nothing: they read `page` (one frozen dataclass per page) and `frame`, and loop. Everything is escaped;
an unknown name in a template is an error, never an empty string.
"""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

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
    built.globals |= {
        "_": speak,
        "gettext": speak,
        "ngettext": speak_plural,
        "pgettext": speak_in_context,
        "asset": assets.asset_url,
        "draw_icon": draw_icon,
    }
    built.newstyle_gettext = True  # type: ignore[attr-defined]  # the i18n extension's own switch
    return built


# Jinja's own wrappers for translation do the same in three calls each; a page makes some forty of them.


def speak(message: str, /, **values: object) -> Markup:
    """A sentence in a template: its values are escaped, a literal percent sign is written `%%`."""
    return Markup(language.unfilled(message)) % values  # noqa: S704  sentences come from our own catalogues


def speak_plural(singular: str, plural: str, count: int, /, **values: object) -> Markup:
    """As `speak`, for a count."""
    return Markup(language.unfilled_plural(singular, plural, count)) % {"n": count, **values}  # noqa: S704  as above


def speak_in_context(context: str, message: str, /, **values: object) -> Markup:
    """As `speak`, for a word with several meanings."""
    return Markup(language.unfilled_in_context(context, message)) % values  # noqa: S704  as above


@lru_cache(maxsize=512)
def draw_icon(name: str, small: bool = False, flip: bool = False, tone: str = "") -> Markup:  # noqa: FBT001, FBT002  called by templates, by name
    """A sign from the sprite, hidden from readers: words beside it say the same."""
    classes = " ".join(filter(None, ("i", "small" if small else "", "flip" if flip else "", tone)))
    sprite = assets.asset_url("icons.svg")
    return Markup('<svg class="{}" aria-hidden="true"><use href="{}#{}"></use></svg>').format(classes, sprite, name)


def _folders() -> list[Path]:
    return [_PANEL / "web" / "templates", _PANEL / "signin" / "templates", *sorted(_PANEL.glob("features/*/templates"))]
