"""What the server stores about people: domains, roles, accounts and their credentials, public keys.

Secrets are kept salted and hashed with a quick digest (the real server takes Argon2; tests need speed).
"""

from __future__ import annotations

import hashlib
import hmac
import os
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from stalwart_sandbox import ids
from stalwart_sandbox.patch import MASK

if TYPE_CHECKING:
    from stalwart_sandbox.identities import Identities
    from stalwart_sandbox.mailbox import Mailbox

Json = dict[str, Any]

EXPIRED_SCOPE: Final = frozenset(
    {
        "authenticate",
        "authenticateWithAlias",
        "sysAccountPasswordGet",
        "sysAccountPasswordUpdate",
        "emailReceive",
    }
)


class CredentialKind(StrEnum):
    """The three entries of an account's credential list."""

    PASSWORD = "Password"
    APP_PASSWORD = "AppPassword"
    API_KEY = "ApiKey"


class Directory(StrEnum):
    """Where an account's password lives."""

    INTERNAL = "internal"
    SQL = "sql"
    OIDC = "oidc"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Hashed:
    """A salted digest of a secret; saving the same secret again gives another digest."""

    salt: bytes
    digest: bytes

    @classmethod
    def of(cls, secret: str) -> Hashed:
        """The digest of a secret under a fresh salt."""
        salt = os.urandom(16)
        return cls(salt=salt, digest=_digest(secret, salt))

    def matches(self, secret: str) -> bool:
        """Whether this is the digest of the given secret."""
        return hmac.compare_digest(self.digest, _digest(secret, self.salt))

    def __repr__(self) -> str:
        return "Hashed(****)"


def _digest(secret: str, salt: bytes) -> bytes:
    return hashlib.blake2b(secret.encode("utf-8", errors="surrogateescape"), salt=salt).digest()


@dataclass(slots=True, kw_only=True)
class Credential:
    """One way to sign in; the number is small, counts from 0 within its account and is used again."""

    kind: CredentialKind
    number: int
    secret: Hashed | None = field(default=None, repr=False)
    otp_url: str | None = field(default=None, repr=False)
    description: str | None = None
    created_at: str = ""
    expires_at: str | None = None
    permissions: Json = field(default_factory=lambda: {"@type": "Inherit"})
    allowed_ips: dict[str, bool] = field(default_factory=dict)

    def wire(self) -> Json:
        """The entry as an administrator sees it, secrets masked; `otpAuth` is there only with two-factor on."""
        entry: Json = {"credentialId": ids.encode(self.number)}
        if self.kind is CredentialKind.PASSWORD:
            entry["secret"] = MASK
            if self.otp_url is not None:
                entry["otpAuth"] = MASK
            entry |= {"expiresAt": self.expires_at, "allowedIps": dict(self.allowed_ips)}
        else:
            entry |= self.own_wire()
        return {**entry, "@type": self.kind.value}

    def own_wire(self) -> Json:
        """An app password or API key as its owner sees it, without the id."""
        return {
            "description": self.description,
            "secret": MASK,
            "createdAt": self.created_at,
            "expiresAt": self.expires_at,
            "permissions": self.permissions,
            "allowedIps": dict(self.allowed_ips),
        }

    def scope(self, held: frozenset[str]) -> frozenset[str]:
        """The permissions of somebody who signed in with this credential, out of those the account holds."""
        return narrowed(self.permissions, held)


def narrowed(variant: Json, held: frozenset[str]) -> frozenset[str]:
    """The part of `held` that a credential's `permissions` variant leaves."""
    named = frozenset(variant.get("permissions", ()))
    match variant["@type"]:
        case "Disable":
            return held - named
        case "Replace":
            return held & named
        case _:
            return held


@dataclass(slots=True, kw_only=True)
class Domain:
    """A mail domain; `record` holds its other properties as the wire shows them."""

    number: int
    name: str
    record: Json = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Role:
    """A named set of permissions, possibly built on other roles."""

    number: int
    description: str | None
    role_ids: dict[str, bool] = field(default_factory=dict)
    enabled: dict[str, bool] = field(default_factory=dict)
    disabled: dict[str, bool] = field(default_factory=dict)

    def wire(self) -> Json:
        """The role without its id."""
        return {
            "description": self.description,
            "memberTenantId": None,
            "roleIds": dict(self.role_ids),
            "enabledPermissions": dict(self.enabled),
            "disabledPermissions": dict(self.disabled),
        }


@dataclass(slots=True, kw_only=True)
class PublicKey:
    """An encryption key or certificate of one account, as text."""

    number: int
    account: int
    key: str
    description: str | None
    created_at: str
    is_openpgp: bool
    email_addresses: dict[str, bool] = field(default_factory=dict)
    expires_at: str | None = None

    def wire(self) -> Json:
        """The key without its id and owner."""
        return {
            "emailAddresses": dict(self.email_addresses),
            "key": self.key,
            "description": self.description,
            "createdAt": self.created_at,
            "expiresAt": self.expires_at,
        }


@dataclass(slots=True, kw_only=True)
class Account:
    """A user or a group; JSON-shaped parts are kept as the registry writes them."""

    number: int
    kind: str
    name: str
    domain: Domain
    created_at: str
    credentials: list[Credential] = field(default_factory=list)
    member_group_ids: dict[str, bool] = field(default_factory=dict)
    roles: Json = field(default_factory=lambda: {"@type": "User"})
    permissions: Json = field(default_factory=lambda: {"@type": "Inherit"})
    quotas: dict[str, int] = field(default_factory=dict)
    aliases: Json = field(default_factory=dict)
    description: str | None = None
    locale: str = "en_US"
    time_zone: str | None = None
    encryption: Json = field(default_factory=lambda: {"@type": "Disabled"})
    directory: Directory = Directory.INTERNAL
    identities: Identities | None = field(default=None, repr=False)
    mailbox: Mailbox | None = field(default=None, repr=False)

    @property
    def id(self) -> str:
        """The account's JMAP id."""
        return ids.encode(self.number)

    @property
    def address(self) -> str:
        """The primary address, which is also the login."""
        return f"{self.name}@{self.domain.name}"

    @property
    def password(self) -> Credential | None:
        """The Password credential, which a directory or API-only account may lack."""
        return next((item for item in self.credentials if item.kind is CredentialKind.PASSWORD), None)

    def credential(self, number: int) -> Credential | None:
        """The credential of that number."""
        return next((item for item in self.credentials if item.number == number), None)

    def next_credential(self) -> int:
        """The number of a new credential: one above the highest, so the last number comes back once it is free."""
        return max((item.number for item in self.credentials), default=0) + 1

    def wire(self) -> Json:
        """The account as x:Account/get shows it, without its id."""
        record = self.writable_wire()
        record["createdAt"] = self.created_at
        order = (
            "name",
            "domainId",
            "credentials",
            "createdAt",
            "memberGroupIds",
            "memberTenantId",
            "roles",
            "permissions",
        )
        return {
            **{name: record[name] for name in order},
            **record,
            "@type": self.kind,
            "usedDiskQuota": 0,
            "emailAddress": self.address,
        }

    def writable_wire(self) -> Json:
        """The properties an administrator may write, in the shape the registry patches."""
        return {
            "name": self.name,
            "domainId": ids.encode(self.domain.number),
            "credentials": {str(place): item.wire() for place, item in enumerate(self.credentials)},
            "memberGroupIds": dict(self.member_group_ids),
            "memberTenantId": None,
            "roles": self.roles,
            "permissions": self.permissions,
            "quotas": dict(self.quotas),
            "aliases": dict(self.aliases),
            "description": self.description,
            "locale": self.locale,
            "timeZone": self.time_zone,
            "encryptionAtRest": self.encryption,
        }
