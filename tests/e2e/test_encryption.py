"""Encryption at rest in Chromium: a file is uploaded, encryption turned on, proven, turned off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from key_samples import FOLDER, certificate, der, private_pem

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from chromium_person import Person

LOOKS = (
    {"scripts": True, "theme": "light", "size": "desktop"},
    {"scripts": True, "theme": "dark", "size": "phone"},
    {"scripts": False, "theme": "dark", "size": "narrow"},
)


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: f"{look['size']}-{look['theme']}-{look['scripts']}")
def test_a_person_turns_encryption_on_and_proves_it(
    person: Callable[..., Person], stage: Any, look: dict[str, Any], tmp_path: Path
) -> None:
    alice = person(**look)
    account = stage.new_account(description="Alice Lovelace")
    alice.sign_in(account)
    page = alice.open("/encryption")
    assert alice.overflow() == 0
    alice.picture("encryption-off")
    alice.open("/encryption/keys/add")
    assert alice.overflow() == 0
    alice.picture("encryption-add")
    page.locator("[name=key_file]").set_input_files(FOLDER / "several-ids.asc")
    page.get_by_role("button", name="Read this key").click()
    assert alice.overflow() == 0
    alice.picture("encryption-read")
    page.get_by_role("button", name="Save key").click()
    certificate_file = tmp_path / "old.der"
    certificate_file.write_bytes(der(certificate("a.lovelace@example.net", days=-100)))
    alice.open("/encryption/keys/add")
    page.locator("[name=name]").fill("Old S/MIME certificate")
    page.locator("[name=key_file]").set_input_files(certificate_file)
    page.get_by_role("button", name="Read this key").click()
    page.get_by_role("button", name="Save key").click()
    page.get_by_role("link", name="Turn on…").click()
    assert alice.overflow() == 0
    alice.picture("encryption-turn-on")
    page.get_by_label("I have the private key").check()
    page.get_by_role("button", name="Turn on encryption").click()
    assert page.get_by_role("heading", name="On, with “Max One”").is_visible()
    assert alice.overflow() == 0
    alice.picture("encryption-on")
    page.get_by_role("link", name="Test it…").click()
    alice.picture("encryption-test-before")
    page.get_by_label("Leave it in my inbox").check()
    page.get_by_role("button", name="Send test message").click()
    assert page.get_by_role("heading", name="Stored by the server, encrypted").is_visible()
    assert alice.overflow() == 0
    alice.picture("encryption-test")
    page.get_by_role("button", name="I cannot open it").click()
    alice.picture("encryption-test-after")
    alice.open("/encryption")
    page.get_by_role("link", name="Turn off…").click()
    alice.picture("encryption-turn-off")
    page.get_by_role("button", name="Turn off encryption").click()
    assert page.get_by_text("Encryption at rest is off.").is_visible()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_private_key_is_thrown_away(
    person: Callable[..., Person], stage: Any, tmp_path: Path, *, scripts: bool
) -> None:
    alice = person(scripts=scripts)
    alice.sign_in(stage.new_account())
    page = alice.open("/encryption/keys/add")
    secret = tmp_path / "secret.pem"
    secret.write_bytes(private_pem())
    page.locator("[name=key_file]").set_input_files(secret)
    page.get_by_role("button", name="Read this key").click()
    alice.picture("encryption-private")

    assert "Not sent: this is a private key." in page.get_by_role("alert").inner_text()


def test_five_megabytes_get_a_page_and_no_broken_connection(
    person: Callable[..., Person], stage: Any, tmp_path: Path
) -> None:
    alice = person()
    alice.sign_in(stage.new_account())
    page = alice.open("/encryption/keys/add")
    large = tmp_path / "large.gpg"
    large.write_bytes(b"\x99" * 5_000_000)
    page.locator("[name=key_file]").set_input_files(large)
    page.get_by_role("button", name="Read this key").click()
    page.wait_for_load_state("load")

    assert page.locator("h1").is_visible()
    assert page.locator("main").count() == 1


def test_axe_finds_nothing(person: Callable[..., Person], stage: Any) -> None:
    alice = person()
    alice.sign_in(stage.new_account())
    page = alice.page
    found = []
    for path in ("/encryption", "/encryption/keys/add", "/profile"):
        alice.open(path)
        found += alice.axe_in_both_themes()
    alice.open("/encryption/keys/add")
    page.locator("[name=key]").fill((FOLDER / "curve25519.asc").read_text())
    page.get_by_role("button", name="Read this key").click()
    found += alice.axe_in_both_themes()
    page.get_by_role("button", name="Save key").click()
    page.get_by_role("link", name="Turn on…").click()
    found += alice.axe_in_both_themes()
    page.get_by_label("I have the private key").check()
    page.get_by_role("button", name="Turn on encryption").click()
    found += alice.axe_in_both_themes()
    page.get_by_role("link", name="Test it…").click()
    page.get_by_label("Leave it in my inbox").check()
    page.get_by_role("button", name="Send test message").click()
    found += alice.axe_in_both_themes()

    assert found == []
