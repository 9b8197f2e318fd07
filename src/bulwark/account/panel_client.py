"""The panel as the command line asks it: `/api/v1/…` with the person's own token of the mail server.

For what only the panel keeps: recovery codes, events, sessions. Transport and bounds are those of the mail server's
client.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import msgspec

import stalwart_jmap as jmap
from bulwark import errors
from bulwark.account.error_documents import ErrorDocument, error_of
from stalwart_jmap import Secret
from stalwart_jmap.core.http import HttpAnswer, get, post_json

if TYPE_CHECKING:
    from stalwart_jmap import Transport
    from stalwart_jmap.core.http import HttpRequest

Answer = TypeVar("Answer", bound=msgspec.Struct)
_OK = 200
_PREFIX = "/api/v1"


class PanelClient:
    """One person's view of the panel; `transport` points at the panel, paths stand below `/api/v1`."""

    def __init__(self, transport: Transport, token: Secret) -> None:
        self._transport = transport
        self._token = token

    async def get(self, path: str, shape: type[Answer]) -> Answer:
        """Read something.

        Raises:
            BulwarkError: what the panel answered; ServerUnreachable when it does not.
        """
        return await self._exchange(get(f"{_PREFIX}{path}"), shape)

    async def post(self, path: str, body: msgspec.Struct, shape: type[Answer]) -> Answer:
        """Do something.

        Raises:
            BulwarkError: what the panel answered. OutcomeUnknown: the answer was lost.
        """
        return await self._exchange(post_json(f"{_PREFIX}{path}", msgspec.to_builtins(body)), shape)

    async def _exchange(self, request: HttpRequest, shape: type[Answer]) -> Answer:
        sent_at = self._transport.now()
        bearer = Secret(f"Bearer {self._token.reveal()}")
        try:
            answer = await self._transport.exchange(request.authorized(bearer))
        except jmap.TransportError as error:
            if error.sent and request.method != "GET":
                raise errors.OutcomeUnknown(sent_at) from error
            raise errors.ServerUnreachable from error
        try:
            if answer.status == _OK:
                return msgspec.json.decode(answer.body, type=shape)
            raise _told(answer)
        except msgspec.DecodeError:
            raise errors.ProtocolBroken from None


def _told(answer: HttpAnswer) -> errors.BulwarkError:
    return error_of(msgspec.json.decode(answer.body, type=ErrorDocument))
