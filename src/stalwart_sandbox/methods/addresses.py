"""x:BlockedIp and x:AllowedIp: who is banned and who is never counted; effective with the matching x:Action."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from stalwart_sandbox import dates, errors, ids, patch, shapes
from stalwart_sandbox.bans import BlockedIp
from stalwart_sandbox.errors import SetError
from stalwart_sandbox.jmap import Method
from stalwart_sandbox.patch import Date, Object, Text

if TYPE_CHECKING:
    from stalwart_sandbox.jmap import Call

Json = dict[str, Any]

_SCHEMA: Final = Object(
    {"address": Text(), "reason": Text(), "expiresAt": Date()},
    server_set=frozenset({"createdAt"}),
    defaults={"address": None, "reason": "manual", "expiresAt": None},
)


def _entries(call: Call, kind: str) -> dict[int, BlockedIp]:
    return call.state.bans.entries if kind == "BlockedIp" else call.state.bans.allowed


def _get(kind: str, call: Call) -> Json:
    entries = _entries(call, kind)

    def record(number: int) -> Json | None:
        entry = entries.get(number)
        if entry is None:
            return None
        return {
            "address": entry.address,
            "reason": entry.reason,
            "createdAt": entry.created_at,
            "expiresAt": entry.expires_at,
        }

    return shapes.get(call, record, lambda: list(entries))


def _query(kind: str, call: Call) -> Json:
    wanted = shapes.conditions(call, frozenset({"address", "text"}))
    address = wanted.get("address") or wanted.get("text")
    found = [number for number, entry in _entries(call, kind).items() if address in {None, entry.address}]
    return shapes.query(call, sorted(found, reverse=True))


def _set(kind: str, call: Call) -> Json:
    entries = _entries(call, kind)

    def create(value: Any) -> Json:
        record = patch.create(_SCHEMA, value, call.refs)
        address = patch.address_key(record["address"] or "", call.refs)
        if address is None:
            raise errors.invalid_patch("Failed to parse IpAddrOrMask from string", "address")
        number = call.state.next_number("object")
        entries[number] = BlockedIp(
            address=address,
            reason=record["reason"],
            created_at=dates.text(call.state.now()),
            expires_at=record["expiresAt"],
        )
        return {"id": ids.encode(number)}

    def destroy(number: int) -> None:
        if entries.pop(number, None) is None:
            raise SetError("notFound")

    return shapes.answer_set(call, create=create, destroy=destroy)


METHODS: Final = {
    name: method
    for kind in ("BlockedIp", "AllowedIp")
    for name, method in {
        f"x:{kind}/get": Method(answer=partial(_get, kind), read=f"sys{kind}Get"),
        f"x:{kind}/query": Method(answer=partial(_query, kind), read=f"sys{kind}Query"),
        f"x:{kind}/set": Method(
            answer=partial(_set, kind),
            create=f"sys{kind}Create",
            update=f"sys{kind}Update",
            destroy=f"sys{kind}Destroy",
        ),
    }.items()
}
