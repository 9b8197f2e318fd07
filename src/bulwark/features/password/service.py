"""Changing the password: what the server is asked, and what its answer means.

`x:AccountPassword/set` (protocol reference 3). A change kills every token of the account, the panel's own included, so
the new password is used at once to get new ones. A lost answer is settled by signing in, never by sending again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

import stalwart_jmap as jmap
from bulwark import errors
from bulwark.account import entry, password_change, refusals
from bulwark.account.rights import PASSWORD_PERMISSIONS, why_no_password
from stalwart_jmap.objects import account_password, app_password

if TYPE_CHECKING:
    from datetime import datetime

    from bulwark.account.account import Account
    from stalwart_jmap import Call, Response, Secret, Tokens
    from stalwart_jmap.objects.app_password import AppPassword


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordState:
    """What the page shows before anything is typed.

    `unavailable` is the reason why the password cannot be changed here, or None. `app_passwords` is None when they
    could not be read; `why_not_revoke` tells why "revoke all" cannot be offered.
    """

    has_two_factor: bool
    app_passwords: tuple[AppPassword, ...] | None
    why_not_revoke: errors.Unavailable | None
    unavailable: errors.BulwarkError | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a person asked for."""

    current: Secret
    new: Secret
    code: Secret | None
    revoke_app_passwords: bool = False


class AppPasswordsAfter(StrEnum):
    """What became of the app passwords."""

    KEPT = "kept"
    REVOKED = "revoked"
    PARTLY = "partly"  # some or all were not revoked although it was asked for
    UNREAD = "unread"


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """The server named the change in its answer, or let the new password in after a lost answer.

    `signed_in` is None when the tokens for going on could not be had: the person signs in again.
    """

    at: datetime
    signed_in: entry.SignedIn | None
    answer_was_lost: bool
    app_passwords: AppPasswordsAfter
    kept: int
    revoked: int


class Holds(StrEnum):
    """Which password the server takes after a lost answer."""

    NEW = "new"
    OLD = "old"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What signing in showed: which password holds, and the tokens if one of them opened the account.

    `signed_in` is what the new password opened; it is None when the old one holds, which leaves the session as it is,
    and when the server would not let the new one in just now.
    """

    holds: Holds
    tokens: Tokens | None
    signed_in: entry.SignedIn | None = None


async def look(account: Account) -> PasswordState:
    """Read what the page shows, in one request; the rights beside it while they close this section.

    Raises:
        BulwarkError: the request as a whole failed.
    """
    is_closed = account.rights.is_narrow or account.rights.why_not(*PASSWORD_PERMISSIONS) is not None
    response = await account.read(account_password.get_call(), *_list_calls(), renew_rights=is_closed)
    state = response.get("password")
    found = None if isinstance(state, jmap.MethodError) else account_password.parse(state)
    unavailable: errors.BulwarkError | None = why_no_password(
        account.rights, get_was_answered=not isinstance(state, jmap.MethodError)
    )
    if isinstance(state, jmap.MethodError) and unavailable is None:
        unavailable = refusals.from_method_error(state, "sysAccountPasswordGet")
    if unavailable is None and found is None:
        unavailable = errors.NoPassword()
    return PasswordState(
        has_two_factor=found is not None and found.has_two_factor,
        app_passwords=_app_passwords(response),
        why_not_revoke=account.rights.why_not("sysAppPasswordQuery", "sysAppPasswordGet", "sysAppPasswordDestroy"),
        unavailable=unavailable,
    )


async def change(account: Account, wanted: Change) -> Changed:
    """Change the password; go on with new tokens.

    Raises:
        Refusal, ManagedElsewhere, PermissionMissing: the server said no, nothing was changed.
        NotApplied: the answer was lost, and signing in showed that the old password holds.
        OutcomeUnknown: the answer was lost and the server could not be asked which password holds.
        ServerProblem: nothing was changed.
    """
    lost = False
    try:
        await password_change.change(account, current=wanted.current, new=wanted.new, code=wanted.code)
    except errors.OutcomeUnknown as unknown:
        lost = True
        tokens = await _settle(account, wanted, unknown)
    else:
        tokens = await _sign_in_again(account, wanted)
    at = account.now
    signed_in = await _open(account, tokens)
    after, kept, revoked = AppPasswordsAfter.UNREAD, 0, 0
    if signed_in is not None:
        after, kept, revoked = await _app_passwords_after(account, signed_in, revoke=wanted.revoke_app_passwords)
    return Changed(at=at, signed_in=signed_in, answer_was_lost=lost, app_passwords=after, kept=kept, revoked=revoked)


async def find_out(account: Account, *, new: Secret, old: Secret, code: Secret | None) -> Found:
    """Sign in with the new password, then with the old one, and say which holds: at most two attempts.

    A server that asks for a code has accepted the password. With a code that is not taken, neither can be told.

    Raises:
        BulwarkError: the server does not answer.
    """
    for holds, password in ((Holds.NEW, new), (Holds.OLD, old)):
        answer = await entry.exchange(
            account.transport,
            login=account.address,
            password=password,
            code=code,
            forwarded_for=account.forwarded_for,
        )
        match answer:
            case None:
                continue
            case entry.CodeNeeded():
                return Found(holds=holds, tokens=None)
            case tokens:
                return Found(holds=holds, tokens=tokens)
    return Found(holds=Holds.NEITHER, tokens=None)


async def settle(account: Account, *, new: Secret, old: Secret, code: Secret | None) -> Found:
    """Do what `find_out` does, and open the account when the new password holds.

    Raises:
        BulwarkError: the server does not answer.
    """
    found = await find_out(account, new=new, old=old, code=code)
    if found.holds is not Holds.NEW:
        return found
    return replace(found, signed_in=await _open(account, found.tokens))


async def _settle(account: Account, wanted: Change, unknown: errors.OutcomeUnknown) -> Tokens | None:
    """After a lost answer: tokens when the new password holds; raises what is true otherwise."""
    try:
        found = await find_out(account, new=wanted.new, old=wanted.current, code=wanted.code)
    except errors.BulwarkError as error:
        raise unknown from error
    if found.holds is Holds.NEW:
        return found.tokens
    if found.holds is Holds.OLD:
        raise errors.NotApplied from unknown
    raise unknown


async def _sign_in_again(account: Account, wanted: Change) -> Tokens | None:
    """New tokens with the new password and the same code, which the server takes twice (reference 3.6)."""
    try:
        answer = await entry.exchange(
            account.transport,
            login=account.address,
            password=wanted.new,
            code=wanted.code,
            forwarded_for=account.forwarded_for,
        )
    except errors.BulwarkError:
        return None
    return answer if isinstance(answer, jmap.Tokens) else None


async def _open(account: Account, tokens: Tokens | None) -> entry.SignedIn | None:
    if tokens is None:
        return None
    try:
        return await entry.open_account(
            account.transport, tokens, forwarded_for=account.forwarded_for, clock=account.clock
        )
    except errors.BulwarkError:
        return None


async def _app_passwords_after(
    account: Account, signed_in: entry.SignedIn, *, revoke: bool
) -> tuple[AppPasswordsAfter, int, int]:
    """Count the app passwords that survive, and revoke them when that was asked for."""
    client = jmap.StalwartClient(
        account.transport, jmap.BearerToken(signed_in.tokens.access), forwarded_for=account.forwarded_for
    ).with_session(signed_in.session)
    listed: tuple[AppPassword, ...] | None = None
    try:
        listed = _app_passwords(await client.call(*_list_calls()))
        if listed is not None and (not revoke or not listed):
            return AppPasswordsAfter.KEPT, len(listed), 0
        results = await app_password.destroy(client, [one.id for one in listed]) if listed is not None else {}
    except jmap.StalwartError:
        results = {}
    if listed is None:
        return (AppPasswordsAfter.PARTLY if revoke else AppPasswordsAfter.UNREAD), 0, 0
    revoked = sum(1 for result in results.values() if result is None)
    after = AppPasswordsAfter.REVOKED if revoked == len(listed) else AppPasswordsAfter.PARTLY
    return after, len(listed) - revoked, revoked


def _list_calls() -> tuple[Call, Call]:
    query = app_password.query_call()
    return query, app_password.get_call(query.ref("/ids"))


def _app_passwords(response: Response) -> tuple[AppPassword, ...] | None:
    listed = response.get("app_password")
    return None if isinstance(listed, jmap.MethodError) else app_password.parse(listed)
