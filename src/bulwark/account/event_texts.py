"""Each kind of event in one short sentence, with the sign beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bulwark.language import N_, _, series
from bulwark.store.events import EventKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bulwark.store.events import Event
    from bulwark.web.frame import Tone


class Said(NamedTuple):
    """An event as a page tells it."""

    icon: str
    what: str
    how: str
    tone: Tone


_TEXTS: Mapping[EventKind, tuple[str, str, Tone]] = {
    EventKind.SIGNED_IN: ("person", N_("Signed in to this panel"), ""),
    EventKind.SIGN_IN_REFUSED: ("warn", N_("Sign-in refused"), "warn"),
    EventKind.SIGN_IN_BLOCKED: ("block", N_("Sign-in blocked for a while"), "warn"),
    EventKind.SIGNED_OUT: ("signout", N_("Signed out of this panel"), ""),
    EventKind.SESSION_ENDED: ("signout", N_("A session of this panel was ended"), ""),
    EventKind.SIGNED_OUT_EVERYWHERE: ("signout", N_("Signed out everywhere"), "warn"),
    EventKind.STEPPED_UP: ("unlock", N_("Confirmed it is you"), ""),
    EventKind.PASSWORD_CHANGED: ("password", N_("Password changed"), "ok"),
    EventKind.PASSWORD_CHANGE_UNKNOWN: ("unknown", N_("Password change without an answer"), "unknown"),
    EventKind.TWO_FACTOR_ENROLLED: ("phone", N_("Two-factor authentication turned on"), "ok"),
    EventKind.TWO_FACTOR_REPLACED: ("phone", N_("Authenticator replaced"), "ok"),
    EventKind.TWO_FACTOR_TURNED_OFF: ("phone", N_("Two-factor authentication turned off"), "warn"),
    EventKind.RECOVERY_CODES_MADE: ("document", N_("New recovery codes made"), ""),
    EventKind.RECOVERY_CODE_USED: ("document", N_("Recovery code used"), "warn"),
    EventKind.RECOVERY_CODES_VOID: ("document", N_("Recovery codes stopped working"), "warn"),
    EventKind.APP_PASSWORD_CREATED: ("laptop", N_("App password “%(name)s” created"), "ok"),
    EventKind.APP_PASSWORD_EDITED: ("laptop", N_("App password “%(name)s” changed"), ""),
    EventKind.APP_PASSWORD_REVOKED: ("bin", N_("App password “%(name)s” revoked"), ""),
    EventKind.API_KEY_CREATED: ("api", N_("API key “%(name)s” created"), "ok"),
    EventKind.API_KEY_EDITED: ("api", N_("API key “%(name)s” changed"), ""),
    EventKind.API_KEY_REVOKED: ("bin", N_("API key “%(name)s” revoked"), ""),
    EventKind.PUBLIC_KEY_ADDED: ("lock", N_("Encryption key “%(name)s” added"), "ok"),
    EventKind.PUBLIC_KEY_REMOVED: ("bin", N_("Encryption key “%(name)s” removed"), ""),
    EventKind.ENCRYPTION_TURNED_ON: ("lock", N_("Encryption at rest turned on"), "ok"),
    EventKind.ENCRYPTION_TURNED_OFF: ("unlock", N_("Encryption at rest turned off"), "warn"),
    EventKind.ENCRYPTION_PROVEN: ("ok", N_("Encryption at rest tested: it works"), "ok"),
    EventKind.ENCRYPTION_NOT_PROVEN: ("warn", N_("Encryption at rest tested: it does not work"), "warn"),
    EventKind.IDENTITY_CREATED: ("at", N_("Sender identity “%(name)s” created"), "ok"),
    EventKind.IDENTITY_EDITED: ("at", N_("Sender identity “%(name)s” changed"), ""),
    EventKind.IDENTITY_REMOVED: ("bin", N_("Sender identity “%(name)s” removed"), ""),
    EventKind.PROFILE_EDITED: ("person", N_("Profile changed"), ""),
    EventKind.NOTICES_CHOSEN: ("mail", N_("Choice of notices changed"), ""),
    EventKind.TWO_FACTOR_RESET: ("phone", N_("Two-factor authentication reset by %(name)s"), "warn"),
    EventKind.PASSWORD_FORCED: ("password", N_("A new password was demanded by %(name)s"), "warn"),
    EventKind.CREDENTIAL_TAKEN: ("bin", N_("“%(name)s” revoked by an administrator"), "warn"),
    EventKind.ADMIN_RESET_TWO_FACTOR: ("people", N_("Reset the two-factor authentication of %(name)s"), ""),
    EventKind.ADMIN_FORCED_PASSWORD: ("people", N_("Demanded a new password of %(name)s"), ""),
    EventKind.ADMIN_REVOKED: ("people", N_("Revoked %(name)s"), ""),
    EventKind.ADMIN_PERMISSIONS: ("matrix", N_("Changed the permissions of %(name)s"), ""),
}


def sentence_of(event: Event) -> Said:
    """The event in the language in force; a kind of a newer release is named as it is."""
    icon, text, tone = _TEXTS.get(event.kind, ("info", str(event.kind), ""))
    what = _(text)
    if "%(name)s" in what:
        what %= {"name": event.params.get("name", "…")}
    where = event.address or ""
    with_code = _("with a code") if event.params.get("code") == "yes" else ""
    how = series(part for part in (_device(event), where, with_code) if part)
    return Said(icon=icon, what=what, how=how, tone=tone)


def _device(event: Event) -> str:
    browser, _slash, system = (event.device or "").partition("/")
    return _("%(browser)s on %(system)s", browser=browser, system=system) if browser and system else browser
