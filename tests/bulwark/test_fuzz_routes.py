"""Hostile requests against every route of the panel: each gets a clear answer, none a fault, and no secret comes back.

The forms are those that the panel's own pages show to each kind of visitor, with their fields spoiled. `make fuzz` does
the same for long: FUZZ_REQUESTS says how many requests altogether, FUZZ_REPORT names a file for what was counted.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import hostile
import page_rules
import routes
from canaries import NEW_PASSWORD, PASSWORD, TOTP_SECRET, WRONG_PASSWORD
from hostile import Attack, attacks
from html_page import Page
from key_samples import openpgp
from look_around import Seen
from raw_panel import RawPanel, broken
from report_maker import SECRET as HOOK_SECRET
from report_maker import signature
from stalwart_jmap import Secret, Tokens, Transport, sign_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from html_page import Value
    from mail_server import MailAccount
    from panel_browser import Browser
    from panel_kit import RunningPanel
    from raw_panel import Answer

REQUESTS = int(os.environ.get("FUZZ_REQUESTS", "1600"))
REPORT = os.environ.get("FUZZ_REPORT", "")
AT_ONCE = 20  # requests of one example
ANEW = 2_000  # requests after which somebody else comes, so that no account grows without end
CLOSELY = 16 if REQUESTS < 5_000 else 64  # every so many answers a page is read as a whole
METRICS_TOKEN = "kN4sYk3pT9vXq2LmZ7wRb"
SESSION, PENDING = "__Host-bulwark", "__Host-bulwark-pending"
MACHINES = ("/api/", "/hooks/", "/metrics")
# No cookie opens them and no browser carries anything there: each call proves itself by a secret of its own.
SIGNATURES = (b"/signature", b"/preview")  # somebody's own document in a frame, not a page of ours
WITHOUT_ORIGIN = ("/hooks/", "/metrics", "/healthz", "/readyz")
pytestmark = [pytest.mark.anyio, pytest.mark.timeout(6 * 3600 if REQUESTS > 5_000 else 240)]

ROLES = ("stranger", "between", "person", "person with an old proof", "administrator", "old administrator", "program")
many = settings(
    max_examples=-(-REQUESTS // (AT_ONCE * len(ROLES))),
    phases=(Phase.generate,),  # a failure prints the one request; a panel with a past cannot be asked the same again
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def panel_settings() -> dict[str, str]:
    """A session that outlasts the siege, waiting times that end soon, and both doors for machines."""
    return {
        "SESSION_IDLE": "7d",
        "SESSION_LIFETIME": "30d",
        "ATTEMPTS_LIMIT": "50",
        "ATTEMPTS_WINDOW": "1m",
        "ATTEMPTS_LONGEST_WAIT": "1m",
        "EVENTS_KEPT": "1d",
        "API_KEYS": "permitted",
        "WEBHOOK_SECRET": HOOK_SECRET,
        "METRICS_TOKEN": METRICS_TOKEN,
    }


class Siege:
    """One panel under all attacks of a test; `role` says who attacks it."""

    def __init__(self, panel: RunningPanel, role: str) -> None:
        self.panel = panel
        self.role = role
        self.routes = [
            (method, path) for path, methods in routes.all_routes(panel.app) for method in sorted(methods - {"HEAD"})
        ]
        if role == "program":
            self.routes = [route for route in self.routes if route[1].startswith(MACHINES)]
        self.client = RawPanel(app=panel.app, address="198.51.100.7")
        self.counted: Counter[int] = Counter()
        self.touched: set[str] = set()
        self.seen = Seen()
        self.knows: dict[str, str] = {}
        self.account: MailAccount | None = None
        self.token = ""
        self._patterns = {path: re.compile(re.sub(r"\{[^}]+\}", "[^/?]+", path) + r"(\?|$)") for _, path in self.routes}
        self.keeps = {"stranger": "", "program": "", "between": PENDING}.get(role, SESSION)
        self._since = ANEW

    async def arrive(self) -> None:
        """Somebody new: an account of its own, signed in as far as the role goes, who looked around."""
        self._since = 0
        self.panel.sandbox.forget_requests()
        self.panel.clock.advance(minutes=2)
        is_admin = "administrator" in self.role
        server = self.panel.mail_server
        account = await server.new_account(
            two_factor=None if is_admin else TOTP_SECRET, roles={"@type": "Admin"} if is_admin else None
        )
        self.account = account
        self.client.cookies.clear()
        self.client.address = f"198.51.100.{1 + sum(self.counted.values()) // ANEW % 250}"
        self.knows = {"login": account.login, "password": PASSWORD, "wrong": WRONG_PASSWORD, "new": NEW_PASSWORD}
        self.knows |= {"mark": "AAAA", "id": account.account_id, "session": "A" * 43, "tampered": "B" * 43}
        starts = [path for method, path in self.routes if method == "GET" and "{" not in path]
        browser = self.panel.browser(address=self.client.address, checks_pages=False)
        if self.role == "program":
            await self._take_token(account)
        elif self.keeps:
            await self._enter(browser)
            await self._furnish(browser)
        self.seen = Seen()
        await self.seen.look_around(browser, starts, at_most=30 if REQUESTS < 5_000 else 90)
        fields = (pairs for forms in self.seen.forms.values() for pairs in forms)
        self.knows["mark"] = next((value for pairs in fields for name, value in pairs if name == "account"), "AAAA")
        await self._take_over(browser)

    async def come_back(self) -> None:
        """Sign in again after an attack ended its own session; an administrator gave the first password back."""
        assert self.account is not None
        self.panel.clock.advance(minutes=2)
        account = self.account
        changes: dict[str, object] = {"credentials/0/secret": PASSWORD}
        if account.totp_secret is not None:
            url = f"otpauth://totp/Test:{account.name}?secret={TOTP_SECRET}&issuer=Test"
            changes["credentials/0/otpAuth"] = url
        await self.panel.mail_server.change(account, changes)
        browser = self.panel.browser(address=self.client.address, checks_pages=False)
        await self._enter(browser)
        await self._take_over(browser)

    async def _enter(self, browser: Browser) -> None:
        assert self.account is not None
        if self.keeps == SESSION:
            await self.panel.sign_in(self.account, browser)
        else:
            await browser.open("/sign-in")
            await browser.fill_in({"username": self.account.login, "current-password": self.account.password})

    async def _take_over(self, browser: Browser) -> None:
        self.client.cookies = {name: str(browser.cookies.get(name)) for name in browser.cookies}
        await browser.close()
        session = self.client.cookies.get(SESSION, "A" * 43)
        self.knows |= {"session": session, "tampered": session[:-2] + "AA"}
        if self.role.startswith(("person with", "old")):
            self.panel.clock.advance(minutes=11)

    async def _take_token(self, account: MailAccount) -> None:
        transport = Transport(self.panel.mail_server.url, http=self.panel.mail_server.transport)
        answer = await sign_in(
            transport,
            login=account.login,
            password=Secret(account.password),
            code=Secret(account.code()),
            client_id="tests",
            redirect_uri="https://tests.invalid/",
        )
        assert isinstance(answer, Tokens)
        self.token = answer.access.reveal()

    async def _furnish(self, browser: Browser) -> None:
        """Have one of each thing, so that there is something to edit and to revoke."""
        if self.keeps != SESSION:
            return
        things: dict[str, dict[str, Value]] = {
            "/app-passwords/new": {"name": "Phone"},
            "/api-keys/new": {"name": "Script", "pick": ["jmapEmailGet"]},
            "/identities/new": {"name": "Alice"},
            "/encryption/keys/add": {"name": "Key", "key": openpgp("curve25519").decode()},
        }
        for path, values in things.items():
            page = await browser.open(path)
            if any(form.find("name") for form in page.forms if form.action == path):
                form = page.form(path, having=tuple(values))
                await browser.submit(form, values, button=form.buttons[-1].text)
        await browser.press("Save key")

    async def attack(self, attack: Attack) -> None:
        """Send one hostile request; anything but a clear answer fails."""
        if self._since >= ANEW:
            await self.arrive()
        elif self.keeps and self.keeps not in self.client.cookies:
            await self.come_back()
        assert self.account is not None
        self._since += 1
        code = (
            {"code": self.account.code(), "wrong code": self.account.wrong_code()} if self.account.totp_secret else {}
        )
        knows = {"code": "000000", "wrong code": "000001", **self.knows, **code}
        knows["now"] = self.panel.clock.now().isoformat(timespec="seconds").replace("+00:00", "Z")
        own, template = self.routes[attack.route % len(self.routes)]
        method = attack.method or own
        target = self._target(attack, template)
        content_type, body = self._body(attack, template) if method.upper() not in {"GET", "HEAD"} else (b"", b"")
        body = hostile.meaning(body, knows)
        headers = [*attack.origin, *attack.headers, *self._proofs(attack, template, body)]
        if content_type:
            headers.append((b"content-type", content_type))
        sent = tuple((name, hostile.meaning(value, knows)) for name, value in headers)

        answer = await self.client.send(method, hostile.meaning(target, knows), sent, body)

        self.counted[answer.status] += 1
        self.touched.add(f"{own} {template}")
        self._judge(attack, f"{method} {target!r} {sent} {body[:2_000]!r}", target, answer)

    def _judge(self, attack: Attack, what: str, target: bytes, answer: Answer) -> None:
        rules = broken(answer, target, never=hostile.NEVER)
        if answer.is_html and answer.body and sum(self.counted.values()) % CLOSELY == 0:
            headers = {name.decode(): value.decode("latin-1") for name, value in answer.headers}
            page = Page(url="/", status=answer.status, headers=headers, html=answer.body.decode())
            if not target.partition(b"?")[0].endswith(SIGNATURES):
                rules += page_rules.broken(page)
        is_write = (attack.method or "POST").upper() not in {"GET", "HEAD"} and what.startswith("POST")
        if (
            is_write
            and attack.origin in hostile.FOREIGN
            and not target.startswith(tuple(map(str.encode, WITHOUT_ORIGIN)))
        ):
            refused = {403, 421}
            rules += [] if answer.status in refused else [f"a form from another site was answered {answer.status}"]
        self.panel.watch.see("an answer", answer.body, tokens=answer.status >= 400)
        for name, value in answer.headers:
            self.panel.watch.see(f"the header {name!r}", value)
        rules += self.panel.watch.leaks
        self.panel.watch.leaks.clear()
        assert not rules, f"{what}\n -> {answer.status}\n" + "\n".join(rules)

    def _target(self, attack: Attack, template: str) -> bytes:
        known = (
            sorted(path for path in self.seen.paths if self._patterns[template].match(path)) if "{" in template else []
        )
        if known and attack.variant % 3:
            path = known[attack.variant % len(known)].partition("?")[0].encode()
        else:
            pieces = re.split(r"\{[^}]+\}", template)
            path = pieces[0].encode()
            for at, piece in enumerate(pieces[1:]):
                path += hostile.in_path(attack.value(at)) + piece.encode()
        if attack.variant % 4 == 0:
            name, value = hostile.in_path(attack.name(0)), hostile.in_path(attack.value(0))
            path += b"?" + name + b"=" + value + (b"&" + name + b"=%ff" if attack.variant % 8 == 0 else b"")
        return path

    def _body(self, attack: Attack, template: str) -> tuple[bytes, bytes]:
        forms = [
            form for path, some in self.seen.forms.items() if self._patterns[template].match(path) for form in some
        ]
        honest = forms[attack.variant % len(forms)] if forms else []
        if attack.shape == "json" or template.startswith(MACHINES):
            return b"application/json" if attack.variant % 9 else attack.content_type, hostile.json_body(attack)
        if attack.shape == "upload" or (template.endswith("/keys/add") and attack.variant % 2):
            return b"multipart/form-data; boundary=" + hostile.BOUNDARY, hostile.upload_body(attack, honest)
        kind = attack.content_type if attack.variant % 9 == 0 else hostile.FORM_TYPE
        return kind, b"" if attack.shape == "none" else hostile.form_body(attack, honest)

    def _proofs(self, attack: Attack, template: str, body: bytes) -> list[tuple[bytes, bytes]]:
        """What opens the doors for machines, mostly right."""
        if not template.startswith(MACHINES) or attack.variant % 5 == 0:
            return []
        token = METRICS_TOKEN if template == "/metrics" else self.token
        return [(b"authorization", f"Bearer {token}".encode()), (b"x-signature", signature(body).encode())]

    def report(self) -> None:
        """Note what was done, for whoever ran it for long."""
        if REPORT:
            with Path(REPORT).open("a", encoding="utf-8") as file:
                statuses = " ".join(f"{status}:{number}" for status, number in sorted(self.counted.items()))
                file.write(f"{self.counted.total():>8} {self.role}, {len(self.touched)} routes, answers {statuses}\n")


@pytest.fixture(params=ROLES)
def siege(panel: RunningPanel, request: pytest.FixtureRequest) -> Iterator[Siege]:
    """One for all examples of a test."""
    made = Siege(panel, request.param)
    yield made
    made.report()


@many
@given(barrage=st.lists(attacks(), min_size=AT_ONCE, max_size=AT_ONCE))
async def test_no_fault_comes_out_of_any_route(siege: Siege, barrage: list[Attack]) -> None:
    for one in barrage:
        await siege.attack(one)
