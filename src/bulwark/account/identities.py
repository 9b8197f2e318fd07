"""Sender identities as they are, and what happened to them since a state (RFC 8621, 6; RFC 8620, 5.2).

Both the page and whoever listens read them here, always with the reader's own token: nobody is told more than their
own `Identity/get` returns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import stalwart_jmap as jmap
from bulwark import errors
from bulwark.account.refusals import result_of
from stalwart_jmap import Call
from stalwart_jmap.objects import identity

if TYPE_CHECKING:
    from bulwark.account.account import Account
    from stalwart_jmap import Identity, IdentityId, Response

READING = "jmapIdentityGet"
FOLLOWING = "jmapIdentityChanges"
DATA_TYPE = "Identity"
_MOST_STEPS = 20  # requests for one catching-up; more means starting over


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """All identities at one state."""

    state: str
    identities: tuple[Identity, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What happened up to `state`, and how many there are then.

    `everything`: `changed` holds all there are, for the changes could not be told.
    """

    state: str
    total: int
    changed: tuple[Identity, ...] = ()
    removed: frozenset[IdentityId] = frozenset()
    everything: bool = False

    def __bool__(self) -> bool:
        return bool(self.changed or self.removed or self.everything)


async def read(account: Account) -> Snapshot:
    """Read all identities in one request.

    Raises:
        PermissionMissing: they may not be read. BulwarkError: the request as a whole failed.
    """
    return snapshot_in(await account.read(identity.get_call()))


def snapshot_in(response: Response) -> Snapshot:
    """The answer to `identity.get_call()` among others of its request; raises as `read` does."""
    result = result_of(response, "identities", READING)
    try:
        return Snapshot(state=identity.parse_state(result), identities=identity.parse(result))
    except jmap.BadAnswer as error:
        raise errors.ProtocolBroken from error


async def changes_since(account: Account, state: str) -> Changes:
    """Ask what happened since a state: one request, `Identity/changes` and the changed ones themselves.

    Without the permission to follow changes, or when the server cannot tell them, everything is read.

    Raises:
        BulwarkError: as `read`.
    """
    changed: dict[IdentityId, Identity] = {}
    removed: set[IdentityId] = set()
    if not account.rights.has(FOLLOWING):
        return await _everything(account)
    for _step in range(_MOST_STEPS):
        asked = identity.changes_call(state)
        response = await account.read(
            asked,
            identity.get_call("made", ids=asked.ref("/created")),
            identity.get_call("edited", ids=asked.ref("/updated")),
            Call(identity.GET, {"properties": ["id"]}, "all"),
        )
        told = response.get(asked)
        if isinstance(told, jmap.MethodError):
            return await _everything(account)
        try:
            happened = identity.parse_changes(told)
            found = [one for call in ("made", "edited") for one in identity.parse(result_of(response, call, READING))]
        except jmap.BadAnswer as error:
            raise errors.ProtocolBroken from error
        changed.update({one.id: one for one in found})
        removed = (removed - set(changed)) | happened.destroyed
        for gone in happened.destroyed:
            changed.pop(gone, None)
        state = happened.new_state
        if not happened.has_more:
            total = len(_entries(result_of(response, "all", READING)))
            return Changes(state=state, total=total, changed=tuple(changed.values()), removed=frozenset(removed))
    return await _everything(account)


async def _everything(account: Account) -> Changes:
    now = await read(account)
    return Changes(state=now.state, total=len(now.identities), changed=now.identities, everything=True)


def _entries(result: dict[str, object]) -> list[object]:
    entries = result.get("list")
    return entries if isinstance(entries, list) else []
