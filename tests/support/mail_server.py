"""The mail server of the tests, spoken to as its administrator does: the stand-in, or a real Stalwart.

Everything that makes accounts goes over JMAP, as the server's own administration does, so that journeys do the same on
both. Only faults (`quirk`) need the stand-in.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from canaries import PASSWORD
from totp_code import totp_code, wrong_code

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from hand_clock import HandClock
    from stalwart_sandbox import Sandbox

_USING = ["urn:ietf:params:jmap:core", "urn:stalwart:jmap"]
Json = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class MailAccount:
    """A person with an account; `password` and `totp_secret` are what they know now; the test keeps them up to date."""

    name: str
    login: str
    account_id: str
    password: str = field(repr=False)
    totp_secret: str | None = field(default=None, repr=False)
    clock: HandClock = field(repr=False)

    def code(self, steps: int = 0) -> str:
        """What their authenticator app shows, `steps` of 30 seconds from now."""
        assert self.totp_secret is not None, f"{self.login} has no authenticator"
        return totp_code(self.totp_secret, self._now(), steps=steps)

    def wrong_code(self) -> str:
        """Six digits that are certainly wrong now."""
        assert self.totp_secret is not None, f"{self.login} has no authenticator"
        return wrong_code(self.totp_secret, self._now())

    def _now(self) -> datetime:
        return self.clock.now()


class AdministrationError(AssertionError):
    """The mail server refused what the test wanted its administrator to do."""


class MailServer:
    """A server with one domain of its own per test.

    `sandbox` is the stand-in's object, None on a real server; `transport` is how to reach it (None: the network).
    """

    def __init__(
        self,
        *,
        url: str,
        admin: tuple[str, str],
        clock: HandClock,
        transport: httpx2.AsyncBaseTransport | None,
        sandbox: Sandbox | None = None,
    ) -> None:
        self.url = url
        self.clock = clock
        self.transport = transport
        self.sandbox = sandbox
        self.domain = f"t{secrets.token_hex(5)}.example.org"
        self._domain_id = ""
        self._made: list[str] = []
        self._http = httpx2.AsyncClient(base_url=url, transport=transport, auth=admin, timeout=30)

    @property
    def is_real(self) -> bool:
        """Whether this is no stand-in."""
        return self.sandbox is None

    async def administer(self, *calls: tuple[str, Json]) -> list[Json]:
        """JMAP calls as the administrator; the results in order. Anything refused is an `AdministrationError`."""
        body = {
            "using": _USING,
            "methodCalls": [[name, arguments, str(i)] for i, (name, arguments) in enumerate(calls)],
        }
        answer = await self._http.post("/jmap/", json=body)
        if answer.status_code != httpx2.codes.OK:
            raise AdministrationError(f"{answer.status_code}: {answer.text[:500]}")
        results = []
        for name, result, _ in answer.json()["methodResponses"]:
            refused = [result.get(key) for key in ("notCreated", "notUpdated", "notDestroyed") if result.get(key)]
            if name == "error" or refused:
                raise AdministrationError(f"{name}: {refused or result}")
            results.append(result)
        return results

    async def new_account(
        self,
        name: str | None = None,
        *,
        password: str = PASSWORD,
        two_factor: str | None = None,
        expired: bool = False,
        without: Iterable[str] = (),
        roles: Json | None = None,
        permissions: Json | None = None,
        quotas: Json | None = None,
        description: str | None = None,
    ) -> MailAccount:
        """Make an account `name@domain`.

        `two_factor` is a base32 secret to switch the second factor on with; `expired` lets the password have ended;
        `without` names permissions it lacks; `roles`, `permissions` and `quotas` are as on the wire.
        """
        if not self._domain_id:
            await self._make_domain()
        name = name or f"p{secrets.token_hex(4)}"
        missing = dict.fromkeys(without, True)
        if missing:
            permissions = {"@type": "Merge", "enabledPermissions": {}, "disabledPermissions": missing}
        record: Json = {
            "@type": "User",
            "name": name,
            "domainId": self._domain_id,
            "description": description or name.capitalize(),
            "credentials": {"0": {"@type": "Password", "secret": password}},
            "roles": roles or {"@type": "User"},
            "permissions": permissions or {"@type": "Inherit"},
        }
        if quotas:
            record["quotas"] = quotas
        (made,) = await self.administer(("x:Account/set", {"create": {"u": record}}))
        account_id = str(made["created"]["u"]["id"])
        self._made.append(account_id)
        login = f"{name}@{self.domain}"
        account = MailAccount(
            name=name, login=login, account_id=account_id, password=password, totp_secret=two_factor, clock=self.clock
        )
        changes: Json = {}
        if two_factor is not None:
            changes["credentials/0/otpAuth"] = f"otpauth://totp/Test:{name}?secret={two_factor}&issuer=Test"
        if expired:
            changes["credentials/0/expiresAt"] = "2026-01-01T00:00:00Z"
        if changes:
            await self.change(account, changes)
        return account

    async def change(self, account: MailAccount, changes: Json) -> None:
        """Change an account as the administrator does; `changes` are JMAP pointers."""
        await self.administer(("x:Account/set", {"update": {account.account_id: changes}}))

    async def new_alias(self, account: MailAccount, name: str) -> str:
        """Give an account a further address of the domain, with which it can sign in; returns the address."""
        alias = {"enabled": True, "name": name, "domainId": self._domain_id, "description": None}
        (found,) = await self.administer(("x:Account/get", {"ids": [account.account_id], "properties": ["aliases"]}))
        place = len(found["list"][0]["aliases"])
        await self.change(account, {f"aliases/{place}": alias})
        return f"{name}@{self.domain}"

    async def accepts(self, account: MailAccount, password: str, code: str | None = None) -> bool:
        """Whether the server itself signs the account in with this password (and code): the truth about a change."""
        body: Json = {
            "type": "authCode",
            "accountName": account.login,
            "accountSecret": password,
            "clientId": "tests",
            "redirectUri": "https://tests.invalid/",
        }
        if code is not None:
            body["mfaToken"] = code
        async with httpx2.AsyncClient(base_url=self.url, transport=self.transport, timeout=30) as http:
            answer = await http.post("/api/auth", json=body)
        return answer.status_code == httpx2.codes.OK and answer.json().get("type") == "authenticated"

    def needs_sandbox(self, reason: str) -> Sandbox:
        """The stand-in's object; on a real server the test is skipped, saying why."""
        if self.sandbox is None:
            pytest.skip(f"a real Stalwart cannot be made to do this: {reason}")
        return self.sandbox

    def quirk(self, quirk: str, *, account: MailAccount | None = None, **options: Any) -> None:
        """Switch on a fault of the stand-in, for everybody or for one account; on a real server the test is skipped."""
        sandbox = self.needs_sandbox(quirk)
        sandbox.quirks.set(quirk, account=account.login if account else None, **options)

    def no_quirk(self, quirk: str | None = None) -> None:
        """Switch off one fault, or all."""
        self.needs_sandbox(quirk or "faults").quirks.clear(quirk)

    async def close(self) -> None:
        """Leave nothing behind on a real server."""
        try:
            if self.is_real and self._made:
                await self.administer(("x:Account/set", {"destroy": self._made}))
            if self.is_real and self._domain_id:
                await self.administer(("x:Domain/set", {"destroy": [self._domain_id]}))
        finally:
            await self._http.aclose()

    async def _make_domain(self) -> None:
        record = {"name": self.domain, "dkimManagement": {"@type": "Manual"}}
        (made,) = await self.administer(("x:Domain/set", {"create": {"d": record}}))
        self._domain_id = str(made["created"]["d"]["id"])
