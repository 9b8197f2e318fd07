"""Each finding of the check-up by itself: when it is told, and when it is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bulwark import errors
from bulwark.account.last_use import NOT_KNOWN, LastUse, Uses
from bulwark.account.recovery import Label, RecoveryState, SetFacts
from bulwark.features.overview import findings
from bulwark.features.overview.service import Area, EncryptionTest, Records, State
from stalwart_jmap.core.ids import CredentialId, IdentityId, PublicKeyId
from stalwart_jmap.objects.account_settings import AccountSettings, Cipher, Encrypted, NotEncrypted
from stalwart_jmap.objects.app_password import AppPassword
from stalwart_jmap.objects.credential import Inherit, Only
from stalwart_jmap.objects.identity import Identity, Mailbox
from stalwart_jmap.objects.public_key import PublicKey

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bulwark.features.overview.pages import Finding

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def kinds(found: Iterable[Finding]) -> list[str]:
    return [one.kind for one in found]


def app_password(
    *, ends: timedelta | None = 300 * DAY, made: timedelta = 10 * DAY, everything: bool = False
) -> AppPassword:
    return AppPassword(
        id=CredentialId("b"),
        description="Laptop",
        created_at=NOW - made,
        expires_at=None if ends is None else NOW + ends,
        scope=Inherit() if everything else Only(frozenset({"imapAuthenticate"})),
        allowed_ips=frozenset(),
    )


def codes(left: int, *, saved: bool = True) -> RecoveryState:
    facts = SetFacts(set_id=b"s", label=Label(), made_at=NOW, sent_at=NOW, enrolled_at=NOW, saved=saved, left=left)
    return RecoveryState(current=facts)


def key(*, ends: timedelta | None = None, owner: str = "alice@example.org") -> PublicKey:
    return PublicKey(
        id=PublicKeyId("k"),
        description="Key",
        key="",
        email_addresses=frozenset({owner}),
        created_at=NOW,
        expires_at=None if ends is None else NOW + ends,
        account_id=None,
    )


def identity(reply_to: str = "") -> Identity:
    return Identity(
        id=IdentityId("i"),
        name="Alice",
        email="alice@example.org",
        reply_to=(Mailbox(email=reply_to, name=""),) if reply_to else (),
        bcc=(),
        text_signature="",
        html_signature="",
        may_delete=True,
    )


def state(**changes: object) -> State:
    encrypted = Encrypted(cipher=Cipher.AES256, public_key=PublicKeyId("k"))
    settings = AccountSettings(description=None, locale=None, time_zone=None, encryption=encrypted)
    given: dict[str, object] = {
        "read_at": NOW,
        "has_two_factor": Area(value=True),
        "app_passwords": Area(value=(app_password(),)),
        "settings": Area(value=settings),
        "public_keys": Area(value=(key(),)),
        "identities": Area(value=(identity(),)),
        "recovery": codes(10),
        "records": Records(uses=NOT_KNOWN, app_password_limit=5, encryption_test=EncryptionTest.PROVEN),
        **changes,
    }
    return State(**given)  # type: ignore[arg-type] # one place for all


def test_an_account_in_order_has_no_findings() -> None:
    assert kinds(findings.all_findings(state())) == []
    assert len(tuple(findings.in_order(state()))) >= 3


@pytest.mark.parametrize(
    ("is_on", "recovery", "told"),
    [
        (False, None, ["two-factor-off"]),
        (False, codes(10), ["two-factor-off"]),
        (None, codes(1), []),
        (True, None, []),
        (True, RecoveryState(), ["two-factor-set-up-elsewhere"]),
        (True, codes(3), ["recovery-codes-low"]),
        (True, codes(0), ["recovery-codes-low"]),
        (True, codes(4), []),
        (True, codes(10, saved=False), ["recovery-codes-unproven"]),
    ],
)
def test_two_factor_and_its_codes(is_on: bool | None, recovery: RecoveryState | None, told: list[str]) -> None:  # noqa: FBT001 - a fact
    assert kinds(findings.two_factor(is_on, recovery)) == told


@pytest.mark.parametrize(
    ("one", "told"),
    [
        (app_password(), []),
        (app_password(everything=True), ["app-password-too-powerful"]),
        (app_password(ends=None), ["app-password-never-ends"]),
        (app_password(ends=14 * DAY), ["app-password-ends-soon"]),
        (app_password(ends=15 * DAY), []),
        (app_password(ends=-DAY, everything=True), ["app-password-ended"]),
    ],
)
def test_an_app_password(one: AppPassword, told: list[str]) -> None:
    assert kinds(findings.app_password(one, NOW)) == told


def uses(*, since: timedelta, used: timedelta | None = None) -> Uses:
    found = {} if used is None else {1: LastUse(at=NOW - used, protocol="IMAP", address="")}
    return Uses(since=NOW - since, by_number=found)


@pytest.mark.parametrize(
    ("known", "one", "is_told"),
    [
        (uses(since=200 * DAY), app_password(made=190 * DAY), True),
        (uses(since=200 * DAY, used=181 * DAY), app_password(made=190 * DAY), True),
        (uses(since=200 * DAY, used=179 * DAY), app_password(made=190 * DAY), False),
        (uses(since=179 * DAY), app_password(made=190 * DAY), False),  # the reports do not go back far enough
        (uses(since=200 * DAY), app_password(made=100 * DAY), False),
        (uses(since=200 * DAY), app_password(made=190 * DAY, ends=-DAY), False),
        (NOT_KNOWN, app_password(made=190 * DAY), False),
    ],
)
def test_an_app_password_that_nobody_uses(known: Uses, one: AppPassword, *, is_told: bool) -> None:
    assert kinds(findings.unused(one, known, NOW)) == ["app-password-unused"] * is_told


@pytest.mark.parametrize(("days", "is_told"), [(14, True), (15, False), (-1, True), (None, False)])
def test_a_password_that_ends(days: int | None, *, is_told: bool) -> None:
    ends = None if days is None else NOW + days * DAY
    assert kinds(findings.password_end(ends, NOW)) == ["password-ends"] * is_told


@pytest.mark.parametrize(
    ("count", "limit", "is_told"), [(4, 5, True), (5, 5, True), (3, 5, False), (9, None, False), (0, 1, False)]
)
def test_a_quota_that_is_nearly_full(count: int, limit: int | None, *, is_told: bool) -> None:
    assert kinds(findings.quota(count, limit)) == ["quota-nearly-full"] * is_told


@pytest.mark.parametrize(
    ("one", "told"),
    [
        (key(), []),
        (key(ends=30 * DAY), ["key-ends-soon"]),
        (key(ends=31 * DAY), []),
        (key(ends=-DAY), ["key-ended"]),
        (key(owner="mallory@elsewhere.example"), ["key-other-address"]),
        (key(owner="ALICE@example.org"), []),
    ],
)
def test_the_key_in_use(one: PublicKey, told: list[str]) -> None:
    assert kinds(findings.key_in_use(one, frozenset({"alice@example.org"}), NOW)) == told


@pytest.mark.parametrize(
    ("latest", "told"),
    [
        (EncryptionTest.PROVEN, []),
        (EncryptionTest.NEVER, ["encryption-untested"]),
        (EncryptionTest.FAILED, ["encryption-fails"]),
        (None, []),
    ],
)
def test_encryption_that_was_never_tested_or_failed_the_test(latest: EncryptionTest | None, told: list[str]) -> None:
    assert kinds(findings.encryption_test(latest)) == told


def test_encryption_that_is_off_needs_no_test() -> None:
    off = AccountSettings(description=None, locale=None, time_zone=None, encryption=NotEncrypted())
    records = Records(uses=NOT_KNOWN, encryption_test=EncryptionTest.NEVER)
    assert kinds(findings.all_findings(state(settings=Area(value=off), records=records))) == []


@pytest.mark.parametrize(("target", "is_told"), [("", False), ("boss@example.org", False), ("x@evil.example", True)])
def test_replies_that_go_elsewhere(target: str, *, is_told: bool) -> None:
    assert kinds(findings.reply_to(identity(target), frozenset({"example.org"}))) == ["replies-leave"] * is_told


def test_what_could_not_be_read_never_counts_as_fine_and_what_may_not_be_used_is_no_finding() -> None:
    lost = state(app_passwords=Area(error=errors.ServerUnreachable()))
    closed = state(app_passwords=Area(error=errors.PermissionMissing("sysAppPasswordGet")))

    assert kinds(findings.all_findings(lost)) == ["section-unreadable"]
    assert kinds(findings.all_findings(closed)) == []
    assert "App passwords" not in [one.area for one in findings.in_order(lost)]


def test_every_finding_has_a_reason_and_a_button() -> None:
    found = findings.all_findings(
        state(
            has_two_factor=Area(value=False),
            app_passwords=Area(value=(app_password(everything=True, ends=None), app_password(ends=-DAY))),
            identities=Area(value=(identity("x@evil.example"),)),
            password_ends_at=NOW,
        )
    )
    assert len(found) == 6
    for one in found:
        assert one.heading
        assert one.reason
        assert one.action is not None
