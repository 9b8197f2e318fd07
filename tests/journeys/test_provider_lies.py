"""A provider that lies, or somebody in between who does: nobody gets in, nothing is changed, and each has its page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from joserfc.jwk import RSAKey

from hostile_provider import ACCESS, CLIENT, PERSON, SETTINGS, START, believed, is_out, lying, try_it, weak_key
from redirect_steps import asked, callback, leave

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hand_clock import HandClock
    from hostile_provider import HostileProvider
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio

PROVES_NOTHING = "does not prove who you are"


@pytest.fixture
def provider(clock: HandClock) -> Iterator[HostileProvider]:
    with lying(clock) as found:
        yield found


@pytest.fixture
def changes() -> dict[str, str]:
    """Settings that a test has otherwise."""
    return {}


@pytest.fixture
def panel_settings(changes: dict[str, str]) -> dict[str, str]:
    return {**SETTINGS, **changes}


@pytest.fixture(autouse=True)
def people(panel: RunningPanel, provider: HostileProvider) -> None:
    believed(panel, provider)


async def test_what_is_right_gets_in(panel: RunningPanel, provider: HostileProvider) -> None:
    page = await try_it(panel.browser(), provider)

    assert page.path == "/"
    assert PERSON in page.text


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another"},
        {"aud": None},
        {"aud": [CLIENT, "another"]},
        {"aud": [CLIENT, "another"], "azp": "another"},
        {"azp": "another"},
        {"iss": "https://sso.example.org"},
        {"iss": None},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 256},
        {"exp": None},
        {"exp": "soon"},
        {"iat": None},
    ],
    ids=str,
)
async def test_a_token_with_a_false_claim_proves_nothing(
    panel: RunningPanel, provider: HostileProvider, claims: dict[str, Any]
) -> None:
    provider.claims = claims

    page = await try_it(panel.browser(), provider)

    assert is_out(page)
    assert PROVES_NOTHING in page.text


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
async def test_a_token_without_the_private_key_proves_nothing(
    panel: RunningPanel, provider: HostileProvider, algorithm: str
) -> None:
    provider.algorithm = algorithm

    page = await try_it(panel.browser(), provider)

    assert is_out(page)
    assert PROVES_NOTHING in page.text


async def test_a_token_of_another_key_under_a_known_name_proves_nothing(
    panel: RunningPanel, provider: HostileProvider
) -> None:
    provider.published = [RSAKey.generate_key(2048, {"kid": "first"}).as_dict(private=False)]

    page = await try_it(panel.browser(), provider)

    assert is_out(page)
    assert PROVES_NOTHING in page.text


@pytest.mark.parametrize(("seconds", "gets_in"), [(55, True), (65, False)])
async def test_the_providers_clock_may_differ_a_minute(
    panel: RunningPanel, provider: HostileProvider, seconds: int, *, gets_in: bool
) -> None:
    now = int(panel.clock.time())

    for claims in ({"exp": now - seconds}, {"iat": now + seconds}, {"nbf": now + seconds}):
        provider.claims, provider.codes, provider.nonce = claims, {"a-good-code"}, ""
        page = await try_it(panel.browser(), provider)
        assert is_out(page) is not gets_in, claims


async def test_a_new_key_is_found(panel: RunningPanel, provider: HostileProvider) -> None:
    await try_it(panel.browser(), provider)
    provider.key = RSAKey.generate_key(2048, {"kid": "second"})
    provider.codes, provider.nonce = {"a-good-code"}, ""
    panel.clock.advance(minutes=1)

    page = await try_it(panel.browser(), provider)

    assert page.path == "/"
    assert provider.asked.count("/keys") == 2


async def test_a_key_that_nobody_publishes_is_looked_for_once(panel: RunningPanel, provider: HostileProvider) -> None:
    provider.published = [RSAKey.generate_key(2048, {"kid": "other"}).as_dict(private=False)]
    await try_it(panel.browser(), provider)
    provider.codes, provider.nonce = {"a-good-code"}, ""

    page = await try_it(panel.browser(), provider)

    assert PROVES_NOTHING in page.text
    assert provider.asked.count("/keys") == 1


@pytest.mark.parametrize(
    "lie",
    [
        {"document": {"issuer": "https://sso.example.org"}},
        {"document": {"token_endpoint": 7}},
        {"redirects": {"/.well-known/openid-configuration"}},
        {"redirects": {"/keys"}},
        {"redirects": {"/token"}},
        {"padding": 300_000},
        {"published": []},
        {"published": [{"kty": "oct", "k": "c2VjcmV0", "kid": "first"}]},
        {"published": [weak_key()]},
        {"published": [{"kty": "RSA", "n": "!", "e": "AQAB", "kid": "first"}]},
        {"published": [{"kty": "oct"}] * 40},
        {"token_answer": (200, {"access_token": ACCESS})},
        {"token_answer": (200, {"access_token": ACCESS, "token_type": "mac"})},
        {"token_answer": (500, {})},
    ],
    ids=lambda lie: str(lie)[:60],
)
async def test_an_answer_that_is_none_is_told_as_such(
    panel: RunningPanel, provider: HostileProvider, lie: dict[str, Any]
) -> None:
    for name, value in lie.items():
        setattr(provider, name, value)
    browser = panel.browser()

    response = await browser.request("GET", START)
    if response.status_code == 303 and response.headers["location"].startswith(provider.issuer):
        page = await try_it(browser, provider)
    else:
        page = browser.read(response)

    assert "answer cannot be used" in page.text


@pytest.mark.parametrize("changes", [{"OIDC_PRIVATE_ADDRESSES": "refused"}])
async def test_a_provider_at_a_private_address_is_not_gone_to(panel: RunningPanel, provider: HostileProvider) -> None:
    page = await panel.browser().open(START)

    assert "an address to which this panel does not go" in page.text
    assert provider.asked == []


@pytest.mark.parametrize("endpoint", ["token_endpoint", "jwks_uri"])
async def test_nor_is_one_that_sends_us_there(panel: RunningPanel, provider: HostileProvider, endpoint: str) -> None:
    provider.document = {endpoint: "ftp://127.0.0.1/x"}

    page = await try_it(panel.browser(), provider)

    assert is_out(page)
    assert "an address to which this panel does not go" in page.text


@pytest.mark.parametrize(
    "page_there", ["javascript:alert(1)", "data:text/html,x", "//evil.test/x", "file:///etc/passwd"]
)
async def test_a_browser_is_sent_to_web_pages_only(
    panel: RunningPanel, provider: HostileProvider, page_there: str
) -> None:
    provider.document = {"authorization_endpoint": page_there}

    page = await panel.browser().open(START)

    assert "an address to which this panel does not go" in page.text


@pytest.mark.parametrize("changes", [{"OIDC_ISSUER": "https://sso.example.org", "OIDC_CLIENT_SECRET": "for-the-other"}])
async def test_another_provider_than_the_settings_get_no_secret(panel: RunningPanel, provider: HostileProvider) -> None:
    page = await panel.browser().open(START)

    assert "names another provider" in page.text
    assert provider.asked == []


async def test_a_used_code_is_not_taken_again(panel: RunningPanel, provider: HostileProvider) -> None:
    page = await try_it(panel.browser(), provider, code="used-before")

    assert is_out(page)
    assert "did not take the code" in page.text


async def test_an_answer_of_another_provider_is_refused_before_its_code_goes_anywhere(
    panel: RunningPanel, provider: HostileProvider
) -> None:
    page = await try_it(panel.browser(), provider, iss="https://sso.example.org")

    assert is_out(page)
    assert "Another provider answered" in page.text
    assert "/token" not in provider.asked


@pytest.mark.parametrize("promised", [True, False])
async def test_an_issuer_may_be_missing_only_where_it_was_never_promised(
    panel: RunningPanel, provider: HostileProvider, *, promised: bool
) -> None:
    provider.document = {"authorization_response_iss_parameter_supported": promised}
    browser = panel.browser()
    fields = asked(await leave(browser, START))
    provider.nonce = fields["nonce"]

    page = await browser.open(callback(code="a-good-code", state=fields["state"]))

    assert is_out(page) is promised


async def test_a_forged_answer_does_not_spoil_the_real_one(panel: RunningPanel, provider: HostileProvider) -> None:
    browser = panel.browser()
    fields = asked(await leave(browser, START))
    provider.nonce = fields["nonce"]

    forged = await browser.open(callback(code="stolen", state="guessed", iss=provider.issuer))
    doubled = await browser.open(callback(code="x", state=fields["state"]) + "&state=" + fields["state"])
    page = await browser.open(callback(code="a-good-code", state=fields["state"], iss=provider.issuer))

    for refused in (forged, doubled):
        assert "no sign-in that was begun in this browser" in refused.text
    assert page.path == "/"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("access_denied", "stopped or refused"),
        ("temporarily_unavailable", "The provider refused the request."),
        ("<script>alert(1)</script>", "The provider refused the request."),
    ],
)
async def test_a_no_is_a_no(panel: RunningPanel, provider: HostileProvider, error: str, said: str) -> None:
    browser = panel.browser()

    page = await try_it(browser, provider, error=error)

    assert is_out(page)
    assert said in page.text
    assert page.link("Try again") == "/sign-in"


async def test_ten_minutes_are_enough(panel: RunningPanel, provider: HostileProvider) -> None:
    browser = panel.browser()
    fields = asked(await leave(browser, START))
    panel.clock.advance(minutes=10, seconds=1)

    page = await browser.open(callback(code="a-good-code", state=fields["state"], iss=provider.issuer))

    assert "longer than ten minutes" in page.text
    assert "/token" not in provider.asked


async def test_a_token_that_the_mail_server_does_not_take_opens_nothing(
    panel: RunningPanel, provider: HostileProvider
) -> None:
    panel.sandbox.state.outside_tokens.clear()

    page = await try_it(panel.browser(), provider)

    assert is_out(page)
    assert "does not accept this sign-in" in page.text


@pytest.mark.parametrize(
    "wanted", ["//evil.test", "https://evil.test/", "/\\evil.test", "javascript:alert(1)", "/%0d%0a"]
)
async def test_nobody_is_led_away_afterwards(panel: RunningPanel, provider: HostileProvider, wanted: str) -> None:
    page = await try_it(panel.browser(), provider, start=f"{START}&next={wanted}")

    assert page.path == "/"


async def test_too_many_who_leave_at_once_are_asked_to_wait(panel: RunningPanel) -> None:
    browser = panel.browser()
    answers = [await browser.request("GET", START) for _ in range(31)]

    assert [answer.status_code for answer in answers] == [303] * 30 + [429]
