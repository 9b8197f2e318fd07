"""`x:AccountPassword`: the password and the second factor, one singleton (Stalwart's own).

The server checks nothing about a new authenticator and answers "updated" to a change that changes nothing, even with a
wrong current password. So this module refuses to send the second, and every URL an authenticator could not use.
Wrong password and wrong code are refused in the same words. A new password ends every token of the account, this
client's included; app passwords and API keys survive.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from stalwart_jmap import totp
from stalwart_jmap.core.request import Call
from stalwart_jmap.core.wire import KEEP, MASK, SINGLETON, Keep, convert

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stalwart_jmap.client import StalwartClient
    from stalwart_jmap.core.errors import SetError
    from stalwart_jmap.secret import Secret

GET: Final = "x:AccountPassword/get"
SET: Final = "x:AccountPassword/set"


class _OtpAuth(msgspec.Struct, rename="camel"):
    otp_url: str | None = None


class _Entry(msgspec.Struct, rename="camel"):
    otp_auth: _OtpAuth
    id: str


class _Get(msgspec.Struct, rename="camel"):
    entries: list[_Entry] = msgspec.field(name="list")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPassword:
    """What the server tells about it: only whether a second factor is on."""

    has_two_factor: bool


def get_call(call_id: str = "password") -> Call:
    """Read the singleton."""
    return Call(GET, {"ids": [SINGLETON]}, call_id)


def parse(result: Mapping[str, Any]) -> AccountPassword | None:
    """Read the result of `get_call`: None for an account without a password of its own."""
    entries = convert(result, _Get).entries
    entry = next((entry for entry in entries if entry.id == SINGLETON), None)
    return None if entry is None else AccountPassword(has_two_factor=entry.otp_auth.otp_url is not None)


async def change(
    client: StalwartClient,
    *,
    current: Secret,
    new: Secret | None = None,
    otp_url: Secret | Keep | None = KEEP,
    otp_code: Secret | None = None,
) -> SetError | None:
    """Change the password, the second factor, or both at once, in a request of its own.

    `otp_url` turns the factor on or replaces it, None turns it off. `otp_code` is a current code of the factor that is
    on *now*. None means that the server named the change as done. Raises ValueError, before anything is sent, for a
    change of nothing, an empty or masked password, and a URL that would lock the account; `OutcomeUnknown` when the
    answer is lost; `MethodError`.
    """
    update = _update(current=current, new=new, otp_url=otp_url, otp_code=otp_code)
    result = await client.write(Call(SET, {"update": {SINGLETON: update}}, "change"))
    return result.update_of(SINGLETON)


def _update(
    *, current: Secret, new: Secret | None, otp_url: Secret | Keep | None, otp_code: Secret | None
) -> dict[str, object]:
    if new is None and otp_url is KEEP:
        message = "nothing to change: the server would say yes without checking the current password"
        raise ValueError(message)
    update: dict[str, object] = {"currentSecret": current}
    if new is not None:
        if new.reveal() in {"", MASK}:
            message = "a new password is neither empty nor the server's mask"
            raise ValueError(message)
        update["secret"] = new
    otp_auth: dict[str, Secret | None] = {}
    if otp_url is not KEEP:
        if otp_url is not None:
            totp.OtpAuthUrl.parse(otp_url)
        otp_auth["otpUrl"] = otp_url
    if otp_code is not None:
        otp_auth["otpCode"] = otp_code
    if otp_auth:
        update["otpAuth"] = otp_auth
    return update
