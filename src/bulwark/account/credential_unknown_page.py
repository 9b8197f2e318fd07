"""The third outcome as both sections show it: what was sent and when, and what looking again showed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bulwark import language
from bulwark.account.credential_pages import back_to, by_kind
from bulwark.account.credential_traces import Trace
from bulwark.account.credentials import mark_of
from bulwark.language import _, series
from bulwark.web.page_types import Link, Notice, Page

if TYPE_CHECKING:
    from bulwark.account.credential_traces import Attempt, Found
    from bulwark.account.credentials import Kind

UNKNOWN = "credentials/unknown.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownPage(Page):
    """The third outcome: what was sent and when; `found` is set once somebody has looked."""

    title: str
    back: Link
    heading: str
    text: str
    check_action: str
    check_text: str
    found: Notice | None
    links: tuple[Link, ...]
    reference: str


def unknown_page(kind: Kind, attempt: Attempt, *, server_name: str, reference: str, found: Found | None) -> UnknownPage:
    """Nobody knows whether it was done; `found` is what looking again showed."""
    act, name = attempt.act, series(attempt.names)
    heading, title = _unknown_words(kind, act, name)
    text = _(
        "It was sent to %(server)s at %(time)s, then the connection broke before an answer arrived. We did not send it"
        " a second time.",
        server=server_name,
        time=language.time_of_day(attempt.sent_at, seconds=True),
    )
    if act == "create":
        text += " " + _(
            "It may exist. Nobody has seen its secret, so it is of no use to you: look, and revoke it if it is there."
        )
    links = [] if found is None else _found_links(kind, act, found)
    return UnknownPage(
        title=title,
        back=back_to(kind),
        heading=heading,
        text=text,
        check_action=f"{kind.path}/unknown",
        check_text=_("This reads the list once. It changes nothing."),
        found=None if found is None else _found_notice(act, name, found),
        links=tuple(links),
        reference=reference,
    )


def _unknown_words(kind: Kind, act: str, name: str) -> tuple[str, str]:
    if act == "create":
        return (
            _("We do not know whether “%(name)s” was created", name=name),
            by_kind(kind, _("Not known whether it was created"), _("Not known whether the key was created")),
        )
    if act == "edit":
        return _("We do not know whether “%(name)s” was changed", name=name), _("Not known whether it was changed")
    return _("We do not know whether “%(name)s” was revoked", name=name), _("Not known whether it was revoked")


def _found_notice(act: str, name: str, found: Found) -> Notice:
    match act, found.trace:
        case "create", Trace.DONE:
            return Notice(
                heading=_("It exists"),
                text=_("Its secret is lost, and it counts. Revoke it, then make a new one."),
                tone="warn",
                alert=True,
            )
        case "create", _:
            return Notice(
                heading=_("It does not exist"),
                text=_("The list holds none with this name from then. You can make it again."),
                tone="ok",
                alert=True,
            )
        case "edit", Trace.DONE:
            return Notice(
                heading=_("It was changed"), text=_("The list shows it as you wanted it."), tone="ok", alert=True
            )
        case "edit", _:
            text = _("The list does not show it as you wanted it. You can change it again.")
            return Notice(heading=_("It was not changed"), text=text, tone="warn", alert=True)
        case _, Trace.DONE:
            return Notice(
                heading=_("It was revoked"), text=_("The list does not hold it any more."), tone="ok", alert=True
            )
        case _:
            left = series(one.description for one in found.credentials) or name
            text = _("Still in the list: %(names)s.", names=left)
            return Notice(heading=_("Not everything was revoked"), text=text, tone="warn", alert=True)


def _found_links(kind: Kind, act: str, found: Found) -> list[Link]:
    if act == "create" and found.trace is Trace.NOT_DONE:
        return [Link(label=_("Make it again"), href=f"{kind.path}/new")]
    if act == "edit" and found.trace is Trace.DONE:
        return []
    return [
        Link(label=_("Revoke “%(name)s”…", name=one.description), href=f"{kind.path}/{mark_of(kind, one)}/revoke")
        for one in found.credentials
    ]
