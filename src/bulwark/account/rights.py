"""What the credential in use may do, as `GET /api/account` told it (protocol reference 1.4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from bulwark.errors import ManagedElsewhere, PermissionMissing

if TYPE_CHECKING:
    from datetime import datetime

    from bulwark.errors import Unavailable
    from stalwart_jmap import AccountInfo

FRESH_FOR = timedelta(minutes=5)
PASSWORD_PERMISSIONS = ("sysAccountPasswordGet", "sysAccountPasswordUpdate")
# All that an expired password leaves (protocol reference 3.5).
NARROW = frozenset(
    {"authenticate", "authenticateWithAlias", "sysAccountPasswordGet", "sysAccountPasswordUpdate", "emailReceive"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """The permissions of one credential, when they were read, and the server's edition."""

    permissions: frozenset[str]
    edition: str
    locale: str
    read_at: datetime

    @classmethod
    def from_info(cls, info: AccountInfo, read_at: datetime) -> Rights:
        """Keep what the server answered, with the time of reading."""
        return cls(permissions=info.permissions, edition=info.edition, locale=info.locale, read_at=read_at)

    def has(self, *names: str) -> bool:
        """Whether every named permission is held."""
        return self.permissions.issuperset(names)

    def missing(self, *names: str) -> tuple[str, ...]:
        """Those of the named permissions that are not held, in the given order."""
        return tuple(name for name in names if name not in self.permissions)

    def why_not(self, *names: str) -> Unavailable | None:
        """The reason why something that needs these permissions cannot be used, or None when it can."""
        lacking = self.missing(*names)
        return PermissionMissing(*lacking) if lacking else None

    def require(self, *names: str) -> None:
        """Go on only with these permissions.

        Raises:
            PermissionMissing: some are not held.
        """
        missing = self.why_not(*names)
        if missing is not None:
            raise missing

    @property
    def is_narrow(self) -> bool:
        """Whether this sign-in may do nothing but change the password; usually the password has expired."""
        return self.permissions <= NARROW and self.has("sysAccountPasswordUpdate")

    @property
    def hides_password(self) -> bool:
        """Whether both password permissions are absent: taken away, or the account lives in an external directory."""
        return not self.permissions.intersection(PASSWORD_PERMISSIONS)

    def is_stale(self, now: datetime) -> bool:
        """Whether they were read longer ago than five minutes."""
        return now - self.read_at > FRESH_FOR


def why_no_password(rights: Rights, *, get_was_answered: bool) -> Unavailable | None:
    """Tell apart why the password cannot be managed here.

    The server hides both permissions for accounts of an external directory although it still answers
    `x:AccountPassword/get` for them; an account whose role lacks the permission is refused that call
    (recorded in `directory.json` and in the scenario `permissions`).
    """
    if rights.hides_password and get_was_answered:
        return ManagedElsewhere()
    return rights.why_not(*PASSWORD_PERMISSIONS)
