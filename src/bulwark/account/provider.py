"""The OpenID Connect provider that signs people in for the mail server: its documents, its keys, its tokens.

What a provider says about itself is kept for a few minutes in this process; its keys longer, and read anew as soon as a
token names one that is not there (rotation). Everything else is in the session, sealed.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

import structlog

import stalwart_jmap as jmap
from bulwark.account import id_tokens
from bulwark.account.provider_wire import ProviderWire
from bulwark.account.token_source import TokenSource
from bulwark.errors import ProviderProblem
from stalwart_jmap.oauth import provider as wire

if TYPE_CHECKING:
    from datetime import datetime

    from joserfc.jwk import KeySet

    from bulwark.account.id_tokens import Proven
    from bulwark.clock import Clock
    from bulwark.setting_sso import SingleSignOn
    from bulwark.settings import Settings
    from stalwart_jmap import Metadata, Pkce, Secret, Tokens, Transport
    from stalwart_jmap.core.http import HttpAnswer, HttpRequest
    from stalwart_jmap.oauth.provider import Provider

log = structlog.get_logger("bulwark.provider")

DOCUMENT_KEPT: Final = timedelta(minutes=5)
KEYS_KEPT: Final = timedelta(hours=1)
KEYS_READ_AT_MOST_EVERY: Final = timedelta(seconds=10)
# What a token endpoint answers when the panel itself is registered wrongly (RFC 6749, 5.2).
_ABOUT_THE_CLIENT: Final = frozenset({"invalid_client", "unauthorized_client", "unsupported_grant_type"})


class _Document(NamedTuple):
    provider: Provider
    read_at: datetime


class _Keys(NamedTuple):
    keys: KeySet
    read_at: datetime


class Providers:
    """What the panel says to providers, and what it remembers of them."""

    def __init__(self, settings: SingleSignOn, wire_: ProviderWire, clock: Clock) -> None:
        self._client = wire.Client(id=settings.client_id, secret=settings.client_secret)
        self._wire = wire_
        self._clock = clock
        self._documents: dict[str, _Document] = {}
        self._keys: dict[str, _Keys] = {}
        self._own: tuple[Metadata, datetime] | None = None

    @classmethod
    def of(cls, settings: Settings, clock: Clock) -> Providers:
        """As the settings want it."""
        sso = settings.sso
        return cls(
            sso,
            ProviderWire(private_addresses=sso.private_addresses, ca_file=settings.ca_file, clock=clock.now),
            clock,
        )

    async def own(self, transport: Transport) -> Metadata:
        """What the mail server says about its own sign-in page.

        Raises:
            StalwartError: it does not answer.
        """
        if self._own is None or self._clock.now() - self._own[1] > DOCUMENT_KEPT:
            self._own = (await jmap.server_metadata(transport), self._clock.now())
        return self._own[0]

    async def document(self, issuer: str) -> Provider:
        """What a provider says about itself.

        Raises:
            ProviderProblem: no answer, an unusable one, one for another issuer, or an address that is not for us.
        """
        known = self._documents.get(issuer)
        if known is not None and self._clock.now() - known.read_at <= DOCUMENT_KEPT:
            return known.provider
        url = wire.document_url(issuer)
        answer = await self._exchange(url, wire.get_request(url))
        try:
            found = wire.read_document(answer, issuer=issuer)
        except jmap.StalwartError as error:
            raise _unusable(error, issuer) from error
        self._documents = {issuer: _Document(found, self._clock.now())}  # one provider is the rule
        return found

    async def exchange_code(self, provider: Provider, *, code: Secret, pkce: Pkce, redirect_uri: str) -> Tokens:
        """Trade a code for tokens.

        Raises:
            ProviderProblem: refused, or no usable answer.
        """
        url = provider.token_endpoint
        request = wire.code_request(
            url, client=self._client, takes_basic=provider.takes_basic, code=code, pkce=pkce, redirect_uri=redirect_uri
        )
        answer = await self._exchange(url, request)
        try:
            return wire.read_tokens(answer)
        except jmap.OAuthRefused as error:
            log.warning("provider-refused", issuer=provider.issuer, error=error.error[:40])
            raise ProviderProblem("client" if error.error in _ABOUT_THE_CLIENT else "code") from error
        except jmap.StalwartError as error:
            raise _unusable(error, provider.issuer) from error

    async def refresh(self, source: TokenSource, refresh_token: Secret) -> Tokens | None:
        """Get newer tokens of a session; None when the person must sign in again.

        Raises:
            ProviderProblem: no answer, or none that can be used.
        """
        if not refresh_token:
            return None
        url = source.token_endpoint
        request = wire.refresh_request(
            url, client=self._client, takes_basic=source.takes_basic, refresh_token=refresh_token
        )
        answer = await self._exchange(url, request)
        try:
            return wire.read_tokens(answer, keep=refresh_token)
        except jmap.OAuthRefused:
            return None
        except jmap.StalwartError as error:
            raise _unusable(error, source.issuer) from error

    async def prove(self, provider: Provider, token: Secret | None, nonce: Secret) -> Proven:
        """Who an ID token stands for; unknown keys are looked for once more.

        Raises:
            ProviderProblem: it proves nothing, or the keys cannot be read.
        """
        if token is None:
            raise ProviderProblem("token")
        now = self._clock.now()
        for at_most in (KEYS_KEPT, KEYS_READ_AT_MOST_EVERY):
            keys = await self._keys_of(provider, at_most)
            try:
                return id_tokens.prove(
                    token, keys, issuer=provider.issuer, client_id=self._client.id, nonce=nonce, now=now
                )
            except id_tokens.KeyUnknown:
                continue
        raise ProviderProblem("token")

    async def check(self, issuer: str) -> Provider:
        """Read document and keys of a provider anew, for the doctor. Raises as `document` does."""
        self._documents.pop(issuer, None)
        self._keys.pop(issuer, None)
        provider = await self.document(issuer)
        await self._keys_of(provider, KEYS_KEPT)
        return provider

    async def _keys_of(self, provider: Provider, at_most: timedelta) -> KeySet:
        """The provider's keys, read not longer ago than `at_most`."""
        known = self._keys.get(provider.issuer)
        if known is not None and self._clock.now() - known.read_at <= at_most:
            return known.keys
        answer = await self._exchange(provider.jwks_uri, wire.get_request(provider.jwks_uri))
        try:
            keys = id_tokens.key_set(wire.read_keys(answer))
        except jmap.StalwartError as error:
            raise _unusable(error, provider.issuer) from error
        self._keys = {provider.issuer: _Keys(keys, self._clock.now())}
        return keys

    async def _exchange(self, url: str, request: HttpRequest) -> HttpAnswer:
        try:
            return await self._wire.exchange(url, request)
        except jmap.BadAnswer as error:
            raise _unusable(error, url) from error
        except jmap.TransportError as error:
            log.warning("provider-silent", url=url, why=str(error))
            raise ProviderProblem("silent") from error


def source_of(provider: Provider, proven: Proven, tokens: Tokens) -> TokenSource:
    """What a session keeps of the provider that signed it in."""
    return TokenSource(
        issuer=provider.issuer,
        subject=proven.subject,
        token_endpoint=provider.token_endpoint,
        takes_basic=provider.takes_basic,
        end_session_endpoint=provider.end_session_endpoint or "",
        id_token=tokens.id_token.reveal() if tokens.id_token is not None else "",
    )


def _unusable(error: jmap.StalwartError, where: str) -> ProviderProblem:
    log.warning("provider-unreadable", where=where, why=str(error))
    return ProviderProblem("unreadable")
