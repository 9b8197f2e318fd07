"""The page of whatever went wrong with signing in elsewhere: what happened, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulwark.language import N_, _
from bulwark.web.page_types import Link
from bulwark.web.problem_pages import ProblemPage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bulwark.errors import ProviderWhy

_AGAIN = N_("Begin again. If it happens again, ask your administrator.")
_ADMINISTRATOR = N_("Your administrator finds this message in the guide to single sign-on.")
# why -> what happened, what to do
_TEXTS: Mapping[ProviderWhy, tuple[str, str]] = {
    "denied": (N_("Signing in was stopped or refused there."), ""),
    "expired": (N_("It took longer than ten minutes, or this answer was used before."), _AGAIN),
    "state": (N_("The answer belongs to no sign-in that was begun in this browser."), _AGAIN),
    "issuer": (
        N_("Another provider answered than the one that was asked."),
        N_("Do not type your password there, and tell your administrator."),
    ),
    "refused": (N_("The provider refused the request."), _ADMINISTRATOR),
    "silent": (N_("The provider does not answer."), _AGAIN),
    "unreadable": (N_("The provider’s answer cannot be used."), _ADMINISTRATOR),
    "address": (N_("The provider has an address to which this panel does not go."), _ADMINISTRATOR),
    "client": (N_("The provider does not know this panel, or does not take its secret."), _ADMINISTRATOR),
    "code": (N_("The provider did not take the code: it was used before, or is too old."), _AGAIN),
    "token": (N_("What the provider sent does not prove who you are."), _ADMINISTRATOR),
    "server": (N_("The mail server does not accept this sign-in."), _ADMINISTRATOR),
    "mail-server": (N_("The mail server does not answer"), _AGAIN),
    "not-permitted": (
        N_("Not signed in. This account may not sign in here."),
        N_("Its permission “authenticate” is missing. Your administrator can give it back."),
    ),
    "stale": (N_("The provider did not ask you anew, or does not say when it did."), _ADMINISTRATOR),
    "other-person": (N_("You signed in there as somebody else than here."), _AGAIN),
    "no-address": (N_("This panel does not know its own address."), _ADMINISTRATOR),
    "foreign": (N_("The mail server names another provider than this panel’s settings."), _ADMINISTRATOR),
}


def said(why: ProviderWhy) -> tuple[str, str]:
    """What happened, as a whole sentence, and what to do."""
    text, advice = _TEXTS[why]
    sentence = _(text)
    return (sentence if sentence.endswith(".") else f"{sentence}."), (_(advice) if advice else "")


def problem(why: ProviderWhy, again: str, reference: str = "") -> ProblemPage:
    """Signing in elsewhere, or proving presence there, did not work; `again` is where one more try begins."""
    sentence, advice = said(why)
    return ProblemPage(
        icon="no" if why == "issuer" else "warn",
        tone="bad" if why == "issuer" else "warn",
        heading=_("Signing in elsewhere did not work"),
        text=f"{sentence} {_('Nothing was changed.')}",
        more=advice,
        main=Link(label=_("Try again"), href=again, icon="refresh"),
        reference=reference,
    )
