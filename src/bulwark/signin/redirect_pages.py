"""The pages of signing in elsewhere: what each shows."""

from __future__ import annotations

from dataclasses import dataclass

from bulwark.language import _
from bulwark.web.page_types import Link, Page
from bulwark.web.problem_pages import ProblemPage

ELSEWHERE = "sign_in/elsewhere.html"
STEP_UP = "sign_in/step_up_elsewhere.html"
GO_ON = "sign_in/step_up_done.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class ElsewherePage(Page):
    """Somebody typed a password that is for another place: it was not sent; `way` leads there."""

    login: str
    way: Link


@dataclass(frozen=True, slots=True, kw_only=True)
class StepUpPage(Page):
    """A proof of presence by signing in there once more; `purpose` ends "You are about to …"."""

    purpose: str
    way: Link
    cancel_href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GoOnPage(Page):
    """Presence was proven; one press does what was asked for. Hidden field: `carried`."""

    purpose: str
    carried: str


def signed_out(provider: str, way: Link | None) -> ProblemPage:
    """Signed out here; at the provider the person may still be signed in."""
    if way is None:
        more = _("This panel cannot end that. Sign out there, or close your browser.")
    else:
        more = _("On a computer that others use, sign out there too.")
    return ProblemPage(
        icon="signout",
        tone="ok",
        heading=_("You are signed out."),
        text=_("You may still be signed in at %(provider)s.", provider=provider),
        more=more,
        main=way or Link(label=_("Sign in"), href="/sign-in"),
    )
