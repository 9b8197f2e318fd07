"""What a client shows the server: Basic, a bearer token, or a token that renews itself.

Basic cannot carry a code: an account with a second factor answers 402. The password with a code appended
(`password$123456`) went away with 0.16.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

import anyio

from stalwart_jmap.core.errors import AuthenticationFailed
from stalwart_jmap.flows import refresh
from stalwart_jmap.oauth.interactive import normal_login
from stalwart_jmap.oauth.tokens import RefreshRefused
from stalwart_jmap.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from stalwart_jmap.oauth.tokens import Tokens
    from stalwart_jmap.transport import Transport

_BEFORE_THE_END: Final = timedelta(seconds=30)


class Credentials(Protocol):
    """What `StalwartClient` asks of credentials."""

    @property
    def account_key(self) -> str:
        """Name the account for the limit of four requests at a time; never the secret itself."""
        ...

    async def authorization(self, transport: Transport) -> Secret:
        """Give the value of the `Authorization` header."""
        ...

    async def renewed(self, transport: Transport, refused: Secret) -> Secret | None:
        """Give another header value after a 401 to `refused`, or None when there is nothing else to try."""
        ...


class BasicCredentials:
    """A login with a password or an app password."""

    def __init__(self, login: str, password: Secret) -> None:
        """Keep both; the login is trimmed and composed (NFC)."""
        self._login = normal_login(login)
        self._password = password

    def __repr__(self) -> str:
        return f"BasicCredentials({self._login!r}, {self._password!r})"

    @property
    def account_key(self) -> str:
        """The login in lower case, as the server reads it."""
        return f"login:{self._login.lower()}"

    async def authorization(self, transport: Transport) -> Secret:  # noqa: ARG002 - part of the protocol
        """Give `Basic …` in UTF-8."""
        pair = f"{self._login}:{self._password.reveal()}".encode()
        return Secret(f"Basic {b64encode(pair).decode()}")

    async def renewed(self, transport: Transport, refused: Secret) -> Secret | None:  # noqa: ARG002 - see above
        """Have nothing else to try."""
        return None


class BearerToken:
    """An access token, or an API key."""

    def __init__(self, token: Secret) -> None:
        """Keep the token."""
        self._token = token

    def __repr__(self) -> str:
        return f"BearerToken({self._token!r})"

    @property
    def account_key(self) -> str:
        """A digest: tokens are opaque."""
        return _digest(self._token)

    async def authorization(self, transport: Transport) -> Secret:  # noqa: ARG002 - part of the protocol
        """Give `Bearer …`."""
        return Secret(f"Bearer {self._token.reveal()}")

    async def renewed(self, transport: Transport, refused: Secret) -> Secret | None:  # noqa: ARG002 - see above
        """Have nothing else to try."""
        return None


class RefreshingToken:
    """Tokens that renew themselves: shortly before their end, or once after a 401; one renewal at a time."""

    def __init__(
        self,
        tokens: Tokens,
        *,
        on_refresh: Callable[[Tokens], Awaitable[None]] | None = None,
        client_id: str | None = None,
        ends_at: datetime | None = None,
        forwarded_for: str | None = None,
    ) -> None:
        """Keep the tokens. `on_refresh` stores new ones before they are used; `ends_at` is when the access token ends.

        Without `ends_at` the server's 401 tells.
        """
        self.tokens = tokens
        self._on_refresh = on_refresh
        self._client_id = client_id
        self._ends_at = ends_at
        self._forwarded_for = forwarded_for
        self._key = _digest(tokens.refresh)
        self._lock = anyio.Lock()

    def __repr__(self) -> str:
        return f"RefreshingToken({self.tokens!r})"

    @property
    def account_key(self) -> str:
        """A digest of the first refresh token."""
        return self._key

    async def authorization(self, transport: Transport) -> Secret:
        """Give `Bearer …`, renewed first when the token is about to end. Raises as `renewed` does."""
        current = self._header()
        if self._ends_at is not None and transport.now() >= self._ends_at - _BEFORE_THE_END:
            return await self._renew(transport, current)
        return current

    async def renewed(self, transport: Transport, refused: Secret) -> Secret | None:
        """Give the renewed header. Raises `AuthenticationFailed` for a dead refresh token, and as `refresh` does."""
        return await self._renew(transport, refused)

    async def _renew(self, transport: Transport, outdated: Secret) -> Secret:
        async with self._lock:
            if self._header() != outdated:
                return self._header()  # somebody else renewed while we waited
            outcome = await refresh(
                transport, self.tokens.refresh, client_id=self._client_id, forwarded_for=self._forwarded_for
            )
            if isinstance(outcome, RefreshRefused):
                raise AuthenticationFailed
            if self._on_refresh is not None:
                await self._on_refresh(outcome)
            self.tokens = outcome
            self._ends_at = transport.now() + timedelta(seconds=outcome.expires_in)
            return self._header()

    def _header(self) -> Secret:
        return Secret(f"Bearer {self.tokens.access.reveal()}")


def _digest(secret: Secret) -> str:
    return "token:" + hashlib.sha256(secret.reveal().encode()).hexdigest()
