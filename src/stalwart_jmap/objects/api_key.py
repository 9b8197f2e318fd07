"""`x:ApiKey`: bearer tokens for scripts (Stalwart's own).

Record, scopes and rules are those of `stalwart_jmap.objects.credential`; this module binds them to one kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from stalwart_jmap.objects import credential
from stalwart_jmap.objects.credential import Credential

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from stalwart_jmap.client import StalwartClient
    from stalwart_jmap.core.errors import SetError
    from stalwart_jmap.core.ids import CredentialId
    from stalwart_jmap.core.request import Call, ResultReference
    from stalwart_jmap.objects.credential import CreatedCredential, CredentialChange, NewCredential

KIND: Final = "x:ApiKey"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey(Credential):
    """An API key: a bearer token for scripts and services."""


def query_call(call_id: str = "api_key-ids") -> Call:
    """Ask for the ids of all API keys, newest first."""
    return credential.query_call(KIND, call_id)


def get_call(ids: Iterable[str] | ResultReference, call_id: str = "api_key") -> Call:
    """Read API keys: by ids, or all of them by `query.ref("/ids")`."""
    return credential.get_call(KIND, ids, call_id)


def parse(result: Mapping[str, Any]) -> tuple[ApiKey, ...]:
    """Read the result of `get_call`."""
    return credential.parse(result, ApiKey)


async def read(client: StalwartClient) -> tuple[ApiKey, ...]:
    """Read all API keys in one request. Raises `MethodError` `forbidden` without the permissions."""
    query = query_call()
    get = get_call(query.ref("/ids"))
    response = await client.call(query, get)
    _ = response[query]  # its error, if any, says more than the broken reference to it
    return parse(response[get])


async def create(client: StalwartClient, new: NewCredential) -> CreatedCredential | SetError:
    """Create one; its secret is in the answer and cannot be read again. Raises `OutcomeUnknown`, `MethodError`."""
    return await credential.create(client, KIND, new)


async def update(client: StalwartClient, credential_id: CredentialId, change: CredentialChange) -> SetError | None:
    """Change one; None means that the server named it as updated. Raises `OutcomeUnknown`, `MethodError`."""
    return await credential.update(client, KIND, credential_id, change)


async def destroy(
    client: StalwartClient, credential_ids: Iterable[CredentialId]
) -> dict[CredentialId, SetError | None]:
    """Revoke some, effective at once; None per id that the server named as destroyed.

    Raises `OutcomeUnknown` when one of them is not named, `MethodError`; ValueError, before sending, for none.
    """
    return await credential.destroy(client, KIND, credential_ids)
