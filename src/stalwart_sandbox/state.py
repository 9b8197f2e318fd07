"""Everything the stand-in remembers, and the questions that need more than one object to answer."""

from __future__ import annotations

import os
import time
import zlib
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from stalwart_sandbox import catalogue, ids
from stalwart_sandbox.accounts import Account, Credential, CredentialKind, Directory, Domain, PublicKey, Role
from stalwart_sandbox.bans import Bans
from stalwart_sandbox.events import Events
from stalwart_sandbox.grants import Grants
from stalwart_sandbox.identities import Identities
from stalwart_sandbox.mailbox import Mailbox
from stalwart_sandbox.push import Broker
from stalwart_sandbox.quirks import Quirks
from stalwart_sandbox.settings import DEFAULTS, Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stalwart_sandbox.accounts import Hashed

Json = dict[str, Any]

DEFAULT_QUOTAS: Final = {"maxEmailIdentities": 20}
_FIRST_SNOWFLAKE: Final = 342_181_705_017_722_368
_FIRST_CREATED: Final = 5  # four default roles come first


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryAdmin:
    """The administrator of last resort: a login and a password, no account."""

    login: str
    password: Hashed


class State:
    """The whole server's memory; `clock` gives seconds since 1970, `base_url` is the URL the server publishes."""

    def __init__(self, *, base_url: str, clock: Callable[[], float] = time.time, admin: RecoveryAdmin | None) -> None:
        self.base_url = base_url.rstrip("/")
        self.admin = admin
        self.device_interval = 5  # seconds between two polls
        self.provider: dict[str, Any] = {
            "issuer": "https://login.example.com",
            "jwks_uri": "https://login.example.com/jwks",
            "userinfo_endpoint": "https://login.example.com/userinfo",
            "token_endpoint": "https://login.example.com/token",
            "authorization_endpoint": "https://login.example.com/authorize",
            "scopes_supported": ["openid", "email", "profile"],
        }
        self.asks_provider = False  # whether the provider can be asked whose a token is
        self.quirks: Final = Quirks()
        self.bans: Final = Bans()
        self.events: Final = Events()
        self.reported: Final[set[tuple[int, int, str]]] = set()
        self.grants: Final = Grants()
        self.settings: Final = Settings()
        self.broker: Final = Broker()
        self.domains: Final[dict[int, Domain]] = {}
        self.accounts: Final[dict[int, Account]] = {}
        self.roles: Final[dict[int, Role]] = {}
        self.public_keys: Final[dict[int, PublicKey]] = {}
        self.webhooks: Final[dict[int, Json]] = {}
        self.live_webhooks: Final[dict[int, Json]] = {}
        self.token_key: Final = os.urandom(32)
        self.outside_tokens: Final[dict[str, int]] = {}
        self._clock: Final = clock
        self._numbers: Final[dict[str, Iterator[int]]] = {
            "account": count(1),
            "domain": count(1),
            "role": count(_FIRST_CREATED),
            "object": count(_FIRST_SNOWFLAKE, 65536),
            "blob": count(1),
        }
        self._held: Final[dict[int, frozenset[str]]] = {}
        self._logins: dict[str, tuple[Account, bool]] | None = None
        for record in catalogue.default_roles():
            number = ids.decode(record["id"]) or 0
            enabled = dict(record["enabledPermissions"])
            self.roles[number] = Role(number=number, description=record["description"], enabled=enabled)

    def now(self) -> float:
        """The server's clock in seconds since 1970, shifted by the `clock-skew` quirk."""
        return self._clock() + self.quirks.clock_skew

    @property
    def port(self) -> int:
        """The port of the server's own URL."""
        parts = urlsplit(self.base_url)
        return parts.port or (443 if parts.scheme == "https" else 80)

    def next_number(self, kind: str) -> int:
        """A fresh number: `account`, `domain` and `role` count up from `b`, `object` and `blob` are wider."""
        return next(self._numbers[kind])

    def reload_settings(self) -> None:
        """Let stored settings, allowed addresses and webhooks take effect; a changed ban rate switches bans on."""
        self.settings.reload()
        security = self.settings["Security"]
        if security["authBanRate"] != DEFAULTS["Security"]["authBanRate"]:
            self.bans.limit = (security["authBanRate"] or {}).get("count")
        self.bans.period = None if security["authBanPeriod"] is None else security["authBanPeriod"] / 1000
        self.bans.reload_allowed()
        self.live_webhooks.clear()
        self.live_webhooks.update(self.webhooks)
        self.changed()

    def changed(self) -> None:
        """Forget what was derived from accounts and roles; every write to them ends here."""
        self._held.clear()
        self._logins = None

    # People

    def find(self, login: str) -> tuple[Account, bool] | None:
        """The user behind a lower-case login and whether the login is an alias; disabled aliases are unknown."""
        if self._logins is None:
            self._logins = dict(self._all_logins())
        return self._logins.get(login)

    def _all_logins(self) -> Iterator[tuple[str, tuple[Account, bool]]]:
        for account in self.accounts.values():
            for address in self.addresses(account)[1:]:
                yield address, (account, True)
        for account in self.accounts.values():
            yield account.address, (account, False)

    def addresses(self, account: Account) -> list[str]:
        """The account's addresses, the primary one first."""
        aliases = []
        for alias in account.aliases.values():
            domain = self.domains.get(ids.decode(alias["domainId"] or "") or 0)
            if alias["enabled"] and domain is not None:
                aliases.append(f"{alias['name']}@{domain.name}")
        return [account.address, *aliases]

    def default_domain(self) -> str | None:
        """The domain of a login without @: the first one made."""
        return next((domain.name for domain in self.domains.values()), None)

    def directory(self, account: Account) -> Directory:
        """Where the account's password lives, by its own setting or by a quirk."""
        for name in (Directory.OIDC, Directory.SQL):
            if self.quirks.is_on(f"directory-{name}", account.address):
                return name
        return account.directory

    def uses_oidc(self, account: Account | None) -> bool:
        """Whether people sign in with an OpenID Connect provider: this one, or for an unknown one everybody."""
        if account is None:
            return self.quirks.is_on("directory-oidc")
        return self.directory(account) is Directory.OIDC

    def password(self, account: Account) -> Credential | None:
        """The Password credential this server knows; an OpenID Connect account has none."""
        return None if self.directory(account) is Directory.OIDC else account.password

    def held(self, account: Account) -> frozenset[str]:
        """The permissions of the account: roles, then what it adds, minus every disabled one found anywhere."""
        held = self._held.get(account.number)
        if held is None:
            held = self._held[account.number] = self._compute(account.roles, account.permissions, account.kind)
        return held

    def would_hold(self, roles: Json, permissions: Json, kind: str) -> frozenset[str]:
        """The permissions an account with these roles and permissions would have."""
        return self._compute(roles, permissions, kind)

    def _compute(self, roles: Json, permissions: Json, kind: str) -> frozenset[str]:
        enabled: set[str] = set()
        disabled: set[str] = set()
        if permissions["@type"] != "Replace":
            for role in self._roles(self._role_ids(roles, kind)):
                enabled |= role.enabled.keys()
                disabled |= role.disabled.keys()
        enabled |= permissions.get("enabledPermissions", {}).keys()
        disabled |= permissions.get("disabledPermissions", {}).keys()
        return frozenset(enabled - disabled)

    def _role_ids(self, roles: Json, kind: str) -> list[str]:
        defaults = self.settings["Authentication"]
        match roles["@type"]:
            case "Custom":
                return list(roles["roleIds"])
            case "Admin":
                return list(defaults["defaultAdminRoleIds"])
            case _:
                return list(defaults["defaultGroupRoleIds" if kind == "Group" else "defaultUserRoleIds"])

    def _roles(self, role_ids: list[str]) -> list[Role]:
        """Roles and the roles they are built on, each once."""
        found: dict[int, Role] = {}
        waiting = list(role_ids)
        while waiting:
            role = self.roles.get(ids.decode(waiting.pop()) or 0)
            if role is not None and role.number not in found:
                found[role.number] = role
                waiting += role.role_ids
        return list(found.values())

    def role_permissions(self, role_ids: dict[str, bool]) -> frozenset[str]:
        """Everything the given roles enable, whatever they disable."""
        names: set[str] = set()
        for role in self._roles(list(role_ids)):
            names |= role.enabled.keys()
        return frozenset(names)

    def quota(self, account: Account, name: str, default: int | None) -> int | None:
        """The account's own limit, else the server-wide one; None is no limit."""
        return account.quotas.get(name, default)

    def count(self, account: Account, kind: CredentialKind) -> int:
        """How many credentials of a kind the account has, ended ones included."""
        return sum(1 for item in account.credentials if item.kind is kind)

    # Parts made on first use

    def identities(self, account: Account) -> Identities:
        """The account's sender identities."""
        if account.identities is None:
            account.identities = Identities()
        return account.identities

    def mailbox(self, account: Account) -> Mailbox:
        """The account's mail."""
        if account.mailbox is None:
            account.mailbox = Mailbox()
        return account.mailbox

    @staticmethod
    def session_state(number: int) -> str:
        """The lower-case hex `state` of an account's session; it depends on memberships alone."""
        return f"{zlib.crc32(number.to_bytes(8, 'big')):x}"
