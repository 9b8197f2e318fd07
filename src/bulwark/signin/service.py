"""Signing in by password, and by password and code; the panel's own limit stands before the server's.

Unknown account and wrong password are one answer, in the same words. What the server says is the truth: a password it
accepts but wants a code for is right.
"""

from __future__ import annotations

from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bulwark import errors
from bulwark.account import entry
from bulwark.signin.known_browser import known_browser
from bulwark.signin.redirect_targets import external_issuer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractAsyncContextManager

    from bulwark.sessions.panel import Panel
    from bulwark.sessions.visit import Visit
    from stalwart_jmap import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who tries: the network address, and the browser's id if it proved an earlier success for this account."""

    address: str
    browser: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """A provider signs this login in: the password was not sent to anybody."""


class Claim:
    """One counted try; `succeeded` gives it back and clears the count."""

    def __init__(self) -> None:
        self.is_success = False
        self.is_void = False

    def succeeded(self) -> None:
        """The secret was right."""
        self.is_success = True

    def void(self) -> None:
        """The server never judged the secret: the try does not count."""
        self.is_void = True


@asynccontextmanager
async def counted_try(panel: Panel, purpose: str, login: str, visitor: Visitor) -> AsyncIterator[Claim]:
    """Count a try before the server is asked, so that many at once cannot exceed the limit.

    Raises:
        TooManyAttempts: no try is left now.
    """
    ticket = await panel.attempts.claim(login.casefold(), visitor.address, visitor.browser, purpose=purpose)
    claim = Claim()
    try:
        yield claim
    except errors.ServerProblem:
        claim.void()
        raise
    finally:
        with suppress(errors.StoreUnavailable):  # a count that stays too high is no reason to hide what was done
            if claim.is_success:
                await panel.attempts.succeeded(ticket)
            elif claim.is_void:
                await panel.attempts.give_back(ticket)


@asynccontextmanager
async def judged_try(
    panel: Panel, purpose: str, login: str, visitor: Visitor, *wrong: type[errors.BulwarkError]
) -> AsyncIterator[None]:
    """Count a try that stays counted only for an error that says `wrong`; when all goes well the count is cleared.

    Raises:
        TooManyAttempts: no try is left now.
    """
    async with counted_try(panel, purpose, login, visitor) as claim:
        try:
            yield
        except wrong:
            raise
        except errors.BulwarkError:
            claim.void()
            raise
        claim.succeeded()


def password_try(panel: Panel, login: str, visitor: Visitor) -> AbstractAsyncContextManager[None]:
    """Count a try of the password, alone or with a code, that somebody types to change something.

    A wrong one counts towards the mail server's ban as well. Raises as `judged_try`.
    """
    return judged_try(panel, "sign-in", login, visitor, errors.WrongPassword, errors.WrongPasswordOrCode)


def signed_in_visitor(visit: Visit) -> Visitor:
    """Who tries, being signed in."""
    login = visit.session.state.address
    return Visitor(address=visit.address, browser=known_browser(visit.request, visit.panel.sealer, login))


async def sign_in(
    panel: Panel, *, login: str, password: Secret, code: Secret | None, visitor: Visitor
) -> entry.SignedIn | entry.CodeNeeded | Elsewhere:
    """Sign in; `CodeNeeded` when the password is right and no code was given.

    Without a code the mail server is asked first who signs the login in.

    Raises:
        LoginNotAllowed, WrongKindOfSecret: refused before anything was sent.
        TooManyAttempts: the panel's own limit.
        SignInRefused: unknown account or wrong password. WrongCode: a code was given and not taken.
        SignInNotPermitted, ServerProblem: see `bulwark.errors`.
    """
    name = entry.normalised(login)
    entry.refuse_other_secrets(password)
    forwarded_for = visitor.address or None
    async with counted_try(panel, "sign-in", name, visitor) as claim:
        if code is None and await external_issuer(panel, name, forwarded_for):
            claim.void()
            return Elsewhere()
        tokens = await entry.exchange(
            panel.transport, login=name, password=password, code=code, forwarded_for=forwarded_for
        )
        if tokens is None:
            raise errors.SignInRefused if code is None else errors.WrongCode
        if isinstance(tokens, entry.CodeNeeded):
            claim.void()
            return tokens
        claim.succeeded()
    try:
        return await entry.open_account(panel.transport, tokens, forwarded_for=forwarded_for, clock=panel.clock)
    except errors.SignInExpired as error:  # tokens handed out a moment ago are refused: that is no wrong password
        raise errors.ProtocolBroken from error
