"""What happened through the panel, for the person it happened to.

Kinds are a closed vocabulary `account:<subject>:<action>`. When and which kind stand in the open, so that lists can be
cut and purged; from where, with which device, and the details are sealed with the master key.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - msgspec reads the annotations at run time
from enum import StrEnum
from functools import cache
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table, bindparam, delete, func, select

from bulwark.errors import SealBroken
from bulwark.store.schema import Moment, metadata, numbered, one_of, to_microseconds

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

    from sqlalchemy import Select

    from bulwark.store.engine import Database
    from bulwark.store.sealed import Sealer

events = Table(
    "events",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("account_key", LargeBinary, nullable=False),
    Column("kind", String(64), nullable=False),
    Column("at", Moment, nullable=False),
    Column("details_sealed", LargeBinary, nullable=False),
    Index(None, "account_key", "id"),
    Index(None, "at"),
    sqlite_autoincrement=True,  # ids never come back, so that a page's cursor stays true
)


class EventKind(StrEnum):
    """Everything that may stand in the list."""

    SIGNED_IN = "account:session:sign-in"
    SIGN_IN_REFUSED = "account:session:refused"
    SIGN_IN_BLOCKED = "account:session:blocked"
    SIGNED_OUT = "account:session:sign-out"
    SESSION_ENDED = "account:session:end"
    SIGNED_OUT_EVERYWHERE = "account:session:end-all"
    STEPPED_UP = "account:session:step-up"
    PASSWORD_CHANGED = "account:password:change"  # noqa: S105 - the name of an event
    PASSWORD_CHANGE_UNKNOWN = "account:password:unknown"  # noqa: S105 - the name of an event
    TWO_FACTOR_ENROLLED = "account:two-factor:enrol"
    TWO_FACTOR_REPLACED = "account:two-factor:replace"
    TWO_FACTOR_TURNED_OFF = "account:two-factor:off"
    RECOVERY_CODES_MADE = "account:recovery-codes:create"
    RECOVERY_CODE_USED = "account:recovery-codes:use"
    RECOVERY_CODES_VOID = "account:recovery-codes:void"
    APP_PASSWORD_CREATED = "account:app-password:create"  # noqa: S105 - the name of an event
    APP_PASSWORD_EDITED = "account:app-password:edit"  # noqa: S105 - the name of an event
    APP_PASSWORD_REVOKED = "account:app-password:revoke"  # noqa: S105 - the name of an event
    API_KEY_CREATED = "account:api-key:create"
    API_KEY_EDITED = "account:api-key:edit"
    API_KEY_REVOKED = "account:api-key:revoke"
    PUBLIC_KEY_ADDED = "account:public-key:add"
    PUBLIC_KEY_REMOVED = "account:public-key:remove"
    ENCRYPTION_TURNED_ON = "account:encryption:on"
    ENCRYPTION_TURNED_OFF = "account:encryption:off"
    ENCRYPTION_PROVEN = "account:encryption:prove"
    ENCRYPTION_NOT_PROVEN = "account:encryption:fail"
    IDENTITY_CREATED = "account:identity:create"
    IDENTITY_EDITED = "account:identity:edit"
    IDENTITY_REMOVED = "account:identity:remove"
    PROFILE_EDITED = "account:profile:edit"
    NOTICES_CHOSEN = "account:notices:choose"
    TWO_FACTOR_RESET = "account:two-factor:reset"  # by an administrator, to this person
    PASSWORD_FORCED = "account:password:force"  # noqa: S105 - the name of an event
    CREDENTIAL_TAKEN = "account:credential:take"
    ADMIN_RESET_TWO_FACTOR = "account:administration:two-factor"  # by this person, to somebody else
    ADMIN_FORCED_PASSWORD = "account:administration:password"  # noqa: S105 - the name of an event
    ADMIN_REVOKED = "account:administration:revoke"
    ADMIN_PERMISSIONS = "account:administration:permissions"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One entry. `id` is 0 until it is stored; `is_readable` is false when its details cannot be opened any more."""

    kind: EventKind
    at: datetime
    address: str | None = None
    device: str | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    id: int = 0
    is_readable: bool = True


class _Details(msgspec.Struct, frozen=True, omit_defaults=True):
    address: str | None = None
    device: str | None = None
    params: dict[str, str] = {}  # msgspec copies it


@cache
def _listing(*, keys: int, is_later_page: bool, kinds: int | None) -> Select[Any]:
    """The statement of a list, built once for each shape: every page with events asks for one or two."""
    wanted = select(events).where(one_of(events.c.account_key, "key", keys))
    if is_later_page:
        wanted = wanted.where(events.c.id < bindparam("before"))
    if kinds is not None:
        wanted = wanted.where(one_of(events.c.kind, "kind", kinds))
    return wanted.order_by(events.c.id.desc()).limit(bindparam("limit", type_=Integer))


class EventStore:
    """Reads and writes `events`; `addresses` says how much of an address is kept, `also` hears of each new one."""

    def __init__(
        self,
        database: Database,
        sealer: Sealer,
        *,
        addresses: Literal["full", "shortened"] = "full",
        also: Callable[[bytes, Event], Awaitable[None]] | None = None,
    ) -> None:
        self._database = database
        self._sealer = sealer
        self._shortened = addresses == "shortened"
        self._also = also

    async def add(self, account_key: bytes, event: Event) -> int:
        """Store an event for an account (its newest key); gives its id."""
        address = shortened(event.address) if event.address and self._shortened else event.address
        details = msgspec.json.encode(_Details(address=address, device=event.device, params=dict(event.params)))
        sealed = self._sealer.seal(details, purpose="event", binding=_binding(account_key, event.kind, event.at))
        row = {"account_key": account_key, "kind": event.kind.value, "at": event.at, "details_sealed": sealed}
        async with self._database.write() as connection:
            new: int = (await connection.execute(events.insert().values(row).returning(events.c.id))).scalar_one()
        if self._also is not None:
            await self._also(account_key, event)
        return new

    async def list(
        self,
        account_keys: Sequence[bytes],
        *,
        limit: int,
        before: int | None = None,
        kinds: Collection[EventKind] | None = None,
    ) -> tuple[Event, ...]:
        """Newest first, at most `limit`, older than the event `before`, of some kinds or of all."""
        wanted = _listing(
            keys=len(account_keys), is_later_page=before is not None, kinds=None if kinds is None else len(kinds)
        )
        values = {
            **numbered("key", account_keys),
            "limit": limit,
            "before": before,
            **numbered("kind", (kind.value for kind in kinds or ())),
        }
        async with self._database.read() as connection:
            rows = (await connection.execute(wanted, values)).all()
        return tuple(
            self._event(row.id, row.account_key, EventKind(row.kind), row.at, row.details_sealed)
            for row in rows
            if row.kind in _KNOWN  # a newer release may have written kinds that this one does not know
        )

    async def count(self, account_keys: Sequence[bytes], *, kinds: Collection[EventKind] | None = None) -> int:
        """How many there are, of some kinds or of all."""
        wanted = select(func.count()).select_from(events).where(events.c.account_key.in_(account_keys))
        if kinds is not None:
            wanted = wanted.where(events.c.kind.in_([kind.value for kind in kinds]))
        async with self._database.read() as connection:
            return int(await connection.scalar(wanted) or 0)

    async def purge(self, before: datetime) -> int:
        """Remove what is older; how many there were."""
        async with self._database.write() as connection:
            return (await connection.execute(delete(events).where(events.c.at < before))).rowcount

    def _event(self, number: int, account_key: bytes, kind: EventKind, at: datetime, sealed: bytes) -> Event:
        try:
            plain = self._sealer.open(sealed, purpose="event", binding=_binding(account_key, kind, at))
            details = msgspec.json.decode(plain, type=_Details)
        except SealBroken:
            return Event(id=number, kind=kind, at=at, is_readable=False)
        return Event(
            id=number,
            kind=kind,
            at=at,
            address=details.address,
            device=details.device,
            params=details.params,
        )


_KNOWN = frozenset(kind.value for kind in EventKind)


def _binding(account_key: bytes, kind: EventKind, at: datetime) -> bytes:
    """Account, moment and kind, so that an entry cannot be moved to another person, time or meaning."""
    return account_key + to_microseconds(at).to_bytes(8, "big", signed=True) + kind.value.encode()


def shortened(address: str) -> str:
    """The network of an address: IPv4 /24, IPv6 /48; a text that is no address becomes empty."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    if parsed.version == 6 and parsed.ipv4_mapped:  # noqa: PLR2004 - the protocol's own number
        parsed = parsed.ipv4_mapped
    prefix = 24 if parsed.version == 4 else 48  # noqa: PLR2004 - the protocol's own number
    return str(ip_network((parsed.packed, prefix), strict=False))
