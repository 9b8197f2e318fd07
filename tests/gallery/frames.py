"""Frames for the gallery: the person, menu and languages around every sample page."""

from __future__ import annotations

from datetime import UTC, datetime

from bulwark import language
from bulwark.language import _, ngettext
from bulwark.web.frame import Frame, MenuEntry, MenuGroup, OtherAccount, Theme, language_choices

SERVER = "mail.example.org"
PERSON = "alice@example.org"
CONTACT = "postmaster@example.org"
READ = datetime(2026, 11, 23, 13, 32, 7, tzinfo=UTC)


def menu(current: str, two_factor: str = "On") -> tuple[MenuGroup, ...]:
    """The menu with everything in it; `current` is the path of the page."""

    def entry(label: str, href: str, icon: str, fact: str = "", *, warn: bool = False) -> MenuEntry:
        return MenuEntry(
            label=label, href=href, icon=icon, fact=fact, fact_tone="warn" if warn else "", current=href == current
        )

    on = two_factor == "On"
    return (
        MenuGroup(entries=(entry(_("Overview"), "/", "shield"),)),
        MenuGroup(
            label=_("Sign-in"),
            entries=(
                entry(_("Password"), "/password", "password"),
                entry(_("Two-factor"), "/two-factor", "phone", _("On") if on else _("Off"), warn=not on),
                entry(_("App passwords"), "/app-passwords", "laptop", "3"),
                entry(_("Activity"), "/activity", "activity"),
            ),
        ),
        MenuGroup(
            label=_("Mail"),
            entries=(
                entry(_("Encryption at rest"), "/encryption", "lock", _("On")),
                entry(_("Sender identities"), "/identities", "at", "2"),
            ),
        ),
        MenuGroup(label=_("You"), entries=(entry(_("Profile"), "/profile", "person"),)),
        MenuGroup(
            label=_("Administration"),
            entries=(
                entry(_("API keys"), "/api-keys", "api", "2"),
                entry(_("Accounts"), "/administration/accounts", "people"),
                entry(_("Permissions"), "/administration/permissions", "matrix"),
            ),
        ),
    )


def signed_in(
    path: str,
    *,
    theme: Theme = Theme.AUTO,
    account: str = PERSON,
    two_factor: str = "On",
    unlock_minutes: int | None = 9,
    as_of: bool = False,
    direction: str = "",
) -> Frame:
    """The frame of a signed-in person on the page at `path`."""
    tag = language.locale()
    return Frame(
        server_name=SERVER,
        locale=tag,
        direction="rtl" if direction == "rtl" else language.direction(tag),
        theme=theme,
        account=account,
        account_mark="mark-of-alice",
        menu=menu(path, two_factor),
        account_links=(
            MenuEntry(label=_("Profile"), href="/profile", icon="person"),
            MenuEntry(label=_("Where you are signed in"), href="/activity", icon="activity"),
        ),
        other_accounts=(
            OtherAccount(address="bob@example.org", mark="mark-of-bob"),
            OtherAccount(
                address="a.very.long.name.of.somebody@mail.department.example.org",
                mark="mark-of-somebody",
                ended=ngettext("Signed out after %(n)s minute idle", "Signed out after %(n)s minutes idle", 30),
            ),
        )
        if path == "/"
        else (),
        languages=language_choices(tag),
        unlock_minutes=unlock_minutes,
        contact=CONTACT,
        as_of=language.time_of_day(READ, zone=True) if as_of else None,
        path=path,
    )


def outside(*, theme: Theme = Theme.AUTO, account: str | None = None, direction: str = "") -> Frame:
    """The frame of a page without a menu."""
    tag = language.locale()
    return Frame(
        server_name=SERVER,
        locale=tag,
        direction="rtl" if direction == "rtl" else language.direction(tag),
        theme=theme,
        account=account,
        account_mark="mark-of-alice" if account else "",
        languages=language_choices(tag),
        contact=CONTACT,
    )
