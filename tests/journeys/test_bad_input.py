"""Requests that no page of ours makes: each gets a clear answer, none is done, none is a fault."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

import httpx2
import pytest

from bulwark.web.forms import MAX_FIELDS
from canaries import NEW_PASSWORD, PASSWORD
from page_rules import broken
from panel_browser import BASE_URL
from password_steps import account_mark

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from mail_server import MailServer
    from panel_browser import Browser
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio

FORM = "application/x-www-form-urlencoded"
OURS = {"sec-fetch-site": "same-origin", "origin": BASE_URL}


async def send(browser: Browser, path: str, body: bytes, **headers: str) -> httpx2.Response:
    """POST bytes as they are, with the headers of our own form unless others are given."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await browser.request("POST", path, content=body, headers={"content-type": FORM, **OURS, **named})


def heading(browser: Browser, response: httpx2.Response) -> str:
    """The heading of the page that came."""
    return browser.read(response).h1


# Forms


@pytest.mark.parametrize("path", ["/sign-in", "/sign-in/code", "/appearance", "/password", "/sign-out", "/step-up"])
@pytest.mark.parametrize("body", [b"", b"&&&", b"=", b"x", b"login", b"password=", b"a=1&b=2"])
async def test_missing_fields_are_told_or_lead_away(panel: RunningPanel, path: str, body: bytes) -> None:
    response = await send(panel.browser(), path, body)

    assert response.status_code in {303, 422, 400}
    assert panel.upstream() == []


@pytest.mark.parametrize(
    "body",
    [
        b"login=alice&login=bob&password=x",
        b"login=alice&password=x&password=y",
        b"login=alice&password=x&next=/&next=/password",
        b"login=%ff%fe&password=x",
        b"login=\xff\xfe&password=x",
        b"login=%ed%a0%80&password=x",
        b"%ff=1&login=a&password=x",
        "login=älice&password=x".encode(),
        b"&".join(b"f%d=1" % number for number in range(MAX_FIELDS + 1)),
        b"\x00\x01\x02",
    ],
    ids=[
        "login twice",
        "password twice",
        "next twice",
        "no UTF-8",
        "raw bytes",
        "surrogate",
        "name",
        "raw",
        "many",
        "0",
    ],
)
async def test_a_form_that_no_browser_makes_is_refused_as_a_whole(panel: RunningPanel, body: bytes) -> None:
    browser = panel.browser()
    response = await send(browser, "/sign-in", body)

    if body != b"\x00\x01\x02":
        assert response.status_code == 400
        assert heading(browser, response) == "This form could not be read"
    else:
        assert response.status_code == 422
    assert panel.upstream() == []


@pytest.mark.parametrize(
    "kind", ["multipart/form-data; boundary=x", "application/json", "text/plain", "", "x/;;=", FORM + "x"]
)
async def test_another_content_type_is_no_form(panel: RunningPanel, kind: str) -> None:
    browser = panel.browser()
    response = await send(browser, "/sign-in", b"login=a&password=b", content_type=kind)

    assert response.status_code == 400
    assert heading(browser, response) == "This form could not be read"


async def test_a_form_with_its_letters_named_is_a_form(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    body = urlencode({"login": alice.login, "password": alice.password}).encode()
    response = await send(panel.browser(), "/sign-in", body, content_type=f"{FORM.upper()}; charset=UTF-8")

    assert response.headers["location"] == "/"


@pytest.mark.parametrize("size", [64 * 1024 + 1, 1_000_000])
async def test_a_body_over_the_limit_is_refused_by_its_announced_length(panel: RunningPanel, size: int) -> None:
    browser = panel.browser()
    response = await send(browser, "/sign-in", b"login=" + b"x" * (size - 6))

    assert response.status_code == 413
    assert response.headers["connection"] == "close"
    assert heading(browser, response) == "That was too much to send"


async def test_a_body_without_an_announced_length_is_counted_while_it_comes(panel: RunningPanel) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(1000):
            sent += 4096
            yield b"x" * 4096

    transport = httpx2.ASGITransport(app=panel.app, client=("203.0.113.7", 1))
    async with httpx2.AsyncClient(transport=transport, base_url=BASE_URL) as client:
        response = await client.post("/sign-in", content=endless(), headers={"content-type": FORM, **OURS})

    assert response.status_code == 413
    assert sent < 200_000


@pytest.mark.parametrize("length", ["9" * 5000, "-1", "1e3", "x", "00000000000000000001", " 5 "])
async def test_a_nonsensical_length_is_no_fault(panel: RunningPanel, length: str) -> None:
    response = await send(panel.browser(), "/sign-in", b"login=a&password=b", content_length=length)

    assert response.status_code in {413, 422}


async def test_half_a_form_is_judged_by_what_came(panel: RunningPanel) -> None:
    response = await send(panel.browser(), "/sign-in", b"login=alice%40example.org&passw")

    assert response.status_code == 422


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><img src=x>', "{{ 7*7 }}", "'; --", "\u202egro"])
async def test_what_was_typed_comes_back_as_text_only(panel: RunningPanel, text: str) -> None:
    browser = panel.browser()
    await browser.open("/sign-in")
    page = await browser.fill_in({"username": text, "current-password": ""})

    assert page.form("/sign-in").field("username").value == text
    assert "<script>alert" not in page.html


# Where a form comes from


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"sec-fetch-site": "nonsense"},
        {"sec-fetch-site": "cross-site", "origin": BASE_URL},
        {"origin": "https://evil.test"},
        {"origin": "http://panel.test"},
        {"origin": "https://panel.test:444"},
        {"origin": "https://panel.test.evil.test"},
        {"origin": "null"},
        {"origin": "https://["},
        {"origin": "\x7f"},
        {"referer": "https://evil.test/https://panel.test/"},
        {"referer": "https://[x"},
    ],
    ids=str,
)
async def test_a_form_from_elsewhere_does_nothing(
    panel: RunningPanel, mail_server: MailServer, headers: dict[str, str]
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    body = urlencode({"account": account_mark(browser.page)}).encode()
    response = await browser.request("POST", "/sign-out", content=body, headers={"content-type": FORM, **headers})

    assert response.status_code == 403
    assert heading(browser, response) == "This form came from another site"
    assert (await browser.open("/")).h1 == "Overview"


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "same-origin", "origin": "null"},
        {"origin": BASE_URL},
        {"origin": "HTTPS://PANEL.TEST"},
        {"referer": f"{BASE_URL}/password?x"},
        {},
    ],
    ids=str,
)
async def test_a_form_of_ours_is_done(panel: RunningPanel, mail_server: MailServer, headers: dict[str, str]) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    body = urlencode({"account": account_mark(browser.page)}).encode()
    response = await browser.request("POST", "/sign-out", content=body, headers={"content-type": FORM, **headers})

    assert response.headers["location"] == "/sign-in?ended=signed-out"


async def test_a_password_change_from_another_site_is_not_sent_on(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    pairs = [("account", account_mark(browser.page)), ("password", PASSWORD), ("new_password", NEW_PASSWORD)]
    response = await browser.post("/password", [*pairs, ("new_password_again", NEW_PASSWORD)], site="cross-site")

    assert response.status_code == 403
    assert await mail_server.accepts(alice, alice.password)


# Hosts and schemes


@pytest.mark.parametrize(
    "host",
    [
        "evil.test",
        "panel.test.evil.test",
        "panel.test:444",
        "localhost",
        "127.0.0.1",
        "[::1]",
        "",
        "[",
        "a[b",
        "x/y",
        "@",
    ],
)
async def test_another_host_is_misdirected(panel: RunningPanel, host: str) -> None:
    browser = panel.browser()
    response = await browser.request("GET", "/sign-in", headers={"host": host})

    assert response.status_code == 421
    page = browser.read(response)
    assert page.h1 == "This panel has another address"
    assert page.link("Go there") == BASE_URL


@pytest.mark.parametrize("host", ["panel.test", "PANEL.TEST", "panel.test:443"])
async def test_the_own_host_is_served_in_every_spelling(panel: RunningPanel, host: str) -> None:
    response = await panel.browser().request("GET", "/sign-in", headers={"host": host})

    assert response.status_code == 200


async def test_plain_http_from_elsewhere_is_refused_with_the_reason(panel: RunningPanel) -> None:
    browser = panel.browser(base_url="http://panel.test")
    response = await browser.request("GET", "/sign-in", headers={"host": "panel.test:443"})

    assert response.status_code == 400
    assert heading(browser, response) == "This connection is not protected"
    assert "strict-transport-security" not in response.headers


# Addresses and methods


@pytest.mark.parametrize(
    "path",
    [
        *("/nothing", "/password/", "/password/nothing", "/sign-in/", "//", "//evil.test/", "/%00", "/%ff", "/..%2f"),
        *("/static/", "/static/nothing.css", "/static/../app.py", "/static/%2e%2e%2fapp.py", "/healthz/x", "/a?b=%zz"),
        "/" + "a" * 5000,
    ],
)
async def test_an_unknown_address_is_a_page_that_says_so(panel: RunningPanel, path: str) -> None:
    browser = panel.browser()
    response = await browser.request("GET", f"{BASE_URL}{path}")

    assert response.status_code == 404
    assert heading(browser, response) == "There is no such page"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/sign-out", "POST"),
        ("GET", "/password/strength", "POST"),
        ("PUT", "/password", "GET, HEAD, POST"),
        ("DELETE", "/sign-in", "GET, HEAD, POST"),
        ("OPTIONS", "/", "GET, HEAD"),
        ("TRACE", "/", "GET, HEAD"),
        ("PROPFIND", "/sign-in", "GET, HEAD, POST"),
        ("POST", "/", "GET, HEAD"),
        ("POST", "/healthz", "GET, HEAD"),
    ],
)
async def test_a_method_that_a_page_does_not_take_names_those_it_takes(
    panel: RunningPanel, method: str, path: str, allowed: str
) -> None:
    browser = panel.browser()
    response = await browser.request(method, path, headers=OURS)

    assert response.status_code == 405
    assert response.headers["allow"] == allowed
    assert heading(browser, response) == "This address only takes a form"


async def test_head_is_answered_like_get_without_a_body(panel: RunningPanel) -> None:
    browser = panel.browser()
    got = await browser.request("GET", "/sign-in")
    head = await browser.request("HEAD", "/sign-in")

    assert head.status_code == got.status_code == 200
    assert head.content == b""


# Headers of every answer


KINDS = (
    ("GET", "/sign-in", 200),
    ("GET", "/", 303),
    ("GET", "/nothing", 404),
    ("PUT", "/sign-in", 405),
    ("POST", "/sign-in", 422),
    ("GET", "/healthz", 200),
    ("GET", "/readyz", 200),
    ("GET", "/static/nothing.css", 404),
    ("GET", "{css}", 200),
    ("GET", "{icons}", 200),
)


@pytest.mark.parametrize(("method", "path", "status"), KINDS)
async def test_security_headers_are_on_every_kind_of_answer(
    panel: RunningPanel, method: str, path: str, status: int
) -> None:
    from bulwark.web.assets import asset_url

    browser = panel.browser()
    path = path.format(css=asset_url("app.css"), icons=asset_url("icons.svg"))
    response = await browser.request(method, path, headers=OURS)

    assert response.status_code == status
    policy = response.headers["content-security-policy"]
    for directive in ("default-src 'none'", "frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'"):
        assert directive in policy
    assert "require-trusted-types-for 'script'" in policy
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["x-frame-options"] == "DENY"
    assert response.headers["referrer-policy"] == "same-origin"
    assert response.headers["cross-origin-opener-policy"] == "same-origin"
    assert response.headers["cross-origin-resource-policy"] == "same-origin"
    assert "camera=()" in response.headers["permissions-policy"]
    assert response.headers["strict-transport-security"].startswith("max-age=")
    is_asset = status == 200 and path.startswith("/static/")
    assert ("immutable" in response.headers["cache-control"]) is is_asset
    assert ("no-store" in response.headers["cache-control"]) is not is_asset
    assert "server" not in response.headers


async def test_pages_of_a_person_are_never_stored(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    for path in ("/", "/password", "/step-up"):
        page = await browser.open(path)

        assert page.headers["cache-control"] == "no-store"
        assert broken(page) == []
