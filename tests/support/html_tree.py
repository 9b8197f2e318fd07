"""A document as a tree, with nothing but the standard library.

Malformed nesting is an error here, because our templates are ours.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from html.parser import HTMLParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
_HIDDEN_TEXT = frozenset({"script", "style", "template", "title"})


class MalformedHtmlError(AssertionError):
    """The page's tags do not nest."""


class Element:
    """One element: `tag`, `attrs` (an attribute without value is ""), `children`, `parent`. Read only once parsed."""

    def __init__(self, tag: str, attrs: dict[str, str], parent: Element | None) -> None:
        self.tag = tag
        self.attrs = attrs
        self.parent = parent
        self.children: list[Element | str] = []
        self._indexes: dict[str, dict[str, list[Element]]] = {}

    def get(self, name: str, default: str = "") -> str:
        """An attribute's value."""
        return self.attrs.get(name, default)

    def __contains__(self, name: str) -> bool:
        return name in self.attrs

    @cached_property
    def below(self) -> tuple[Element, ...]:
        """All elements below, in document order."""
        found: list[Element] = []
        waiting = [child for child in reversed(self.children) if isinstance(child, Element)]
        while waiting:
            element = waiting.pop()
            found.append(element)
            waiting += [child for child in reversed(element.children) if isinstance(child, Element)]
        return tuple(found)

    def walk(self) -> Iterator[Element]:
        """This element and all below it, in document order."""
        yield self
        yield from self.below

    def all(self, *tags: str, **attrs: str) -> list[Element]:
        """All elements below with one of the tags (none given: any) and these attributes (`_` stands for `-`)."""
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attrs.items()}
        among: Sequence[Element] = self.below
        if wanted:
            name, value = next(iter(wanted.items()))
            among = self._indexed(name).get(value, [])
        return [
            element
            for element in among
            if (not tags or element.tag in tags)
            and all(element.attrs.get(name) == value for name, value in wanted.items())
        ]

    def _indexed(self, name: str) -> dict[str, list[Element]]:
        index = self._indexes.get(name)
        if index is None:
            index = self._indexes[name] = {}
            for element in self.below:
                if name in element.attrs:
                    index.setdefault(element.attrs[name], []).append(element)
        return index

    def first(self, *tags: str, **attrs: str) -> Element:
        """The first of `all`."""
        found = self.all(*tags, **attrs)
        assert found, f"no {' or '.join(tags) or 'element'} with {attrs} on the page"
        return found[0]

    def ancestors(self) -> Iterator[Element]:
        """The elements around it, from the inside out."""
        element = self.parent
        while element is not None:
            yield element
            element = element.parent

    @cached_property
    def text(self) -> str:
        """What a person reads, white space folded; hidden parts are left out."""
        return " ".join("".join(self._texts()).split())

    def _texts(self) -> Iterator[str]:
        if self.tag in _HIDDEN_TEXT or "hidden" in self.attrs:
            return
        for child in self.children:
            if isinstance(child, str):
                yield child
            else:
                yield from child._texts()
        if self.tag not in {"a", "b", "strong", "em", "span", "code", "abbr", "bdi", "i", "small", "kbd", "wbr"}:
            yield " "


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("#document", {}, None)
        self.open = self.root

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            raise MalformedHtmlError(f"<{tag}> has an attribute twice: {names}")
        element = Element(tag, {name: value or "" for name, value in attrs}, self.open)
        self.open.children.append(element)
        if tag not in VOID:
            self.open = element

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag != self.open.tag:
            raise MalformedHtmlError(f"line {self.getpos()[0]}: </{tag}> closes <{self.open.tag}>")
        assert self.open.parent is not None
        self.open = self.open.parent

    def handle_data(self, data: str) -> None:
        self.open.children.append(data)


@lru_cache(maxsize=64)  # the sign-in page, say, is met by most tests
def parse(html: str) -> Element:
    """The document as a tree; raises `MalformedHtmlError` when tags do not nest."""
    builder = _Builder()
    builder.feed(html)
    builder.close()
    if builder.open is not builder.root:
        raise MalformedHtmlError(f"<{builder.open.tag}> is never closed")
    return builder.root
