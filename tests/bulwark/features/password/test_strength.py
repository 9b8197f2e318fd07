"""The estimate of a new password: never a fault, never logged, not for strangers, not too often."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bulwark.features.password import routes
from bulwark.features.password.strength import WARNINGS, estimate
from bulwark.language import _, use
from canaries import NEW_PASSWORD, TOTP_SECRET
from password_steps import account_mark
from stalwart_jmap import Secret

if TYPE_CHECKING:
    import httpx2

    from mail_server import MailServer
    from panel_browser import Browser
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio

ODD = ("\u0130\u0130\u0130\u0130", "ﬀﬀﬀﬀﬀﬀﬀﬀ", "\x00" * 9, "ßßßßßßßß", "19991231", "p4$$w0rdp4$$w0rd", "\U0001f600" * 9)


@settings(max_examples=60)
@given(st.one_of(st.text(st.characters(codec="utf-8"), max_size=140), st.sampled_from(ODD)))
@example("İ" * 60)
@example("aA" * 64)
async def test_any_password_has_a_score_and_a_sentence(text: str) -> None:
    found = await estimate(Secret(text))

    if found is None:
        assert text == ""
        return
    assert 0 <= found.score <= 4
    assert found.message.endswith(".")
    assert found.tone in {"bad", "warn", "ok"}


@pytest.mark.parametrize(
    ("text", "score", "part"),
    [
        ("short12", 0, "Too short."),
        ("ü" * 3 + "a", 0, "Too short."),
        ("ü" * 4, 0, "easy to guess"),
        ("x" * 129, 0, "Too long."),
        ("ü" * 65, 0, "Too long."),
        ("password1", 0, "very common password"),
        ("12345678", 0, "top-10 common password"),
        ("qwertyuiop", 0, "common password"),
        (NEW_PASSWORD, 4, "Strong."),
        ("correct horse battery staple", 4, "Strong."),
    ],
)
async def test_scores(text: str, score: int, part: str) -> None:
    found = await estimate(Secret(text))

    assert found is not None
    assert found.score == score
    assert part in found.message


async def test_the_score_agrees_with_the_servers_own(mail_server: MailServer) -> None:
    del mail_server
    from stalwart_sandbox.policy import complaint

    for text in ("password1", "letmein99", "orchid velvet", "zebra crossing 7 lanes", "kjh34gt9v", "summer2026!"):
        found = await estimate(Secret(text))
        assert found is not None
        assert (found.score >= 3) is (complaint(text, shortest=8, longest=128, strength="three") is None)


def test_every_reason_of_the_estimator_is_said_in_german() -> None:
    with use("de"):
        assert all(_(warning) != warning for warning in WARNINGS)


def test_no_reason_of_the_estimator_is_unknown() -> None:
    from inspect import getsource

    from zxcvbn import feedback

    source = getsource(feedback)
    for warning in WARNINGS:
        assert warning.rstrip(".").split('"')[0].strip() in source.replace("\\", "")


# Over HTTP


async def ask(browser: Browser, mark: str, text: str) -> httpx2.Response:
    """Ask as the page's script does."""
    headers = {"sec-fetch-site": "same-origin", "sec-fetch-mode": "cors", "origin": browser.base_url}
    pairs = [("account", mark), ("new_password", text)]
    return await browser.request("POST", "/password/strength", pairs=pairs, headers=headers)


async def test_the_estimate_is_answered_as_json(panel: RunningPanel, mail_server: MailServer) -> None:
    browser = await panel.sign_in(await mail_server.new_account("alice"))
    mark = account_mark(await browser.open("/password"))
    await panel.count_anew()
    weak, strong, nothing = [await ask(browser, mark, text) for text in ("password1", NEW_PASSWORD, "")]

    assert weak.json()["score"] == 0
    assert "very common password" in weak.json()["message"]
    assert strong.json()["score"] == 4
    assert nothing.json() == {}
    assert strong.headers["cache-control"] == "no-store"
    assert panel.upstream() == []


async def test_what_is_longer_than_a_kilobyte_is_not_estimated(panel: RunningPanel, mail_server: MailServer) -> None:
    browser = await panel.sign_in(await mail_server.new_account("alice"))
    mark = account_mark(await browser.open("/password"))
    response = await ask(browser, mark, "x" * (routes.MAX_ESTIMATED + 1))
    too_much = await ask(browser, mark, "x" * 70_000)

    assert response.json()["score"] == 0
    assert "Too long." in response.json()["message"]
    assert too_much.status_code == 413


async def test_five_a_second_are_answered(panel: RunningPanel, mail_server: MailServer) -> None:
    browser = await panel.sign_in(await mail_server.new_account("alice"))
    mark = account_mark(await browser.open("/password"))
    statuses = [(await ask(browser, mark, "password1")).status_code for _request in range(6)]
    panel.clock.advance(seconds=1)

    assert statuses == [200] * 5 + [429]
    assert (await ask(browser, mark, "password1")).status_code == 200


async def test_each_account_has_five_of_its_own(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await panel.sign_in(await mail_server.new_account("alice"))
    bob = await panel.sign_in(await mail_server.new_account("bob"))
    for _request in range(6):
        await ask(alice, account_mark(alice.page), "password1")

    assert (await ask(bob, account_mark(bob.page), "password1")).status_code == 200


async def test_nobody_estimates_without_a_session(panel: RunningPanel, mail_server: MailServer) -> None:
    del mail_server
    response = await ask(panel.browser(), "", "password1")

    assert response.status_code == 303
    assert response.headers["location"] == "/sign-in"


async def test_a_form_of_another_account_is_not_estimated(panel: RunningPanel, mail_server: MailServer) -> None:
    browser = await panel.sign_in(await mail_server.new_account("alice"))

    assert (await ask(browser, "another", "password1")).status_code == 409


async def test_somebody_whose_password_expired_sees_the_meter_too(panel: RunningPanel, mail_server: MailServer) -> None:
    bob = await mail_server.new_account("bob", two_factor=TOTP_SECRET, expired=True)
    browser = await panel.sign_in(bob)
    response = await ask(browser, account_mark(browser.page), "password1")

    assert response.json()["score"] == 0
