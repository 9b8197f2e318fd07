"""Signatures with formatting: cleaned for the preview, and as plain words for the list.

The server stores what it is given and mail programs send it; cleaning is for looking at it here. nh3 (ammonia) decides
by what is allowed, not by what is known to be bad. The preview stands in a frame whose own policy lets nothing run and
nothing load, so that cleaning is the second wall and not the only one.
"""

from __future__ import annotations

import html
import re

from bulwark.language import series

_TAG_NAMES = (
    "a abbr address b blockquote br center code div em font h1 h2 h3 h4 h5 h6 hr i img li ol p pre s small span strong"
    " sub sup table tbody td tfoot th thead tr u ul"
)
TAGS = frozenset(_TAG_NAMES.split())
_ATTRIBUTES: dict[str, set[str]] = {
    "*": {"style", "dir", "lang", "title", "align"},
    "a": {"href"},
    "font": {"color", "face", "size"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan", "width", "valign"},
    "th": {"colspan", "rowspan", "width", "valign"},
    "table": {"border", "cellpadding", "cellspacing", "width"},
}
_STYLE_NAMES = (
    "background-color border border-bottom border-left border-right border-top color direction font font-family"
    " font-size font-style font-weight height letter-spacing line-height list-style-type margin margin-bottom"
    " margin-left margin-right margin-top max-width padding padding-bottom padding-left padding-right padding-top"
    " text-align text-decoration text-transform vertical-align white-space width"
)
_PICTURE = re.compile(r"data:image/(?:png|gif|jpeg|webp);base64,[A-Za-z0-9+/=\s]*")
POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
_SHOWN = 160  # letters of a signature in the list


def cleaned(markup: str) -> str:
    """A signature without anything that runs, loads or leaves the page; pictures only where they are part of it."""
    import nh3

    def only_harmless(tag: str, attribute: str, value: str) -> str | None:
        if tag == "img" and attribute == "src" and not _PICTURE.fullmatch(value):
            return None
        if attribute == "href" and not value.lower().startswith(("http:", "https:", "mailto:", "tel:")):
            return None
        return value

    return nh3.clean(
        markup,
        tags=set(TAGS),
        clean_content_tags={"script", "style", "title", "template", "svg", "math", "iframe", "object", "noscript"},
        attributes=_ATTRIBUTES,
        attribute_filter=only_harmless,
        url_schemes={"http", "https", "mailto", "tel", "data"},
        filter_style_properties=set(_STYLE_NAMES.split()),
        link_rel="noopener noreferrer",
        strip_comments=True,
    )


def document(markup: str) -> str:
    """The preview as a page of its own, black on white as most mail programs show it."""
    return (
        '<!DOCTYPE html><html lang="und"><head><meta charset="utf-8"><title>Signature</title>'
        "<style>body{margin:12px;background:#fff;color:#000;font:15px/1.5 sans-serif;overflow-wrap:anywhere}"
        "img{max-width:100%}</style></head><body>"
        f"{cleaned(markup)}</body></html>"
    )


def in_words(text: str, markup: str) -> str:
    """A signature in one line for the list: its words, joined by commas, shortened; empty when there is none."""
    plain = text if text.strip() else _words_of(markup)
    lines = [line.strip() for line in plain.splitlines()]
    said = series(line for line in lines if line and line != "--")
    return said if len(said) <= _SHOWN else f"{said[:_SHOWN].rstrip()}…"


def _words_of(markup: str) -> str:
    import nh3

    if not markup.strip():
        return ""
    broken = re.sub(r"(?i)<(?:br|/p|/div|/li|/tr|/h[1-6])\b", lambda found: "\n" + found[0], markup)
    inside = nh3.clean(broken, tags=set(), clean_content_tags={"script", "style", "title", "template", "svg", "math"})
    return html.unescape(inside)
