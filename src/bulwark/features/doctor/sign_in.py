"""The check of signing in elsewhere: who does it, and whether this panel can go there and come back."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import stalwart_jmap as jmap
from bulwark.errors import ProviderProblem
from bulwark.features.doctor.service import Check, Result, State

if TYPE_CHECKING:
    from bulwark.account.provider import Providers
    from bulwark.errors import ProviderWhy
    from bulwark.settings import Settings
    from stalwart_jmap import Transport


async def examine_sign_in(transport: Transport, settings: Settings | None, providers: Providers | None) -> Result:
    """Look at the provider in the settings, else at the one that the mail server names, else at its own page."""
    if settings is None or providers is None:
        return Result(check=Check.SIGN_IN, state=State.UNCHECKED, case="elsewhere")
    try:
        own = await providers.own(transport)
        named = (await jmap.discover(transport, f"postmaster@{urlsplit(transport.origin).hostname}")).issuer
    except jmap.StalwartError:
        return Result(check=Check.SIGN_IN, state=State.UNCHECKED, case="silent")
    external = "" if named in {own.issuer, transport.origin} else named
    issuer = settings.sso.issuer or external
    if not issuer and settings.sign_in == "password":
        return Result(check=Check.SIGN_IN, state=State.FINE, case="form")
    if not issuer:
        facts = {"page": settings.sso.login_url + urlsplit(own.authorization_endpoint).path}
        return Result(check=Check.SIGN_IN, state=State.FINE, case="own", facts=facts)
    facts = {"issuer": issuer, "client": settings.sso.client_id, "callback": f"{settings.public_url}/sign-in/callback"}
    why = await _why_not(issuer, external, settings, providers)
    if why is not None:
        return Result(check=Check.SIGN_IN, state=State.BROKEN, case=why, facts=facts)
    return Result(check=Check.SIGN_IN, state=State.FINE, case="provider", facts=facts)


async def _why_not(issuer: str, external: str, settings: Settings, providers: Providers) -> ProviderWhy | None:
    """What stands in the way of signing in at this provider."""
    if settings.public_url is None:
        return "no-address"
    if external and external != issuer:
        return "foreign"
    try:
        await providers.check(issuer)
    except ProviderProblem as error:
        return error.why
    return None
