"""A provider that lies, or somebody in between who does: nobody gets in, nothing is changed, and each has its page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from joserfc.jwk import RSAKey

from hostile_provider import ACCESS, CLIENT, PERSON, lying, weak_key
from redirect_steps import asked, callback, leave

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hand_clock import HandClock
    from hostile_provider import HostileProvider
    from html_page import Page
    from panel_browser import Browser
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio

PROVES_NOTHING = "does not prove who you are"
REFRESH = "outside-refresh-token-of-ida"
LONG = {"SESSION_IDLE": "7d", "SESSION_LIFETIME": "30d"}
START = f"/sign-in/redirect?login={PERSON}"


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
    return {"OIDC_CLIENT_ID": CLIENT, "OIDC_PRIVATE_ADDRESSES": "allowed", **changes}


@pytest.fixture(autouse=True)
def people(panel: RunningPanel, provider: HostileProvider) -> None:
    panel.sandbox.add_account(PERSON, None, directory="oidc")
    panel.sandbox.state.provider["issuer"] = provider.issuer
    panel.sandbox.accept_outside_token(ACCESS, PERSON)
    panel.watch.add(ACCESS)


async def try_it(browser: Browser, provider: HostileProvider, start: str = START, **answer: str) -> Page:
    """Leave, and come back with an answer that is right but for `answer`."""
    fields = asked(await leave(browser, start))
    provider.nonce = provider.nonce or fields["nonce"]
    return await browser.open(
        callback(**{"code": "a-good-code", "state": fields["state"], "iss": provider.issuer} | answer)
    )


def is_out(page: Page) -> bool:
    """Whether it is the page of what went wrong, and its address carries nothing."""
    return page.path == "/sign-in/failed" and "code=" not in page.url and "state=" not in page.url


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


async def signed_in_for_long(panel: RunningPanel, provider: HostileProvider) -> Browser:
    """Signed in with a refresh token, just before the access token ends."""
    provider.refresh_token = REFRESH
    panel.watch.add(REFRESH)
    browser = panel.browser()
    await try_it(browser, provider)
    panel.clock.advance(seconds=3570)
    return browser


@pytest.mark.parametrize("changes", [LONG])
async def test_a_refresh_token_goes_on_until_another_comes(panel: RunningPanel, provider: HostileProvider) -> None:
    browser = await signed_in_for_long(panel, provider)

    for _ in range(2):
        assert (await browser.open("/app-passwords")).path == "/app-passwords"
        panel.clock.advance(seconds=3570)

    assert provider.asked.count("/token") == 3


@pytest.mark.parametrize("changes", [LONG])
async def test_a_refresh_token_that_is_dead_ends_the_session(panel: RunningPanel, provider: HostileProvider) -> None:
    browser = await signed_in_for_long(panel, provider)
    provider.refresh_token = "another"

    page = await browser.open("/app-passwords")

    assert page.path == "/sign-in"


@pytest.mark.parametrize("changes", [LONG])
async def test_without_a_refresh_token_it_ends_with_the_access_token(
    panel: RunningPanel, provider: HostileProvider
) -> None:
    browser = panel.browser()
    await try_it(browser, provider)
    panel.clock.advance(seconds=3570)

    assert (await browser.open("/app-passwords")).path == "/sign-in"


@pytest.mark.parametrize("changes", [LONG])
async def test_a_provider_in_trouble_ends_nothing(panel: RunningPanel, provider: HostileProvider) -> None:
    browser = await signed_in_for_long(panel, provider)
    provider.token_answer = (503, {})

    page = await browser.open("/app-passwords")
    provider.token_answer = None

    assert "answer cannot be used" in page.text
    assert (await browser.click("Try again")).path == "/app-passwords"


@pytest.mark.parametrize("claims", [{"auth_time": None}, {"auth_time": 0}, {"auth_time": "now"}, {"sub": "another"}])
async def test_unlocking_needs_the_same_person_asked_anew(
    panel: RunningPanel, provider: HostileProvider, claims: dict[str, Any]
) -> None:
    browser = panel.browser()
    await try_it(browser, provider)
    panel.clock.advance(minutes=11)
    provider.claims, provider.codes, provider.nonce = claims, {"a-good-code"}, ""

    page = await try_it(browser, provider, "/step-up/redirect")

    assert is_out(page)
    assert ("as somebody else" if "sub" in claims else "did not ask you anew") in page.text
    await browser.open("/app-passwords/new")
    page = await browser.fill_in({"name": "Office printer"}, button="Create app password")
    assert page.path == "/step-up"


async def test_a_link_to_signing_out_there_does_nothing_to_others(
    panel: RunningPanel, provider: HostileProvider
) -> None:
    browser = panel.browser()
    await try_it(browser, provider)

    assert await leave(browser, "/sign-out/provider") == "/sign-in?ended=signed-out"

    assert (await browser.open("/profile")).path == "/profile"


async def test_a_sign_out_page_that_is_no_web_page_is_not_offered(
    panel: RunningPanel, provider: HostileProvider
) -> None:
    provider.document = {"end_session_endpoint": "javascript:alert(1)"}
    browser = panel.browser()
    await try_it(browser, provider)
    await browser.open("/profile")

    page = await browser.press("Sign out")

    assert "This panel cannot end that." in page.text


async def test_where_signing_out_is_not_offered_the_page_says_so(
    panel: RunningPanel, provider: HostileProvider
) -> None:
    browser = panel.browser()
    await try_it(browser, provider)
    await browser.open("/profile")

    page = await browser.press("Sign out")

    assert "You may still be signed in at" in page.text
    assert "This panel cannot end that." in page.text


async def test_too_many_who_leave_at_once_are_asked_to_wait(panel: RunningPanel) -> None:
    browser = panel.browser()
    answers = [await browser.request("GET", START) for _ in range(31)]

    assert [answer.status_code for answer in answers] == [303] * 30 + [429]
