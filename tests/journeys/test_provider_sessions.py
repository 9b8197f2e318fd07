"""A session that a provider gave, afterwards: renewed, unlocked anew, signed out; also with a provider that lies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from hostile_provider import SETTINGS, believed, is_out, lying, try_it
from redirect_steps import leave

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hand_clock import HandClock
    from hostile_provider import HostileProvider
    from panel_browser import Browser
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio

REFRESH = "outside-refresh-token-of-ida"


@pytest.fixture
def provider(clock: HandClock) -> Iterator[HostileProvider]:
    with lying(clock) as found:
        yield found


@pytest.fixture
def panel_settings() -> dict[str, str]:
    return {**SETTINGS, "SESSION_IDLE": "7d", "SESSION_LIFETIME": "30d"}


@pytest.fixture(autouse=True)
def people(panel: RunningPanel, provider: HostileProvider) -> None:
    believed(panel, provider)


async def signed_in_for_long(panel: RunningPanel, provider: HostileProvider) -> Browser:
    """Signed in with a refresh token, just before the access token ends."""
    provider.refresh_token = REFRESH
    panel.watch.add(REFRESH)
    browser = panel.browser()
    await try_it(browser, provider)
    panel.clock.advance(seconds=3570)
    return browser


async def test_a_refresh_token_goes_on_until_another_comes(panel: RunningPanel, provider: HostileProvider) -> None:
    browser = await signed_in_for_long(panel, provider)

    for _ in range(2):
        assert (await browser.open("/app-passwords")).path == "/app-passwords"
        panel.clock.advance(seconds=3570)

    assert provider.asked.count("/token") == 3


async def test_a_refresh_token_that_is_dead_ends_the_session(panel: RunningPanel, provider: HostileProvider) -> None:
    browser = await signed_in_for_long(panel, provider)
    provider.refresh_token = "another"

    page = await browser.open("/app-passwords")

    assert page.path == "/sign-in"


async def test_without_a_refresh_token_it_ends_with_the_access_token(
    panel: RunningPanel, provider: HostileProvider
) -> None:
    browser = panel.browser()
    await try_it(browser, provider)
    panel.clock.advance(seconds=3570)

    assert (await browser.open("/app-passwords")).path == "/sign-in"


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
