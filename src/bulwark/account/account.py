"""`Account`: all that a service gets of a person. No web, no session, no cookie."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

import stalwart_jmap as jmap
from bulwark.account import refusals
from bulwark.account.rights import Rights

if TYPE_CHECKING:
    from datetime import datetime

    from bulwark.clock import Clock
    from stalwart_jmap import Call, Response, StalwartClient, Transport


class Account:
    """One account, signed in: a client that carries its token, and what it may do.

    `rights` is what was last read; `read` renews it in the same breath when it is stale.
    """

    def __init__(
        self,
        *,
        transport: Transport,
        client: StalwartClient,
        address: str,
        account_id: str,
        rights: Rights,
        jmap_state: str,
        forwarded_for: str | None,
        clock: Clock,
    ) -> None:
        self.transport = transport
        self.client = client
        self.address = address
        self.account_id = account_id
        self.rights = rights
        self.jmap_state = jmap_state
        self.forwarded_for = forwarded_for
        self.clock = clock

    @property
    def now(self) -> datetime:
        """The panel's clock, in UTC."""
        return self.clock.now()

    async def read(self, *calls: Call, renew_rights: bool = False) -> Response:
        """Make one JMAP request; read the rights again, concurrently, when they are stale or `renew_rights` is set.

        After a method was refused as forbidden they are read again too: they were not what they seemed. Rights that
        cannot be read just now stay what they were: unread is not absent.

        Raises:
            BulwarkError: the request as a whole failed. Methods refused one by one are values in the answer.
        """
        needs_rights = renew_rights or self.rights.is_stale(self.now)
        found: list[Response] = []
        failed: list[jmap.StalwartError] = []

        async def ask() -> None:
            try:
                found.append(await self.client.call(*calls))
            except jmap.StalwartError as error:
                failed.append(error)

        if needs_rights:
            async with anyio.create_task_group() as group:
                group.start_soon(ask)
                group.start_soon(self._renew_rights, failed)
        else:
            await ask()
            if found and any(_is_forbidden(found[0].get(call)) for call in calls):
                await self._renew_rights(failed)
        if failed:
            raise refusals.from_wire(failed[0]) from failed[0]
        response = found[0]
        if response.session_state != self.jmap_state:
            await self._read_session()
        return response

    async def write(self, call: Call) -> Response:
        """Send one write, which is never sent twice.

        Raises:
            BulwarkError: it was refused as a whole; nothing was changed.
            stalwart_jmap.OutcomeUnknown: the answer was lost; the caller settles what happened.
        """
        try:
            return await self.client.call(call)
        except jmap.OutcomeUnknown:
            raise
        except jmap.StalwartError as error:
            raise refusals.from_wire(error) from error

    async def _renew_rights(self, failed: list[jmap.StalwartError]) -> None:
        """Read the rights; no answer and a request to slow down leave the old ones, anything else has `failed`."""
        try:
            info = await self.client.account_info()
        except (jmap.TransportError, jmap.RequestError):
            return
        except jmap.StalwartError as error:
            failed.append(error)
        else:
            self.rights = Rights.from_info(info, self.now)

    async def _read_session(self) -> None:
        """Memberships or shares changed: the session document is read again (RFC 8620, section 3.4)."""
        try:
            session = await self.client.session()
        except jmap.StalwartError as error:
            raise refusals.from_wire(error) from error
        self.client = self.client.with_session(session)
        self.jmap_state = session.state


def _is_forbidden(result: object) -> bool:
    return isinstance(result, jmap.MethodError) and result.type == "forbidden"
