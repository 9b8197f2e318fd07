"""Behaviour that no recorded scenario plays: counting, bans, impersonation, references, bad input."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stalwart_sandbox import Sandbox
from stalwart_sandbox.methods import METHODS

if TYPE_CHECKING:
    from hand_clock import HandClock
    from sandbox_talker import Talker

ALICE = "alice@example.org"
BOB = "bob@example.org"
BOBS = "maple river candle 2"

pytestmark = pytest.mark.anyio


async def test_requests_are_counted_without_their_secrets(sandbox: Sandbox, talker: Talker) -> None:
    await talker.get("/jmap/session", headers={"X-Forwarded-For": "198.51.100.7"})
    await talker.post(["x:AppPassword/query", {}], ["Core/echo", {}])
    await talker.sign_in()

    first, second, third = sandbox.requests
    assert (first.method, first.path, first.authorization, first.account) == ("GET", "/jmap/session", "basic", ALICE)
    assert first.forwarded_for == "198.51.100.7"
    assert second.methods == ("x:AppPassword/query", "Core/echo")
    assert (third.path, third.authorization, third.account) == ("/api/auth", "none", ALICE)
    assert talker.password not in repr(sandbox.requests)


async def test_failures_lead_to_a_ban_that_only_an_administrator_lifts(clock: HandClock, talker: Talker) -> None:
    sandbox = Sandbox(clock=clock.time, ban_after=2)
    sandbox.add_account(ALICE, talker.password)
    other = await _talk_to(sandbox, talker)
    other.auth = (ALICE, "wrong")

    statuses = [(await other.get("/jmap/session")).status_code for _ in range(4)]
    other.auth = (ALICE, talker.password)
    banned = await other.get("/jmap/session")
    assert statuses == [401, 401, 429, 403]
    assert banned.status_code == 403

    entry = next(iter(sandbox.state.bans.entries))
    del sandbox.state.bans.entries[entry]
    assert (await other.get("/jmap/session")).status_code == 403
    sandbox.state.bans.reload()
    assert (await other.get("/jmap/session")).status_code == 200
    await other.http.aclose()


async def test_bans_set_up_by_an_administrator_spare_loopback_and_can_end(talker: Talker, clock: HandClock) -> None:
    sandbox = Sandbox(clock=clock.time, use_x_forwarded=True)
    sandbox.add_account(ALICE, talker.password)
    other = await _talk_to(sandbox, talker)
    other.auth = ("admin", "secret")
    rate = {"authBanRate": {"count": 1, "period": 86_400_000}, "authBanPeriod": 4000}
    await other.call("x:Security/set", {"update": {"singleton": rate}})
    await other.call("x:Action/set", {"create": {"r": {"@type": "ReloadSettings"}}})
    other.auth = (ALICE, "wrong")
    away = {"X-Forwarded-For": "203.0.113.9"}

    here = [(await other.get("/jmap/session")).status_code for _ in range(4)]
    there = [(await other.get("/jmap/session", headers=away)).status_code for _ in range(3)]
    clock.advance(seconds=5)
    later = (await other.get("/healthz/live", headers=away)).status_code
    assert (here, there, later) == ([401] * 4, [401, 429, 403], 200)
    await other.http.aclose()


async def test_a_right_app_password_from_a_wrong_address_counts(talker: Talker, clock: HandClock) -> None:
    sandbox = Sandbox(clock=clock.time, ban_after=1)
    sandbox.add_account(ALICE, talker.password)
    other = await _talk_to(sandbox, talker)
    other.auth = (ALICE, sandbox.add_app_password(ALICE, "Office", allowed_ips=("198.51.100.0/24",)))

    answers = [(await other.get("/jmap/session")) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [403, 429]
    await other.http.aclose()


async def test_a_token_of_the_provider_signs_in(sandbox: Sandbox, talker: Talker) -> None:
    sandbox.add_account("ida@example.org", None, directory="oidc")
    sandbox.accept_outside_token("header.claims.signature", "ida@example.org")

    answer = await talker.http.get("/jmap/session", headers={"Authorization": "Bearer header.claims.signature"})
    assert answer.json()["username"] == "ida@example.org"


async def test_a_ban_looks_like_any_failure_at_sign_in(clock: HandClock, talker: Talker) -> None:
    sandbox = Sandbox(clock=clock.time, ban_after=1)
    sandbox.add_account(ALICE, talker.password)
    other = await _talk_to(sandbox, talker)

    answers = [await other.sign_in(password="wrong") for _ in range(2)]
    assert answers == [{"type": "failure"}, {"type": "failure"}]
    assert (await other.http.get("/healthz/live")).status_code == 403
    await other.http.aclose()


async def test_forwarded_addresses_count_only_where_they_are_believed(clock: HandClock, talker: Talker) -> None:
    sandbox = Sandbox(clock=clock.time, use_x_forwarded=True)
    sandbox.add_account(ALICE, talker.password)
    secret = sandbox.add_app_password(ALICE, "Office", allowed_ips=("198.51.100.0/24",))
    other = await _talk_to(sandbox, talker)
    other.auth = (ALICE, secret)

    inside = await other.get("/jmap/session", headers={"X-Forwarded-For": "198.51.100.7, 10.0.0.1"})
    outside = await other.get("/jmap/session", headers={"X-Forwarded-For": "192.0.2.1"})
    named = await other.get("/jmap/session", headers={"Forwarded": 'for="198.51.100.9";proto=https'})
    assert (inside.status_code, outside.status_code, named.status_code) == (200, 403, 200)
    await other.http.aclose()


async def test_an_administrator_signs_in_as_somebody_else(sandbox: Sandbox, talker: Talker) -> None:
    sandbox.add_account(BOB, BOBS, roles={"@type": "Admin"})
    talker.auth = (f"{ALICE}%{BOB}", BOBS)

    assert (await talker.get("/jmap/session")).json()["username"] == ALICE
    talker.auth = (f"{BOB}%{ALICE}", talker.password)
    assert (await talker.get("/jmap/session")).status_code == 403


async def test_an_alias_signs_in_and_shows_the_main_address(sandbox: Sandbox, talker: Talker) -> None:
    sandbox.add_account(BOB, BOBS, aliases=("bobby",))
    talker.auth = ("bobby@example.org", BOBS)

    assert (await talker.get("/jmap/session")).json()["username"] == BOB


async def test_a_login_without_a_domain_gets_the_first_one(talker: Talker) -> None:
    talker.auth = ("alice", talker.password)

    assert (await talker.get("/jmap/session")).status_code == 200


async def test_refresh_tokens_are_renewed_only_near_their_end(
    sandbox: Sandbox, talker: Talker, clock: HandClock
) -> None:
    code = (await talker.sign_in())["client_code"]
    form = {"grant_type": "authorization_code", "code": code, "client_id": "panel"}
    form["redirect_uri"] = "https://panel.test/callback"
    tokens = (await talker.http.post("/auth/token", data=form)).json()
    refresh = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}

    early = (await talker.http.post("/auth/token", data=refresh)).json()
    clock.advance(days=27)
    late = (await talker.http.post("/auth/token", data=refresh)).json()
    expired = await talker.http.get("/jmap/session", headers={"Authorization": f"Bearer {tokens['access_token']}"})
    assert "refresh_token" not in early
    assert "refresh_token" in late
    assert expired.status_code == 401
    assert sandbox.events[-1]["type"] == "auth.success"


async def test_created_ids_come_back_only_when_they_were_sent(talker: Talker) -> None:
    calls = [["x:AppPassword/set", {"create": {"n": {"description": "Phone"}}}, "0"]]
    body: dict[str, Any] = {"using": [], "methodCalls": calls}

    without = (await talker.http.post("/jmap/", json=body, auth=talker.auth)).json()
    body["createdIds"] = {}
    with_them = (await talker.http.post("/jmap/", json=body, auth=talker.auth)).json()
    assert "createdIds" not in without
    assert with_them["createdIds"] == {"n": "c"}


@pytest.mark.parametrize("arguments", [{"ids": 5}, {"ids": {"a": True}}, {"properties": "id"}])
async def test_a_wrong_argument_type_poisons_the_whole_request(talker: Talker, arguments: dict[str, Any]) -> None:
    answer = await talker.post(["Core/echo", {}], ["x:AppPassword/get", arguments])

    assert answer.status_code == 400
    assert answer.json()["type"] == "urn:ietf:params:jmap:error:notRequest"


@pytest.mark.parametrize(
    "header",
    ["Basic", "Basic !!!", "Basic " + base64.b64encode(b"\xe4:x").decode(), "Bearer", "Bearer sw1.a.b", "Digest x"],
)
async def test_credentials_nobody_can_read_are_401(talker: Talker, header: str) -> None:
    answer = await talker.http.get("/jmap/session", headers={"Authorization": header})

    assert answer.status_code == 401
    assert len(answer.headers.get_list("www-authenticate")) == 2


async def test_settings_wait_for_their_reload(sandbox: Sandbox, talker: Talker) -> None:
    talker.auth = ("admin", "secret")
    await talker.call("x:Authentication/set", {"update": {"singleton": {"maxAppPasswords": 0}}})
    assert sandbox.settings["Authentication"]["maxAppPasswords"] == 5

    await talker.call("x:Action/set", {"create": {"r": {"@type": "ReloadSettings"}}})
    assert sandbox.settings["Authentication"]["maxAppPasswords"] == 0


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(sorted(METHODS))
PROPERTIES = st.sampled_from(
    [
        "description",
        "secret",
        "otpAuth",
        "otpAuth/otpUrl",
        "permissions",
        "allowedIps/x",
        "key",
        "credentials/0",
        "from",
    ]
)
OBJECTS = st.dictionaries(PROPERTIES | st.text(max_size=4), JSON, max_size=3)
FILTERS = st.dictionaries(
    st.sampled_from(["text", "name", "domainId", "inMailbox", "role", "expiresAt", "accountId", "@type"]),
    JSON,
    max_size=2,
)
FILTER_LISTS = st.lists(FILTERS, max_size=2)
ARGUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "accountId": JSON,
        "ids": st.lists(JSON, max_size=2) | st.none(),
        "properties": st.lists(st.text(max_size=8), max_size=2),
        "create": st.dictionaries(st.text(max_size=3), JSON | OBJECTS, max_size=2),
        "update": st.dictionaries(st.sampled_from(["singleton", "a", "b", "!"]), JSON | OBJECTS, max_size=2),
        "destroy": st.lists(JSON, max_size=2),
        "filter": JSON
        | FILTERS
        | st.fixed_dictionaries({"operator": JSON | st.just("AND"), "conditions": JSON | FILTER_LISTS}),
        "sort": JSON | st.lists(st.fixed_dictionaries({"property": JSON | st.just("id")}), max_size=1),
        "position": JSON,
        "limit": JSON,
        "sinceState": JSON,
        "onSuccessDestroyEmail": JSON,
    },
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(name=NAMES, arguments=ARGUMENTS)
async def test_no_arguments_bring_the_server_down(talker: Talker, name: str, arguments: dict[str, Any]) -> None:
    sandbox = Sandbox()
    sandbox.add_account(ALICE, talker.password, roles={"@type": "Admin"}, app_passwords=("Phone",))
    other = await _talk_to(sandbox, talker)
    await other.call("Email/set", {"accountId": "b", "create": {"e": {"mailboxIds": {"a": True}}}})
    await other.call("Identity/get", {"accountId": "b"})

    answer = await other.post([name, {"accountId": "b", **arguments}])
    assert answer.status_code in {200, 400}
    await other.http.aclose()


async def _talk_to(sandbox: Sandbox, like: Talker) -> Talker:
    """Somebody like `like` in front of another server."""
    import httpx2

    transport = httpx2.ASGITransport(app=sandbox.app, client=("127.0.0.1", 40000))
    return type(like)(httpx2.AsyncClient(transport=transport, base_url="https://other.test"))
