"""The authenticator that a recovery code opened at sign-in: for a quarter of an hour it answers for the lost one.

Nobody is asked for a code of an app that is gone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulwark.account import authenticator
from bulwark.account.enrolment import OpenedAuthenticator
from stalwart_jmap import Secret

if TYPE_CHECKING:
    from bulwark.sessions.visit import Visit


async def url_of(visit: Visit) -> Secret | None:
    """Its `otpauth:` URL; None when no recovery code opened one, or too long ago."""
    found = await visit.panel.waiting.find(
        OpenedAuthenticator, Secret(visit.session.state.opened), visit.account_keys, visit.now
    )
    return None if found is None else Secret(found.url)


async def code_of(visit: Visit) -> Secret | None:
    """Its code now, by the server's clock."""
    url = await url_of(visit)
    return None if url is None else authenticator.code_now(url, visit.panel.transport, visit.now)
