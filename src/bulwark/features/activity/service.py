"""Signing out everywhere: the same password is saved once more, which kills every token of the account.

`x:AccountPassword/set` with `secret` equal to `currentSecret` (recorded in the scenario `password-same`): access and
refresh tokens on every device die, ours too; app passwords and API keys live on. After a lost answer our own token
tells: when it is dead, it was done.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import stalwart_jmap as jmap
from bulwark import errors
from bulwark.account import entry, password_change, refusals
from bulwark.account.rights import why_no_password
from stalwart_jmap.objects import account_password, app_password

if TYPE_CHECKING:
    from datetime import datetime

    from bulwark.account.account import Account
    from stalwart_jmap import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What the confirmation shows; `app_passwords` is None when they could not be counted."""

    has_two_factor: bool
    app_passwords: int | None
    unavailable: errors.BulwarkError | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedOut:
    """Every token of the account is dead; `signed_in` is None when new ones could not be had."""

    at: datetime
    signed_in: entry.SignedIn | None
    answer_was_lost: bool


async def look(account: Account) -> Before:
    """Read what the confirmation shows, in one request.

    Raises:
        BulwarkError: the request as a whole failed.
    """
    query = app_password.query_call()
    response = await account.read(account_password.get_call(), query, renew_rights=account.rights.hides_password)
    state, ids = response.get("password"), response.get(query)
    answered = not isinstance(state, jmap.MethodError)
    found = account_password.parse(state) if not isinstance(state, jmap.MethodError) else None
    unavailable: errors.BulwarkError | None = why_no_password(account.rights, get_was_answered=answered)
    if unavailable is None and isinstance(state, jmap.MethodError):
        unavailable = refusals.from_method_error(state, "sysAccountPasswordGet")
    if unavailable is None and found is None:
        unavailable = errors.NoPassword()
    listed = None if isinstance(ids, jmap.MethodError) else ids.get("ids")
    return Before(
        has_two_factor=found is not None and found.has_two_factor,
        app_passwords=len(listed) if isinstance(listed, list) else None,
        unavailable=unavailable,
    )


async def sign_out_everywhere(account: Account, *, password: Secret, code: Secret | None) -> SignedOut:
    """Kill every token of the account, then sign in again with the same password and the same code.

    Raises:
        WeakPassword: the server takes this password no more; nothing was changed.
        Refusal, Unavailable, ServerProblem: nothing was changed.
        NotApplied: the answer was lost, and our token still works.
        OutcomeUnknown: the answer was lost, and nobody could be asked.
    """
    lost = False
    try:
        await password_change.change(account, current=password, new=password, code=code)
    except errors.OutcomeUnknown as unknown:
        lost = True
        await _settle(account, unknown)
    signed_in = await _sign_in_again(account, password, code)
    return SignedOut(at=account.now, signed_in=signed_in, answer_was_lost=lost)


async def _settle(account: Account, unknown: errors.OutcomeUnknown) -> None:
    """Nothing when our token is dead, so that all are; otherwise what is true."""
    try:
        await account.client.account_info()
    except jmap.AuthenticationFailed:
        return
    except jmap.StalwartError:
        raise unknown from None
    raise errors.NotApplied from unknown


async def _sign_in_again(account: Account, password: Secret, code: Secret | None) -> entry.SignedIn | None:
    """The server takes a code twice (protocol reference 3.6); without tokens the person signs in again."""
    try:
        tokens = await entry.exchange(
            account.transport,
            login=account.address,
            password=password,
            code=code,
            forwarded_for=account.forwarded_for,
        )
        if not isinstance(tokens, jmap.Tokens):
            return None
        return await entry.open_account(
            account.transport, tokens, forwarded_for=account.forwarded_for, clock=account.clock
        )
    except errors.BulwarkError:
        return None
