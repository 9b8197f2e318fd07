"""The pages of what went wrong as a whole: each says what did not happen, why, and what to do.

Which error leads to which page and status is one table elsewhere; here are only the words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bulwark.language import _, ngettext
from bulwark.web.page_types import Link, Page

if TYPE_CHECKING:
    from bulwark.web.frame import OtherAccount, Tone

PROBLEM = "problem.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemPage(Page):
    """One thing that went wrong.

    `main` is the way on, `switch_to` a button that leads to another account and there to `switch_path`, `sign_out` adds
    that button, `reference` finds the log entry: shown to be copied when `fault`
    is the panel's own, else in the last line.
    """

    icon: str
    tone: Tone
    heading: str
    text: str
    more: str = ""
    main: Link | None = None
    switch_to: OtherAccount | None = None
    switch_path: str = ""
    sign_out: bool = False
    reference: str = ""
    fault: bool = False


def _overview() -> Link:
    return Link(label=_("Go to the overview"), href="/")


def _try_again(path: str) -> Link:
    return Link(label=_("Try again"), href=path, icon="refresh")


def _nothing_changed(*, nothing_changed: bool) -> str:
    if nothing_changed:
        return _("Nothing was changed.")
    return _("We do not know whether anything was changed. Look at the page again before you repeat it.")


def unreachable(
    server_name: str, at: str, path: str, *, nothing_changed: bool, signed_in: bool, reference: str = ""
) -> ProblemPage:
    """The mail server gives no answer; `at` is the time of the last try, with seconds."""
    tried = _("We tried to reach %(server)s, last at %(time)s.", server=server_name, time=at)
    still = _("You are still signed in to this panel.") if signed_in else ""
    return ProblemPage(
        icon="unplug",
        tone="warn",
        heading=_("The mail server does not answer"),
        text=f"{tried} {_nothing_changed(nothing_changed=nothing_changed)} {still}".strip(),
        main=_try_again(path),
        sign_out=signed_in,
        reference=reference,
    )


def unsupported_server(server_name: str, path: str, reference: str = "") -> ProblemPage:
    """The server is older than 0.16, or is no Stalwart."""
    return ProblemPage(
        icon="document",
        tone="",
        heading=_("Account security management is not available for this mail server"),
        text=_(
            "%(server)s runs a version before 0.16, or is no Stalwart. This panel needs Stalwart 0.16 or newer. Nothing"
            " is wrong with your account.",
            server=server_name,
        ),
        more=_("Ask your administrator to update the mail server. Until then, mail works as usual."),
        main=_try_again(path),
        reference=reference,
    )


def protocol_broken(server_name: str, path: str, *, nothing_changed: bool, reference: str = "") -> ProblemPage:
    """The server's answer could not be read."""
    cannot = _("%(server)s sent an answer that this panel cannot read.", server=server_name)
    return ProblemPage(
        icon="unknown",
        tone="unknown",
        heading=_("The mail server’s answer makes no sense"),
        text=f"{cannot} {_nothing_changed(nothing_changed=nothing_changed)}",
        more=_("Something between this panel and the mail server may be in the way. Your administrator can look."),
        main=_try_again(path),
        reference=reference,
    )


def slow_down(path: str, seconds: int, reference: str = "") -> ProblemPage:
    """The server's limit of requests, or the panel's."""
    return ProblemPage(
        icon="clock",
        tone="warn",
        heading=_("Too many requests"),
        text=ngettext("Please wait %(n)s second.", "Please wait %(n)s seconds.", seconds)
        + " "
        + _("Nothing was changed."),
        main=_try_again(path),
        reference=reference,
    )


def address_blocked(whose: Literal["yours", "panel"], server_name: str, path: str, reference: str = "") -> ProblemPage:
    """The mail server refuses every request from an address."""
    if whose == "yours":
        return ProblemPage(
            icon="block",
            tone="warn",
            heading=_("The mail server blocks your address"),
            text=_(
                "%(server)s refuses every connection from the network you are in, often after wrong passwords from a"
                " mail app. Nothing was changed.",
                server=server_name,
            ),
            more=_("Try from another network, or ask your administrator to lift the block."),
            main=_try_again(path),
            reference=reference,
        )
    return ProblemPage(
        icon="block",
        tone="warn",
        heading=_("The mail server blocks this panel"),
        text=_(
            "%(server)s refuses every connection from this panel. It is not about you, and nothing was changed.",
            server=server_name,
        ),
        more=_("Ask your administrator to lift the block and to exempt the panel’s address from bans."),
        main=_try_again(path),
        reference=reference,
    )


def not_found() -> ProblemPage:
    """No page has this address."""
    return ProblemPage(
        icon="document",
        tone="",
        heading=_("There is no such page"),
        text=_("The address may be mistyped, or the thing it showed was revoked or removed."),
        main=_overview(),
    )


def method_not_allowed() -> ProblemPage:
    """The page exists, but not for this method: mostly a form's address opened by hand."""
    return ProblemPage(
        icon="document",
        tone="",
        heading=_("This address only takes a form"),
        text=_("It cannot be opened by itself. Nothing was changed."),
        main=_overview(),
    )


def panel_fault(reference: str) -> ProblemPage:
    """The last resort: an error the panel did not expect."""
    return ProblemPage(
        icon="warn",
        tone="bad",
        heading=_("This is our fault, not yours"),
        text=_(
            "The panel met an error it did not expect and stopped. If you were saving something, look at the page again"
            " before you repeat it."
        ),
        main=_overview(),
        reference=reference,
        fault=True,
    )


def store_unavailable(path: str, reference: str, *, nothing_changed: bool = True) -> ProblemPage:
    """The panel's own database is locked, full or gone; where a write may have been sent before, that is said."""
    return ProblemPage(
        icon="unplug",
        tone="bad",
        heading=_("This panel cannot reach its own records"),
        text=_("It is our fault, not yours. The mail server is not affected, and your password and apps keep working.")
        if nothing_changed
        else _nothing_changed(nothing_changed=False),
        main=_try_again(path),
        reference=reference,
        fault=True,
    )


def forbidden(what: str, reference: str = "") -> ProblemPage:
    """The server refused because a permission is missing; `what` is a sentence that names it."""
    return ProblemPage(
        icon="block",
        tone="",
        heading=_("You may not do this"),
        text=what,
        more=_("Your administrator can change it. Nothing was changed."),
        main=_overview(),
        reference=reference,
    )


def switched_accounts(account: str, back: OtherAccount | None = None) -> ProblemPage:
    """409: the page belongs to another account than the one in use now; `back` leads to it while it is signed in."""
    return ProblemPage(
        icon="people",
        tone="warn",
        heading=_("You switched accounts"),
        text=_(
            "The page you sent belonged to another account. You are now signed in as %(account)s, so nothing was done.",
            account=account,
        ),
        main=_overview(),
        switch_to=back,
    )


def switched_meanwhile(sent_as: OtherAccount, path: str) -> ProblemPage:
    """409: the browser went to another account while a form was under way; the answer waits at `path` of the first."""
    return ProblemPage(
        icon="people",
        tone="unknown",
        heading=_("You switched accounts"),
        text=_(
            "The page you sent belonged to %(account)s. What came of it is shown there.",
            account=sent_as.address,
        ),
        main=_overview(),
        switch_to=sent_as,
        switch_path=path,
    )


def account_signed_out(account: str) -> ProblemPage:
    """200: one of several accounts was signed out; the next one is in use now."""
    return ProblemPage(
        icon="signout",
        tone="ok",
        heading=_("You are signed out."),
        text=_("This browser goes on with %(account)s, which is still signed in.", account=account),
        main=_overview(),
    )


def body_too_large() -> ProblemPage:
    """413."""
    return ProblemPage(
        icon="no",
        tone="bad",
        heading=_("That was too much to send"),
        text=_("The form was larger than this page takes. Nothing was saved."),
        main=_overview(),
    )


def form_unreadable() -> ProblemPage:
    """400: the body is no form that a page of ours makes."""
    return ProblemPage(
        icon="no",
        tone="bad",
        heading=_("This form could not be read"),
        text=_("It did not arrive as this panel made it. Nothing was saved. Open the page again and fill it in anew."),
        main=_overview(),
    )


def wrong_host(address: str | None) -> ProblemPage:
    """421: another host was asked for than this panel's; `address` is the panel's own, where it is known."""
    return ProblemPage(
        icon="info",
        tone="",
        heading=_("This panel has another address"),
        text=_("Open it under its own address: %(address)s", address=address)
        if address
        else _(
            "It does not answer under the name in your browser’s address bar. Ask your administrator for the address."
        ),
        main=Link(label=_("Go there"), href=address) if address else None,
    )


def foreign_origin() -> ProblemPage:
    """403: the browser says that another site sent this form."""
    return ProblemPage(
        icon="block",
        tone="bad",
        heading=_("This form came from another site"),
        text=_("Your browser says that it was not sent by this panel. Nothing was done."),
        more=_("If you did not expect this, close the other site. To do it yourself, open the page here."),
        main=_overview(),
    )


def plain_http(address: str | None) -> ProblemPage:
    """Http from elsewhere than this machine."""
    return ProblemPage(
        icon="unlock",
        tone="bad",
        heading=_("This connection is not protected"),
        text=_(
            "Passwords must not travel over plain http, so this panel does not open here. Use an address that begins"
            " with https."
        ),
        more=_("For administrators: put a proxy with TLS in front, and name it in BULWARK_TRUSTED_PROXIES."),
        main=Link(label=_("Go there"), href=address) if address else None,
    )


def session_ended() -> ProblemPage:
    """The session is dead and what was sent was not done."""
    return ProblemPage(
        icon="clock",
        tone="warn",
        heading=_("Your session has ended"),
        text=_("You were signed out, so nothing was done. Sign in again and repeat it."),
        main=Link(label=_("Sign in"), href="/sign-in"),
    )
