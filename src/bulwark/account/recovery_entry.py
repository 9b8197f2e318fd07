"""Getting in with a recovery code: it opens the authenticator, whose code the server then takes like anyone's.

The code is claimed first, used up only after the server has let the person in, and good again in every other case:
a wrong password, no answer, a kill, a session that is not there any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bulwark import errors
from bulwark.account import authenticator, entry

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bulwark.account.recovery import Opened, Recovery, Use
    from bulwark.clock import Clock
    from bulwark.store.recovery import RecoverySet
    from stalwart_jmap import Secret, Transport

    Spend = Callable[[Use, entry.SignedIn], Awaitable[None]]  # uses the code up for what the server handed out


async def at_once(use: Use, _signed: entry.SignedIn) -> None:
    """Use the code up as soon as the server has let the person in."""
    await use.spend()


@dataclass(frozen=True, slots=True, kw_only=True)
class EnteredWithCode:
    """The code was used: what the server handed out, what was opened, and how many codes are left."""

    signed: entry.SignedIn
    opened: Opened
    left: int


async def enter(
    transport: Transport,
    recovery: Recovery,
    sets: Sequence[RecoverySet],
    *,
    login: str,
    password: Secret,
    code: Secret,
    forwarded_for: str | None,
    clock: Clock,
    spend: Spend = at_once,
) -> EnteredWithCode:
    """Sign in with password and recovery code.

    Raises:
        WrongRecoveryCode, RecoveryCodeBusy: nothing was sent.
        AuthenticatorChanged: the password works, the opened authenticator is not the server's. SignInRefused: it
            does not, or no code is asked for any more. ServerProblem. What `spend` raises. In all of these the code is
            not used up.
    """
    async with recovery.use(sets, code) as use:
        await authenticator.learn_clock(transport)
        computed = authenticator.code_now(use.opened.url, transport, clock.now())
        answer = await entry.exchange(
            transport, login=login, password=password, code=computed, forwarded_for=forwarded_for
        )
        if answer is None:
            raise await why_refused(
                transport, login=login, password=password, forwarded_for=forwarded_for, opened=use.opened
            )
        if isinstance(answer, entry.CodeNeeded):  # a code was given: the server can only say yes or no
            raise errors.ProtocolBroken
        signed = await entry.open_account(transport, answer, forwarded_for=forwarded_for, clock=clock)
        await spend(use, signed)
    account_id = signed.session.account_id
    if use.opened.is_current:
        await recovery.refuted(account_id)
    else:
        await recovery.took(account_id, use.opened.set_id)
    return EnteredWithCode(signed=signed, opened=use.opened, left=max(0, use.opened.facts.left - 1))


async def why_refused(
    transport: Transport, *, login: str, password: Secret, forwarded_for: str | None, opened: Opened
) -> errors.AuthenticatorChanged | errors.SignInRefused:
    """Tell a wrong password from an authenticator that was changed elsewhere: ask once more, without a code."""
    answer = await entry.exchange(transport, login=login, password=password, code=None, forwarded_for=forwarded_for)
    if isinstance(answer, entry.CodeNeeded):
        return errors.AuthenticatorChanged(replacing=not opened.is_current and opened.facts.label.replaces)
    return errors.SignInRefused()
