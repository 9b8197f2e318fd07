"""The server-wide settings that matter here, as registry singletons with the real server's defaults.

Durations are milliseconds. A change is stored at once and takes effect with x:Action ReloadSettings.
"""

from __future__ import annotations

import copy
from typing import Any, Final

from stalwart_sandbox import policy
from stalwart_sandbox.patch import Choice, Flag, Number, Object, SetOf, Text, id_key

Json = dict[str, Any]

_STRENGTH: Final = Choice("PasswordStrength", frozenset(policy.STRENGTHS))
_HASHES: Final = Choice("PasswordHashAlgorithm", frozenset({"argon2id", "bcrypt", "scrypt", "pbkdf2"}))
_COUNT: Final = Number(optional=True)
_ROLES: Final = SetOf(id_key)

SCHEMAS: Final[dict[str, Object]] = {
    "Authentication": Object(
        {
            "directoryId": Text(),
            "passwordMinLength": Number(),
            "passwordMaxLength": Number(),
            "passwordMinStrength": _STRENGTH,
            "passwordDefaultExpiry": _COUNT,
            "passwordHashAlgorithm": _HASHES,
            "maxAppPasswords": _COUNT,
            "maxApiKeys": _COUNT,
            "defaultUserRoleIds": _ROLES,
            "defaultGroupRoleIds": _ROLES,
            "defaultTenantRoleIds": _ROLES,
            "defaultAdminRoleIds": _ROLES,
        }
    ),
    "Email": Object({"encryptAtRest": Flag(), "encryptOnAppend": Flag(), "maxPublicKeys": _COUNT}),
    "Http": Object({"useXForwarded": Flag(), "usePermissiveCors": Flag()}),
    "Security": Object(
        {
            "authBanRate": Object(
                {"count": Number(), "period": Number()}, defaults={"count": 100, "period": 86_400_000}
            ),
            "authBanPeriod": _COUNT,
        }
    ),
    "OidcProvider": Object(
        {
            "authCodeMaxAttempts": Number(),
            "authCodeExpiry": Number(),
            "refreshTokenExpiry": Number(),
            "refreshTokenRenewal": Number(),
            "accessTokenExpiry": Number(),
            "userCodeExpiry": Number(),
            "idTokenExpiry": Number(),
            "requireClientRegistration": Flag(),
        }
    ),
}

DEFAULTS: Final[dict[str, Json]] = {
    "Authentication": {
        "directoryId": None,
        "passwordMinLength": 8,
        "passwordMaxLength": 128,
        "passwordMinStrength": "three",
        "passwordDefaultExpiry": None,
        "passwordHashAlgorithm": "argon2id",
        "maxAppPasswords": 5,
        "maxApiKeys": 5,
        "defaultUserRoleIds": {"b": True},
        "defaultGroupRoleIds": {"c": True},
        "defaultTenantRoleIds": {"d": True, "b": True},
        "defaultAdminRoleIds": {"e": True, "b": True},
    },
    "Email": {"encryptAtRest": True, "encryptOnAppend": False, "maxPublicKeys": 5},
    "Http": {"useXForwarded": False, "usePermissiveCors": False},
    "Security": {"authBanRate": {"count": 100, "period": 86_400_000}, "authBanPeriod": None},
    "OidcProvider": {
        "authCodeMaxAttempts": 3,
        "authCodeExpiry": 600_000,
        "refreshTokenExpiry": 2_592_000_000,
        "refreshTokenRenewal": 345_600_000,
        "accessTokenExpiry": 3_600_000,
        "userCodeExpiry": 1_800_000,
        "idTokenExpiry": 900_000,
        "requireClientRegistration": False,
    },
}


class Settings:
    """Stored and effective values of every settings object."""

    def __init__(self) -> None:
        self.stored: dict[str, Json] = copy.deepcopy(DEFAULTS)
        self._effective: dict[str, Json] = copy.deepcopy(DEFAULTS)

    def __getitem__(self, name: str) -> Json:
        """The effective values of one settings object."""
        return self._effective[name]

    def reload(self) -> None:
        """Let the stored values take effect."""
        self._effective = copy.deepcopy(self.stored)

    def change(self, name: str, **values: Any) -> None:
        """Store values and let them take effect; for tests, which need no administrator."""
        self.stored[name] |= values
        self.reload()
