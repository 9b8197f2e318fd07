"""Encryption at rest: public keys, on and off, and the proof by a test message. See `docs/use/encryption.md`."""

from __future__ import annotations

from bulwark.feature import Feature, Group
from bulwark.language import N_

FEATURE = Feature(
    slug="encryption",
    path="/encryption",
    label=N_("Encryption at rest"),
    icon="lock",
    group=Group.MAIL,
    needs={
        "see": ("sysAccountSettingsGet", "sysPublicKeyGet"),
        "turn on or off": ("sysAccountSettingsGet", "sysAccountSettingsUpdate", "sysPublicKeyGet"),
        "add a key": ("sysPublicKeyGet", "sysPublicKeyCreate"),
        "remove a key": ("sysPublicKeyGet", "sysPublicKeyDestroy"),
        "test": (
            "jmapIdentityGet",
            "jmapMailboxQuery",
            "jmapEmailCreate",
            "jmapEmailSubmissionCreate",
            "jmapEmailQuery",
            "jmapEmailGet",
            "jmapEmailDestroy",
        ),
    },
)
