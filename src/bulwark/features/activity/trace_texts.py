"""The words about traces of a stranger, for the page, the report and the command line."""

from __future__ import annotations

from bulwark.language import _
from bulwark.web.page_types import Link, Point


def elsewhere() -> tuple[str, ...]:
    """What this panel does not read: to be looked at in the mail program."""
    return (
        _("Filters that forward or delete mail"),
        _("An out-of-office reply you did not write"),
        _("Folders and calendars shared with somebody"),
        _("Mail in Sent and in the bin that you did not write"),
    )


def nothing_found() -> Point:
    """Nothing unusual in what was read."""
    return Point(text=_("Nothing unusual in your sender identities and your encryption."))


def identity_hides(address: str, target: str, *, is_copy: bool) -> Point:
    """A reply-to or blind copy that leaves the person's own domains."""
    text = (
        _("%(address)s sends a blind copy of everything to %(target)s.", address=address, target=target)
        if is_copy
        else _("Replies to %(address)s go to %(target)s.", address=address, target=target)
    )
    return Point(text=text, icon="warn", tone="warn", link=Link(label=_("Look"), href="/identities"))


def foreign_key(owner: str, *, in_use: bool) -> Point:
    """A public key that names none of the person's addresses."""
    text = (
        _("New mail is encrypted to a key of %(owner)s.", owner=owner)
        if in_use
        else _("A key of %(owner)s is stored.", owner=owner)
    )
    return Point(text=text, icon="warn", tone="warn", link=Link(label=_("Look"), href="/encryption"))


def encryption_is(*, on: bool) -> Point:
    """Whether incoming mail is encrypted."""
    text = _("Encryption at rest is on.") if on else _("Encryption at rest is off: mail is stored as it came.")
    return Point(text=text, icon="lock", tone="")


def unread(section: str) -> Point:
    """Unread never counts as fine."""
    return Point(text=_("%(section)s could not be read.", section=section), icon="unknown", tone="unknown")
