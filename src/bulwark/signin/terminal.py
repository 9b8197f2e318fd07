"""A signed-in account on the command line: the kept tokens, refreshed when they end, and kept again."""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

import stalwart_jmap as jmap
from bulwark import errors
from bulwark.account import entry, refusals
from bulwark.account.account import Account
from bulwark.clock import SystemClock
from bulwark.console.profiles import KeptTokens, Profiles, kept
from bulwark.language import _

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from stalwart_jmap import Tokens, Transport

RENEW_BEFORE = 60.0  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Which mail server and which kept sign-in a command is about."""

    server: str | None
    profile: str

    @property
    def profiles(self) -> Profiles:
        """Where sign-ins are kept."""
        return Profiles.from_environment(os.environ)

    def server_or_fail(self) -> str:
        """The server's address: given, else of the kept sign-in.

        Raises:
            click.UsageError: there is neither.
        """
        if self.server:
            return self.server
        known = self.profiles.load(self.profile)
        if known is None:
            raise click.UsageError(_("Name the mail server: bulwark --server https://mail.example.org …"))
        return known.server

    def keep(self, *, server: str, address: str, tokens: Tokens) -> str:
        """Keep fresh tokens; returns where they are."""
        now = SystemClock().now().timestamp()
        return self.profiles.save(self.profile, kept(server=server, address=address, tokens=tokens, now=now))


@asynccontextmanager
async def connection(server: str) -> AsyncIterator[Transport]:
    """A transport to the mail server; `BULWARK_CA_FILE` is honoured as in the panel.

    Raises:
        click.UsageError: that is no address.
    """
    from pathlib import Path

    ca_file = os.environ.get("BULWARK_CA_FILE")
    try:
        transport = jmap.Transport(server, ca_file=Path(ca_file) if ca_file else None)
    except (ValueError, OSError) as error:
        raise click.UsageError(_("This is no usable server address: %(server)s", server=server)) from error
    async with transport:
        yield transport


@asynccontextmanager
async def signed_in_account(place: Place) -> AsyncIterator[Account]:
    """The account of the kept sign-in, with fresh rights.

    Raises:
        SignInExpired: nobody is signed in, or the server takes the tokens no more.
        click.UsageError: another server was named than the one the sign-in belongs to: its tokens go nowhere else.
    """
    known = place.profiles.load(place.profile)
    if known is None:
        raise errors.SignInExpired
    async with connection(place.server or known.server) as transport:
        if transport.origin != known.server:
            raise click.UsageError(
                _("This sign-in belongs to %(server)s. Choose another --profile, or sign in anew.", server=known.server)
            )
        tokens = await _fresh(place, transport, known)
        signed = await entry.open_account(transport, tokens, forwarded_for=None, clock=SystemClock())
        yield account_of(transport, signed)


def account_of(transport: Transport, signed: entry.SignedIn) -> Account:
    """The account of a sign-in that was just opened."""
    client = jmap.StalwartClient(transport, jmap.BearerToken(signed.tokens.access)).with_session(signed.session)
    return Account(
        transport=transport,
        client=client,
        address=signed.session.username,
        account_id=signed.session.account_id,
        rights=signed.rights,
        jmap_state=signed.session.state,
        forwarded_for=None,
        clock=SystemClock(),
    )


async def _fresh(place: Place, transport: Transport, known: KeptTokens) -> Tokens:
    now = SystemClock().now().timestamp()
    tokens = known.tokens(now)
    if known.access_ends_at - now > RENEW_BEFORE:
        return tokens
    try:
        answer = await jmap.refresh(transport, tokens.refresh)
    except jmap.StalwartError as error:
        raise refusals.from_wire(error) from error
    if isinstance(answer, jmap.RefreshRefused):
        raise errors.SignInExpired
    place.keep(server=known.server, address=known.address, tokens=answer)
    return answer
