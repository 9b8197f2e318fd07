"""Every error is a sentence of its own on the command line, in both languages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bulwark import errors
from bulwark.console.words import sentence_for
from bulwark.language import use

WHEN = datetime(2026, 11, 23, 14, 32, 7, tzinfo=UTC)
MADE: dict[type[errors.BulwarkError], errors.BulwarkError] = {
    errors.TooManyRequests: errors.TooManyRequests(17),
    errors.AddressBlocked: errors.AddressBlocked("panel"),
    errors.WrongKindOfSecret: errors.WrongKindOfSecret("api-key"),
    errors.TooManyAttempts: errors.TooManyAttempts(WHEN + timedelta(minutes=9)),
    errors.PermissionMissing: errors.PermissionMissing("sysAppPasswordGet"),
    errors.WeakPassword: errors.WeakPassword("100% too weak."),
    errors.QuotaReached: errors.QuotaReached(5),
    errors.InUse: errors.InUse("one"),
    errors.Refused: errors.Refused("No %(thing)s."),
    errors.OutcomeUnknown: errors.OutcomeUnknown(WHEN),
}
# The panel's own pages and records: no command meets them.
ONLY_IN_THE_BROWSER = {errors.RecentAuthRequired, errors.AccountSwitched, errors.SealBroken}


def leaves(of: type[errors.BulwarkError]) -> list[type[errors.BulwarkError]]:
    """The errors below a root that are really raised."""
    below = [leaf for kind in of.__subclasses__() for leaf in leaves(kind)]
    return below or [of]


ALL = sorted(set(leaves(errors.BulwarkError)), key=lambda kind: kind.__name__)


def made(kind: type[errors.BulwarkError]) -> errors.BulwarkError:
    """An error of this kind, with something in it where it carries something."""
    if kind in MADE:
        return MADE[kind]
    try:
        return kind()
    except TypeError:
        return kind("a reason")


@pytest.mark.parametrize("kind", [one for one in ALL if one not in ONLY_IN_THE_BROWSER], ids=lambda one: one.__name__)
def test_every_error_has_a_sentence_of_its_own(kind: type[errors.BulwarkError]) -> None:
    sentence = sentence_for(made(kind))

    assert sentence != "It did not work."
    assert sentence.endswith((".", "”", "bulwark sign-in", "…"))
    assert "\n" not in sentence


def test_sentences_tell_errors_apart() -> None:
    said = [sentence_for(made(kind)) for kind in ALL if kind not in ONLY_IN_THE_BROWSER]

    assert len(set(said)) >= len(said) - 2


def test_values_stand_in_the_sentence_as_they_are() -> None:
    assert "“100% too weak.”" in sentence_for(MADE[errors.WeakPassword])
    assert "“No %(thing)s.”" in sentence_for(MADE[errors.Refused])
    assert "sysAppPasswordGet" in sentence_for(MADE[errors.PermissionMissing])
    assert "17 seconds" in sentence_for(MADE[errors.TooManyRequests])


def test_german_is_said_in_german() -> None:
    with use("de"):
        assert sentence_for(errors.SignInRefused()).startswith("Nicht angemeldet.")


def test_an_unreachable_server_does_not_claim_what_it_does_not_know() -> None:
    assert "Nothing was changed." in sentence_for(errors.ServerUnreachable())
    assert "We do not know" in sentence_for(errors.ServerUnreachable(nothing_changed=False))
