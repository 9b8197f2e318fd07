"""What a person sees when something is missing, expired, old or elsewhere; and what looking costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from canaries import NEW_PASSWORD, TOTP_SECRET
from password_steps import change, typed

if TYPE_CHECKING:
    from html_page import Page
    from mail_server import MailServer
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio

CORE = (
    *("sysAccountPasswordGet", "sysAccountPasswordUpdate"),
    *("sysAppPasswordQuery", "sysAppPasswordGet", "sysAppPasswordCreate"),
    *("sysAppPasswordUpdate", "sysAppPasswordDestroy"),
    *("sysAccountSettingsGet", "sysAccountSettingsUpdate"),
    *("sysPublicKeyQuery", "sysPublicKeyGet", "sysPublicKeyCreate", "sysPublicKeyUpdate", "sysPublicKeyDestroy"),
    *("jmapIdentityGet", "jmapIdentityChanges", "jmapIdentityCreate", "jmapIdentityUpdate", "jmapIdentityDestroy"),
)
IN_PART = "Account security management is available in part"
NOTHING = "Account security management is not available for this mail server"


def tile(page: Page, label: str) -> str:
    """What the overview's tile with this label says."""
    for element in page.main.all("a", "div", "li"):
        if element.text.startswith(label) and len(element.text) < 120:
            return element.text
    raise AssertionError(f"no tile {label!r} on {page.text}")


# What looking costs


async def test_the_overview_costs_one_request(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice", two_factor=TOTP_SECRET)
    panel.sandbox.add_app_password(alice.login, "Phone")
    browser = await panel.sign_in(alice)
    await panel.count_anew()
    await browser.open("/")

    (only,) = panel.upstream()
    assert only.path == "/jmap/"
    assert set(only.methods) == {
        *("x:AccountPassword/get", "x:AppPassword/query", "x:AppPassword/get", "x:AccountSettings/get"),
        *("x:PublicKey/get", "Identity/get"),
    }


async def test_rights_are_read_again_beside_it_after_five_minutes(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    for seconds, expected in ((300, ["/jmap/"]), (1, ["/api/account", "/jmap/"]), (299, ["/jmap/"])):
        panel.clock.advance(seconds=seconds)
        await panel.count_anew()
        await browser.open("/")

        assert sorted(one.path for one in panel.upstream()) == expected


async def test_rights_that_cannot_be_read_just_now_stay_what_they_were(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    panel.clock.advance(minutes=6)
    for fault in ("cut-before", "429", "500", "html"):
        mail_server.quirk(fault, path="/api/account")
        page = await browser.open("/")
        mail_server.no_quirk()

        assert page.h1 == "Overview"
        assert IN_PART not in page.text


# What is missing


@pytest.mark.parametrize(
    ("lacks", "label", "says"),
    [
        ("sysAccountPasswordGet", "Password", "A permission is missing"),
        ("sysAccountPasswordUpdate", "Two-factor", "A permission is missing"),
        ("sysAppPasswordQuery", "App passwords", "A permission is missing"),
        ("sysAppPasswordGet", "App passwords", "A permission is missing"),
        ("sysAccountSettingsGet", "Encryption at rest", "A permission is missing"),
        ("jmapIdentityGet", "Sender identities", "A permission is missing"),
    ],
)
async def test_each_missing_permission_closes_its_tile_only_and_is_listed(
    panel: RunningPanel, mail_server: MailServer, lacks: str, label: str, says: str
) -> None:
    alice = await mail_server.new_account("alice", without=[lacks])
    page = (await panel.sign_in(alice)).page

    assert page.status == 200
    assert "Not available" in tile(page, label)
    assert says in tile(page, label)
    assert IN_PART in page.text
    assert lacks in page.text
    assert f"Please give {alice.login} these permissions" in page.text
    assert "available in part" not in tile(page, label)
    assert "Not known now" not in page.text


@pytest.mark.parametrize("lacks", ["sysAppPasswordCreate", "sysPublicKeyDestroy", "jmapIdentityChanges"])
async def test_a_missing_permission_to_change_is_listed_and_closes_nothing(
    panel: RunningPanel, mail_server: MailServer, lacks: str
) -> None:
    alice = await mail_server.new_account("alice", without=[lacks])
    page = (await panel.sign_in(alice)).page

    assert IN_PART in page.text
    assert lacks in page.text
    assert "Not available" not in page.text


async def test_with_every_permission_nothing_is_said_about_permissions(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    page = (await panel.sign_in(alice)).page

    assert IN_PART not in page.text
    assert "Not available" not in page.text
    assert "Two-factor authentication is off" in page.text


async def test_where_nothing_is_left_the_headline_says_so_with_reason_and_remedy(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice", without=CORE)
    page = (await panel.sign_in(alice)).page

    assert page.status == 403
    assert NOTHING in page.text
    for name in CORE:
        if name != "sysPublicKeyUpdate":
            assert name in page.text
    assert "Manage account passwords" in page.text
    assert f"Please give {alice.login} the permissions" in page.text


async def test_a_mended_role_works_on_the_next_page_without_signing_in_again(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice", without=CORE)
    browser = await panel.sign_in(alice)
    assert NOTHING in browser.page.text
    await mail_server.change(alice, {"permissions": {"@type": "Inherit"}})
    page = await browser.open("/")

    assert page.status == 200
    assert IN_PART not in page.text
    assert (await browser.open("/password")).form("/password").find("new-password")


async def test_a_permission_taken_away_is_seen_on_the_next_page(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    taken = {"@type": "Merge", "enabledPermissions": {}, "disabledPermissions": {"sysAppPasswordQuery": True}}
    await mail_server.change(alice, {"permissions": taken})
    page = await browser.open("/")

    assert IN_PART in page.text
    assert "A permission is missing" in tile(page, "App passwords")


# Elsewhere


@pytest.mark.parametrize("path", ["/", "/password"])
async def test_a_directory_account_is_told_where_its_password_lives(
    panel: RunningPanel, mail_server: MailServer, path: str
) -> None:
    alice = await mail_server.new_account("alice")
    mail_server.quirk("directory-sql", account=alice)
    browser = await panel.sign_in(alice)
    page = await browser.open(path)

    if path == "/":
        assert page.status == 200
        assert "Managed outside the mail server" in tile(page, "Password")
        assert "Two-factor authentication is off" not in page.text
        assert IN_PART not in page.text
    else:
        assert "takes its accounts from an external directory" in page.text


# Expired


async def test_an_expired_password_shows_the_one_page_whatever_is_asked_for(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice", expired=True)
    browser = await panel.sign_in(alice)
    for path in ("/", "/password", "/step-up"):
        page = await browser.open(path)

        assert page.path == "/password"
        assert page.h1 == "Choose a new password"
        assert "This sign-in may only change the password." in page.text


async def test_after_the_change_of_an_expired_password_the_panel_opens(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice", expired=True)
    browser = await panel.sign_in(alice)
    page = await change(browser, alice)

    assert page.path == "/password/changed"
    assert (await browser.open("/")).h1 == "Overview"
    assert (await browser.open("/password")).h1 == "Password"


async def test_a_refusal_on_the_page_of_an_expired_password_is_told_at_its_field(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    bob = await mail_server.new_account("bob", two_factor=TOTP_SECRET, expired=True)
    browser = await panel.sign_in(bob)
    page = await change(browser, bob, new="short12")
    assert page.h1 == "Choose a new password"
    assert "at least 8 characters" in page.field_errors["new_password"]
    page = await browser.fill_in(typed(bob, code=bob.code()))

    assert page.path == "/password/changed"
    assert await mail_server.accepts(bob, NEW_PASSWORD, bob.code())


async def test_somebody_with_an_expired_password_can_sign_out(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice", expired=True)
    browser = await panel.sign_in(alice)

    assert (await browser.press("Sign out")).path == "/sign-in"


async def test_an_expiry_that_was_lifted_meanwhile_opens_the_panel(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice", expired=True)
    browser = await panel.sign_in(alice)
    await mail_server.change(alice, {"credentials/0/expiresAt": None})
    await browser.open("/password")

    assert (await browser.open("/")).h1 == "Overview"


async def test_rights_that_stay_narrow_after_a_change_get_the_ordinary_reasons(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    narrow = {"authenticate", "authenticateWithAlias", "sysAccountPasswordGet", "sysAccountPasswordUpdate"}
    permissions = {"@type": "Replace", "enabledPermissions": dict.fromkeys(narrow, True), "disabledPermissions": {}}
    alice = await mail_server.new_account("alice", permissions=permissions)
    browser = await panel.sign_in(alice)
    assert browser.page.h1 == "Choose a new password"
    await change(browser, alice)
    page = await browser.open("/")

    assert page.h1 == "Overview"
    assert IN_PART in page.text


# Old


@pytest.mark.parametrize("path", ["/", "/password"])
async def test_a_server_that_became_old_says_so_on_every_page(
    panel: RunningPanel, mail_server: MailServer, path: str
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    mail_server.quirk("before-0.16")
    panel.clock.advance(minutes=6)
    page = await browser.open(path)

    assert page.status == 501
    assert page.h1 == NOTHING
    assert "Nothing is wrong with your account." in page.text
