"""The frame around every page: look, language, menu, and who it is made for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from password_steps import account_mark

if TYPE_CHECKING:
    from html_page import Page
    from mail_server import MailServer
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio


def theme_of(page: Page) -> str:
    """How the page looks."""
    return page.root.first("html").get("data-theme")


def current_of(page: Page) -> list[str]:
    """The menu entries marked as the page one is on."""
    return [one.text for one in page.root.all("a") if one.get("aria-current") == "page"]


async def test_the_look_is_kept_by_the_browser_signed_in_or_not(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    assert theme_of(browser.page) == "auto"
    page = await browser.press("Dark")
    assert (page.path, theme_of(page)) == ("/", "dark")
    await browser.press("Sign out")

    assert theme_of(await browser.open("/sign-in")) == "dark"


@pytest.mark.parametrize("value", ["pink", "", "dark; path=/", "a" * 600])
async def test_a_look_that_is_none_changes_nothing(panel: RunningPanel, value: str) -> None:
    browser = panel.browser()
    response = await browser.post("/appearance", [("theme", value), ("language", value)])

    assert response.headers["location"] == "/"
    assert response.headers.get_list("set-cookie") == []


async def test_a_look_that_somebody_wrote_into_the_cookie_is_not_taken_over(panel: RunningPanel) -> None:
    browser = panel.browser()
    browser.cookies.set("__Host-bulwark-theme", "pink", domain="panel.test", path="/")
    browser.cookies.set("__Host-bulwark-language", "xx", domain="panel.test", path="/")
    page = await browser.open("/sign-in")

    assert (theme_of(page), page.language) == ("auto", "en")


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [
        ("de", "de"),
        ("de-AT, en;q=0.5", "de"),
        ("en-GB, de;q=0.5", "en"),
        ("xx, de;q=0.1", "de"),
        ("xx", "en"),
        ("", "en"),
        ("*", "en"),
        (";;;q=,", "en"),
    ],
)
async def test_the_browsers_language_is_spoken(panel: RunningPanel, asked: str, spoken: str) -> None:
    page = await panel.browser(language=asked).open("/sign-in")

    assert page.language == spoken


async def test_a_language_chosen_here_goes_before_the_browsers(panel: RunningPanel) -> None:
    browser = panel.browser(language="en")
    await browser.post("/appearance", [("language", "de")])
    page = await browser.open("/sign-in")

    assert page.language == "de"
    assert "Anmelden" in page.title


async def test_choosing_a_look_leads_back_to_the_page_one_was_on(panel: RunningPanel, mail_server: MailServer) -> None:
    browser = await panel.sign_in(await mail_server.new_account("alice"))
    await browser.open("/password")

    assert (await browser.press("Light")).path == "/password"


async def test_the_menu_marks_where_one_is_and_leads_to_every_section(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    browser = await panel.sign_in(await mail_server.new_account("alice"))
    page = await browser.open("/password")

    assert len(current_of(page)) == 1
    assert current_of(page)[0].startswith("Password")
    assert {"/", "/password"} <= set(page.links.values())


async def test_a_session_speaks_the_time_zone_of_its_account(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    await mail_server.change(alice, {"timeZone": "Asia/Tokyo"})
    browser = await panel.sign_in(alice)
    page = await browser.open("/")

    assert "23:11" in page.text


async def test_errors_are_told_in_the_language_of_the_request(panel: RunningPanel) -> None:
    browser = panel.browser(language="de")
    missing = await browser.open("/nothing")
    foreign = browser.read(await browser.post("/sign-in", [], site="cross-site"))

    assert missing.language == foreign.language == "de"
    assert "Seite" in missing.h1


async def test_every_form_of_a_signed_in_page_says_whose_it_is(panel: RunningPanel, mail_server: MailServer) -> None:
    browser = await panel.sign_in(await mail_server.new_account("alice"))
    for path in ("/", "/password", "/step-up"):
        page = await browser.open(path)
        for form in page.forms:
            marks = [field.value for field in form.fields if field.name == "account"]
            assert marks == [account_mark(page)], (path, form.action)
