"""Two-factor authentication: turned on, replaced, turned off; what the server is asked, and what its answer means.

`x:AccountPassword/set` (protocol reference 3). The server checks nothing about a new authenticator, so its code is
checked here before anything is sent. The recovery set is durable before the server is asked and becomes current after
its answer: whenever the process is killed, some kept code fits what the server has. A lost answer is settled by
looking, never by sending again.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import stalwart_jmap as jmap
from bulwark import errors
from bulwark.account import authenticator, entry, password_change, refusals
from bulwark.account.refusals import result_of
from bulwark.account.rights import why_no_password
from stalwart_jmap.objects import account_password, app_password

if TYPE_CHECKING:
    from datetime import datetime

    from bulwark.account.account import Account
    from bulwark.account.recovery import Label, Recovery, RecoveryState
    from stalwart_jmap import Secret
    from stalwart_jmap.objects.app_password import AppPassword


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What the pages tell before anything is typed.

    `unavailable` is the reason why it cannot be managed here, or None. `recovery` is None without a panel (on the
    command line). `voided` is how many recovery sets this very reading made void.
    """

    is_on: bool
    app_passwords: tuple[AppPassword, ...] | None
    unavailable: errors.BulwarkError | None
    recovery: RecoveryState | None = None
    voided: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Where the codes of a new authenticator are kept: the recovery set that goes with it."""

    recovery: Recovery
    set_id: bytes
    label: Label


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The server has it: named in its answer, or seen by looking after the answer was lost."""

    at: datetime
    answer_was_lost: bool = False


class Holds(StrEnum):
    """Which authenticator the server takes after a lost answer."""

    NEW = "new"
    OLD = "old"
    NEITHER = "neither"


async def look(account: Account, recovery: Recovery | None) -> State:
    """Read what the pages show, in one request.

    Raises:
        BulwarkError: the request as a whole failed.
    """
    began = account.now
    query = app_password.query_call()
    response = await account.read(account_password.get_call(), query, app_password.get_call(query.ref("/ids")))
    result, listed = response.get("password"), response.get("app_password")
    found = None if isinstance(result, jmap.MethodError) else account_password.parse(result)
    unavailable: errors.BulwarkError | None = why_no_password(
        account.rights, get_was_answered=not isinstance(result, jmap.MethodError)
    )
    if isinstance(result, jmap.MethodError) and unavailable is None:
        unavailable = refusals.from_method_error(result, "sysAccountPasswordGet")
    if found is None and unavailable is None:
        unavailable = errors.NoPassword()
    sets, voided = None, 0
    if recovery is not None and found is not None:
        sets, voided = await recovery.after_reading(account.account_id, is_on=found.has_two_factor, read_at=began)
    return State(
        is_on=found is not None and found.has_two_factor,
        app_passwords=None if isinstance(listed, jmap.MethodError) else app_password.parse(listed),
        unavailable=unavailable,
        recovery=sets,
        voided=voided,
    )


async def turn_on(
    account: Account,
    url: Secret,
    *,
    password: Secret,
    code: Secret,
    old_code: Secret | None,
    kept: Kept | None,
) -> Done:
    """Turn the second factor on, or with `old_code` (see `replace_opened`) replace the one that is on, in one call.

    Raises:
        CodeDoesNotMatch: `code` is not of the new app; nothing was sent. Gone: the set-up was abandoned meanwhile.
        Refusal, ManagedElsewhere, PermissionMissing, ServerProblem: nothing was changed.
        NotApplied: the answer was lost, and looking showed that nothing was changed.
        OutcomeUnknown: the answer was lost and the server could not be asked.
    """
    authenticator.check(url, code, authenticator.server_now(account.transport, account.now))
    if kept is not None:
        await kept.recovery.sending(kept.set_id, kept.label)
    try:
        await password_change.change(account, current=password, otp_url=url, code=old_code)
    except errors.OutcomeUnknown as unknown:
        if old_code is None:
            await _look_after_loss(account, unknown, wants_on=True)
        else:
            await _try_after_loss(account, unknown, password=password, url=url, old_code=old_code, kept=kept)
        done = Done(at=account.now, answer_was_lost=True)
    except errors.BulwarkError:
        if kept is not None:
            await kept.recovery.not_sent(kept.set_id)
        raise
    else:
        done = Done(at=account.now)
    if kept is not None:
        # The server has it. If our own records do not answer now, the set stays usable and the next reading settles it.
        with suppress(errors.StoreUnavailable):
            await kept.recovery.took(account.account_id, kept.set_id)
    return done


async def replace_opened(
    account: Account, url: Secret, *, password: Secret, code: Secret, old_url: Secret, kept: Kept | None
) -> Done:
    """Replace a lost authenticator whose URL a recovery code has opened: its code is computed, not asked.

    Raises: as `turn_on`; a wrong password is WrongPassword. AuthenticatorChanged: the opened one is not the server's.
    """
    old_code = await code_of(account, old_url)
    try:
        return await turn_on(account, url, password=password, code=code, old_code=old_code, kept=kept)
    except errors.WrongPasswordOrCode as error:
        raise await _password_or_authenticator(account, password) from error


async def turn_off(account: Account, *, password: Secret, code: Secret, recovery: Recovery | None) -> Done:
    """Turn the second factor off; every recovery code is void then.

    Raises: as `turn_on`, except for what is checked before sending.
    """
    try:
        await password_change.change(account, current=password, otp_url=None, code=code)
        done = Done(at=account.now)
    except errors.OutcomeUnknown as unknown:
        await _look_after_loss(account, unknown, wants_on=False)
        done = Done(at=account.now, answer_was_lost=True)
    if recovery is not None:
        with suppress(errors.StoreUnavailable):  # the next reading of "off" makes them void
            await recovery.turned_off(account.account_id)
    return done


async def turn_off_with_recovery_code(
    account: Account, *, password: Secret, recovery_code: Secret, recovery: Recovery
) -> Done:
    """Turn it off without the phone; the recovery code is not used up unless that succeeds.

    Raises:
        WrongRecoveryCode, RecoveryCodeBusy: nothing was sent. AuthenticatorChanged: the code's authenticator is not
        the server's. Otherwise as `turn_off`; a wrong password is WrongPassword.
    """
    async with recovery.use(await recovery.sets_of(account.account_id), recovery_code) as use:
        code = await code_of(account, use.opened.url)
        try:
            done = await turn_off(account, password=password, code=code, recovery=None)
        except errors.WrongPasswordOrCode as error:
            raise await _password_or_authenticator(account, password) from error
    with suppress(errors.StoreUnavailable):
        await recovery.turned_off(account.account_id)
    return done


async def make_new_codes(
    account: Account, recovery: Recovery, recovery_code: Secret
) -> tuple[bytes, tuple[Secret, ...]]:
    """Ten new codes for the authenticator that is on, opened by one of the present ones, which is not used up.

    They are active once one of them was typed back (`new_codes_saved`).

    Raises:
        WrongRecoveryCode: it is no code of this account.
    """
    opened = await recovery.open(await recovery.sets_of(account.account_id), recovery_code)
    if opened is None:
        raise errors.WrongRecoveryCode
    new = await recovery.make(account.account_id, (account.address,), opened.url, like=opened.facts)
    return new.set_id, new.codes


async def new_codes_saved(account: Account, recovery: Recovery, set_id: bytes) -> None:
    """One of the new codes was typed back: they are the account's codes now, the old ones are void.

    Raises:
        Gone: they were abandoned for too long.
    """
    await recovery.saved(set_id)
    if not await recovery.took(account.account_id, set_id):
        raise errors.Gone


async def test_codes(account: Account, recovery: Recovery, *, recovery_code: Secret, code: Secret) -> None:
    """Whether a recovery code and the app belong together; compared here, neither is used up, nothing is sent.

    Raises:
        WrongRecoveryCode: it is no code of this account.
        CodeDoesNotMatch: the recovery code is right, but the app is another one, or its clock is off.
    """
    opened = await recovery.open(await recovery.sets_of(account.account_id), recovery_code)
    if opened is None:
        raise errors.WrongRecoveryCode
    await authenticator.learn_clock(account.transport)
    authenticator.check(opened.url, code, authenticator.server_now(account.transport, account.now))


async def is_on(account: Account) -> bool:
    """Read whether the server asks for a code.

    Raises:
        BulwarkError: it could not be read.
    """
    response = await account.read(account_password.get_call())
    found = account_password.parse(result_of(response, "password", "sysAccountPasswordGet"))
    if found is None:
        raise errors.NoPassword
    return found.has_two_factor


async def which_holds(account: Account, *, password: Secret, new: Secret, old: Secret) -> Holds:
    """Sign in with a code of the new app, then with one of the old: at most two attempts.

    Raises:
        ServerProblem: the server does not judge.
    """
    if await _is_right(account, password, new):
        return Holds.NEW
    return Holds.OLD if await _is_right(account, password, old) else Holds.NEITHER


async def code_of(account: Account, url: Secret) -> Secret:
    """The code that the server takes now for an authenticator whose URL is at hand."""
    await authenticator.learn_clock(account.transport)
    return authenticator.code_now(url, account.transport, account.now)


async def settle(account: Account, recovery: Recovery, set_id: bytes, holds: Holds) -> None:
    """Note which of two authenticators holds."""
    if holds is Holds.NEW:
        await recovery.took(account.account_id, set_id)
    elif holds is Holds.OLD:
        await recovery.refuted(account.account_id)


async def _look_after_loss(account: Account, unknown: errors.OutcomeUnknown, *, wants_on: bool) -> None:
    """Read back; return when the server has it as wanted, raise what is true otherwise."""
    try:
        found = await is_on(account)
    except errors.BulwarkError as error:
        raise unknown from error
    if found is not wants_on:
        raise errors.NotApplied from unknown


async def _try_after_loss(
    account: Account,
    unknown: errors.OutcomeUnknown,
    *,
    password: Secret,
    url: Secret,
    old_code: Secret,
    kept: Kept | None,
) -> None:
    """The mask tells nothing of a replacement: sign in with a code of the new one, then of the old one."""
    try:
        holds = await which_holds(account, password=password, new=await code_of(account, url), old=old_code)
    except errors.BulwarkError as error:
        raise unknown from error
    if kept is not None:
        await settle(account, kept.recovery, kept.set_id, holds)
    if holds is Holds.OLD:
        raise errors.NotApplied from unknown
    if holds is Holds.NEITHER:
        raise unknown


async def _password_or_authenticator(
    account: Account, password: Secret
) -> errors.WrongPassword | errors.AuthenticatorChanged:
    """Tell a wrong password from a computed code that the server does not take."""
    is_right = await _is_right(account, password, None)
    return errors.AuthenticatorChanged() if is_right else errors.WrongPassword()


async def _is_right(account: Account, password: Secret, code: Secret | None) -> bool:
    """Whether the server accepts this password, and the code where one is given, when signing in."""
    answer = await entry.exchange(
        account.transport, login=account.address, password=password, code=code, forwarded_for=account.forwarded_for
    )
    if code is None:
        return answer is not None
    return answer is not None and not isinstance(answer, entry.CodeNeeded)
