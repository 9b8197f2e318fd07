"""Each fault, as somebody in front of the server meets it."""

from __future__ import annotations

import asyncio
import json
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import pytest

from stalwart_sandbox import ConnectionCut, Quirk, totp

if TYPE_CHECKING:
    from hand_clock import HandClock
    from sandbox_talker import Talker
    from stalwart_sandbox import Sandbox

ALICE = "alice@example.org"
NEW = "quiet otters paint harbours 9"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

pytestmark = pytest.mark.anyio


async def test_a_server_before_0_16_has_no_registry(sandbox: Sandbox, talker: Talker) -> None:
    sandbox.quirks.set("before-0.16")

    session = (await talker.get("/jmap/session")).json()
    account = session["accounts"][sandbox.account(ALICE).id]
    assert "urn:stalwart:jmap" not in account["accountCapabilities"]
    assert "urn:stalwart:jmap" not in session["primaryAccounts"]
    assert (await talker.get("/api/account")).status_code == 404
    assert (await talker.get("/api/account/auth")).status_code == 200
    assert (await talker.call("x:AccountPassword/get", {}))["error"]["type"] == "unknownMethod"


async def test_an_outside_directory_keeps_its_passwords(sandbox: Sandbox, talker: Talker) -> None:
    sandbox.quirks.set("directory-sql", account=ALICE)

    permissions = (await talker.get("/api/account")).json()["permissions"]
    refused = (await talker.change_password(NEW))["notUpdated"]["singleton"]
    assert "sysAccountPasswordUpdate" not in permissions
    assert refused == {"type": "forbidden", "description": "Operation not allowed."}
    assert sandbox.password_is(ALICE, talker.password)


async def test_a_provider_knows_the_password_alone(sandbox: Sandbox, talker: Talker) -> None:
    secret = sandbox.add_app_password(ALICE, "Phone")
    sandbox.quirks.set("directory-oidc", account=ALICE)

    assert await talker.sign_in() == {"type": "failure"}
    assert (await talker.get("/jmap/session")).status_code == 401
    talker.auth = (ALICE, secret)
    found = await talker.call("x:AccountPassword/get", {"ids": ["singleton"]})
    assert (found["list"], found["notFound"]) == ([], ["singleton"])
    assert (await talker.http.get(f"/api/discover/{ALICE}")).json()["issuer"] == "https://login.example.com"


async def test_an_expired_password_leaves_little_until_it_is_changed(sandbox: Sandbox, talker: Talker) -> None:
    sandbox.quirks.set("expired-password", account=ALICE)
    before = (await talker.get("/api/account")).json()["permissions"]

    assert await talker.change_password(NEW) == {
        "accountId": sandbox.account(ALICE).id,
        "updated": {"singleton": None},
    }
    talker.auth = (ALICE, NEW)
    after = (await talker.get("/api/account")).json()["permissions"]
    assert len(before) == 5
    assert len(after) == 239


async def test_the_request_limit_names_the_seconds(sandbox: Sandbox, talker: Talker) -> None:
    sandbox.quirks.set("429", retry_after=42, times=1)

    limited = await talker.get("/jmap/session")
    assert limited.status_code == 429
    assert limited.headers["retry-after"] == "42"
    assert (await talker.get("/jmap/session")).status_code == 200


async def test_a_ban_is_403_for_everything_from_the_address(sandbox: Sandbox, talker: Talker) -> None:
    sandbox.quirks.set("ban", address="127.0.0.1")

    assert (await talker.get("/healthz/live")).status_code == 403
    assert (await talker.get("/jmap/session")).json() == {
        "detail": "Forbidden",
        "status": 403,
        "title": "Forbidden",
        "type": "about:blank",
    }


async def test_a_ban_of_another_address_hurts_nobody_here(sandbox: Sandbox, talker: Talker) -> None:
    sandbox.quirks.set("ban", address="192.0.2.9")

    assert (await talker.get("/jmap/session")).status_code == 200


@pytest.mark.parametrize(("quirk", "status"), [("500", 500), ("503", 503), ("concurrency", 400)])
async def test_answers_in_place_of_the_servers_own(sandbox: Sandbox, talker: Talker, quirk: str, status: int) -> None:
    sandbox.quirks.set(quirk)
    change = {"singleton": {"currentSecret": talker.password, "secret": NEW}}

    answer = await talker.post(["x:AccountPassword/set", {"update": change}])
    assert answer.status_code == status
    assert sandbox.password_is(ALICE, talker.password)


async def test_a_connection_cut_before_changes_nothing(sandbox: Sandbox, talker: Talker) -> None:
    sandbox.quirks.set("cut-before", method="x:AccountPassword/set", times=1)

    with pytest.raises(ConnectionCut):
        await talker.change_password(NEW)
    assert sandbox.password_is(ALICE, talker.password)


async def test_a_connection_cut_after_has_changed_everything(sandbox: Sandbox, talker: Talker) -> None:
    sandbox.quirks.set("cut-after", account=ALICE, method="x:AccountPassword/set", times=1)

    with pytest.raises(ConnectionCut):
        await talker.change_password(NEW)
    assert sandbox.password_is(ALICE, NEW)


async def test_a_slow_server_takes_its_seconds(sandbox: Sandbox, talker: Talker) -> None:
    sandbox.quirks.set("slow", seconds=0.2, path="/jmap/session")
    started = asyncio.get_running_loop().time()

    await talker.get("/jmap/session")
    assert asyncio.get_running_loop().time() - started >= 0.2


async def test_more_than_four_slow_requests_at_once_are_refused(sandbox: Sandbox, talker: Talker) -> None:
    sandbox.quirks.set("slow", seconds=0.2)

    answers = await asyncio.gather(*(talker.post(["Core/echo", {}]) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 200, 400, 400]
    refused = next(answer for answer in answers if answer.status_code == 400)
    assert refused.json()["limit"] == "maxConcurrentRequests"


async def test_half_a_json(sandbox: Sandbox, talker: Talker) -> None:
    sandbox.quirks.set("truncated-json", path="/jmap/")

    answer = await talker.post(["Core/echo", {"long": "x" * 100}])
    assert int(answer.headers["content-length"]) == len(answer.content)
    with pytest.raises(json.JSONDecodeError):
        answer.json()


async def test_a_web_page_instead_of_json(sandbox: Sandbox, talker: Talker) -> None:
    sandbox.quirks.set("html")

    answer = await talker.get("/jmap/session")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")


async def test_an_answer_without_a_body(sandbox: Sandbox, talker: Talker) -> None:
    sandbox.quirks.set("empty")

    assert (await talker.get("/jmap/session")).content == b""


async def test_an_answer_over_ten_megabytes(sandbox: Sandbox, talker: Talker) -> None:
    sandbox.quirks.set("huge")

    assert len((await talker.get("/jmap/session")).content) > 10_000_000


async def test_a_redirect_elsewhere(sandbox: Sandbox, talker: Talker) -> None:
    sandbox.quirks.set("redirect", location="https://evil.example/")

    answer = await talker.get("/jmap/session")
    assert (answer.status_code, answer.headers["location"]) == (307, "https://evil.example/")


@pytest.mark.parametrize(
    ("quirk", "options", "api_url"),
    [
        ("relative-urls", {}, "/jmap/"),
        ("misleading-urls", {}, "https://mail.internal.example/jmap/"),
        ("misleading-urls", {"origin": "http://10.0.0.5:8080"}, "http://10.0.0.5:8080/jmap/"),
    ],
)
async def test_urls_that_lead_elsewhere(
    sandbox: Sandbox, talker: Talker, quirk: str, options: dict[str, Any], api_url: str
) -> None:
    sandbox.quirks.set(quirk, **options)

    assert (await talker.get("/jmap/session")).json()["apiUrl"] == api_url


async def test_a_wrong_clock_shows_in_the_date_and_in_the_codes(
    sandbox: Sandbox, talker: Talker, clock: HandClock
) -> None:
    sandbox.add_account("bob@example.org", talker.password, otp_secret=SECRET)
    factor = totp.parse(sandbox.otp_url("bob@example.org") or "")
    assert factor is not None
    sandbox.quirks.set("clock-skew", seconds=600)

    date = parsedate_to_datetime((await talker.get("/healthz/live")).headers["date"])
    assert 599 <= date.timestamp() - clock.time() <= 600
    late = await talker.sign_in(login="bob@example.org", mfaToken=factor.code(clock.time()))
    right = await talker.sign_in(login="bob@example.org", mfaToken=factor.code(clock.time() + 600))
    assert (late["type"], right["type"]) == ("failure", "authenticated")


async def test_a_quirk_of_one_account_leaves_the_others_alone(sandbox: Sandbox, talker: Talker) -> None:
    sandbox.add_account("bob@example.org", "maple river candle 2")
    sandbox.quirks.set("500", account="Bob@example.org")

    assert (await talker.get("/jmap/session")).status_code == 200
    talker.auth = ("BOB@example.org", "maple river candle 2")
    assert (await talker.get("/jmap/session")).status_code == 500


async def test_an_account_is_known_by_its_token_and_at_sign_in(sandbox: Sandbox, talker: Talker) -> None:
    code = (await talker.sign_in())["client_code"]
    sandbox.quirks.set("500", account=ALICE)

    form = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": "panel",
        "redirect_uri": "https://panel.test/callback",
    }
    assert (await talker.http.post("/auth/token", data=form)).status_code == 500
    sandbox.quirks.clear()
    token = (await talker.http.post("/auth/token", data=form)).json()["access_token"]
    sandbox.quirks.set("500", account=ALICE)
    answer = await talker.http.get("/jmap/session", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 500


def test_an_unknown_quirk_or_option_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match="flying"):
        sandbox.quirks.set("flying")
    with pytest.raises(ValueError, match="retry_after"):
        sandbox.quirks.set("429", seconds=3)
    with pytest.raises(ValueError, match="whole server"):
        sandbox.quirks.set("clock-skew", account=ALICE)


def test_clearing_ends_one_or_all(sandbox: Sandbox) -> None:
    sandbox.quirks.set("500")
    sandbox.quirks.set("html", account=ALICE)
    sandbox.quirks.clear("500")
    assert not sandbox.quirks.is_on(Quirk.INTERNAL_ERROR)
    assert sandbox.quirks.is_on("html", ALICE)

    sandbox.quirks.clear()
    assert not sandbox.quirks.any_on
