"""Every error the panel can meet has words for a person, in the browser and on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bulwark import errors
from bulwark.cli import EXIT_STATUS
from bulwark.web.error_pages import TABLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def leaves(of: type[errors.BulwarkError] = errors.BulwarkError) -> Iterator[type[errors.BulwarkError]]:
    """The errors that are really raised: those with nothing below them in `bulwark.errors`."""
    below = [kind for kind in of.__subclasses__() if kind.__module__ == errors.__name__]
    if not below:
        yield of
    for kind in below:
        yield from leaves(kind)


def is_told(kind: type[errors.BulwarkError], table: Mapping[type[BaseException], object]) -> bool:
    """Whether the table has the error or a family of it, short of the root of all."""
    return any(parent in table for parent in kind.__mro__ if parent is not errors.BulwarkError)


@pytest.mark.parametrize("kind", leaves(), ids=lambda kind: kind.__name__)
def test_an_error_has_a_page(kind: type[errors.BulwarkError]) -> None:
    assert is_told(kind, TABLE)


@pytest.mark.parametrize("kind", leaves(), ids=lambda kind: kind.__name__)
def test_an_error_has_an_exit_status(kind: type[errors.BulwarkError]) -> None:
    assert is_told(kind, EXIT_STATUS)


def test_the_tree_in_the_docstring_is_the_tree_of_classes() -> None:
    drawn = (errors.__doc__ or "").split()

    assert [kind.__name__ for kind in leaves() if kind.__name__ not in drawn] == []
