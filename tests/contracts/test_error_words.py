"""Every error the panel can meet has words for a person, in the browser and on the command line."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from bulwark import errors
from bulwark.console.words import sentence_for
from bulwark.web import problems
from bulwark.web.error_pages import TABLE, Circumstances, row_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


AT = datetime(2026, 11, 23, 14, 32, 7, tzinfo=UTC)
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


# What page and terminal both say, in the same words
SAME_WORDS = (
    (errors.ServerUnreachable(), "The mail server does not answer"),
    (errors.ServerUnreachable(), "Nothing was changed."),
    (errors.ServerUnreachable(nothing_changed=False), "We do not know whether anything was changed."),
    (errors.UnsupportedServer(), "Account security management is not available for this mail server"),
    (errors.UnsupportedServer(), "Stalwart 0.16 or newer."),
    (errors.TooManyRequests(17), "17 seconds"),
    (errors.TooManyRequests(17), "Nothing was changed."),
    (errors.AddressBlocked("panel"), "Ask your administrator to lift the block"),
    (errors.PermissionMissing("sysAppPasswordGet"), "sysAppPasswordGet"),
    (errors.SignInNotPermitted(), "authenticate"),
    (errors.FeatureAbsent(), "This mail server does not have this feature."),
    (errors.Refused("Quota exceeded"), "The server refused it: “Quota exceeded”"),
    (errors.WeakPassword("Too short"), "The server refused it: “Too short”"),
    (errors.OutcomeUnknown(AT), "We do not know whether"),
    (errors.SealBroken(), "This is our fault, not yours"),
)


def page_text(error: Exception) -> str:
    """Everything that the page of an error says."""
    row = row_of(error)
    assert row is not None
    here = Circumstances(
        server_name="mail.test",
        public_url=None,
        path="/",
        reference="7F3K",
        account="alice@example.org",
        was_post=False,
        now=AT,
    )
    page = row.page(error, here)
    return f"{page.heading} {page.text} {page.more}"


@pytest.mark.parametrize(("error", "words"), SAME_WORDS, ids=lambda value: str(value)[:30])
def test_page_and_terminal_say_the_same(error: errors.BulwarkError, words: str) -> None:
    said, shown = sentence_for(error), page_text(error)

    assert words.casefold().rstrip(".") in said.casefold()
    assert words.casefold().rstrip(".") in shown.casefold()


NEVER_AT_A_TERMINAL = {"RecentAuthRequired", "AccountSwitched"}  # they are about a browser's session


@pytest.mark.parametrize("kind", DOMAIN, ids=lambda kind: kind.__name__)
def test_an_error_has_a_sentence_and_a_status_at_the_terminal(kind: type[errors.BulwarkError]) -> None:
    from bulwark.cli import status_of
    from bulwark.console.statuses import MEANINGS

    facts: dict[str, tuple[Any, ...]] = {
        "TooManyRequests": (17,),
        "AddressBlocked": ("yours",),
        "WrongKindOfSecret": ("api-key",),
        "ProviderProblem": ("denied",),
        "AccountSwitched": ("mark",),
        "TooManyAttempts": (AT,),
        "WeakPassword": ("Too short",),
        "QuotaReached": (3,),
        "Refused": ("No",),
        "ForeignAddress": ("No",),
        "CipherUnknown": ("No",),
        "OutcomeUnknown": (AT,),
        "StoreUnavailable": ("locked",),
        "StoreFromNewerVersion": ("0009",),
    }
    error = kind(*facts.get(kind.__name__, ()))

    assert status_of(error) in set(MEANINGS) - {0, 2, 130}
    assert (sentence_for(error) == "It did not work.") is (kind.__name__ in NEVER_AT_A_TERMINAL)
    if isinstance(error, errors.ServerProblem):
        assert status_of(error) in {4, 5}
    if isinstance(error, errors.OutcomeUnknown):
        assert status_of(error) == 6


def test_the_tree_in_the_docstring_is_the_tree_of_classes() -> None:
    drawn = (errors.__doc__ or "").split()

    missing = [kind.__name__ for kind in DOMAIN if kind.__name__ not in drawn]
    assert missing == []
