"""Encryption at rest, as a person turns it on, proves it, changes it and turns it off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dark_wire import DarkWire
from key_samples import certificate, openpgp, pem, private_pem

if TYPE_CHECKING:
    import httpx2

    from mail_server import MailAccount, MailServer
    from panel_browser import Browser
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio
ADD = "/encryption/keys/add"


@pytest.fixture
async def alice(mail_server: MailServer) -> MailAccount:
    return await mail_server.new_account("alice", description="Alice")


@pytest.fixture
async def browser(panel: RunningPanel, alice: MailAccount) -> Browser:
    browser = await panel.sign_in(alice)
    await browser.open("/encryption")
    return browser


async def add(browser: Browser, key: bytes, name: str = "Main key") -> None:
    await browser.open(ADD)
    await browser.fill_in({"name": name, "key": key.decode()}, form=ADD)
    await browser.press("Save key")


def copies(panel: RunningPanel, person: MailAccount) -> list[object]:
    """What lies in the person's mailbox of test messages, notices aside."""
    mailbox = panel.sandbox.state.mailbox(panel.sandbox.account(person.login))
    return [one for one in mailbox.messages.values() if str(one.properties["subject"]).startswith("Encryption test")]


def sent(panel: RunningPanel, before: int) -> list[str]:
    """The writes that the mail server got since."""
    return [name for request in panel.upstream()[before:] for name in request.methods if name.endswith("/set")]


async def turn_on(browser: Browser, **fields: Any) -> None:
    await browser.open("/encryption/on")
    await browser.fill_in({"have_key": True, **fields}, form="/encryption/on")


async def upload(browser: Browser, content: bytes, *, name: str = "key.gpg") -> httpx2.Response:
    page = await browser.open(ADD)
    mark = page.form(ADD).element.first("input", name="account").get("value")
    parts = [("account", mark), ("name", "Uploaded"), ("key", "")]
    body = b"".join(
        f'--xyz\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'.encode() for field, value in parts
    )
    body += f'--xyz\r\nContent-Disposition: form-data; name="key_file"; filename="{name}"\r\n\r\n'.encode()
    body += content + b"\r\n--xyz--\r\n"
    headers = {
        "content-type": "multipart/form-data; boundary=xyz",
        "origin": browser.base_url,
        "sec-fetch-site": "same-origin",
    }
    return await browser.request("POST", ADD, content=body, headers=headers)


async def test_a_person_adds_a_key_turns_encryption_on_proves_it_and_turns_it_off(
    browser: Browser, panel: RunningPanel, alice: MailAccount
) -> None:
    assert "Messages are stored as they arrive." in browser.page.text
    await browser.click("Add a public key")
    page = await browser.fill_in({"key": openpgp("several-ids").decode()}, form=ADD)
    assert page.h1 == "Is this your key?"
    assert "Max One <max@example.org>" in page.text
    assert "It belongs to max.two@example.net, max@example.org, not to an address of this account." in page.text
    page = await browser.press("Save key")
    assert "“Max One” was saved." in page.text
    assert "1 key" in page.text

    page = await browser.click("Turn on…")
    page = await browser.fill_in({}, form="/encryption/on")
    assert page.status == 422
    assert "lost for ever" in page.field_errors["have_key"]
    page = await browser.fill_in({"have_key": True}, form="/encryption/on")
    assert "On, with “Max One”" in page.text
    assert "Never tested" in page.text
    assert panel.sandbox.account(alice.login).encryption == {
        "@type": "Aes256",
        "publicKey": panel.sandbox.account(alice.login).encryption["publicKey"],
        "encryptOnAppend": True,
        "allowSpamTraining": False,
    }

    await browser.click("Test it…")
    page = await browser.press("Send test message")
    assert page.path == "/encryption/test"
    assert "Stored by the server, encrypted" in page.text
    assert "multipart/encrypted" in page.text
    assert "Every copy was removed" in page.text
    assert copies(panel, alice) == []
    page = await browser.click("Done")
    assert "A test message was stored encrypted." in page.text

    await browser.click("Turn off…")
    page = await browser.press("Turn off encryption")
    assert "Encryption at rest is off." in page.text
    page = await browser.click("Remove… Max One")
    page = await browser.press("Remove key")
    assert "“Max One” was removed." in page.text
    assert "No public key yet" in page.text


async def test_a_certificate_takes_every_cipher_and_an_openpgp_key_only_two(
    browser: Browser, panel: RunningPanel, alice: MailAccount
) -> None:
    await add(browser, openpgp("curve25519"), "Pretty good")
    await turn_on(browser, cipher="Aes256Gcm")
    assert browser.page.status == 422
    assert "S/MIME certificates only" in browser.page.field_errors["cipher"]
    await turn_on(browser, cipher="Aes128")
    assert panel.sandbox.account(alice.login).encryption["@type"] == "Aes128"

    await add(browser, pem(certificate(alice.login)), "Certificate")
    page = await browser.open("/encryption/on")
    await browser.fill_in(
        {"key": "Certificate", "cipher": "ChaCha20Poly1305", "append": False, "have_key": True}, form="/encryption/on"
    )
    stored = panel.sandbox.account(alice.login).encryption
    assert (stored["@type"], stored["encryptOnAppend"]) == ("ChaCha20Poly1305", False)
    await browser.open("/encryption/test?again=1")
    page = await browser.press("Send test message")
    assert "application/pkcs7-mime" in page.text


async def test_a_server_wide_switch_that_is_off_is_found_out(
    browser: Browser, panel: RunningPanel, alice: MailAccount
) -> None:
    await add(browser, openpgp("curve25519"))
    await turn_on(browser)
    panel.sandbox.settings.change("Email", encryptAtRest=False)
    await browser.open("/encryption/test?again=1")
    page = await browser.press("Send test message")

    assert "Stored by the server in clear text" in page.text
    assert "Ask your administrator" in page.text
    assert copies(panel, alice) == []
    page = await browser.open("/encryption")
    assert "The last test failed" in page.text


async def test_a_message_that_is_kept_is_removed_when_the_word_was_found(
    browser: Browser, panel: RunningPanel, alice: MailAccount
) -> None:
    await add(browser, openpgp("curve25519"))
    await turn_on(browser)
    await browser.open("/encryption/test?again=1")
    page = await browser.fill_in({"keep": True}, form="/encryption/test")
    assert len(copies(panel, alice)) == 1
    assert "Can you open it?" in page.text

    page = await browser.fill_in({"word": "nope!"}, form="/encryption/test/opened")
    assert page.status == 422
    assert "This is not the word" in page.field_errors["word"]
    page = await browser.press("I cannot open it")
    assert "You could not open it" in page.text
    assert "Every copy was removed" in page.text
    assert copies(panel, alice) == []


async def test_a_key_in_use_cannot_be_removed_and_the_page_says_by_what(browser: Browser) -> None:
    await add(browser, openpgp("curve25519"), "Busy")
    await turn_on(browser)
    page = await browser.open("/encryption")
    assert not [link for link in page.links if link.startswith("Remove")]
    key = page.link("Download Busy").removesuffix("/download")
    page = await browser.open(f"{key}/remove")

    assert "Encryption at rest uses this key" in page.text
    response = await browser.request("GET", f"{key}/download")
    assert response.text == openpgp("curve25519").decode()


@pytest.mark.parametrize(
    ("key", "said"),
    [
        (private_pem(), "this is a private key"),
        (openpgp("sign-only"), "only for signing"),
        (openpgp("expired"), "this key has ended"),
        (openpgp("revoked"), "revoked"),
        (pem(certificate(key="ec")), "nobody can encrypt mail to this key"),
        (openpgp("curve25519") + pem(certificate()), "mixed"),
        (b"", "there is no key yet"),
        (b"hello", "no public key was found"),
        (openpgp("curve25519")[:200], "cut off"),
        (b"x" * 70_000, "more than 64 KB"),
    ],
)
async def test_a_key_that_is_not_taken_says_why_and_nothing_is_sent(
    key: bytes, said: str, browser: Browser, panel: RunningPanel
) -> None:
    await browser.open(ADD)
    before = len(panel.upstream())
    page = await browser.fill_in({"key": key.decode()}, form=ADD)

    assert page.status == 422
    assert said in page.alerts[0]
    assert sent(panel, before) == []
    if b"PRIVATE" in key:
        assert "PRIVATE KEY-----" not in page.html
        assert page.form(ADD).field("key").value == ""


async def test_a_binary_key_is_uploaded_and_converted(browser: Browser) -> None:
    import base64

    raw = base64.b64decode(openpgp("curve25519").decode().split("\n\n", 1)[1].split("\n=")[0])
    response = await upload(browser, raw)

    assert response.status_code == 200
    page = browser.read(response)
    assert "Carla <carla@example.org>" in page.text
    assert openpgp("curve25519").decode() in page.form("/encryption/keys").fields[2].value.replace("\r\n", "\n")


async def test_a_private_key_in_a_file_is_thrown_away(browser: Browser, panel: RunningPanel) -> None:
    before = len(panel.upstream())
    response = await upload(browser, private_pem(), name="secret.pem")

    assert response.status_code == 422
    assert "We threw it away" in browser.read(response).alerts[0]
    assert sent(panel, before) == []


async def test_five_megabytes_are_answered_with_a_page(browser: Browser) -> None:
    response = await upload(browser, b"\x99" * 5_000_000)

    assert response.status_code == 413
    browser.read(response)


async def test_several_keys_at_once_are_saved_one_by_one(browser: Browser) -> None:
    await browser.open(ADD)
    page = await browser.fill_in({"key": (openpgp("curve25519") + openpgp("rsa2048")).decode()}, form=ADD)
    assert [form.action for form in page.forms].count("/encryption/keys") == 2
    page = await browser.submit([form for form in page.forms if form.action == "/encryption/keys"][1])

    assert "Rita Two" in page.text
    assert "1 key" in page.text


async def test_too_many_keys_say_how_many_the_server_takes(panel: RunningPanel, mail_server: MailServer) -> None:
    browser = await panel.sign_in(await mail_server.new_account("few", quotas={"maxPublicKeys": 1}))
    await add(browser, openpgp("curve25519"))
    await add(browser, openpgp("rsa2048"))

    assert browser.page.status == 422
    assert "The server allows 1 key." in browser.page.alerts[0]


async def test_a_key_removed_in_another_tab_is_told_as_gone(browser: Browser) -> None:
    await add(browser, openpgp("curve25519"), "Short-lived")
    await browser.click("Remove… Short-lived")
    older = browser.page.form(browser.page.path)
    await browser.press("Remove key")
    page = await browser.submit(older)

    assert "this key is not there any more" in page.text


async def test_saving_a_key_after_the_proof_of_presence_has_lapsed_asks_again_and_goes_on(
    browser: Browser, panel: RunningPanel, alice: MailAccount
) -> None:
    await browser.open(ADD)
    await browser.fill_in({"key": openpgp("rsa4096").decode()}, form=ADD)
    panel.clock.advance(minutes=11)
    page = await browser.press("Save key")
    assert page.path == "/step-up"
    page = await browser.fill_in({"current-password": alice.password})

    assert "“Rita Four” was saved." in page.text


async def test_what_may_only_be_read_says_so(panel: RunningPanel, mail_server: MailServer) -> None:
    lacking = ["sysAccountSettingsUpdate", "sysPublicKeyCreate", "sysPublicKeyDestroy"]
    browser = await panel.sign_in(await mail_server.new_account("reader", without=lacking))
    page = await browser.open("/encryption")

    assert "Off" in page.text
    for name in lacking:
        assert name in page.text
    assert "Manage encryption-at-rest settings" in page.text
    page = await browser.open(ADD)
    assert page.status == 403


async def test_encryption_that_may_not_be_read_is_never_told_as_off(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    browser = await panel.sign_in(await mail_server.new_account("nobody", without=["sysPublicKeyGet"]))
    page = await browser.open("/encryption")

    assert page.status == 403
    assert "You cannot see encryption at rest here" in page.text
    assert "Messages are stored as they arrive" not in page.text


async def test_an_unknown_cipher_is_shown_as_itself_never_as_off(
    browser: Browser, panel: RunningPanel, alice: MailAccount
) -> None:
    await add(browser, openpgp("curve25519"), "Future")
    await turn_on(browser)
    panel.sandbox.account(alice.login).encryption["@type"] = "Kyber1024"
    page = await browser.open("/encryption")

    assert "On, with “Future”" in page.text
    assert "Kyber1024" in page.text


async def test_a_lost_answer_is_settled_by_reading(browser: Browser, mail_server: MailServer) -> None:
    await add(browser, openpgp("curve25519"))
    mail_server.quirk("cut-after", method="x:AccountSettings/set", times=1)
    await turn_on(browser)
    assert "reading again showed that it was saved" in browser.page.text

    mail_server.quirk("cut-before", method="x:AccountSettings/set", times=1)
    await browser.open("/encryption/off")
    page = await browser.press("Turn off encryption")
    assert page.status == 422
    assert "nothing was changed" in page.alerts[0]

    mail_server.quirk("cut-after", method="x:PublicKey/set", times=1)
    await add(browser, openpgp("rsa2048"), "Second")
    assert "“Second” was saved." in browser.page.text


async def test_an_outcome_nobody_knows_has_its_own_page(
    browser: Browser, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add(browser, openpgp("curve25519"))
    wire = DarkWire(mail_server, monkeypatch, "x:AccountSettings/set")
    await turn_on(browser)

    assert browser.page.path == "/encryption/unknown"
    assert "We do not know whether encryption was turned on" in browser.page.text
    wire.is_dark = False
    page = await browser.click("Read it again")
    assert "On, with “Main key”" in page.text


async def test_a_test_message_whose_sending_was_not_answered_is_found_and_removed(
    browser: Browser, panel: RunningPanel, alice: MailAccount, mail_server: MailServer
) -> None:
    await add(browser, openpgp("curve25519"))
    await turn_on(browser)
    mail_server.quirk("cut-after", method="EmailSubmission/set", times=1)
    await browser.open("/encryption/test?again=1")
    page = await browser.press("Send test message")

    assert "Stored by the server, encrypted" in page.text
    assert copies(panel, alice) == []


async def test_a_test_that_may_not_be_made_names_the_permission(panel: RunningPanel, mail_server: MailServer) -> None:
    browser = await panel.sign_in(await mail_server.new_account("mute", without=["jmapEmailSubmissionCreate"]))
    page = await browser.open("/encryption/test")

    assert "This panel cannot send a test message for you" in page.text
    assert "jmapEmailSubmissionCreate" in page.text
