"""Signing in by a code that is approved in a browser (RFC 8628): at the mail server, or at the provider of the account.

No secret is typed here. Whose account it is, the mail server's discovery tells; a provider is asked over https only,
and what it publishes about its own endpoints is followed nowhere else.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import anyio
import click

import stalwart_jmap as jmap
from bulwark import errors
from bulwark.account import entry, refusals
from bulwark.console.output import note
from bulwark.language import _
from bulwark.signin.terminal import connection
from stalwart_jmap.oauth.device_flow import DEVICE_PATH
from stalwart_jmap.oauth.tokens import TOKEN_PATH

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from stalwart_jmap import DeviceGrant, Metadata, Tokens, Transport

SCOPES = ("openid", "email", "offline_access")
SLOWER = 5.0  # seconds: RFC 8628, 3.5
LONGEST_PAUSE = 60.0  # seconds, when the network is away
_ABSENT = frozenset({404, 405, 501})


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """Who signs an account in instead of the mail server, with its own endpoints; `client_id` is our name there."""

    name: str
    device_endpoint: str
    token_endpoint: str
    client_id: str


async def outside_of(transport: Transport, login: str) -> Metadata | None:
    """The provider that signs a login in; None when the mail server does it itself.

    Raises:
        BulwarkError: the mail server does not answer, or is too old.
    """
    try:
        found = await jmap.discover(transport, login)
        if not found.issuer or _same_origin(found.issuer, transport.origin):
            return None
        own = await jmap.server_metadata(transport)  # behind a proxy it may publish another address of its own
    except jmap.RequestError as error:
        if error.status in _ABSENT:
            return None  # it knows no discovery: a password or nothing
        raise refusals.from_wire(error) from error
    except jmap.StalwartError as error:
        raise refusals.from_wire(error) from error
    return None if found.issuer == own.issuer else found


async def provider_of(found: Metadata, client_id: str) -> Provider:
    """The endpoints of a provider, from its own document.

    Raises:
        click.ClickException: it offers no sign-in for devices, or not over https.
        BulwarkError: it does not answer.
    """
    name = urlsplit(found.issuer).hostname or found.issuer
    absent = click.ClickException(
        _("Not signed in. Your account signs in at %(name)s, which offers no sign-in for devices.", name=name)
    )
    if urlsplit(found.issuer).scheme != "https":
        raise absent
    try:
        async with connection(found.issuer) as transport:
            own = await jmap.provider_metadata(transport, found.issuer)
    except jmap.RequestError:
        raise absent from None
    except jmap.StalwartError as error:
        raise refusals.from_wire(error) from error
    endpoints = (own.device_authorization_endpoint or "", own.token_endpoint)
    if any(urlsplit(endpoint).scheme != "https" for endpoint in endpoints):
        raise absent
    return Provider(name=name, device_endpoint=endpoints[0], token_endpoint=endpoints[1], client_id=client_id)


async def by_device(transport: Transport, provider: Provider | None, *, draws: bool) -> Tokens | None:
    """Show a code, wait until it is approved; None when the mail server offers no such sign-in.

    Raises:
        click.ClickException: the code ended, or was refused. BulwarkError: no usable answer.
    """
    async with _endpoints(transport, provider) as (starting, polling, paths):
        client_id = provider.client_id if provider is not None else entry.CLIENT_ID
        try:
            grant = await jmap.start_device(
                starting, client_id=client_id, scope=SCOPES if provider is not None else (), path=paths[0]
            )
        except jmap.RequestError as error:
            if provider is None and error.status in _ABSENT:
                return None
            raise refusals.from_wire(error) from error
        except jmap.OAuthRefused as error:
            raise _refused(error) from error
        except jmap.StalwartError as error:
            raise refusals.from_wire(error) from error
        _show(grant, draws=draws)
        return await _approved(polling, grant, client_id=client_id, path=paths[1])


@asynccontextmanager
async def _endpoints(
    transport: Transport, provider: Provider | None
) -> AsyncIterator[tuple[Transport, Transport, tuple[str, str]]]:
    """Where to begin and where to ask, each with its path."""
    if provider is None:
        yield transport, transport, (DEVICE_PATH, TOKEN_PATH)
        return
    paths = (urlsplit(provider.device_endpoint).path, urlsplit(provider.token_endpoint).path)
    async with connection(provider.device_endpoint) as starting, connection(provider.token_endpoint) as polling:
        yield starting, polling, paths


def _show(grant: DeviceGrant, *, draws: bool) -> None:
    """On standard error, so that the result stays alone on standard output."""
    if draws:
        import io

        import segno

        picture = io.StringIO()
        segno.make(grant.verification_uri_complete or grant.verification_uri, error="l").terminal(picture, compact=True)
        note(picture.getvalue())
    note(_("Open this page in a browser: %(address)s", address=grant.verification_uri))
    note(_("Enter this code there: %(code)s", code=grant.user_code))
    note(_("Waiting. Ctrl+C ends it."))


async def _approved(transport: Transport, grant: DeviceGrant, *, client_id: str, path: str) -> Tokens:
    """Ask until the person has approved, never more often than the server wants it."""
    pause = float(grant.interval)
    ends = anyio.current_time() + grant.expires_in
    while anyio.current_time() + pause < ends:
        await anyio.sleep(pause)
        try:
            answer = await jmap.poll_device(transport, grant, client_id=client_id, path=path)
        except jmap.OAuthRefused as error:
            raise _refused(error) from error
        except (jmap.ConnectFailed, jmap.TimedOut, jmap.AnswerLost):
            pause = min(pause * 2, LONGEST_PAUSE)
            continue
        except jmap.StalwartError as error:
            raise refusals.from_wire(error) from error
        match answer:
            case jmap.Tokens():
                return answer
            case jmap.DevicePending(slow_down=True):
                pause += SLOWER
            case jmap.DeviceExpired():
                break
    raise click.ClickException(_("Not signed in. The code was refused, or it has ended. Run it again."))


def _refused(error: jmap.OAuthRefused) -> errors.BulwarkError:
    return errors.Refused(error.error)


def _same_origin(url: str, origin: str) -> bool:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" == origin
