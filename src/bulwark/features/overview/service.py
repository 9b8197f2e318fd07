"""The state of every area from one JMAP request; each area answers for itself, none takes the others down."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, TypeVar

import stalwart_jmap as jmap
from bulwark import errors
from bulwark.account import refusals
from bulwark.account.rights import why_no_password
from stalwart_jmap.objects import account as accounts
from stalwart_jmap.objects import account_password, account_settings, app_password, identity, public_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from bulwark.account.account import Account
    from bulwark.account.last_use import Uses
    from bulwark.account.recovery import RecoveryState
    from stalwart_jmap import Response
    from stalwart_jmap.objects.account_settings import AccountSettings
    from stalwart_jmap.objects.app_password import AppPassword
    from stalwart_jmap.objects.identity import Identity
    from stalwart_jmap.objects.public_key import PublicKey

Value_co = TypeVar("Value_co", covariant=True)

APP_PASSWORD_READING = ("sysAppPasswordQuery", "sysAppPasswordGet")
SETTINGS_READING = ("sysAccountSettingsGet",)
KEY_READING = ("sysPublicKeyGet",)
IDENTITY_READING = ("jmapIdentityGet",)
END_READING = ("sysAccountGet",)  # only administrators may read when a password ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Area(Generic[Value_co]):
    """What was read of one area: its value, or the error that says why not. Exactly one of them is set."""

    value: Value_co | None = None
    error: errors.BulwarkError | None = None

    @property
    def is_closed(self) -> bool:
        """Whether the account may not use it, as opposed to: it could not be read just now."""
        return isinstance(self.error, errors.Unavailable | errors.NoPassword)


class EncryptionTest(StrEnum):
    """What the latest test message showed, if there was one."""

    NEVER = "never"
    PROVEN = "proven"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """What only the panel knows. `encryption_test` is None where encryption was not turned on here."""

    uses: Uses
    app_password_limit: int | None = None
    encryption_test: EncryptionTest | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Everything the overview tells of an account, as of `read_at`.

    `recovery` and `records` are the panel's own, None where there is no panel. `password_ends_at` is None too where it
    cannot be read.
    """

    read_at: datetime
    has_two_factor: Area[bool]
    app_passwords: Area[tuple[AppPassword, ...]]
    settings: Area[AccountSettings]
    public_keys: Area[tuple[PublicKey, ...]]
    identities: Area[tuple[Identity, ...]]
    recovery: RecoveryState | None = None
    records: Records | None = None
    password_ends_at: datetime | None = None

    @property
    def areas(self) -> tuple[Area[object], ...]:
        """All areas."""
        return (self.has_two_factor, self.app_passwords, self.settings, self.public_keys, self.identities)

    @property
    def is_nothing_left(self) -> bool:
        """Whether no area at all may be used."""
        return all(area.is_closed for area in self.areas)


async def look(account: Account) -> State:
    """Read every area in one request; rights are renewed in the same breath when some area was closed before.

    Raises:
        BulwarkError: the request as a whole failed.
    """
    app_ids = app_password.query_call()
    was_closed = bool(account.rights.missing(*APP_PASSWORD_READING, *SETTINGS_READING, *KEY_READING, *IDENTITY_READING))
    may_read_end = account.rights.has(*END_READING)
    response = await account.read(
        account_password.get_call(),
        app_ids,
        app_password.get_call(app_ids.ref("/ids")),
        account_settings.get_call(),
        public_key.get_call(),
        identity.get_call(),
        *((accounts.get_call([account.account_id], "own-account"),) if may_read_end else ()),
        renew_rights=was_closed or account.rights.hides_password,
    )
    return State(
        read_at=account.now,
        has_two_factor=_two_factor(account, response),
        app_passwords=_area(response, "app_password", app_password.parse, account, APP_PASSWORD_READING),
        settings=_settings(account, response),
        public_keys=_keys(account, response),
        identities=_area(response, "identities", identity.parse, account, IDENTITY_READING),
        password_ends_at=_password_end(response) if may_read_end else None,
    )


def _password_end(response: Response) -> datetime | None:
    result = response.get("own-account")
    if isinstance(result, jmap.MethodError):
        return None
    try:
        own = next(iter(accounts.parse(result)), None)
    except jmap.BadAnswer:
        return None
    return own.password.expires_at if own is not None and own.password is not None else None


def _area(
    response: Response,
    call_id: str,
    parse: Callable[[Mapping[str, object]], Value_co],
    account: Account,
    names: tuple[str, ...],
) -> Area[Value_co]:
    result = response.get(call_id)
    if not isinstance(result, jmap.MethodError):
        try:
            return Area(value=parse(result))
        except jmap.BadAnswer:
            return Area(error=errors.ProtocolBroken())
    missing = account.rights.why_not(*names)
    return Area(error=missing or refusals.from_method_error(result, *names))


def _two_factor(account: Account, response: Response) -> Area[bool]:
    result = response.get("password")
    answered = not isinstance(result, jmap.MethodError)
    why = why_no_password(account.rights, get_was_answered=answered)
    if why is not None:
        return Area(error=why)
    area = _area(response, "password", account_password.parse, account, ("sysAccountPasswordGet",))
    if area.error is not None:
        return Area(error=area.error)
    return Area(error=errors.NoPassword()) if area.value is None else Area(value=area.value.has_two_factor)


def _settings(account: Account, response: Response) -> Area[AccountSettings]:
    area = _area(response, "settings", account_settings.parse, account, SETTINGS_READING)
    if area.error is not None:
        return Area(error=area.error)
    return Area(error=errors.FeatureAbsent()) if area.value is None else Area(value=area.value)


def _keys(account: Account, response: Response) -> Area[tuple[PublicKey, ...]]:
    """An administrator's list holds everybody's keys: only the own ones count (observed, `admin.json`)."""
    area = _area(response, "public-keys", public_key.parse, account, KEY_READING)
    if area.value is None:
        return area
    return Area(value=tuple(key for key in area.value if key.account_id in {None, account.account_id}))
