"""The panel's interface for programs: a person's own token opens it, nothing else does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from api_steps import ask, did, token_of
from canaries import PASSWORD, TOTP_SECRET, WRONG_PASSWORD
from totp_code import totp_code
from two_factor_steps import SET

if TYPE_CHECKING:
    from mail_server import MailServer
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio
STATUS = "/api/v1/two-factor"


async def begun(panel: RunningPanel, token: str, **more: Any) -> tuple[str, str, list[str]]:
    """A set-up under way: its key, the authenticator's key, the codes."""
    document = await did(panel, token, f"{STATUS}/set-up", {"device": "Pixel 8", **more})
    return document["set_up"], document["otpauth"].partition("secret=")[2].partition("&")[0], document["codes"]


async def test_on_and_off_again(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    token = await token_of(mail_server, alice)
    assert (await did(panel, token, STATUS))["is_on"] is False
    set_up, alice.totp_secret, codes = await begun(panel, token)
    saved = await did(panel, token, f"{STATUS}/set-up/saved", {"key": set_up, "number": 3, "code": codes[2]})
    assert saved == {"is_right": True}
    confirm = {"set_up": set_up, "password": alice.password, "code": alice.code()}
    done = await did(panel, token, f"{STATUS}/set-up/confirm", confirm)
    assert done["what"] == "on"
    status = await did(panel, token, STATUS)
    assert (status["set_up_here"], status["codes_left"], status["codes_saved"]) == (True, 10, True)
    off = {"password": alice.password, "code": alice.code()}
    done = await did(panel, token, f"{STATUS}/off", off)

    assert done["what"] == "off"
    assert await mail_server.accepts(alice, alice.password)
    assert (await ask(panel, token, f"{STATUS}/set-up/confirm", confirm)).json()["error"] == "Gone"


async def test_refusals_are_names_without_secrets(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    token = await token_of(mail_server, alice)
    set_up, key, _ = await begun(panel, token)
    now = panel.clock.now()
    wrong_code = {"set_up": set_up, "password": alice.password, "code": totp_code(key, now, steps=8)}
    wrong_password = {"set_up": set_up, "password": WRONG_PASSWORD, "code": totp_code(key, now)}
    answer = await ask(panel, token, f"{STATUS}/set-up/confirm", wrong_code)
    assert (answer.status_code, answer.json()["error"], answer.json()["facts"]) == (
        422,
        "CodeDoesNotMatch",
        {"minutes": 4},
    )
    assert not any(SET in seen.methods for seen in panel.upstream())
    answer = await ask(panel, token, f"{STATUS}/set-up/confirm", wrong_password)

    assert (answer.status_code, answer.json()["error"]) == (422, "WrongPassword")
    assert answer.json()["reference"]


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer x", "Basic YTpi", f"Bearer {'a' * 40}", "Bearer sw1.AAAA.BBBB"]
)
async def test_no_token_or_a_dead_one_opens_nothing(panel: RunningPanel, authorization: str) -> None:
    answer = await panel.browser().request("GET", STATUS, headers={"authorization": authorization})

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["error"] == "SignInExpired"


async def test_a_key_made_for_a_program_opens_nothing(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    key = mail_server.needs_sandbox("makes an API key").add_api_key(alice.login, "script")
    answer = await ask(panel, key, STATUS)

    assert (answer.status_code, answer.json()["error"]) == (403, "SignInNotPermitted")


async def test_too_many_bad_tokens_have_to_wait(panel: RunningPanel) -> None:
    for _ in range(10):
        assert (await ask(panel, "sw1.AAAAAAAA.BBBB", STATUS)).status_code == 401
    answer = await ask(panel, "sw1.AAAAAAAA.BBBB", STATUS)

    assert answer.status_code == 429
    assert answer.json()["facts"]["until"]


async def test_a_set_up_belongs_to_its_account_alone(panel: RunningPanel, mail_server: MailServer) -> None:
    alice, eve = await mail_server.new_account("alice"), await mail_server.new_account("eve")
    set_up, key, codes = await begun(panel, await token_of(mail_server, alice))
    eves = await token_of(mail_server, eve)
    confirm = {"set_up": set_up, "password": eve.password, "code": totp_code(key, panel.clock.now())}

    for path, body in (
        (f"{STATUS}/set-up/confirm", confirm),
        (f"{STATUS}/set-up/saved", {"key": set_up, "number": 1, "code": codes[0]}),
        (f"{STATUS}/set-up/drop", {"key": set_up}),
    ):
        assert (await ask(panel, eves, path, body)).json()["error"] == "Gone"
    assert await mail_server.accepts(eve, eve.password)


async def test_replacing_new_codes_and_their_test(panel: RunningPanel, mail_server: MailServer) -> None:
    bob = await mail_server.new_account("bob", two_factor=TOTP_SECRET)
    token = await token_of(mail_server, bob)
    assert (await ask(panel, token, f"{STATUS}/set-up", {})).json()["error"] == "CodeRequired"
    set_up, key, codes = await begun(panel, token, replace=True)
    confirm = {
        "set_up": set_up,
        "password": bob.password,
        "code": totp_code(key, panel.clock.now()),
        "old_code": bob.code(),
    }
    assert (await did(panel, token, f"{STATUS}/set-up/confirm", confirm))["what"] == "replaced"
    bob.totp_secret = key
    made = await did(panel, token, "/api/v1/recovery-codes", {"recovery_code": codes[0]})
    test = {"recovery_code": made["codes"][0], "code": bob.code()}
    assert (await ask(panel, token, "/api/v1/recovery-codes/test", test)).json()["error"] == "WrongRecoveryCode"
    saved = {"key": made["new_codes"], "number": 1, "code": made["codes"][0]}
    assert await did(panel, token, "/api/v1/recovery-codes/saved", saved) == {"is_right": True}

    assert await did(panel, token, "/api/v1/recovery-codes/test", test) == {"belong_together": True, "minutes": 0}
    old = test | {"recovery_code": codes[0]}
    assert (await ask(panel, token, "/api/v1/recovery-codes/test", old)).json()["error"] == "WrongRecoveryCode"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"recovery_code": 5}', b"\xff", b'{"code": "1"}'])
async def test_a_body_nobody_can_read_is_refused_without_repeating_it(
    panel: RunningPanel, mail_server: MailServer, body: bytes
) -> None:
    token = await token_of(mail_server, await mail_server.new_account("alice"))
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    answer = await panel.browser().request("POST", "/api/v1/recovery-codes/test", headers=headers, content=body)

    assert (answer.status_code, answer.json()["error"]) == (400, "FormUnreadable")


async def test_a_form_of_a_browser_and_a_giant_are_refused(panel: RunningPanel, mail_server: MailServer) -> None:
    token = await token_of(mail_server, await mail_server.new_account("alice"))
    headers = {"authorization": f"Bearer {token}"}
    form = await panel.browser().request("POST", f"{STATUS}/off", headers=headers, pairs=[("password", PASSWORD)])
    giant = await ask(panel, token, f"{STATUS}/off", {"password": "x" * 20_000})

    assert form.status_code == 400
    assert giant.status_code == 413
