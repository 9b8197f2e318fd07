"""Signing in, step by step over a `Transport`: the steps of `stalwart_jmap.oauth` joined together.

All of them are anonymous towards the server and none is ever repeated by itself: a failed sign-in counts towards a ban.
Each may raise the `TransportError` family, and a `StalwartError` for an answer that cannot be used: `RateLimited`,
`AccessForbidden` (a banned address), `RequestError`. What a function raises besides, it says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stalwart_jmap.core.errors import NotJson, OAuthRefused
from stalwart_jmap.oauth import device_flow, interactive, metadata, tokens
from stalwart_jmap.oauth.code_flow import Pkce

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stalwart_jmap.oauth.device_flow import DeviceExpired, DeviceGrant, DevicePending
    from stalwart_jmap.oauth.interactive import Approved, MfaNeeded, SignInFailed
    from stalwart_jmap.oauth.metadata import Metadata
    from stalwart_jmap.oauth.tokens import RefreshRefused, Tokens
    from stalwart_jmap.secret import Secret
    from stalwart_jmap.transport import Transport


async def sign_in(
    transport: Transport,
    *,
    login: str,
    password: Secret,
    code: Secret | None = None,
    client_id: str,
    redirect_uri: str,
    forwarded_for: str | None = None,
) -> Tokens | MfaNeeded | SignInFailed:
    """Sign in with a password, and the `code` of the second factor where one is on.

    The login is trimmed and composed (NFC). `redirect_uri` is never visited; any constant address will do.
    """
    pkce = Pkce.new()
    request = interactive.sign_in_request(
        login=login, password=password, code=code, pkce=pkce, client_id=client_id, redirect_uri=redirect_uri
    )
    outcome = interactive.read_sign_in(await transport.exchange(request, forwarded_for=forwarded_for))
    if isinstance(outcome, interactive.MfaNeeded | interactive.SignInFailed):
        return outcome
    return await exchange_code(
        transport,
        code=outcome,
        verifier=pkce.verifier,
        client_id=client_id,
        redirect_uri=redirect_uri,
        forwarded_for=forwarded_for,
    )


async def exchange_code(
    transport: Transport,
    *,
    code: Secret,
    verifier: Secret,
    client_id: str,
    redirect_uri: str,
    forwarded_for: str | None = None,
) -> Tokens:
    """Trade an authorization code for tokens. Raises `OAuthRefused` for a used, expired or foreign code."""
    request = tokens.exchange_request(code=code, verifier=verifier, client_id=client_id, redirect_uri=redirect_uri)
    return tokens.read_tokens(await transport.exchange(request, forwarded_for=forwarded_for))


async def refresh(
    transport: Transport,
    refresh_token: Secret,
    *,
    client_id: str | None = None,
    path: str = tokens.TOKEN_PATH,
    forwarded_for: str | None = None,
) -> Tokens | RefreshRefused:
    """Get a new access token (RFC 6749, section 6); the answer's `refresh` is the old one unless another was sent.

    `path` is the token endpoint of a provider that is not the mail server.
    """
    request = tokens.refresh_request(refresh_token=refresh_token, client_id=client_id, path=path)
    answer = await transport.exchange(request, forwarded_for=forwarded_for)
    try:
        return tokens.read_tokens(answer, keep=refresh_token)
    except OAuthRefused as refusal:
        return tokens.RefreshRefused(error=refusal.error)


async def start_device(
    transport: Transport,
    *,
    client_id: str,
    scope: Sequence[str] = (),
    path: str = device_flow.DEVICE_PATH,
    forwarded_for: str | None = None,
) -> DeviceGrant:
    """Begin a sign-in that the person approves in a browser (RFC 8628); `path` is another provider's device endpoint.

    Raises `OAuthRefused` for a client that the provider does not know, or that may not do this.
    """
    request = device_flow.start_request(client_id=client_id, scope=scope, path=path)
    return device_flow.read_grant(
        await transport.exchange(request, forwarded_for=forwarded_for), origin=transport.origin
    )


async def poll_device(
    transport: Transport,
    grant: DeviceGrant,
    *,
    client_id: str,
    path: str = tokens.TOKEN_PATH,
    forwarded_for: str | None = None,
) -> Tokens | DevicePending | DeviceExpired:
    """Ask once whether the person has approved; wait `grant.interval` seconds between two polls.

    Raises `OAuthRefused` for what waiting cannot mend.
    """
    request = tokens.device_request(device_code=grant.device_code, client_id=client_id, path=path)
    return device_flow.read_poll(await transport.exchange(request, forwarded_for=forwarded_for))


async def approve_device(
    transport: Transport,
    *,
    login: str,
    password: Secret,
    code: Secret | None = None,
    user_code: str,
    forwarded_for: str | None = None,
) -> Approved | MfaNeeded | SignInFailed:
    """Approve a device as the server's own page would; an unknown `user_code` is a `SignInFailed` as well."""
    request = interactive.approval_request(login=login, password=password, code=code, user_code=user_code)
    return interactive.read_approval(await transport.exchange(request, forwarded_for=forwarded_for))


async def server_metadata(transport: Transport) -> Metadata:
    """Read the server's own OAuth metadata (RFC 8414)."""
    return metadata.read_metadata(await transport.exchange(metadata.metadata_request()))


async def provider_metadata(transport: Transport, issuer: str) -> Metadata:
    """Read the document of an OpenID provider at its own origin. Raises `NotJson` when it names another issuer."""
    found = metadata.read_metadata(await transport.exchange(metadata.provider_request(issuer)))
    if found.issuer != issuer:
        raise NotJson("the document is another issuer's")
    return found


async def discover(transport: Transport, login: str, *, forwarded_for: str | None = None) -> Metadata:
    """Find out who signs `login` in: the server itself, or an external provider."""
    return metadata.read_metadata(
        await transport.exchange(metadata.discover_request(login), forwarded_for=forwarded_for)
    )
