"""What only the panel knows of an account, for the check-up: last uses, the limit of app passwords, the last test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulwark.account.credential_limits import Limits
from bulwark.account.credentials import APP_PASSWORD
from bulwark.features.overview.service import EncryptionTest, Records
from bulwark.store.events import EventKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bulwark.sessions.panel import Panel


async def records_of(panel: Panel, account_id: str) -> Records:
    """Read them.

    Raises:
        StoreUnavailable: the panel's own database does not answer.
    """
    keys = panel.sessions.account_keys(account_id)
    limits = Limits(
        panel.pending,
        panel.sealer,
        keys[0],
        app_passwords=panel.settings.app_password_limit,
        api_keys=panel.settings.api_key_limit,
    )
    limit = await limits.known(APP_PASSWORD, panel.clock.now())
    return Records(
        uses=await panel.last_uses.of(keys),
        app_password_limit=None if limit is None else limit.number,
        encryption_test=await _encryption_test(panel, keys),
    )


async def _encryption_test(panel: Panel, keys: Sequence[bytes]) -> EncryptionTest | None:
    """What was last done here: turned on, or tested with this result; None when neither was done here."""
    latest = next(iter(await panel.events.list(keys, limit=1, kinds=tuple(_TESTS))), None)
    return None if latest is None else _TESTS[latest.kind]


_TESTS = {
    EventKind.ENCRYPTION_TURNED_ON: EncryptionTest.NEVER,
    EventKind.ENCRYPTION_PROVEN: EncryptionTest.PROVEN,
    EventKind.ENCRYPTION_NOT_PROVEN: EncryptionTest.FAILED,
}
