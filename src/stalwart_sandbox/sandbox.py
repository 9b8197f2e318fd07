"""The stand-in as tests and the demonstration use it: the ASGI app and direct access to what it remembers."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from stalwart_sandbox import auth, dates, ids
from stalwart_sandbox.accounts import Account, Credential, CredentialKind, Directory, Domain, Hashed, Role
from stalwart_sandbox.app import Application
from stalwart_sandbox.auth import Verdict
from stalwart_sandbox.log import RequestLog
from stalwart_sandbox.state import RecoveryAdmin, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from stalwart_sandbox.log import RecordedRequest
    from stalwart_sandbox.quirks import Quirks
    from stalwart_sandbox.settings import Settings

Json = dict[str, Any]


class Sandbox:
    """A whole server in memory.

    `base_url` is what it publishes as its own; `admin` is LOGIN:PASSWORD of the administrator of last resort;
    `clock` gives seconds since 1970; `failure_delay` are seconds a refused sign-in waits; `ban_after` failures from one
    address or for one login are allowed (None: any number), loopback included; `use_x_forwarded` believes
    X-Forwarded-For and Forwarded.
    """

    def __init__(
        self,
        *,
        base_url: str = "http://sandbox.test",
        admin: str | None = "admin:secret",
        clock: Callable[[], float] = time.time,
        failure_delay: float = 0.0,
        ban_after: int | None = None,
        use_x_forwarded: bool = False,
    ) -> None:
        login, _, password = (admin or "").partition(":")
        recovery = RecoveryAdmin(login=login.lower(), password=Hashed.of(password)) if admin else None
        self.state: Final = State(base_url=base_url, clock=clock, admin=recovery)
        self.state.bans.limit = ban_after
        self.state.bans.counts_loopback = ban_after is not None
        if use_x_forwarded:
            self.state.settings.change("Http", useXForwarded=True)
        self._log: Final = RequestLog()
        self.app: Final = Application(self.state, self._log, failure_delay=failure_delay)

    # Looking inside

    @property
    def quirks(self) -> Quirks:
        """The faults that can be switched on."""
        return self.state.quirks

    @property
    def settings(self) -> Settings:
        """The server-wide settings: `sandbox.settings.change("Authentication", maxAppPasswords=1)`."""
        return self.state.settings

    @property
    def requests(self) -> list[RecordedRequest]:
        """Every request so far (the latest ten thousand), oldest first, without secrets."""
        return list(self._log.requests)

    def forget_requests(self) -> None:
        """Start counting requests anew."""
        self._log.requests.clear()

    @property
    def events(self) -> list[Json]:
        """What a webhook would have carried, oldest first."""
        return list(self.state.events.recent)

    def account(self, login: str) -> Account:
        """The account behind an address; KeyError for an unknown one."""
        found = self.state.find(login.lower())
        if found is None:
            raise KeyError(login)
        return found[0]

    def verify(self, login: str, password: str, code: str | None = None) -> bool:
        """Whether the password (with a code where the second factor is on) is the right one; counts nothing."""
        return auth.verify(self.state, self.account(login), password, code) is Verdict.RIGHT

    def password_is(self, login: str, password: str) -> bool:
        """Whether this is the stored password, whatever the second factor."""
        stored = self.account(login).password
        return stored is not None and stored.secret is not None and stored.secret.matches(password)

    def two_factor_on(self, login: str) -> bool:
        """Whether a second factor is stored."""
        stored = self.account(login).password
        return stored is not None and stored.otp_url is not None

    def otp_url(self, login: str) -> str | None:
        """The stored otpauth URL."""
        stored = self.account(login).password
        return stored.otp_url if stored is not None else None

    # Filling it

    def add_domain(self, name: str) -> str:
        """Make a mail domain unless it is there, and return its id."""
        for domain in self.state.domains.values():
            if domain.name == name:
                return ids.encode(domain.number)
        number = self.state.next_number("domain")
        record = {
            "name": name,
            "description": None,
            "isEnabled": True,
            "memberTenantId": None,
            "directoryId": None,
            "dkimManagement": {"@type": "Manual"},
            "aliases": {},
            "quotas": {},
            "createdAt": dates.text(self.state.now()),
        }
        self.state.domains[number] = Domain(number=number, name=name, record=record)
        self.state.changed()
        return ids.encode(number)

    def add_role(
        self,
        description: str,
        *,
        enabled: Iterable[str] = (),
        disabled: Iterable[str] = (),
        role_ids: Iterable[str] = (),
    ) -> str:
        """Make a role and return its id."""
        number = self.state.next_number("role")
        self.state.roles[number] = Role(
            number=number,
            description=description,
            enabled=dict.fromkeys(enabled, True),
            disabled=dict.fromkeys(disabled, True),
            role_ids=dict.fromkeys(role_ids, True),
        )
        self.state.changed()
        return ids.encode(number)

    def add_account(
        self,
        login: str,
        password: str | None,
        *,
        otp_secret: str | None = None,
        otp_url: str | None = None,
        app_passwords: Iterable[str] = (),
        api_keys: Iterable[str] = (),
        lacks: Iterable[str] = (),
        permissions: Json | None = None,
        roles: Json | None = None,
        quotas: Mapping[str, int] | None = None,
        aliases: Iterable[str] = (),
        expired: bool = False,
        description: str | None = None,
        directory: str = "internal",
    ) -> str:
        """Make a person and return the account id; the domain of the address is made where it is missing.

        `otp_secret` is base32 and switches the second factor on (or give the whole `otp_url`); `app_passwords` and
        `api_keys` are descriptions; `lacks` are permission names taken from the default ones; `permissions` and `roles`
        are the registry's variants; `aliases` are local parts; `directory` is internal, sql or oidc.
        """
        name, _, domain_name = login.lower().partition("@")
        domain_id = self.add_domain(domain_name)
        if otp_secret is not None:
            otp_url = f"otpauth://totp/Stalwart:{name}%40{domain_name}?secret={otp_secret}&issuer=Stalwart"
        account = Account(
            number=self.state.next_number("account"),
            kind="User",
            name=name,
            domain=self.state.domains[ids.decode(domain_id) or 0],
            created_at=dates.text(self.state.now()),
            roles=roles or {"@type": "User"},
            permissions=permissions or _without(lacks),
            quotas=dict(quotas or {}),
            description=description,
            directory=Directory(directory),
            aliases={
                str(place): {"enabled": True, "name": alias, "domainId": domain_id, "description": None}
                for place, alias in enumerate(aliases)
            },
        )
        if password is not None:
            account.credentials.append(
                Credential(
                    kind=CredentialKind.PASSWORD,
                    number=0,
                    secret=Hashed.of(password),
                    otp_url=otp_url,
                    expires_at="2020-01-01T00:00:00Z" if expired else None,
                )
            )
        self.state.accounts[account.number] = account
        self.state.changed()
        for text in app_passwords:
            self.add_app_password(login, text)
        for text in api_keys:
            self.add_api_key(login, text)
        return account.id

    def add_app_password(self, login: str, description: str, **properties: Any) -> str:
        """Give a person an app password and return it; `properties` as for `add_credential`."""
        return self._add_credential(login, CredentialKind.APP_PASSWORD, description, **properties)

    def add_api_key(self, login: str, description: str, **properties: Any) -> str:
        """Give a person an API key and return it; `properties` as for `add_credential`."""
        return self._add_credential(login, CredentialKind.API_KEY, description, **properties)

    def _add_credential(
        self,
        login: str,
        kind: CredentialKind,
        description: str,
        *,
        created_at: str | None = None,
        expires_at: str | None = None,
        permissions: Json | None = None,
        allowed_ips: Iterable[str] = (),
    ) -> str:
        """Store a credential without any check; dates are registry dates."""
        from stalwart_sandbox.methods import credential

        account = self.account(login)
        number = account.next_credential()
        secret = credential.new_secret(kind, account, number)
        account.credentials.append(
            Credential(
                kind=kind,
                number=number,
                secret=Hashed.of(secret),
                description=description,
                created_at=created_at or dates.text(self.state.now()),
                expires_at=expires_at,
                permissions=permissions or {"@type": "Inherit"},
                allowed_ips=dict.fromkeys(allowed_ips, True),
            )
        )
        self.state.changed()
        return secret

    def add_webhook(self, url: str, secret: str, *, discard_after: int = 300) -> None:
        """Report sign-ins to an address, signed; what is older than `discard_after` seconds is not sent."""
        from stalwart_sandbox.methods import webhook

        number = self.state.next_number("object")
        self.state.webhooks[number] = webhook.record(
            url=url,
            signatureKey={"@type": "Value", "secret": secret},
            discardAfter=discard_after * 1000,
            events=dict.fromkeys(webhook.SIGN_INS, True),
        )
        self.state.live_webhooks[number] = self.state.webhooks[number]

    def accept_outside_token(self, token: str, login: str) -> None:
        """Take a token of the OpenID Connect provider as a bearer token of a person in that directory."""
        self.state.outside_tokens[token] = self.account(login).number

    def use_provider(self, document: Json) -> None:
        """Let people of the outside directory sign in with this provider; `document` is what it says about itself."""
        self.state.provider = {name: document[name] for name in self.state.provider}
        self.state.asks_provider = True

    def set_password(self, login: str, password: str) -> None:
        """Replace a password behind everybody's back; tokens die, no policy is asked."""
        stored = self.account(login).password
        if stored is None:
            raise KeyError(login)
        stored.secret = Hashed.of(password)

    def expire_password(self, login: str) -> None:
        """Let the main password have ended long ago."""
        stored = self.account(login).password
        if stored is None:
            raise KeyError(login)
        stored.expires_at = "2020-01-01T00:00:00Z"


def _without(lacks: Iterable[str]) -> Json:
    disabled = dict.fromkeys(lacks, True)
    if not disabled:
        return {"@type": "Inherit"}
    return {"@type": "Merge", "enabledPermissions": {}, "disabledPermissions": disabled}


def create_sandbox(**options: Any) -> Application:
    """An ASGI application over a fresh server; `options` as for Sandbox."""
    return Sandbox(**options).app
