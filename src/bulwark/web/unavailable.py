"""Why a section cannot be used, as a page tells it: the reason, who can change it, a sentence to send.

A missing permission is named by the server's own name and by the label administrators knew before version 0.16.
"""

from __future__ import annotations

from dataclasses import dataclass

from bulwark.language import _, ngettext, series
from bulwark.web.page_types import Link, Page

SECTION = "section_unavailable.html"

_FORMERLY = {
    "authenticate": "Authenticate",
    "sysAccountSettingsGet": "Retrieve specific account information",
    "sysAccountSettingsUpdate": "Modify user account information",
    "jmapIdentityGet": "Retrieve user identities via JMAP",
    "jmapIdentityCreate": "Modify user identities via JMAP",
    "jmapIdentityUpdate": "Modify user identities via JMAP",
    "jmapIdentityDestroy": "Modify user identities via JMAP",
    "jmapIdentityChanges": "Track identity changes via JMAP",
}
_FORMERLY_BY_START = {
    "sysAccountPassword": "Manage account passwords",
    "sysAppPassword": "Manage account passwords",
    "sysPublicKey": "Manage encryption-at-rest settings",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """A permission by its name on the server; `formerly` is the label it had, in English as it was, or nothing."""

    name: str
    formerly: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unavailable:
    """One reason; `sentence` is ready to be copied, `link` leads to where it can be done instead."""

    icon: str
    heading: str
    text: str
    ask_heading: str
    ask_text: str = ""
    permissions: tuple[Permission, ...] = ()
    sentence: str = ""
    link: Link | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionPage(Page):
    """A whole section that cannot be used: its heading, and the reason in its place."""

    heading: str
    text: str = ""
    reason: Unavailable


def permission(name: str) -> Permission:
    """A permission with the label it had before 0.16, where it had one."""
    for start, label in _FORMERLY_BY_START.items():
        if name.startswith(start):
            return Permission(name=name, formerly=label)
    return Permission(name=name, formerly=_FORMERLY.get(name, ""))


def permission_missing(
    heading: str, names: tuple[str, ...], *, account: str, contact: str | None, still: str = "", role: str = ""
) -> Unavailable:
    """`heading` says what cannot be done ("You cannot create app passwords"), `still` what can be done nevertheless."""
    lacking = ngettext("Your account lacks a permission:", "Your account lacks these permissions:", len(names))
    listed = series(names)
    who = contact or _("Your administrator")
    return Unavailable(
        icon="block",
        heading=heading,
        text=f"{still} {lacking}".strip(),
        permissions=tuple(permission(name) for name in names),
        ask_heading=_("Ask your administrator"),
        ask_text=_("%(who)s can change it in the role “%(role)s”. A text you can send:", who=who, role=role)
        if role
        else _("%(who)s can change it in your role. A text you can send:", who=who),
        sentence=ngettext(
            "Please give %(account)s the permission %(names)s, best in the role that the account has.",
            "Please give %(account)s the permissions %(names)s, best in the role that the account has.",
            len(names),
            account=account,
            names=listed,
        )
        if not role
        else ngettext(
            "Please give %(account)s the permission %(names)s, best in the role “%(role)s”.",
            "Please give %(account)s the permissions %(names)s, best in the role “%(role)s”.",
            len(names),
            account=account,
            names=listed,
            role=role,
        ),
    )


def managed_elsewhere(domain: str, elsewhere: Link | None = None) -> Unavailable:
    """The account's password and second factor live in an external directory."""
    return Unavailable(
        icon="people",
        heading=_("Your password lives somewhere else"),
        text=_(
            "%(domain)s takes its accounts from an external directory. Password and two-factor are managed there; app"
            " passwords and encryption work here.",
            domain=domain,
        ),
        ask_heading=_("Go there instead"),
        ask_text="" if elsewhere else _("Your administrator knows the address."),
        link=elsewhere,
    )


def server_too_old(server_name: str) -> Unavailable:
    """The server is older than 0.16."""
    return Unavailable(
        icon="document",
        heading=_("The mail server is too old"),
        text=_(
            "%(server)s runs a version before 0.16. This panel needs 0.16 or newer."
            " Nothing is wrong with your account.",
            server=server_name,
        ),
        ask_heading=_("Ask your administrator"),
        ask_text=_("To update Stalwart. Until then, mail works as usual."),
    )


def sign_in_limited(contact: str | None, names: tuple[str, ...] = ()) -> Unavailable:
    """Signed in with a token that may not manage security; `names` are the permissions that would be needed here."""
    return Unavailable(
        icon="password",
        heading=_("This sign-in may not manage security"),
        text=_(
            "You came in through an application sign-in that is limited to mail. The server lets only first-party"
            " clients change security settings."
        ),
        ask_heading=_("Sign in another way"),
        ask_text=_(
            "Sign in with your password, or ask %(who)s to mark this panel’s client as first-party.",
            who=contact or _("your administrator"),
        ),
        permissions=tuple(permission(name) for name in names),
    )


def not_answered(section: str, path: str, *, seconds: int = 15) -> Unavailable:
    """One section could not be read; the others are current. `section` is its name, such as "App passwords"."""
    return Unavailable(
        icon="unplug",
        heading=_("The server did not answer for this section"),
        text=_(
            "The rest of the page is current. %(section)s could not be read: no answer within %(seconds)s seconds."
            " This does not mean you have none.",
            section=section,
            seconds=seconds,
        ),
        ask_heading=_("Try again"),
        link=Link(label=_("Read again"), href=path, icon="refresh"),
    )


def not_understood(section: str, path: str) -> Unavailable:
    """The server refused to read this section in words we do not know."""
    return Unavailable(
        icon="unknown",
        heading=_("This section could not be read"),
        text=_("%(section)s: the server gave no usable answer. This does not mean you have none.", section=section),
        ask_heading=_("Try again"),
        link=Link(label=_("Read again"), href=path, icon="refresh"),
    )


def other_edition() -> Unavailable:
    """The feature is not part of this edition of the server."""
    return Unavailable(
        icon="block",
        heading=_("This mail server does not have this"),
        text=_("It needs the Enterprise edition of Stalwart. Nothing is wrong with your account."),
        ask_heading=_("Ask your administrator"),
        ask_text=_("Everything else in this panel works without it."),
    )


def slow_down(path: str, seconds: int) -> Unavailable:
    """The server's own limit of requests."""
    return Unavailable(
        icon="clock",
        heading=_("Too many requests"),
        text=ngettext(
            "The mail server asks to wait %(n)s second. Nothing was changed.",
            "The mail server asks to wait %(n)s seconds. Nothing was changed.",
            seconds,
        ),
        ask_heading=_("Then try again"),
        link=Link(label=_("Read again"), href=path, icon="refresh"),
    )
