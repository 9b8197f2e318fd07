"""Keys in words: what each says of itself, what to know about it, why one is not taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulwark import language
from bulwark.account.key_facts import SHOWN_OWNERS, Kind, Warn, Why
from bulwark.features.encryption.pages import KeyCard
from bulwark.language import _, ngettext, series

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from bulwark.account.key_facts import KeyReading, KeyRefused
    from bulwark.features.encryption.service import StoredKey


def kind_name(kind: Kind) -> str:
    """The family of a key."""
    return "OpenPGP" if kind is Kind.OPENPGP else "S/MIME"


def stored_card(one: StoredKey, *, in_use: bool, mine: Collection[str], now: datetime) -> KeyCard:
    """A key of the account; one that cannot be read is told by what the server says of it."""
    if one.reading is not None:
        return reading_card(
            one.reading, name=one.key.description, mine=mine, now=now, id_=one.id, mark=one.mark, in_use=in_use
        )
    reason = refusal(one.refused)[0] if one.refused is not None else ""
    ends = one.key.expires_at
    return KeyCard(
        id=one.id,
        name=one.key.description,
        kind=_("Not readable"),
        in_use=in_use,
        ended="",
        owners=tuple(sorted(one.key.email_addresses)[:SHOWN_OWNERS]),
        more_owners="",
        fingerprint=(),
        ends=language.long_date(ends) if ends is not None else "",
        issued_by="",
        details="",
        problems=(reason,) if reason else (),
        problems_heading=_("A problem with this key"),
        mark=one.mark,
    )


def reading_card(
    reading: KeyReading,
    *,
    name: str,
    mine: Collection[str],
    now: datetime,
    id_: str = "",
    mark: str = "",
    in_use: bool = False,
) -> KeyCard:
    """A key by what it says of itself."""
    warnings = reading.warnings(mine, now)
    problems = tuple(warning_sentence(warning, reading) for warning in warnings)
    digits = reading.fingerprint
    more = len(reading.owners) - SHOWN_OWNERS
    address = next(iter(sorted(reading.addresses & set(mine)) or sorted(reading.addresses)), "")
    end = language.long_date(reading.ends) if reading.ends is not None else ""
    short = series(
        part for part in (kind_name(reading.kind), address, _("ends %(date)s", date=end) if end else "") if part
    )
    return KeyCard(
        id=id_,
        name=name,
        kind=kind_name(reading.kind),
        in_use=in_use,
        ended=_("Ended %(date)s", date=end) if Warn.ENDED in warnings else "",
        owners=reading.owners[:SHOWN_OWNERS],
        more_owners=ngettext("and %(n)s more", "and %(n)s more", more) if more > 0 else "",
        fingerprint=tuple(digits[start : start + 4] for start in range(0, len(digits), 4)),
        ends=end or _("It does not end by itself"),
        issued_by=series(reading.issuers),
        details=_details(reading),
        problems=problems,
        problems_heading=ngettext("A problem with this key", "%(n)s problems with this key", len(problems)),
        mark=mark,
        in_short=short,
        text=reading.text,
    )


def _details(reading: KeyReading) -> str:
    size = f"{reading.algorithm} {reading.bits}" if reading.bits else reading.algorithm
    made = language.long_date(reading.created) if reading.created is not None else ""
    if reading.kind is Kind.OPENPGP:
        return _("%(size)s, encryption key %(id)s, made %(date)s", size=size, id=reading.encrypts, date=made)
    return _("%(size)s, serial number %(id)s, valid from %(date)s", size=size, id=reading.encrypts, date=made)


def warning_sentence(warning: Warn, reading: KeyReading) -> str:  # noqa: C901 - one branch per warning is the table itself
    """What to know about a key that is usable all the same."""
    end = language.long_date(reading.ends) if reading.ends is not None else ""
    match warning:
        case Warn.NOT_MINE:
            listed = series(sorted(reading.addresses)[:3])
            return _("It belongs to %(addresses)s, not to an address of this account.", addresses=listed)
        case Warn.NO_ADDRESS:
            return _("No email address stands in it. Make sure that it is yours.")
        case Warn.ENDS_SOON:
            return _("It ends on %(date)s. Add its successor before that day.", date=end)
        case Warn.ENDED if reading.kind is Kind.OPENPGP:
            return _("It ended on %(date)s. The server would not take it a second time.", date=end)
        case Warn.ENDED:
            return _("It ended on %(date)s. The server would still accept it; most mail apps would not.", date=end)
        case Warn.NOT_YET:
            begins = language.long_date(reading.created) if reading.created is not None else ""
            return _("It only begins on %(date)s.", date=begins)
        case Warn.SEVERAL:
            return ngettext(
                "%(n)s further certificate is in it: its owner will be able to read new mail too.",
                "%(n)s further certificates are in it: their owners will be able to read new mail too.",
                reading.others,
            )
        case Warn.SMALL:
            return _("It is short: %(bits)s bits. Today 2048 or more are usual.", bits=reading.bits)
        case Warn.OTHER_USE:
            return _("It was not issued for mail. Some mail apps will refuse to open messages with it.")
        case Warn.ISSUERS_LEFT_OUT:
            return _("Certificates of issuers were left out: nobody encrypts mail to them.")


def refusal(error: KeyRefused) -> tuple[str, str]:  # noqa: C901, PLR0912 - one branch per reason is the table itself
    """Why a key is not taken: the note's two sentences. Nothing was sent to the mail server."""
    match error.why:
        case Why.EMPTY:
            return _("Not sent: there is no key yet."), _("Choose a file, or paste the text between BEGIN and END.")
        case Why.TOO_LARGE:
            return _("Not sent: this is more than 64 KB."), _("Export one key without photos, and without other keys.")
        case Why.NO_KEY if error.label:
            return (
                _("Not sent: this is no public key."),
                _("The text contains a “%(label)s”. Export the public key from your mail app.", label=error.label[:60]),
            )
        case Why.NO_KEY:
            return (
                _("Not sent: no public key was found in it."),
                _("It should begin with “-----BEGIN PGP PUBLIC KEY BLOCK-----” or “-----BEGIN CERTIFICATE-----”."),
            )
        case Why.PRIVATE:
            holds = (
                _("The text contains a “%(label)s”.", label=error.label[:60])
                if error.label
                else _("It holds a private key.")
            )
            threw = _(
                "We threw it away and sent nothing to the server. Export the public key instead. If you have pasted the"
                " private key anywhere else, treat it as known to others."
            )
            return _("Not sent: this is a private key."), f"{holds} {threw}"
        case Why.BUNDLE:
            return (
                _("Not sent: this file may hold a private key."),
                _(
                    "It is a PKCS #12 file (.p12, .pfx). We threw it away. Export the certificate alone, without its"
                    " private key (.pem, .crt, .cer)."
                ),
            )
        case Why.BARE_KEY:
            return (
                _("Not sent: this is a public key of another kind."),
                _("Keys of SSH and bare keys cannot encrypt mail. An OpenPGP key or an S/MIME certificate can."),
            )
        case Why.MIXED:
            return (
                _("Not sent: OpenPGP and S/MIME are mixed here."),
                _("The server takes one kind at a time. Add them one after the other."),
            )
        case Why.CUT_OFF:
            return (
                _("Not sent: the key is cut off."),
                _("Copy everything from the line with BEGIN to the line with END."),
            )
        case Why.BROKEN:
            return _("Not sent: the key is damaged."), _("Export it once more, best as a file.")
        case Why.TOO_MANY:
            return _("Not sent: there are too many keys in it."), _("Add at most ten at a time.")
        case Why.SIGN_ONLY:
            return (
                _("Not sent: this key is only for signing."),
                _("Nobody can encrypt mail to it. Add an encryption key to it in your mail app, then export it again."),
            )
        case Why.NOT_FOR_MAIL:
            return _("Not sent: this key is not made for mail."), ""
        case Why.ENDED:
            return (
                _("Not sent: this key has ended."),
                _(
                    "The server refuses OpenPGP keys that have ended. Lengthen its life in your mail app, or make a new"
                    " one."
                ),
            )
        case Why.NOT_YET:
            return (
                _("Not sent: this key is not valid yet."),
                _("It was made in the future, as this panel sees it. Check the clock of the device that made it."),
            )
        case Why.REVOKED:
            return _("Not sent: this key was revoked by its owner."), _("Make a new key and add that one.")
        case Why.UNUSABLE:
            return (
                _("Not sent: nobody can encrypt mail to this key."),
                _("Its algorithm is too old, too new, or not one the mail server can use (certificates need RSA)."),
            )
        case Why.ISSUER_ONLY:
            return (
                _("Not sent: these are only certificates of issuers."),
                _("Your own certificate is needed, the one with your email address in it."),
            )


def usual_name(reading: KeyReading) -> str:
    """A name for a key that the person gave none."""
    owner = reading.owners[0].partition("<")[0].strip() if reading.owners else ""
    owner = owner.removeprefix("CN=").partition(",")[0].strip()
    return owner or kind_name(reading.kind)
