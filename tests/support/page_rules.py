"""What must be true of every page the panel ever answers with, error pages included.

The browser in `panel_browser` checks each page it gets, so that no journey needs to ask.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from html_page import Page
    from html_tree import Element

_LABELLED = frozenset({"input", "select", "textarea"})
_NEEDS_NO_LABEL = frozenset({"hidden", "submit", "button", "reset"})
_REFERENCES = ("aria-labelledby", "aria-describedby", "aria-controls", "for", "list", "form")
_LOADS = ("src", "srcset", "poster", "data", "action", "formaction")
_UNSAFE_SOURCES = ("'unsafe-inline'", "'unsafe-eval'", "http:", "https:", "*")


_HEADERS = ("content-security-policy", "cache-control", "x-content-type-options", "referrer-policy")
_good: set[int] = set()


def broken(page: Page) -> list[str]:
    """Every rule the page breaks, as sentences; an empty list is a good page. The same page is looked at once."""
    same = hash((page.html, *(page.headers.get(name, "") for name in _HEADERS)))
    if same in _good:
        return []
    found = [
        *_about_headers(page),
        *_about_structure(page),
        *_about_names(page),
        *_about_scripts_and_styles(page),
        *_about_addresses(page),
        *_about_ids(page),
        *_about_forms(page),
        *_about_focus(page),
    ]
    if not found:
        _good.add(same)
    return found


def _about_headers(page: Page) -> Iterator[str]:
    policy = page.headers.get("content-security-policy", "")
    if "default-src 'none'" not in policy or "frame-ancestors 'none'" not in policy:
        yield f"content-security-policy is {policy!r}"
    for source in _UNSAFE_SOURCES:
        if source in policy.replace(";", " ").split():
            yield f"content-security-policy allows {source}"
    if "no-store" not in page.headers.get("cache-control", ""):
        yield f"cache-control is {page.headers.get('cache-control')!r}, a page of a person must not be stored"
    for name, value in {"x-content-type-options": "nosniff", "referrer-policy": "same-origin"}.items():
        if page.headers.get(name) != value:
            yield f"{name} is {page.headers.get(name)!r}, not {value!r}"


def _about_structure(page: Page) -> Iterator[str]:
    if not page.html.lstrip().lower().startswith("<!doctype html>"):
        yield "no doctype"
    for tag in ("html", "head", "body", "h1", "main"):
        number = len(page.root.all(tag))
        if number != 1:
            yield f"{number} <{tag}>, not one"
    if not page.title:
        yield "no title"
    if not page.h1:
        yield "an empty h1"
    if not page.language:
        yield "<html> has no lang"
    levels = [int(element.tag[1]) for element in page.root.all("h1", "h2", "h3", "h4", "h5", "h6")]
    for above, below in pairwise(levels):
        if below > above + 1:
            yield f"<h{below}> follows <h{above}>"


def _about_names(page: Page) -> Iterator[str]:
    for image in page.root.all("img"):
        if "alt" not in image:
            yield f"<img src={image.get('src')!r}> has no alt"
    for element in page.root.all("a", "button"):
        if "hidden" not in element and not (
            element.text or element.get("aria-label") or element.get("aria-labelledby")
        ):
            yield f"<{element.tag} {element.attrs}> has no name"


def _about_scripts_and_styles(page: Page) -> Iterator[str]:
    for script in page.root.all("script"):
        if not script.get("src"):
            yield "an inline script"
    if page.root.all("style"):
        yield "an inline <style>"
    for element in page.root.walk():
        for name in element.attrs:
            if name == "style" or name.startswith("on"):
                yield f"<{element.tag}> has the attribute {name}"


def _about_addresses(page: Page) -> Iterator[str]:
    for element in page.root.walk():
        for name in (*_LOADS, *(("href",) if element.tag in {"link", "use", "image"} else ())):
            value = element.get(name)
            is_ours = value.startswith(("/", "#", "data:image/")) and not value.startswith("//")
            if value and not is_ours:
                yield f"<{element.tag} {name}={value!r}> leads elsewhere"
        href = element.get("href") if element.tag == "a" else ""
        if href.startswith(("javascript:", "data:", "//")):
            yield f"<a href={href!r}>"
        if href.startswith(("http:", "https:")) and "noreferrer" not in element.get("rel"):
            yield f"<a href={href!r}> tells the other site where the person comes from (rel=noreferrer)"


def _about_ids(page: Page) -> Iterator[str]:
    ids = Counter(element.get("id") for element in page.root.walk() if "id" in element)
    for name, number in ids.items():
        if number > 1:
            yield f"id {name!r} is there {number} times"
    for element in page.root.walk():
        for attribute in _REFERENCES:
            for name in element.get(attribute).split():
                if name not in ids:
                    yield f"<{element.tag} {attribute}={name!r}> leads to nothing"
        if element.tag == "a" and element.get("href").startswith("#") and element.get("href")[1:] not in ids:
            yield f"<a href={element.get('href')!r}> leads to nothing"


def _about_forms(page: Page) -> Iterator[str]:
    for form in page.forms:
        if not form.action:
            yield "a form without an action"
        if form.method not in {"get", "post"}:
            yield f"a form with method {form.method!r}"
        for field in form.fields:
            if field.kind == "password" and (form.method != "post" or field.value):
                yield f"{field}: a password in an address, or refilled"
            if field.kind not in _NEEDS_NO_LABEL and not field.is_hidden and not field.label:
                yield f"{field} in the form to {form.action!r} has no label"
    for control in page.root.all(*_LABELLED):
        if control.get("aria-hidden") == "true" and control.get("tabindex") != "-1":
            yield f"{control.attrs} is hidden from some people only"
        if control.get("type") not in _NEEDS_NO_LABEL and not _is_in_a_form(control) and "disabled" not in control:
            yield f"<{control.tag} name={control.get('name')!r}> is in no form"


def _about_focus(page: Page) -> Iterator[str]:
    focused = [element for element in page.root.walk() if "autofocus" in element]
    wrong = [element for element in page.root.walk() if element.get("aria-invalid") == "true"]
    for form in page.forms:
        for field in form.fields:
            if field.is_wrong and not field.described_by:
                yield f"{field} is marked wrong, but nothing says why"
    if len(focused) > 1:
        yield "several fields ask for the focus"
    if wrong and focused[:1] != wrong[:1]:
        yield "the focus is not in the first wrong field"


def _is_in_a_form(control: Element) -> bool:
    return "form" in control or any(around.tag == "form" for around in control.ancestors())
