"""Sender identities: one for each address from the first reading on, kept in step with the account's addresses."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from stalwart_sandbox import ids
from stalwart_sandbox.changes import ChangeLog

Json = dict[str, Any]


@dataclass(slots=True)
class Identities:
    """The identities of one account by number, counting from 1, without their ids."""

    records: dict[int, Json] = field(default_factory=dict)
    log: ChangeLog = field(default_factory=ChangeLog)
    _next: int = 1
    _known: frozenset[str] = frozenset()

    def add(self, record: Json) -> int:
        """Store a new identity and return its number."""
        number = self._next
        self._next += 1
        self.records[number] = record
        self.log.add("created", ids.encode(number))
        return number

    def remove(self, number: int) -> None:
        """Delete an identity."""
        del self.records[number]
        self.log.add("destroyed", ids.encode(number))

    def sync(self, addresses: list[str], name: str | None) -> bool:
        """Follow a changed set of addresses: new ones get an identity, lost ones lose theirs; True when it changed."""
        if self._known == frozenset(addresses):
            return False
        for number in [number for number, record in self.records.items() if record["email"] not in addresses]:
            self.remove(number)
        for address in addresses:
            if address not in self._known:
                self.add(blank(email=address, name=name or address))
        self._known = frozenset(addresses)
        return True


def blank(*, email: str, name: str = "") -> Json:
    """An identity with nothing but an address and a name."""
    return {"name": name, "email": email, "replyTo": None, "bcc": None, "textSignature": "", "htmlSignature": ""}
