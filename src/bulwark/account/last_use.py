"""When each credential of an account was last used, as the mail server reported it.

    uses = await LastUses(...).of(account_id)
    found = uses.of(credential)          # None: never, or not since the server reports
    uses.is_known                        # False: the server does not report to this panel

Numbers of revoked credentials are given again: a use before a credential was made belongs to another one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from bulwark.account.webhook import Outcome
from bulwark.errors import SealBroken
from bulwark.store.uses import MAIN_PASSWORD, UseStore
from stalwart_jmap.core.ids import to_number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bulwark.store.engine import Database
    from bulwark.store.sealed import Sealer
    from stalwart_jmap.objects.credential import Credential

C = TypeVar("C", bound="Credential")
CLOCKS_MAY_DIFFER = timedelta(minutes=2)
MOST_DAYS = 500
PROTOCOLS = {  # names a listener has when nobody renamed it
    "imap": "IMAP",
    "imaps": "IMAP",
    "imaptls": "IMAP",
    "pop3": "POP3",
    "pop3s": "POP3",
    "smtp": "SMTP",
    "submission": "SMTP",
    "submissions": "SMTP",
    "sieve": "ManageSieve",
    "managesieve": "ManageSieve",
    "http": "HTTP",
    "https": "HTTP",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LastUse:
    """One use: when, over what, from where; texts are empty where the server did not say."""

    at: datetime
    protocol: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIns:
    """What happened on one day with one credential over one protocol; `credential` 0 is the main password."""

    outcome: Outcome
    credential: int
    protocol: str
    address: str
    count: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Uses:
    """The last uses of one account. `since` is when the server began to report, None when it never did."""

    since: datetime | None
    by_number: Mapping[int, LastUse]

    @property
    def is_known(self) -> bool:
        """Whether the server reports sign-ins to this panel at all."""
        return self.since is not None

    @property
    def main_password(self) -> LastUse | None:
        """The last use of the main password."""
        return self.by_number.get(MAIN_PASSWORD)

    def of(self, one: Credential) -> LastUse | None:
        """The last use of an app password or API key; None when none was reported since it was made."""
        try:
            found = self.by_number.get(to_number(one.id))
        except ValueError:
            return None
        if found is None or (one.created_at is not None and found.at < one.created_at - CLOCKS_MAY_DIFFER):
            return None
        return found

    def is_unused(self, one: Credential, now: datetime, span: timedelta) -> bool:
        """Whether it certainly was not used for `span`: it is older than that, and so are the reports."""
        if self.since is None or self.since > now - span:
            return False
        if one.created_at is None or one.created_at > now - span:
            return False
        found = self.of(one)
        return found is None or found.at < now - span


def latest_first(listed: Sequence[C], uses: Uses) -> tuple[C, ...]:
    """Credentials with the latest use first; those without a known one keep their order behind them."""
    never = datetime.min.replace(tzinfo=UTC)

    def at(one: C) -> datetime:
        found = uses.of(one)
        return found.at if found is not None else never

    return tuple(sorted(listed, key=at, reverse=True))


NOT_KNOWN = Uses(since=None, by_number={})


def protocol_name(listener: str) -> str:
    """`IMAP` for `imap`; a listener with another name is told by it."""
    return PROTOCOLS.get(listener, listener)


class LastUses:
    """Reads what was reported."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._store = UseStore(database)
        self._sealer = sealer

    async def of(self, account_keys: Sequence[bytes]) -> Uses:
        """The last uses of an account."""
        feed = await self._store.feed()
        if feed.first_at is None:
            return NOT_KNOWN
        found: dict[int, LastUse] = {}
        for row in await self._store.uses_of(account_keys):
            known = found.get(row.credential)
            if known is None or known.at < row.at:  # after a rotation both master keys may have a row
                address = self._open(row.address_sealed, row.account_key)
                found[row.credential] = LastUse(at=row.at, protocol=protocol_name(row.protocol), address=address)
        return Uses(since=feed.first_at, by_number=found)

    async def sign_ins(
        self, account_keys: Sequence[bytes], *, since: datetime | None = None, until: datetime | None = None
    ) -> tuple[SignIns, ...]:
        """What happened per day after `since` and not after `until`, the latest first; at most `MOST_DAYS`."""
        rows = await self._store.days_of(account_keys, since=since, until=until, limit=MOST_DAYS)
        return tuple(
            SignIns(
                outcome=Outcome(row.outcome),
                credential=row.credential,
                protocol=protocol_name(row.protocol),
                address=self._open(row.address_sealed, row.account_key),
                count=row.count,
                first_at=row.first_at,
                last_at=row.last_at,
            )
            for row in rows
            if row.outcome in _KNOWN
        )

    async def heard(self) -> tuple[datetime | None, datetime | None]:
        """Since when the server reports, and when it did last."""
        feed = await self._store.feed()
        return feed.first_at, feed.last_at

    def _open(self, sealed: bytes, account_key: bytes) -> str:
        try:
            return self._sealer.open(sealed, purpose="use", binding=account_key).decode()
        except SealBroken:
            return ""


_KNOWN = frozenset(outcome.value for outcome in Outcome)
