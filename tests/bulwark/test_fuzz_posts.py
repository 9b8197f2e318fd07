"""Hostile forms against every POST of the panel: each gets a clear answer, none a fault, and no secret comes back.

`make fuzz` does the same for long: FUZZ_REQUESTS says how many requests altogether.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote_plus

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import routes
from canaries import NEW_PASSWORD, PASSWORD, TOTP_SECRET, WRONG_PASSWORD

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from mail_server import MailAccount
    from panel_browser import Browser
    from panel_kit import RunningPanel

REQUESTS = int(os.environ.get("FUZZ_REQUESTS", "240"))
pytestmark = [pytest.mark.anyio, pytest.mark.timeout(3600 if REQUESTS > 1000 else 240)]

FORM_TYPE = "application/x-www-form-urlencoded"
SECRET_NAMES = ("password", "code", "new_password", "new_password_again", "recovery_code")
NAMES = (
    *("login", *SECRET_NAMES, "account", "next", "theme", "language", "confirm", "pick", "reveal", "time", "mark"),
    *("show_all", "__proto__", "constructor"),
)
NASTY = (
    "",
    " ",
    "%",
    "alice%admin@example.org",
    "a@b@c",
    "@",
    "x" * 65_000,
    "x" * 1_000_000,
    "ü" * 5_000,
    "\x00",
    "a\x00b",
    "\r\nSet-Cookie: a=b",
    "\u202eneddihd\u202c",
    "שלום عالم",
    "\ufeff",
    "\U0001f469\u200d\U0001f469\u200d\U0001f466",
    "e\u0301",
    "<script>alert(1)</script>",
    "{{ 7*7 }}{% for x in y %}",
    "' OR 1=1 --",
    "../../etc/passwd",
    "//evil.test/",
    "https://evil.test/",
    "javascript:alert(1)",
    "000000",
    "١٢٣٤٥٦",
    "-1",
    "1e400",
    "9" * 400,
    "null",
)
RAW = (b"%ff%fe", b"%zz", b"%", b"%u0041", b"\xff\xfe\x00", b"%ed%a0%80", b"%c0%80", b"+" * 50, b";" * 50)
ORIGINS: tuple[dict[str, str], ...] = (
    {"sec-fetch-site": "same-origin", "origin": "https://panel.test"},
    {"origin": "https://panel.test"},
    {"sec-fetch-site": "cross-site", "origin": "https://evil.test"},
    {"origin": "null"},
    {"origin": "\x7f"},
    {},
)
TYPES = (
    *(FORM_TYPE, FORM_TYPE + "; charset=utf-16", "multipart/form-data", "application/json", "text/plain", "", "x/;;="),
)
HEADERS: tuple[dict[str, str], ...] = (
    {},
    {"accept-language": "x" * 500},
    {"accept-language": "de;q=nan, *;q=-1"},
    {"user-agent": "%s{}\x7f" * 50},
    {"x-forwarded-for": "1.2.3.4, nonsense"},
    {"referer": "https://panel.test/%zz"},
    {"accept": "application/json"},
    {"cookie": "__Host-bulwark=garbage; __Host-bulwark=twice; =; a"},
    {"cookie": "__Host-bulwark=" + "A" * 6_000},
    {"cookie": "__Host-bulwark-pending=AAAA; __Host-bulwark-browser=AAAA.BBBB"},
    {"content-length": "7"},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """One hostile request; `form` are pieces between `&`, in which words in braces stand for what the person knows."""

    which: int
    at: int
    pieces: tuple[bytes, ...]
    content_type: str
    origin: dict[str, str]
    headers: dict[str, str]
    minutes_later: int


OPEN_VALUES = st.one_of(st.sampled_from(("{login}", "{mark}")), st.sampled_from(NASTY), st.text(max_size=60))
TOKENS = ("app_" + "a" * 36, "API_" + "A" * 38, "sw1." + "A" * 40)
SECRETS = ("{password}", "{wrong}", "{new}", "{code}", "{wrong code}", *TOKENS)
# What is typed into a field for secrets must not come back; a login may.
VALUES = {name: st.one_of(st.sampled_from(SECRETS), OPEN_VALUES) for name in SECRET_NAMES}


def _encoded(item: tuple[str, str]) -> bytes:
    return f"{quote_plus(item[0], errors='replace')}={quote_plus(item[1], safe='{ }', errors='replace')}".encode()


def attacks() -> SearchStrategy[Attack]:
    """Forms with fields missing, doubled, oversized, of broken bytes; foreign origins; odd headers."""
    name = st.one_of(st.sampled_from(NAMES), st.text(max_size=12))
    pair = name.flatmap(lambda text: st.tuples(st.just(text), VALUES.get(text, OPEN_VALUES))).map(_encoded)
    piece = st.one_of(pair, pair, st.sampled_from(RAW), st.binary(max_size=40))
    honest_form = st.fixed_dictionaries({"account": st.just("{mark}")}, optional={"login": OPEN_VALUES, **VALUES}).map(
        lambda form: tuple(map(_encoded, form.items()))
    )
    pieces = st.one_of(
        honest_form,
        honest_form,
        st.lists(piece, max_size=8).map(tuple),
        st.tuples(pair, pair).map(lambda two: two * 300),
        st.binary(max_size=200).map(lambda raw: (raw,)),
    )
    return st.builds(
        Attack,
        which=st.integers(0, 1000),
        at=st.integers(1, 250),
        pieces=pieces,
        content_type=st.one_of(st.just(FORM_TYPE), st.just(FORM_TYPE), st.sampled_from(TYPES)),
        origin=st.one_of(st.just(ORIGINS[0]), st.just(ORIGINS[0]), st.sampled_from(ORIGINS)),
        headers=st.one_of(st.just(HEADERS[0]), st.sampled_from(HEADERS)),
        minutes_later=st.sampled_from((0, 0, 0, 2)),
    )


@pytest.fixture
def panel_settings() -> dict[str, str]:
    """A session that outlasts the siege, and waiting times that end soon."""
    return {
        "SESSION_IDLE": "7d",
        "SESSION_LIFETIME": "30d",
        "ATTEMPTS_LIMIT": "50",
        "ATTEMPTS_WINDOW": "1m",
        "ATTEMPTS_LONGEST_WAIT": "1m",
    }


class Siege:
    """One panel under all attacks of a test, and the person whose account is tried."""

    def __init__(self, panel: RunningPanel) -> None:
        self.panel = panel
        self.posts = routes.paths(panel.app, "POST")
        self._account: MailAccount | None = None
        self._browser: Browser | None = None

    async def account(self) -> MailAccount:
        """The account, with a second factor."""
        if self._account is None:
            self._account = await self.panel.mail_server.new_account(two_factor=TOTP_SECRET)
        return self._account

    async def signed_in(self) -> Browser:
        """The signed-in browser, signed in again when an attack ended its session; it shows the password page."""
        account = await self.account()
        if self._browser is None or (await self._browser.open("/password")).path != "/password":
            await self.repair()
            self.panel.clock.advance(minutes=2)
            self._browser = await self.panel.sign_in(account)
            await self._browser.open("/password")
        return self._browser

    async def repair(self) -> None:
        """Give the account its first password and authenticator back, as its administrator can."""
        account = await self.account()
        otp_url = f"otpauth://totp/Test:{account.name}?secret={TOTP_SECRET}&issuer=Test"
        changes = {"credentials/0/secret": PASSWORD, "credentials/0/otpAuth": otp_url}
        await self.panel.mail_server.change(account, changes)

    async def attack(self, browser: Browser, attack: Attack, mark: str = "AAAA", under: str = "/") -> None:
        """Send one hostile request to a path `under` another; anything but a clear answer fails."""
        account = await self.account()
        knows = {
            "login": account.login,
            "password": account.password,
            "wrong": WRONG_PASSWORD,
            "new": NEW_PASSWORD,
            "code": account.code(),
            "wrong code": account.wrong_code(),
            "mark": mark,
        }
        body = b"&".join(attack.pieces)
        for word, meaning in knows.items():
            body = body.replace(f"{{{word}}}".encode(), quote_plus(meaning).encode())
        posts = [path for path in self.posts if path.startswith(under)]
        path = posts[attack.which % len(posts)]
        headers = {"content-type": attack.content_type, **attack.origin, **attack.headers}
        self.panel.clock.advance(minutes=attack.minutes_later)

        response = await browser.request(
            "POST", path, content=body, headers={name: value for name, value in headers.items() if value}
        )

        assert response.status_code < 500, (path, response.status_code, response.text[:500])
        if "html" in response.headers.get("content-type", "") and response.content:
            browser.read(response)
        if attack.origin.get("origin") in {"https://evil.test", "null"}:
            assert response.status_code == 403
        leaks = self.panel.watch.leaks.copy()
        self.panel.watch.leaks.clear()
        assert not leaks


@pytest.fixture
def siege(panel: RunningPanel) -> Siege:
    return Siege(panel)


many = settings(
    max_examples=max(20, REQUESTS // 3),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


@many
@given(attack=attacks())
async def test_a_stranger_gets_no_fault_out_of_any_form(siege: Siege, attack: Attack) -> None:
    async with siege.panel.browser(address=f"198.51.100.{attack.at}") as browser:
        await siege.attack(browser, attack)


@many
@given(attack=attacks())
async def test_a_stranger_at_the_code_step_gets_no_fault(siege: Siege, attack: Attack) -> None:
    account = await siege.account()
    async with siege.panel.browser(address=f"198.51.100.{attack.at}") as browser:
        await browser.open("/sign-in")
        await browser.fill_in({"username": account.login, "current-password": account.password})

        await siege.attack(browser, attack, under="/sign-in")


@many
@given(attack=attacks())
async def test_somebody_signed_in_gets_no_fault_out_of_any_form(siege: Siege, attack: Attack) -> None:
    browser = await siege.signed_in()
    fields = [field for form in browser.page.forms for field in form.fields if field.name == "account"]

    await siege.attack(browser, attack, mark=fields[0].value)
