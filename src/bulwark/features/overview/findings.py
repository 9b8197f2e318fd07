"""The check-up: each finding a pure function of what was read. Unread never counts as fine."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bulwark import language
from bulwark.features.overview import pages as texts
from bulwark.language import _, ngettext, series
from stalwart_jmap.objects.account_settings import Encrypted
from stalwart_jmap.objects.credential import Inherit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from bulwark.account.last_use import Uses
    from bulwark.account.recovery import RecoveryState
    from bulwark.features.overview.pages import Finding
    from bulwark.features.overview.service import EncryptionTest, State
    from stalwart_jmap.objects.app_password import AppPassword
    from stalwart_jmap.objects.identity import Identity
    from stalwart_jmap.objects.public_key import PublicKey

SOON = timedelta(days=14)
KEY_SOON = timedelta(days=30)
FEW_CODES = 3
LONG_UNUSED = timedelta(days=180)


def two_factor(is_on: bool | None, recovery: RecoveryState | None) -> Iterator[Finding]:  # noqa: FBT001 - a fact
    """Off is the first thing to do; on, it is the recovery codes that count: none, few, or never proven saved."""
    if is_on is False:
        yield texts.two_factor_off()
    if not is_on or recovery is None:
        return
    if recovery.replacement is not None:
        yield texts.replacement_unsettled()
    elif recovery.shown is None:
        yield texts.two_factor_set_up_elsewhere()
    elif recovery.shown.left <= FEW_CODES:
        yield texts.recovery_codes_low(recovery.shown.left)
    elif not recovery.shown.saved:
        yield texts.recovery_codes_unproven()


def password_end(ends_at: datetime | None, now: datetime) -> Iterator[Finding]:
    """Ends within 14 days; a sign-in whose password has ended does not come here."""
    if ends_at is not None and ends_at - now <= SOON:
        yield texts.password_ends(language.long_date(ends_at))


def unused(one: AppPassword, uses: Uses, now: datetime) -> Iterator[Finding]:
    """Not used for 180 days, where the server's reports go back that far; one that ended is told as ended."""
    is_over = one.expires_at is not None and one.expires_at <= now
    if not is_over and uses.is_unused(one, now, LONG_UNUSED):
        yield texts.app_password_unused(one.description, LONG_UNUSED.days)


def quota(count: int, limit: int | None) -> Iterator[Finding]:
    """All but one in use, or all, where the limit is known."""
    if limit is not None and count >= max(limit - 1, 1):
        yield texts.quota_nearly_full(count, limit)


def encryption_test(latest: EncryptionTest | None) -> Iterator[Finding]:
    """On, and no test message was ever sent, or the latest one was stored in the clear."""
    if latest == "never":
        yield texts.encryption_untested()
    elif latest == "failed":
        yield texts.encryption_fails()


def app_password(one: AppPassword, now: datetime) -> Iterator[Finding]:
    """All rights, without end, ended, or ending within 14 days."""
    if one.expires_at is not None and one.expires_at <= now:
        yield texts.app_password_ended(one.description, language.long_date(one.expires_at))
        return
    if isinstance(one.scope, Inherit):
        yield texts.app_password_too_powerful(one.description)
    if one.expires_at is None:
        yield texts.app_password_never_ends(one.description)
    elif one.expires_at - now <= SOON:
        yield texts.app_password_ends_soon(one.description, language.long_date(one.expires_at))


def key_in_use(key: PublicKey, addresses: frozenset[str], now: datetime) -> Iterator[Finding]:
    """Ended, ending within 30 days, or made for somebody else."""
    owner = series(sorted(key.email_addresses)) or key.description
    if key.expires_at is not None and key.expires_at <= now:
        yield texts.key_problem("ended", owner, language.long_date(key.expires_at))
    elif key.expires_at is not None and key.expires_at - now <= KEY_SOON:
        yield texts.key_problem("ends-soon", owner, language.long_date(key.expires_at))
    if key.email_addresses and addresses and not {one.lower() for one in key.email_addresses} & addresses:
        yield texts.key_problem("other-address", owner)


def reply_to(one: Identity, own_domains: frozenset[str]) -> Iterator[Finding]:
    """Answers that leave the person's own domains."""
    for target in one.reply_to:
        if target.email.rpartition("@")[2].lower() not in own_domains:
            yield texts.replies_leave(one.email, target.email)


def all_findings(state: State) -> tuple[Finding, ...]:
    """Every finding, in the order of the areas; without a panel those that only it can tell are left out."""
    found = list(two_factor(state.has_two_factor.value, state.recovery))
    found += password_end(state.password_ends_at, state.read_at)
    listed, records = state.app_passwords.value or (), state.records
    for one in listed:
        found += app_password(one, state.read_at)
        if records is not None:
            found += unused(one, records.uses, state.read_at)
    if records is not None:
        found += quota(len(listed), records.app_password_limit)
    addresses = frozenset(one.email.lower() for one in state.identities.value or ())
    settings = state.settings.value
    if settings is not None and isinstance(settings.encryption, Encrypted):
        for key in state.public_keys.value or ():
            if key.id == settings.encryption.public_key:
                found += key_in_use(key, addresses, state.read_at)
        if records is not None:
            found += encryption_test(records.encryption_test)
    for sender in state.identities.value or ():
        found += reply_to(sender, frozenset(address.rpartition("@")[2] for address in addresses))
    return (*found, *unread(state))


def unread(state: State) -> Iterator[Finding]:
    """Areas that could not be read just now; one that may not be used is no finding, its tile says why."""
    areas = (
        (state.has_two_factor, _("Two-factor authentication"), "/two-factor"),
        (state.app_passwords, _("App passwords"), "/app-passwords"),
        (state.settings, _("Encryption at rest"), "/encryption"),
        (state.identities, _("Sender identities"), "/identities"),
    )
    for area, label, path in areas:
        if area.error is not None and not area.is_closed:
            yield texts.section_unreadable(label, path)


def in_order(state: State) -> Iterator[texts.InOrder]:
    """Areas that were read and where nothing was found."""
    if state.has_two_factor.value and not list(two_factor(state.has_two_factor.value, state.recovery)):
        shown = state.recovery.shown if state.recovery is not None else None
        reason = (
            _("It is on.")
            if shown is None
            else ngettext(
                "It is on, and %(n)s recovery code is left.", "It is on, and %(n)s recovery codes are left.", shown.left
            )
        )
        yield texts.InOrder(area=_("Two-factor authentication"), reason=reason)
    listed = state.app_passwords.value
    if listed is not None and not any(list(app_password(one, state.read_at)) for one in listed):
        reason = _("You have none.") if not listed else _("Each can do only what it needs, and each ends.")
        yield texts.InOrder(area=_("App passwords"), reason=reason)
    senders = state.identities.value
    if senders is not None:
        domains = frozenset(one.email.rpartition("@")[2].lower() for one in senders)
        if not any(list(reply_to(one, domains)) for one in senders):
            yield texts.InOrder(area=_("Sender identities"), reason=_("Replies stay in your own domains."))
