"""What somebody sees who has stolen the database."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bulwark.store.attempts import Attempts
from bulwark.store.engine import Database
from bulwark.store.events import Event, EventKind, EventStore
from bulwark.store.pending import PendingRow, PendingStore
from bulwark.store.recovery import RecoveryCode, RecoverySet, RecoveryStore
from bulwark.store.sessions import SessionRow, SessionStore

if TYPE_CHECKING:
    from pathlib import Path

    from bulwark.store.sealed import Sealer
    from hand_clock import HandClock

pytestmark = pytest.mark.anyio
LOGIN = "alice.with.a.long.name@example.org"
ADDRESS = "203.0.113.77"
DEVICE = "Firefox on a very particular Linux"
TOKEN = "access token in plain letters"
SESSION_ID = b"the id that only the cookie holds"
PRIVATE = (LOGIN, "alice.with", ADDRESS, DEVICE, TOKEN, SESSION_ID.decode())


async def fill(database: Database, sealer: Sealer, clock: HandClock) -> None:
    """One row in every table, as the panel writes them."""
    now = clock.now()
    account = sealer.account_keys("https://mail.test", LOGIN)[0]
    id_hash = hashlib.sha256(SESSION_ID).digest()
    state = sealer.seal(TOKEN.encode(), purpose="session state", binding=id_hash, secret=SESSION_ID)
    shown = sealer.seal(f"{DEVICE} {ADDRESS}".encode(), purpose="session shown", binding=id_hash)
    await SessionStore(database).insert(
        SessionRow(
            id_hash=id_hash,
            account_key=account,
            state_sealed=state,
            shown_sealed=shown,
            created_at=now,
            last_used_at=now,
            ends_at=now + timedelta(hours=12),
        )
    )
    ends_at = now + timedelta(minutes=5)
    await PendingStore(database).put(
        PendingRow(id_hash=id_hash, kind="sign-in", account_key=account, sealed=state, ends_at=ends_at)
    )
    limit = Attempts(
        database, sealer, limit=10, window=timedelta(minutes=15), longest_wait=timedelta(hours=1), clock=clock
    )
    await limit.claim(LOGIN, ADDRESS)
    await EventStore(database, sealer).add(
        account,
        Event(kind=EventKind.SIGNED_IN, at=now, address=ADDRESS, device=DEVICE, params={"login": LOGIN}),
    )
    recovery_set = RecoverySet(id=b"1" * 16, account_key=account, created_at=now, salt=b"salt", sealed_secret=state)
    codes = [RecoveryCode(set_id=recovery_set.id, lookup_id=b"lookup", number=1, wrapped_key=state)]
    await RecoveryStore(database).put_set(recovery_set, codes)


def everything_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


async def test_a_stolen_file_names_nobody_and_opens_nothing(tmp_path: Path, sealer: Sealer, clock: HandClock) -> None:
    database = Database.open(f"sqlite+aiosqlite:///{tmp_path / 'bulwark.sqlite3'}")
    await database.prepare()
    await fill(database, sealer, clock)
    while_open = everything_in(tmp_path)
    await database.dispose()
    stolen = while_open + everything_in(tmp_path)

    assert b"account:session:sign-in" in stolen
    assert [text for text in PRIVATE if text.encode() in stolen] == []
