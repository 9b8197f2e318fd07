"""Redirect sign-in without its pages: leaving for a provider, and making tokens of what comes back.

Authorization code with PKCE, `state`, `nonce` and the exact issuer (RFC 9700, RFC 9207). What the answer must fit waits
sealed, bound to this browser by a cookie, and counts once.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog

import stalwart_jmap as jmap
from bulwark import errors
from bulwark.account import entry, refusals
from bulwark.account.id_tokens import LEEWAY
from bulwark.account.provider import source_of
from bulwark.account.token_source import TokenSource
from bulwark.errors import ProviderProblem
from bulwark.signin import pending
from bulwark.signin import redirect_targets as targets
from bulwark.signin.pending import PendingRedirect
from bulwark.store.attempts import network
from stalwart_jmap import Secret

if TYPE_CHECKING:
    from bulwark.sessions.panel import Panel

log = structlog.get_logger("bulwark.redirect")

LEAVES_A_MINUTE: Final = 30  # for one network


async def count(panel: Panel, address: str) -> None:
    """Count somebody who wants to leave, before any server is asked.

    Raises:
        TooManyRequests: too many from this network.
    """
    key = panel.sealer.index_keys("redirect", network(address))[0]
    if not await panel.rates.allow(key, "redirect", LEAVES_A_MINUTE, timedelta(minutes=1), panel.clock.now()):
        raise errors.TooManyRequests(60)


async def leave(
    panel: Panel, target: targets.Target, *, hint: str, target_path: str = "", account_id: str = ""
) -> tuple[str, Secret]:
    """Prepare to leave for a provider: the address to go to, and the id for the cookie.

    Raises:
        ProviderProblem: it cannot be done.
    """
    pkce, state, nonce = jmap.Pkce.new(), Secret(secrets.token_urlsafe(32)), Secret(secrets.token_urlsafe(32))
    url = targets.address_of(panel, target, pkce=pkce, state=state, nonce=nonce, hint=hint, anew=bool(account_id))
    waiting = PendingRedirect(
        issuer=target.issuer,
        repeats_issuer=target.repeats_issuer,
        is_external=target.provider is not None,
        state=state.reveal(),
        nonce=nonce.reveal(),
        verifier=pkce.verifier.reveal(),
        asked_at=panel.clock.now().timestamp(),
        next=target_path,
        account_id=account_id,
    )
    return url, await pending.keep(panel, waiting)


async def come_back(panel: Panel, pending_id: Secret, query: str) -> tuple[PendingRedirect, Secret]:
    """Hold the answer against what waits: what was wanted, and the code. Whatever fits `state` is used up by it.

    Raises:
        ProviderProblem: nothing waits, or the answer is none to it.
    """
    waiting = await pending.peek(panel, pending_id, PendingRedirect)
    if waiting is None:
        raise ProviderProblem("expired")
    try:
        code = jmap.read_callback(
            query, state=Secret(waiting.state), issuer=waiting.issuer, issuer_is_optional=not waiting.repeats_issuer
        )
    except jmap.OAuthRefused as error:
        if error.error in {"invalid_state", "invalid_request"}:
            raise ProviderProblem("state") from error  # no answer to our question: the real one may still come
        await pending.drop(panel, pending_id)
        if error.error == "invalid_issuer":
            raise ProviderProblem("issuer") from error
        if error.error == "access_denied":
            raise ProviderProblem("denied") from error
        log.warning("provider-refused", issuer=waiting.issuer, error=error.error[:40])
        raise ProviderProblem("refused") from error
    if await pending.take(panel, pending_id, PendingRedirect) is None:
        raise ProviderProblem("expired")
    return waiting, code


async def open_account(panel: Panel, waiting: PendingRedirect, code: Secret, address: str) -> entry.SignedIn:
    """Trade the code, check who it is, and open the account at the mail server.

    Raises:
        ProviderProblem: the provider, or the mail server, does not take it. ServerProblem: no answer.
    """
    pkce = jmap.Pkce.from_verifier(Secret(waiting.verifier))
    if waiting.is_external:
        tokens, source = await _at_provider(panel, waiting, code, pkce)
    else:
        tokens, source = await _at_server(panel, code, pkce, address), TokenSource()
    try:
        signed = await entry.open_account(panel.transport, tokens, forwarded_for=address or None, clock=panel.clock)
    except errors.SignInExpired as error:
        raise ProviderProblem("server") from error
    except errors.SignInNotPermitted as error:
        raise ProviderProblem("not-permitted") from error
    return replace(signed, source=source)


async def _at_provider(
    panel: Panel, waiting: PendingRedirect, code: Secret, pkce: jmap.Pkce
) -> tuple[jmap.Tokens, TokenSource]:
    target = await targets.target_at(panel, waiting.issuer)
    provider = target.provider
    if provider is None:
        raise ProviderProblem("unreadable")
    tokens = await panel.providers.exchange_code(provider, code=code, pkce=pkce, redirect_uri=targets.way_back(panel))
    proven = await panel.providers.prove(provider, tokens.id_token, Secret(waiting.nonce))
    if waiting.account_id and (proven.auth_time is None or proven.auth_time < waiting.asked_at - LEEWAY):
        raise ProviderProblem("stale")
    return tokens, source_of(provider, proven, tokens)


async def _at_server(panel: Panel, code: Secret, pkce: jmap.Pkce, address: str) -> jmap.Tokens:
    try:
        return await jmap.exchange_code(
            panel.transport,
            code=code,
            verifier=pkce.verifier,
            client_id=panel.settings.sso.client_id,
            redirect_uri=targets.way_back(panel),
            forwarded_for=address or None,
        )
    except jmap.OAuthRefused as error:
        raise ProviderProblem("client" if error.error == "invalid_client" else "code") from error
    except jmap.StalwartError as error:
        raise refusals.from_wire(error) from error
