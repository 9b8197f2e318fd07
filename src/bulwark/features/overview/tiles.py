"""Tiles, events and the list of what is lacking: from what was read to finished sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulwark import errors, language
from bulwark.account.event_texts import sentence_of
from bulwark.features.overview import pages as texts
from bulwark.language import _, ngettext, series
from bulwark.web.page_types import moment
from bulwark.web.unavailable import permission
from stalwart_jmap.objects.account_settings import Encrypted
from stalwart_jmap.objects.credential import Inherit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bulwark.features.overview.pages import Event, InPart, Tile
    from bulwark.features.overview.service import Area, State
    from bulwark.sessions.keeper import ListedSession
    from bulwark.sessions.visit import Visit
    from bulwark.store.events import Event as StoredEvent

CORE = (  # what the panel is for, by the permissions each needs; message ids
    ("sysAccountPasswordGet", "sysAccountPasswordUpdate"),
    (
        "sysAppPasswordQuery",
        "sysAppPasswordGet",
        "sysAppPasswordCreate",
        "sysAppPasswordUpdate",
        "sysAppPasswordDestroy",
    ),
    ("sysAccountSettingsGet", "sysAccountSettingsUpdate"),
    ("sysPublicKeyQuery", "sysPublicKeyGet", "sysPublicKeyCreate", "sysPublicKeyDestroy"),
    ("jmapIdentityGet", "jmapIdentityChanges", "jmapIdentityCreate", "jmapIdentityUpdate", "jmapIdentityDestroy"),
)


def tiles_of(visit: Visit, state: State, sessions: Sequence[ListedSession]) -> tuple[Tile, ...]:
    """One tile per area; a path is given only where this panel has the page."""
    paths = {feature.slug: feature.path for feature in visit.panel.features}
    return (
        _password(state, paths.get("password", "")),
        _two_factor(state, paths.get("two-factor", "")),
        _app_passwords(state, paths.get("app-passwords", "")),
        _encryption(state, paths.get("encryption", "")),
        _identities(state, paths.get("identities", "")),
        _sessions(sessions, paths.get("activity", "")),
    )


def _closed(area: Area[object], label: str, path: str, icon: str) -> Tile | None:
    """The tile of an area that could not be read, or may not be; None when it was read."""
    if area.error is None:
        return None
    if isinstance(area.error, errors.PermissionMissing):
        return texts.closed_tile(label, path, icon, _("A permission is missing"))
    if isinstance(area.error, errors.ManagedElsewhere | errors.NoPassword):
        return texts.closed_tile(label, path, icon, _("Managed outside the mail server"))
    if area.is_closed:
        return texts.closed_tile(label, path, icon)
    return texts.unread_tile(label, path, icon)


def _password(state: State, path: str) -> Tile:
    label = _("Password")
    closed = _closed(state.has_two_factor, label, path, "password")
    return closed or texts.Tile(
        label=label,
        href=path,
        icon="password",
        state=_("Set"),
        detail=_("Asked for here and in web mail"),
    )


def _two_factor(state: State, path: str) -> Tile:
    label = _("Two-factor")
    closed = _closed(state.has_two_factor, label, path, "phone")
    if closed is not None:
        return closed
    if state.has_two_factor.value:
        shown = state.recovery.shown if state.recovery is not None else None
        detail = _("A code is asked for")
        if shown is not None:
            detail = ngettext("%(n)s recovery code left", "%(n)s recovery codes left", shown.left)
        elif state.recovery is not None:
            detail = _("Set up elsewhere, no recovery codes")
        return texts.Tile(label=label, href=path, icon="phone", state=_("On"), detail=detail, tone="ok")
    return texts.Tile(
        label=label, href=path, icon="phone", state=_("Off"), detail=_("The password alone opens it"), tone="bad"
    )


def _app_passwords(state: State, path: str) -> Tile:
    label = _("App passwords")
    listed = state.app_passwords.value
    if listed is None:
        return _closed(state.app_passwords, label, path, "laptop") or texts.unread_tile(label, path, "laptop")
    ended = sum(1 for one in listed if one.expires_at is not None and one.expires_at <= state.read_at)
    powerful = sum(1 for one in listed if isinstance(one.scope, Inherit))
    details = []
    if ended:
        details.append(ngettext("%(n)s ended", "%(n)s ended", ended))
    if powerful:
        details.append(ngettext("%(n)s too powerful", "%(n)s too powerful", powerful))
    return texts.Tile(
        label=label,
        href=path,
        icon="laptop",
        state=ngettext("%(n)s in use", "%(n)s in use", len(listed)) if listed else _("None"),
        detail=series(details),
        tone="warn" if details else "",
    )


def _encryption(state: State, path: str) -> Tile:
    label = _("Encryption at rest")
    settings = state.settings.value
    if settings is None:
        return _closed(state.settings, label, path, "lock") or texts.unread_tile(label, path, "lock")
    if isinstance(settings.encryption, Encrypted):
        keys = state.public_keys.value or ()
        end = next((key.expires_at for key in keys if key.id == settings.encryption.public_key), None)
        detail = _("Key ends %(date)s", date=language.long_date(end)) if end is not None else _("New mail is encrypted")
        return texts.Tile(label=label, href=path, icon="lock", state=_("On"), detail=detail, tone="ok")
    return texts.Tile(label=label, href=path, icon="lock", state=_("Off"), detail=_("Mail is stored as it came"))


def _identities(state: State, path: str) -> Tile:
    label = _("Sender identities")
    listed = state.identities.value
    if listed is None:
        return _closed(state.identities, label, path, "at") or texts.unread_tile(label, path, "at")
    count = len({one.email.lower() for one in listed})
    return texts.Tile(
        label=label,
        href=path,
        icon="at",
        state=ngettext("%(n)s address", "%(n)s addresses", count) if count else _("None"),
    )


def _sessions(sessions: Sequence[ListedSession], path: str) -> Tile:
    others = sum(1 for one in sessions if not one.is_this)
    return texts.Tile(
        label=_("Signed in"),
        href=path,
        icon="activity",
        state=ngettext("%(n)s session", "%(n)s sessions", len(sessions)),
        detail=ngettext("This browser and %(n)s other", "This browser and %(n)s others", others)
        if others
        else _("This browser only"),
    )


def facts_of(state: State) -> dict[str, str]:
    """The word at the end of a menu entry, for what was just read; nothing where nothing is known."""
    facts: dict[str, str] = {}
    if state.has_two_factor.value is not None:
        facts["two-factor"] = _("On") if state.has_two_factor.value else _("Off")
    if state.app_passwords.value is not None:
        facts["app-passwords"] = str(len(state.app_passwords.value))
    if state.settings.value is not None:
        facts["encryption"] = _("On") if isinstance(state.settings.value.encryption, Encrypted) else _("Off")
    if state.identities.value is not None:
        facts["identities"] = str(len(state.identities.value))
    return facts


def events_of(events: Sequence[StoredEvent], now: datetime) -> tuple[Event, ...]:
    """The latest events as the card shows them."""
    shown = []
    for event in events:
        said = sentence_of(event)
        shown.append(
            texts.Event(icon=said.icon, what=said.what, how=said.how, tone=said.tone, at=moment(event.at, now))
        )
    return tuple(shown)


def lacking(visit: Visit, state: State) -> InPart | None:
    """The core things that cannot be done here and the permissions they need; None when nothing is lacking.

    An account of an external directory lacks the password's permissions by nature: that is no gap to be mended.
    """
    rights = visit.account.rights
    labels = (
        _("Change the password and set up two-factor"),
        _("Manage app passwords"),
        _("Change settings, encryption included"),
        _("Manage encryption keys"),
        _("Manage sender identities"),
    )
    rows = []
    for label, names in zip(labels, CORE, strict=True):
        missing = rights.missing(*names)
        if missing and names is CORE[0] and isinstance(state.has_two_factor.error, errors.ManagedElsewhere):
            continue
        if missing:
            rows.append(texts.Lacking(what=label, permissions=tuple(permission(name) for name in missing)))
    if not rows:
        return None
    listed = series(one.name for row in rows for one in row.permissions)
    who = visit.panel.settings.contact or _("Your administrator")
    return texts.InPart(
        lacking=tuple(rows),
        ask_text=_("%(who)s can change it in your role. A text you can send:", who=who),
        sentence=_(
            "Please give %(account)s these permissions, best in the role that the account has: %(names)s.",
            account=visit.session.state.address,
            names=listed,
        ),
    )
