"""A signed-in account on the command line: the kept tokens, refreshed when they end, and kept again."""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

import stalwart_jmap as jmap
from bulwark import errors
from bulwark.account import entry, refusals
from bulwark.clock import SystemClock
from bulwark.console.profiles import KeptTokens, Profiles, kept
from bulwark.language import _

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bulwark.account.account import Account
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

    def keep(self, *, server: str, address: str, tokens: Tokens, by: tuple[str, str] = ("", "")) -> str:
        """Keep fresh tokens; returns where they are. `by` is the provider's token endpoint and our name there.

        Raises:
            click.ClickException: they cannot be kept.
        """
        return self._save(kept(server=server, address=address, tokens=tokens, now=_now(), by=by))

    def keep_again(self, tokens: Tokens) -> None:
        """Go on with fresh tokens of the same sign-in.

        Raises:
            click.ClickException: as `keep`.
        """
        known = self.profiles.load(self.profile)
        if known is not None:
            self._save(known.with_tokens(tokens, _now()))

    def _save(self, tokens: KeptTokens) -> str:
        try:
            return self.profiles.save(self.profile, tokens)
        except OSError as error:
            raise cannot_keep(self.profiles, error) from error


def cannot_keep(profiles: Profiles, error: OSError) -> click.ClickException:
    """A file or folder that cannot be written."""
    reason = error.strerror or str(error)
    sentence = _("The sign-in cannot be kept in %(folder)s: %(reason)s", folder=profiles.folder, reason=reason)
    return click.ClickException(sentence)


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
        clock = SystemClock()
        signed = await entry.open_account(transport, tokens, forwarded_for=None, clock=clock)
        yield entry.account_of(transport, signed, forwarded_for=None, clock=clock)


def _now() -> float:
    return SystemClock().now().timestamp()


async def _fresh(place: Place, transport: Transport, known: KeptTokens) -> Tokens:
    tokens = known.tokens(_now())
    if known.access_ends_at - _now() > RENEW_BEFORE:
        return tokens
    try:
        if known.token_endpoint:  # the provider that signed the account in renews, not the mail server
            async with connection(known.token_endpoint) as provider:
                path = urlsplit(known.token_endpoint).path
                answer = await jmap.refresh(provider, tokens.refresh, client_id=known.client_id, path=path)
        else:
            answer = await jmap.refresh(transport, tokens.refresh)
    except jmap.StalwartError as error:
        raise refusals.from_wire(error) from error
    if isinstance(answer, jmap.RefreshRefused):
        raise errors.SignInExpired
    place.keep_again(answer)
    return answer
