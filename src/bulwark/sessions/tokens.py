"""Keeping a session's access token alive: one refresh at a time per session, over all processes.

A refresh answer normally carries no refresh token; the old one is kept then (protocol reference 8.4).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import anyio

import stalwart_jmap as jmap
from bulwark import errors
from bulwark.account import refusals
from bulwark.account.account import Account
from bulwark.sessions.keeper import Ended
from stalwart_jmap import Secret

if TYPE_CHECKING:
    from bulwark.sessions.keeper import Session
    from bulwark.sessions.panel import Panel

RENEW_BEFORE = timedelta(seconds=60)
_WAIT_FOR_OTHERS = (0.1, 0.2, 0.4, 0.8, 1.5, 3.0)  # seconds between looks while another process refreshes


def account_of(panel: Panel, session: Session, address: str) -> Account:
    """The account of a session, with its token; `address` is told to the mail server as the person's."""
    state = session.state
    client = jmap.StalwartClient(
        panel.transport, jmap.BearerToken(Secret(state.access)), forwarded_for=address or None
    ).with_session(state.jmap)
    return Account(
        transport=panel.transport,
        client=client,
        address=state.address,
        account_id=state.account_id,
        rights=state.rights,
        jmap_state=state.jmap_state,
        forwarded_for=address or None,
        clock=panel.clock,
    )


def needs_refresh(panel: Panel, session: Session) -> bool:
    """Whether the access token ends within a minute."""
    return panel.clock.now().timestamp() > session.state.access_ends_at - RENEW_BEFORE.total_seconds()


async def refresh(panel: Panel, session: Session) -> Session:
    """Get a new access token, or wait for the process that is getting one.

    Raises:
        SignInExpired: the server takes the refresh token no more.
        ServerProblem: it does not answer.
    """
    lease = await panel.sessions.claim_refresh(session)
    if lease is None:
        return await _wait_for_others(panel, session)
    try:
        return await _refresh_alone(panel, session)
    except jmap.StalwartError as error:
        raise refusals.from_wire(error) from error
    finally:
        await panel.sessions.release_refresh(session, lease)


async def _refresh_alone(panel: Panel, session: Session) -> Session:
    """With the lease in hand; whoever had it before may have done the work already."""
    current = await panel.sessions.find(session.id.reveal())
    if isinstance(current, Ended):
        raise errors.SignInExpired
    if current.state.access != session.state.access:
        return current
    source, refresh_token = current.state.source, Secret(current.state.refresh)
    answer: jmap.Tokens | jmap.RefreshRefused | None
    if source is not None and source.is_external:
        answer = await panel.providers.refresh(source, refresh_token)
    else:
        answer = await jmap.refresh(panel.transport, refresh_token)
    if answer is None or isinstance(answer, jmap.RefreshRefused):
        raise errors.SignInExpired
    await panel.sessions.save(current, current.state.with_tokens(answer, panel.clock.now()))
    return current


async def _wait_for_others(panel: Panel, session: Session) -> Session:
    for pause in _WAIT_FOR_OTHERS:
        await anyio.sleep(pause)
        found = await panel.sessions.find(session.id.reveal())
        if isinstance(found, Ended):
            raise errors.SignInExpired
        if found.state.access != session.state.access:
            return found
    raise errors.ServerUnreachable
