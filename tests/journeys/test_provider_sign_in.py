"""Signing in at an OpenID Connect provider that is not ours: there, back, on, and out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from canaries import PASSWORD
from hand_clock import HandClock
from outside_provider import CLIENT_ID, CLIENT_SECRET, IDA, OTTO, PUBLIC_CLIENT, PersonThere, running_provider
from redirect_steps import asked, leave

if TYPE_CHECKING:
    from collections.abc import Iterator

    from outside_provider import OutsideProvider
    from panel_browser import Browser
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def provider() -> Iterator[OutsideProvider]:
    with running_provider() as found:
        yield found


@pytest.fixture
def clock() -> HandClock:
    """The provider's clock is the real one."""
    return HandClock(None)


@pytest.fixture
def changes() -> dict[str, str]:
    """Settings that a test has otherwise."""
    return {}


@pytest.fixture
def panel_settings(changes: dict[str, str]) -> dict[str, str]:
    return {
        "OIDC_CLIENT_ID": CLIENT_ID,
        "OIDC_CLIENT_SECRET": CLIENT_SECRET,
        "OIDC_SCOPES": "email",
        "OIDC_PRIVATE_ADDRESSES": "allowed",
        "OIDC_NAME": "Example login",
        **changes,
    }


@pytest.fixture
def there() -> Iterator[PersonThere]:
    person = PersonThere()
    yield person
    person.close()


@pytest.fixture(autouse=True)
def people(panel: RunningPanel, provider: OutsideProvider) -> None:
    for login in (IDA, OTTO):
        panel.sandbox.add_account(login, None, directory="oidc")
    panel.sandbox.use_provider(provider.document)


async def sign_in(browser: Browser, person: PersonThere, path: str = "") -> None:
    """From the address that was typed to the page that was wanted."""
    url = await leave(browser, path or f"/sign-in/redirect?login={person.login}")
    await browser.open(person.go(url))


async def test_a_typed_password_is_thrown_away_and_the_person_led_to_the_provider(
    panel: RunningPanel, provider: OutsideProvider, there: PersonThere
) -> None:
    browser = panel.browser()
    await browser.open("/sign-in?next=/app-passwords")

    page = await browser.fill_in({"username": IDA, "current-password": PASSWORD})

    assert "was not sent anywhere" in page.text
    assert not any(seen.path.startswith("/api/auth") for seen in panel.upstream())
    url = await leave(browser, page.link("Sign in with Example login"))
    assert url.startswith(str(provider.document["authorization_endpoint"]))
    assert asked(url)["login_hint"] == IDA
    page = await browser.open(there.go(url))
    assert page.path == "/app-passwords"
    assert IDA in page.text


async def test_sections_of_the_provider_say_where_they_are(panel: RunningPanel, there: PersonThere) -> None:
    browser = panel.browser()
    await sign_in(browser, there)

    page = await browser.open("/password")

    assert "Your password lives somewhere else" in page.text
    assert page.link("Example login").startswith("http://127.0.0.1:")


async def test_the_tokens_are_renewed_at_the_provider_again_and_again(panel: RunningPanel, there: PersonThere) -> None:
    browser = panel.browser()
    await sign_in(browser, there)

    for _ in range(3):
        panel.clock.advance(seconds=270)
        page = await browser.open("/app-passwords")
        assert page.path == "/app-passwords"


@pytest.mark.parametrize("changes", [{"OIDC_CLIENT_ID": PUBLIC_CLIENT, "OIDC_CLIENT_SECRET": ""}])
async def test_a_public_client_needs_no_secret(panel: RunningPanel, there: PersonThere) -> None:
    browser = panel.browser()

    await sign_in(browser, there)

    panel.clock.advance(seconds=270)
    assert (await browser.open("/app-passwords")).path == "/app-passwords"


@pytest.mark.parametrize("changes", [{"OIDC_CLIENT_SECRET": "wrong-one"}])
async def test_a_wrong_secret_is_told_as_the_settings_fault(panel: RunningPanel, there: PersonThere) -> None:
    browser = panel.browser()

    await sign_in(browser, there)

    assert "does not know this panel" in browser.page.text


async def test_a_form_that_needs_proof_goes_on_after_signing_in_there_once_more(
    panel: RunningPanel, there: PersonThere
) -> None:
    browser = await with_form_waiting(panel, there)
    assert browser.page.path == "/step-up"

    url = await leave(browser, "/step-up/redirect")
    assert asked(url)["max_age"] == "0"
    page = await browser.open(there.go(url))
    assert there.times_asked == 2
    assert page.path == "/step-up/go-on"
    assert await app_passwords(panel) == 0
    page = await browser.press("Continue")

    assert "Office printer" in page.text
    assert await app_passwords(panel) == 1
    assert (await browser.open("/step-up/go-on")).path == "/"


async def test_a_sign_in_of_before_is_no_proof(panel: RunningPanel, there: PersonThere) -> None:
    browser = await with_form_waiting(panel, there)
    panel.clock.advance(minutes=2)
    url = await leave(browser, "/step-up/redirect")
    lazy = url.replace("prompt=login", "prompt=")  # a provider that does not ask anew

    page = await browser.open(there.go(lazy))

    assert there.times_asked == 1
    assert "did not ask you anew" in page.text
    assert page.link("Try again") == "/step-up"
    assert await app_passwords(panel) == 0


async def test_somebody_else_there_unlocks_nothing(panel: RunningPanel, there: PersonThere) -> None:
    browser = await with_form_waiting(panel, there)
    url = await leave(browser, "/step-up/redirect")
    otto = PersonThere(OTTO)

    page = await browser.open(otto.go(url))
    otto.close()

    assert "as somebody else" in page.text
    assert IDA in (await browser.open("/profile")).text
    assert await app_passwords(panel) == 0


async def test_signing_out_offers_to_sign_out_there_too(panel: RunningPanel, there: PersonThere) -> None:
    browser = panel.browser()
    await sign_in(browser, there)
    await browser.open("/profile")

    page = await browser.press("Sign out")

    assert "You are signed out." in page.text
    assert "You may still be signed in at Example login." in page.text
    url = await leave(browser, page.link("Sign out there too"))
    assert asked(url)["post_logout_redirect_uri"] == "https://panel.test/sign-in"
    assert there.go(url) == "/sign-in"
    asked_before = there.times_asked
    await sign_in(browser, there)
    assert there.times_asked == asked_before + 1
    assert (await leave(browser, "/sign-out/provider")).startswith("/sign-in")


async def with_form_waiting(panel: RunningPanel, there: PersonThere) -> Browser:
    """Signed in and locked, with a form sent that needs a proof of presence."""
    browser = panel.browser()
    await sign_in(browser, there)
    await browser.open("/app-passwords/new")
    await browser.press("Lock now")
    await browser.open("/app-passwords/new")
    await browser.fill_in({"name": "Office printer"}, button="Create app password")
    return browser


async def app_passwords(panel: RunningPanel) -> int:
    """How many the mail server keeps for her."""
    return sum(one.kind == "AppPassword" for one in panel.sandbox.account(IDA).credentials)
