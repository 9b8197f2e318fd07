"""Every error the panel can meet has words for a person, in the browser and on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bulwark import errors
from bulwark.web import problems
from bulwark.web.error_pages import TABLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


MODULES = {errors.__name__, problems.__name__}


def leaves(of: type[Exception]) -> Iterator[type[Exception]]:
    """The errors that are really raised: those with nothing below them."""
    below = [kind for kind in of.__subclasses__() if kind.__module__ in MODULES]
    if not below:
        yield of
    for kind in below:
        yield from leaves(kind)


def is_told(kind: type[Exception], table: Mapping[Any, object]) -> bool:
    """Whether the table has the error or a family of it, short of the roots."""
    roots = {errors.BulwarkError, problems.RequestProblem, Exception, BaseException, object}
    return any(parent in table for parent in kind.__mro__ if parent not in roots)


DOMAIN = sorted(leaves(errors.BulwarkError), key=lambda kind: kind.__name__)
OF_REQUESTS = sorted(leaves(problems.RequestProblem), key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", DOMAIN + OF_REQUESTS, ids=lambda kind: kind.__name__)
def test_an_error_has_a_page(kind: type[Exception]) -> None:
    assert is_told(kind, TABLE)


@pytest.mark.parametrize("kind", DOMAIN, ids=lambda kind: kind.__name__)
def test_an_error_has_an_exit_status(kind: type[Exception]) -> None:
    from bulwark.cli import EXIT_STATUS

    assert is_told(kind, EXIT_STATUS)


def test_the_tree_in_the_docstring_is_the_tree_of_classes() -> None:
    drawn = (errors.__doc__ or "").split()

    missing = [kind.__name__ for kind in DOMAIN if kind.__name__ not in drawn]
    assert missing == []
