"""Keys, encryption and the proof through the real client."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from account_kit import account_on
from bulwark import errors
from bulwark.features.encryption import proof, service
from bulwark.features.encryption.proof import Outcome, Wording
from key_samples import NOW, certificate, openpgp, pem
from stalwart_jmap import Cipher, Encrypted, NotEncrypted, PublicKeyId

if TYPE_CHECKING:
    from bulwark.account.account import Account
    from mail_server import MailAccount, MailServer

pytestmark = pytest.mark.anyio
WORDING = Wording(subject="Test", text="The word is {word}")


@pytest.fixture
async def alice(mail_server: MailServer) -> MailAccount:
    return await mail_server.new_account("alice", description="Alice")


async def add(account: Account, key: bytes, name: str = "Key") -> str:
    (reading,) = service.read_pasted(key, NOW)
    return (await service.add(account, name=name, reading=reading)).key_id


async def turn_on(account: Account, key_id: str, **options: bool) -> None:
    key = (await service.look(account)).find(key_id)
    assert key is not None
    wanted = Encrypted(cipher=Cipher.AES256, public_key=PublicKeyId(key_id), **options)
    await service.turn_on(account, wanted, seen=key.mark)


async def test_addresses_and_end_are_filled_from_the_key(mail_server: MailServer, alice: MailAccount) -> None:
    async with account_on(mail_server, alice) as account:
        await add(account, openpgp("ends-2027"))
        (stored,) = (await service.look(account)).keys

    assert stored.key.email_addresses == {"udo@example.org"}
    assert stored.key.expires_at is not None
    assert stored.key.expires_at.year == 2027
    assert stored.reading is not None


async def test_the_whole_setting_is_written_each_time(mail_server: MailServer, alice: MailAccount) -> None:
    async with account_on(mail_server, alice) as account:
        first = await add(account, openpgp("curve25519"))
        second = await add(account, pem(certificate(alice.login)), "Second")
        await turn_on(account, first, encrypt_on_append=True, allow_spam_training=True)
        await turn_on(account, second, encrypt_on_append=True, allow_spam_training=True)
        state = await service.look(account)
        await service.turn_off(account)
        off = await service.look(account)

    assert state.encryption == Encrypted(
        cipher=Cipher.AES256, public_key=PublicKeyId(second), encrypt_on_append=True, allow_spam_training=True
    )
    assert isinstance(off.encryption, NotEncrypted)
    assert len(off.keys) == 2


async def test_a_key_in_use_stays_and_an_unseen_one_is_not_used(mail_server: MailServer, alice: MailAccount) -> None:
    async with account_on(mail_server, alice) as account:
        key_id = await add(account, openpgp("curve25519"))
        await turn_on(account, key_id)
        key = (await service.look(account)).find(key_id)
        assert key is not None
        with pytest.raises(errors.InUse):
            await service.remove(account, key_id, seen=key.mark)
        with pytest.raises(errors.Gone):
            await service.remove(account, key_id, seen="another key|ABCD")
        wanted = Encrypted(cipher=Cipher.AES256, public_key=PublicKeyId(key_id))
        with pytest.raises(errors.Gone):
            await service.turn_on(account, wanted, seen="another key|ABCD")


async def test_an_administrator_sees_only_their_own_keys(mail_server: MailServer, alice: MailAccount) -> None:
    boss = await mail_server.new_account("boss", roles={"@type": "Admin"})
    async with account_on(mail_server, alice) as account:
        await add(account, openpgp("curve25519"))
    async with account_on(mail_server, boss) as account:
        assert (await service.look(account)).keys == ()


@pytest.mark.parametrize(
    ("key", "structure"),
    [(openpgp("curve25519"), "multipart/encrypted"), (pem(certificate()), "application/pkcs7-mime")],
)
async def test_the_proof_tells_the_truth_and_leaves_nothing(
    key: bytes, structure: str, mail_server: MailServer, alice: MailAccount
) -> None:
    sandbox = mail_server.needs_sandbox("looks into the mailbox")
    async with account_on(mail_server, alice) as account:
        clear = await proof.send_and_look(account, WORDING, keep=False)
        await turn_on(account, await add(account, key))
        encrypted = await proof.send_and_look(account, WORDING, keep=False)
        sandbox.settings.change("Email", encryptAtRest=False)
        switched_off = await proof.send_and_look(account, WORDING, keep=True)

    assert (clear.outcome, clear.type) == (Outcome.CLEAR, "text/plain")
    assert (encrypted.outcome, encrypted.type, encrypted.left) == (Outcome.ENCRYPTED, structure, ())
    assert (switched_off.outcome, switched_off.left, switched_off.is_kept) == (Outcome.CLEAR, (), False)
    assert sandbox.state.mailbox(sandbox.account(alice.login)).messages == {}


async def test_a_message_to_be_opened_is_kept_until_it_is_removed(mail_server: MailServer, alice: MailAccount) -> None:
    sandbox = mail_server.needs_sandbox("looks into the mailbox")
    async with account_on(mail_server, alice) as account:
        await turn_on(account, await add(account, openpgp("curve25519")))
        kept = await proof.send_and_look(account, WORDING, keep=True)
        mailbox = sandbox.state.mailbox(sandbox.account(alice.login))
        assert (kept.is_kept, len(kept.left), len(mailbox.messages), len(kept.word)) == (True, 1, 1, 4)
        left = await proof.remove(account, kept.left)

    assert left == ()
    assert mailbox.messages == {}


async def test_other_mail_is_never_touched(mail_server: MailServer, alice: MailAccount) -> None:
    from stalwart_jmap import Call

    sandbox = mail_server.needs_sandbox("looks into the mailbox")
    async with account_on(mail_server, alice) as account:
        email = {"mailboxIds": {"a": True}, "subject": "Encryption test of mine", "from": [{"email": alice.login}]}
        await account.client.call(Call("Email/set", {"create": {"e": email}}, "0"))
        await proof.send_and_look(account, WORDING, keep=False)

    (left,) = sandbox.state.mailbox(sandbox.account(alice.login)).messages.values()
    assert left.properties["subject"] == "Encryption test of mine"


async def test_a_copy_that_cannot_be_removed_is_told(mail_server: MailServer, alice: MailAccount) -> None:
    async with account_on(mail_server, alice) as account:
        await turn_on(account, await add(account, openpgp("curve25519")))
        kept = await proof.send_and_look(account, WORDING, keep=True)
        mail_server.quirk("cut-before", method="Email/set", times=1)
        left = await proof.remove(account, kept.left)
        assert left == kept.left
        assert await proof.remove(account, left) == ()


async def test_without_a_permission_nothing_is_sent(mail_server: MailServer) -> None:
    sandbox = mail_server.needs_sandbox("counts requests")
    mute = await mail_server.new_account("mute", without=["jmapEmailDestroy"])
    async with account_on(mail_server, mute) as account:
        before = len(sandbox.requests)
        with pytest.raises(errors.PermissionMissing) as refused:
            await proof.send_and_look(account, WORDING, keep=False)

    assert refused.value.names == ("jmapEmailDestroy",)
    assert len(sandbox.requests) == before
