"""Who signs a person in: the mail server's own page, or a provider; and the address that the browser is sent to.

Provider hosts come from the configured server's discovery or from the settings, from nowhere else. Of the mail server's
own document only the path of its page is taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import stalwart_jmap as jmap
from bulwark.account import entry, refusals
from bulwark.errors import ProviderProblem
from stalwart_jmap.oauth.provider import with_query

if TYPE_CHECKING:
    from bulwark.sessions.panel import Panel
    from stalwart_jmap.oauth.provider import Provider

CALLBACK = "/sign-in/callback"
# A server that has no discovery, or none for such a login, names nobody else: the password is its own business.
_KNOWS_NO_PROVIDER = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND})
OWN_SCOPES = ("openid",)  # the mail server's scopes restrict nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where to sign in: `issuer` must come back with the answer; without a `provider` it is the mail server itself."""

    issuer: str
    url: str
    name: str
    repeats_issuer: bool
    provider: Provider | None = None


async def external_issuer(panel: Panel, login: str, forwarded_for: str | None) -> str | None:
    """The provider that signs this login in; None when the mail server itself does.

    Raises:
        LoginNotAllowed: a login no server is asked about. ServerProblem: it does not answer.
    """
    try:
        named = (await jmap.discover(panel.transport, entry.normalised(login), forwarded_for=forwarded_for)).issuer
        if not named or named == panel.transport.origin:
            return None
        own = (await panel.providers.own(panel.transport)).issuer
    except jmap.AccessForbidden as error:
        raise await entry.blocked_address(panel.transport, forwarded_for) from error
    except jmap.StalwartError as error:
        if isinstance(error, jmap.RequestError) and error.status in _KNOWS_NO_PROVIDER:
            return None
        raise refusals.from_wire(error) from error
    return None if named == own else named


async def target_for(panel: Panel, login: str, forwarded_for: str | None) -> Target:
    """Where a login, or without one anybody, signs in.

    Raises:
        ProviderProblem: the provider cannot be used. ServerProblem: the mail server does not answer.
    """
    wanted = panel.settings.sso.issuer
    named = await external_issuer(panel, login, forwarded_for) if login else None
    if wanted is not None and named is not None and named != wanted:
        raise ProviderProblem("foreign")  # the client's secret is for the one in the settings
    return await target_at(panel, wanted or named or "")


async def target_at(panel: Panel, issuer: str) -> Target:
    """The provider with this issuer; the mail server's own page for an empty one. Raises as `target_for` does."""
    if not issuer:
        return await _own(panel)
    provider = await panel.providers.document(issuer)
    if not panel.settings.sso.may_send_to(provider.authorization_endpoint):
        raise ProviderProblem("address")
    return Target(
        issuer=issuer,
        url=provider.authorization_endpoint,
        name=panel.settings.sso.name_of(issuer),
        repeats_issuer=provider.repeats_issuer,
        provider=provider,
    )


async def _own(panel: Panel) -> Target:
    try:
        own = await panel.providers.own(panel.transport)
    except jmap.StalwartError as error:
        raise refusals.from_wire(error) from error
    path = urlsplit(own.authorization_endpoint).path
    if not path.startswith("/") or path.startswith("//"):
        raise ProviderProblem("unreadable")
    return Target(
        issuer=own.issuer,
        url=panel.settings.sso.login_url + path,
        name=panel.settings.server_name,
        repeats_issuer=own.repeats_issuer,
    )


def address_of(
    panel: Panel, target: Target, *, pkce: jmap.Pkce, state: jmap.Secret, nonce: jmap.Secret, hint: str, anew: bool
) -> str:
    """The whole address that the browser goes to; with `anew` a sign-in of a moment ago does not do.

    Raises:
        ProviderProblem: the panel does not know its own address.
    """
    sso, is_external = panel.settings.sso, target.provider is not None
    query = jmap.authorization_query(
        client_id=sso.client_id,
        redirect_uri=way_back(panel),
        pkce=pkce,
        state=state,
        nonce=nonce if is_external else None,
        scope=("openid", *sso.scopes) if is_external else OWN_SCOPES,
        login_hint=hint or None,
        max_age=0 if anew and is_external else None,
        prompt="login" if anew and is_external else None,
    )
    return with_query(target.url, query)


def way_back(panel: Panel) -> str:
    """The address of the callback, as it is registered.

    Raises:
        ProviderProblem: the panel does not know its own address.
    """
    if panel.settings.public_url is None:
        raise ProviderProblem("no-address")
    return panel.settings.public_url + CALLBACK
