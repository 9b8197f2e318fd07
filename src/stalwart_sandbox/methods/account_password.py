"""x:AccountPassword: password and second factor, with the server's order of checks.

Nothing to change succeeds without looking at the current password; the policy is judged after it; wrong password and
wrong code share one text; a stored URL nobody can read makes the whole method unavailable.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from stalwart_sandbox import auth, dates, errors, ids, patch, policy, shapes
from stalwart_sandbox.accounts import Directory, Hashed
from stalwart_sandbox.auth import Verdict
from stalwart_sandbox.errors import MethodError, SetError
from stalwart_sandbox.jmap import Method
from stalwart_sandbox.patch import MASK, Object, Text
from stalwart_sandbox.quirks import Quirk

if TYPE_CHECKING:
    from stalwart_sandbox.accounts import Account, Credential
    from stalwart_sandbox.jmap import Call
    from stalwart_sandbox.state import State

Json = dict[str, Any]

_SINGLETON: Final = ids.decode(ids.SINGLETON)
_SCHEMA: Final = Object(
    {
        "currentSecret": Text(),
        "secret": Text(),
        "otpAuth": Object({"otpUrl": Text(), "otpCode": Text()}, merged=True),
    }
)


def get(call: Call) -> Json:
    """The singleton with everything masked; `otpUrl` is there only when the second factor is on."""
    password = None if call.account is None else call.state.password(call.account)

    def record(number: int) -> Json | None:
        if number != _SINGLETON or password is None:
            return None
        return {"secret": MASK, "otpAuth": {"otpUrl": MASK} if password.otp_url is not None else {}}

    known = [_SINGLETON] if _SINGLETON is not None and (password is not None or call.account is not None) else []
    return shapes.get(call, record, lambda: known)


def set_(call: Call) -> Json:
    """Change password, second factor, or both in one step."""
    return shapes.answer_set(call, update=partial(_update, call), destroy=shapes.refuse_singleton)


def _update(call: Call, number: int, value: Json) -> None:
    account = call.account
    if number != _SINGLETON or account is None:
        raise SetError("notFound")
    password = call.state.password(account)
    if password is None:
        raise SetError("forbidden", "Your account does not support password changes")
    stored = {"currentSecret": None, "secret": MASK, "otpAuth": {"otpUrl": password.otp_url and MASK, "otpCode": None}}
    wanted = patch.update(_SCHEMA, stored, value, call.refs)
    new, otp_url = wanted["secret"], wanted["otpAuth"]["otpUrl"]
    new = None if new == MASK else new
    otp_url = password.otp_url if otp_url == MASK else otp_url
    if new is None and otp_url == password.otp_url:
        return
    _check(call, account, password, wanted)
    if new is not None:
        _check_policy(call.state, new)
        password.secret = Hashed.of(new)
        password.expires_at = _new_expiry(call.state, password)
        call.state.quirks.spare(Quirk.EXPIRED_PASSWORD, account.address)
    password.otp_url = otp_url
    call.state.changed()


def _check(call: Call, account: Account, password: Credential, wanted: Json) -> None:
    state, current = call.state, wanted["currentSecret"]
    if state.directory(account) is not Directory.INTERNAL:
        raise SetError("forbidden", "Operation not allowed.")
    if password.secret is None:
        raise SetError("forbidden", "Cannot set a password or OTP auth on an account that doesn't have one.")
    if current is None:
        raise SetError("forbidden", "Current secret must be provided to change the password or OTP auth.")
    match auth.verify(state, account, current, wanted["otpAuth"]["otpCode"]):
        case Verdict.RIGHT:
            return
        case Verdict.CODE_MISSING:
            raise SetError("forbidden", "Current OTP code is required to change the password or OTP auth.")
        case Verdict.UNUSABLE:
            raise MethodError("serverUnavailable", errors.UNAVAILABLE)
        case Verdict.WRONG:
            if auth.failed(state, call.client, account.address, account).status == 429:  # noqa: PLR2004 - a ban
                raise MethodError("serverUnavailable", errors.UNAVAILABLE)
            raise SetError("forbidden", "Current secret is incorrect.")


def _check_policy(state: State, password: str) -> None:
    complaint = password_complaint(state, password)
    if complaint is not None:
        raise SetError("invalidProperties", complaint, ["secret"])


def password_complaint(state: State, password: str) -> str | None:
    """What the server's policy says against a password, or None."""
    rules = state.settings["Authentication"]
    return policy.complaint(
        password,
        shortest=rules["passwordMinLength"],
        longest=rules["passwordMaxLength"],
        strength=rules["passwordMinStrength"],
    )


def _new_expiry(state: State, password: Credential) -> str | None:
    """The end of a new password: the policy's, else none where the old one had ended."""
    default = state.settings["Authentication"]["passwordDefaultExpiry"]
    if default is not None:
        return dates.text(state.now() + default / 1000)
    return None if dates.is_past(password.expires_at, state.now()) else password.expires_at


METHODS: Final = {
    "x:AccountPassword/get": Method(answer=get, read="sysAccountPasswordGet"),
    "x:AccountPassword/set": Method(
        answer=set_,
        create="sysAccountPasswordUpdate",
        update="sysAccountPasswordUpdate",
        destroy="sysAccountPasswordUpdate",
    ),
}
