"""Signatures with formatting: what is left of them in the preview, and their words in the list."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulwark.features.identities.signature import cleaned, document, in_words
from html_tree import parse

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '<img src="https://evil.test/pixel.gif">',
    '<img src="data:image/svg+xml;base64,PHN2Zz4=">',
    '<a href="javascript:alert(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    '<p style="background:url(https://evil.test/x)">x</p>',
    '<p style="position:fixed;inset:0">x</p>',
    "<style>@import 'https://evil.test/x.css'</style>",
    '<iframe src="https://evil.test/"></iframe>',
    '<form action="https://evil.test/"><input name="password"></form>',
    '<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>',
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    '<meta http-equiv="refresh" content="0;url=https://evil.test/">',
    '<base href="https://evil.test/">',
    '<link rel="stylesheet" href="https://evil.test/x.css">',
    "<!--[if IE]><script>alert(1)</script><![endif]-->",
)
ALLOWED = {"data:image/png", "data:image/gif", "data:image/jpeg", "data:image/webp"}


def holds_nothing_active(markup: str) -> None:
    for element in parse(f"<html><body>{cleaned(markup)}</body></html>").walk():
        assert element.tag not in {
            "script",
            "style",
            "iframe",
            "form",
            "input",
            "object",
            "embed",
            "svg",
            "meta",
            "link",
        }
        for name, value in element.attrs.items():
            assert not name.startswith("on")
            if name in {"src", "href"}:
                harmless = value.lower().startswith(("http:", "https:", "mailto:", "tel:"))
                assert harmless if name == "href" else value.partition(";")[0] in ALLOWED
            if name == "style":
                assert "url(" not in (value or "")
                assert "position" not in (value or "")


@pytest.mark.parametrize("markup", HOSTILE)
def test_nothing_active_is_left(markup: str) -> None:
    holds_nothing_active(markup)


@given(st.lists(st.one_of(st.sampled_from(HOSTILE), st.text(max_size=40)), max_size=6).map("".join))
def test_nothing_active_is_left_however_it_is_joined(markup: str) -> None:
    holds_nothing_active(markup)


def test_ordinary_formatting_stays() -> None:
    markup = (
        '<p style="color:#a00;font-weight:bold">Alice <b>Lovelace</b><br><a href="https://example.org/">site</a></p>'
    )

    assert 'style="color:#a00;font-weight:bold"' in cleaned(markup)
    assert "<b>Lovelace</b>" in cleaned(markup)
    assert 'href="https://example.org/"' in cleaned(markup)
    assert "data:image/png;base64,iVBORw0K" in cleaned('<img src="data:image/png;base64,iVBORw0K" alt="logo">')
    assert document(markup).startswith("<!DOCTYPE html>")


@pytest.mark.parametrize(
    ("text", "markup", "words"),
    [
        ("", "", ""),
        ("-- \nAlice\nReading Room\n", "", "Alice, Reading Room"),
        ("", "<p>Alice</p><p>Example &amp; Co<br>Room</p><style>x</style>", "Alice, Example & Co, Room"),
        ("Alice", "<p>Other</p>", "Alice"),
        ("x" * 300, "", "x" * 160 + "…"),
    ],
)
def test_a_signature_is_told_in_one_line(text: str, markup: str, words: str) -> None:
    assert in_words(text, markup) == words
