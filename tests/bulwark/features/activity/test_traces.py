"""What a stranger may have left behind, as far as the panel can read it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bulwark import errors
from bulwark.features.activity.traces import traces_of
from bulwark.features.overview.service import Area, State
from stalwart_jmap.core.ids import IdentityId, PublicKeyId
from stalwart_jmap.objects.account_settings import AccountSettings, Cipher, Encrypted, NotEncrypted
from stalwart_jmap.objects.identity import Identity, Mailbox
from stalwart_jmap.objects.public_key import PublicKey

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)


def state(*, reply_to: str = "", bcc: str = "", key_of: str = "", in_use: bool = False) -> State:
    sender = Identity(
        id=IdentityId("i"),
        name="Alice",
        email="alice@example.org",
        reply_to=(Mailbox(email=reply_to, name=""),) if reply_to else (),
        bcc=(Mailbox(email=bcc, name=""),) if bcc else (),
        text_signature="",
        html_signature="",
        may_delete=True,
    )
    key = PublicKey(
        id=PublicKeyId("k"),
        description="Key",
        key="",
        email_addresses=frozenset({key_of}),
        created_at=NOW,
        expires_at=None,
        account_id=None,
    )
    encryption = Encrypted(cipher=Cipher.AES256, public_key=PublicKeyId("k")) if in_use else NotEncrypted()
    settings = AccountSettings(description=None, locale=None, time_zone=None, encryption=encryption)
    return State(
        read_at=NOW,
        has_two_factor=Area(value=True),
        app_passwords=Area(value=()),
        settings=Area(value=settings),
        public_keys=Area(value=(key,) if key_of else ()),
        identities=Area(value=(sender,)),
    )


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (state(), "Nothing unusual"),
        (state(reply_to="x@evil.example"), "Replies to alice@example.org go to x@evil.example."),
        (state(reply_to="Boss@EXAMPLE.org"), "Nothing unusual"),
        (state(bcc="x@evil.example"), "sends a blind copy of everything to x@evil.example."),
        (state(key_of="m@evil.example"), "A key of m@evil.example is stored."),
        (state(key_of="m@evil.example", in_use=True), "New mail is encrypted to a key of m@evil.example."),
        (state(key_of="Alice@example.org", in_use=True), "Nothing unusual"),
    ],
)
def test_traces(found: State, told: str) -> None:
    points = traces_of(found)

    assert told in points[0].text
    assert ("warn" in {point.tone for point in points}) is ("evil" in told)


def test_what_could_not_be_read_is_said_and_never_counts_as_nothing() -> None:
    blank = state()
    lost = State(
        read_at=NOW,
        has_two_factor=blank.has_two_factor,
        app_passwords=blank.app_passwords,
        settings=Area(error=errors.ServerUnreachable()),
        public_keys=blank.public_keys,
        identities=Area(error=errors.ServerUnreachable()),
    )
    told = [point.text for point in traces_of(lost)]

    assert told == ["Sender identities could not be read.", "Encryption at rest could not be read."]
