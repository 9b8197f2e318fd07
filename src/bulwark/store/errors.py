"""What can go wrong between the panel and its own database.

BulwarkError
├── StoreUnavailable            locked, full, gone, refusing connections: try again later, nothing was written
│   └── StoreFromNewerVersion   a newer release has migrated it; this release cannot read it
└── SealBroken                  a sealed value was changed, belongs elsewhere, or its key is not in the list
"""

from __future__ import annotations

from bulwark.errors import BulwarkError


class StoreUnavailable(BulwarkError):
    """The database does not serve. `reason` is for the log and the doctor; it carries no values."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The panel's database does not answer: {reason}")
        self.reason = reason


class StoreFromNewerVersion(StoreUnavailable):
    """The database was migrated by a newer release to `revision`."""

    def __init__(self, revision: str) -> None:
        super().__init__(f"a newer release of the panel has changed it (revision {revision}); install that release")
        self.revision = revision


class SealBroken(BulwarkError):
    """A sealed value cannot be opened with the keys, purpose, binding and secret at hand; nothing tells which."""

    def __init__(self) -> None:
        super().__init__("A sealed value cannot be opened.")
