"""Where a person may be led after a form: inside this panel, or nowhere."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulwark.signin.routes import inner

PARTS = st.sampled_from(("/", "//", "\\", "evil.test", "..", ".", "%2f", "@", ":", "?", "#", "\t", "\n", "a", "https:"))


@given(st.one_of(st.text(max_size=40), st.lists(PARTS, max_size=8).map("".join)))
def test_nothing_leads_out_of_the_panel(path: str) -> None:
    target = inner(path)

    assert target in {"", path}
    if target:
        found = urlsplit(urljoin("https://panel.test/sign-in", target))
        assert (found.scheme, found.netloc) == ("https", "panel.test")
        assert not target.startswith("//")
        assert "\\" not in target


@pytest.mark.parametrize("path", ["/", "/password", "/two-factor/set-up/1", "/app-passwords/abc_1"])
def test_pages_of_the_panel_are_kept(path: str) -> None:
    assert inner(path) == path


@pytest.mark.parametrize("path", ["", "password", "//evil.test", "/\\evil.test", "https://evil.test", "/a" + "b" * 300])
def test_anything_else_is_forgotten(path: str) -> None:
    assert inner(path) == ""
