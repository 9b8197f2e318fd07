"""Which events become notices, of which kind, and their words."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from bulwark import language
from bulwark.account.event_texts import sentence_of
from bulwark.language import N_, _, ngettext
from bulwark.store.events import EventKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bulwark.store.events import Event

FEW_CODES = 3


class NoticeKind(StrEnum):
    """What people choose by."""

    PASSWORD = "password"  # noqa: S105 - the name of a kind
    TWO_FACTOR = "two-factor"
    RECOVERY_CODE = "recovery-code"
    CREDENTIAL = "credential"
    ENDING = "ending"
    ENCRYPTION = "encryption"
    ADDRESS = "address"


ALWAYS = (NoticeKind.PASSWORD, NoticeKind.TWO_FACTOR, NoticeKind.RECOVERY_CODE)

_KINDS: Mapping[EventKind, NoticeKind] = {
    EventKind.PASSWORD_CHANGED: NoticeKind.PASSWORD,
    EventKind.PASSWORD_FORCED: NoticeKind.PASSWORD,
    EventKind.TWO_FACTOR_ENROLLED: NoticeKind.TWO_FACTOR,
    EventKind.TWO_FACTOR_REPLACED: NoticeKind.TWO_FACTOR,
    EventKind.TWO_FACTOR_TURNED_OFF: NoticeKind.TWO_FACTOR,
    EventKind.TWO_FACTOR_RESET: NoticeKind.TWO_FACTOR,
    EventKind.RECOVERY_CODE_USED: NoticeKind.RECOVERY_CODE,
    EventKind.APP_PASSWORD_CREATED: NoticeKind.CREDENTIAL,
    EventKind.API_KEY_CREATED: NoticeKind.CREDENTIAL,
    EventKind.CREDENTIAL_TAKEN: NoticeKind.CREDENTIAL,
    EventKind.ENCRYPTION_TURNED_ON: NoticeKind.ENCRYPTION,
    EventKind.ENCRYPTION_TURNED_OFF: NoticeKind.ENCRYPTION,
    EventKind.SIGNED_IN: NoticeKind.ADDRESS,
}
_LABELS: Mapping[NoticeKind, str] = {
    NoticeKind.PASSWORD: N_("The password was changed"),
    NoticeKind.TWO_FACTOR: N_("Two-factor authentication was changed"),
    NoticeKind.RECOVERY_CODE: N_("A recovery code was used, and how many are left"),
    NoticeKind.CREDENTIAL: N_("A new app password or API key, or one that an administrator revoked"),
    NoticeKind.ENDING: N_("An app password or API key ends in 14 days, in 3 days, or today"),
    NoticeKind.ENCRYPTION: N_("Encryption at rest was turned on or off"),
    NoticeKind.ADDRESS: N_("A sign-in to this panel from a new address"),
}


def kind_of(event: EventKind) -> NoticeKind | None:
    """The kind of notice that an event becomes, if any."""
    return _KINDS.get(event)


def label_of(kind: NoticeKind) -> str:
    """A kind as the page of choices names it."""
    return _(_LABELS[kind])


def of_event(event: Event, kind: NoticeKind, server_name: str, link: str) -> tuple[str, str]:
    """Subject and text of an event's notice; `link` is where "this was not me" begins, or empty."""
    said = sentence_of(event)
    subject = (
        _("Signed in to your account’s security panel from a new address") if kind is NoticeKind.ADDRESS else said.what
    )
    lines = [
        f"{subject}.",
        "",
        _("When: %(time)s", time=language.long_moment(event.at)),
    ]
    if said.how:
        lines.append(_("From: %(place)s", place=said.how))
    left = event.params.get("left", "")
    if kind is NoticeKind.RECOVERY_CODE and left.isdigit():
        lines += ["", _left(int(left))]
    return subject, "\n".join([*lines, "", *_ending(server_name, link)])


def of_end(names: tuple[str, ...], days: int, server_name: str, link: str) -> tuple[str, str]:
    """Subject and text of a reminder that some credentials end within so many days."""
    if days:
        within = ngettext("tomorrow", "within %(n)s days", days)
        subject = _("App password or API key ends %(when)s", when=within)
    else:
        subject = _("App password or API key ends today")
    lines = [f"{subject}:", "", *(f"  {name}" for name in names), ""]
    lines.append(_("After its end the app can no longer sign in with it. You can give it a new end."))
    return subject, "\n".join([*lines, "", *_ending(server_name, link)])


def _left(count: int) -> str:
    said = ngettext("%(n)s recovery code is left.", "%(n)s recovery codes are left.", count)
    return said if count > FEW_CODES else f"{said} {_('Make new ones soon.')}"


def _ending(server_name: str, link: str) -> list[str]:
    if link:
        was_not_me = _("Was this not you? Open this and take your account back: %(link)s", link=link)
    else:
        was_not_me = _("Was this not you? Open the security panel, Activity, “This was not me”.")
    return [
        _("If this was you, there is nothing to do."),
        was_not_me,
        "",
        _("The security panel of %(server)s placed this message here. It was not sent by mail.", server=server_name),
    ]
