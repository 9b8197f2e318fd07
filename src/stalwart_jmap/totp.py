"""Time-based codes and `otpauth` URLs (RFC 6238, RFC 4226; the URL as the totp-rs crate reads it).

The server stores whatever URL it is given and checks neither it nor a code, so an unusable URL locks the account until
an administrator helps. The rules a URL must fulfil, all of them enforced by `build` and by `parse`:

* `otpauth://totp/` followed by one label and parameters, ASCII only;
* the label is `issuer:account` or `account`, percent-decoded *twice* by the server, both times to UTF-8, without any
  further `:` in either name;
* the parameter `issuer`, decoded once, equals the label's issuer exactly;
* `secret` is upper-case base32 without padding, of at least 16 bytes;
* `algorithm` SHA1, SHA256 or SHA512, `digits` 6 to 8, `period` at least 1 second.
"""

from __future__ import annotations

import binascii
import hmac
import re
import secrets
import unicodedata
from base64 import b32decode, b32encode
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote_to_bytes, urlsplit

from stalwart_jmap.secret import Secret

if TYPE_CHECKING:
    from datetime import datetime

KEY_BYTES: Final = 20
_LEAST_KEY_BYTES: Final = 16
_LONGEST_ISSUER: Final = 64
_LONGEST_ACCOUNT: Final = 254
_DIGITS: Final = range(6, 9)
_LONGEST_PERIOD: Final = 3600
_FULL_WIDTH_PERCENT: Final = "\uff05"
_KNOWN: Final = frozenset({"secret", "issuer", "algorithm", "digits", "period"})
_NUMBER: Final = re.compile(r"[0-9]{1,5}", re.ASCII)
_BASE32: Final = re.compile(r"[A-Z2-7]+", re.ASCII)
_BROKEN_PERCENT: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")


class Algorithm(StrEnum):
    """The hash under the code. Many authenticator apps know SHA1 only, and some silently use it for the others."""

    SHA1 = "SHA1"
    SHA256 = "SHA256"
    SHA512 = "SHA512"


def new_key() -> bytes:
    """Make a key of 160 random bits."""
    return secrets.token_bytes(KEY_BYTES)


def base32(key: bytes) -> Secret:
    """Write a key as people type it: upper-case base32 without padding."""
    return Secret(b32encode(key).decode().rstrip("="))


def code(
    key: bytes, at: datetime, *, algorithm: Algorithm = Algorithm.SHA1, digits: int = 6, period: int = 30
) -> Secret:
    """Compute the code at a moment (with time zone), `digits` long, changing every `period` seconds."""
    return Secret(_code(key, _step(at, period), algorithm, digits))


def find_step(
    key: bytes,
    typed: Secret,
    at: datetime,
    window: int = 1,
    *,
    algorithm: Algorithm = Algorithm.SHA1,
    digits: int = 6,
    period: int = 30,
) -> int | None:
    """Find the step, within ±`window`, whose code was typed: 0 is now, positive is ahead of `at`; None for none.

    The nearest wins. Every candidate is compared in constant time, and all of them are compared.
    """
    now, text, found = _step(at, period), typed.reveal().encode(), None
    for offset in sorted(range(-window, window + 1), key=abs, reverse=True):
        if now + offset >= 0 and hmac.compare_digest(_code(key, now + offset, algorithm, digits).encode(), text):
            found = offset
    return found


def matches(
    key: bytes,
    typed: Secret,
    at: datetime,
    *,
    algorithm: Algorithm = Algorithm.SHA1,
    digits: int = 6,
    period: int = 30,
) -> bool:
    """Tell whether the server would take the code at this moment: one step to either side, as it does."""
    return find_step(key, typed, at, algorithm=algorithm, digits=digits, period=period) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class OtpAuthUrl:
    """An `otpauth` URL taken apart; `period` in seconds. The key never prints."""

    issuer: str | None
    account: str
    key: bytes = field(repr=False)
    algorithm: Algorithm = Algorithm.SHA1
    digits: int = 6
    period: int = 30

    def __post_init__(self) -> None:
        _require(len(self.key) >= _LEAST_KEY_BYTES, "the key is shorter than 16 bytes")
        _require(self.digits in _DIGITS, "codes have 6 to 8 digits")
        _require(1 <= self.period <= _LONGEST_PERIOD, "the period is 1 to 3600 seconds")
        _require(bool(self.account) and ":" not in self.account, "the account is empty or has a colon")
        _require(self.issuer is None or (bool(self.issuer) and ":" not in self.issuer), "the issuer has a colon")

    @classmethod
    def build(
        cls,
        issuer: str,
        account: str,
        key: bytes,
        *,
        algorithm: Algorithm = Algorithm.SHA1,
        digits: int = 6,
        period: int = 30,
    ) -> Secret:
        """Write a URL that keeps every rule.

        What a name may not hold is replaced by its nearest look-alike: `:` by `-`, `%` by its full-width form (decoding
        twice would garble it), control characters and runs of white space by one space. Raises ValueError when nothing
        of a name is left, when the issuer is longer than 64 or the account than 254 characters, or for a weak key.
        """
        url = cls(
            issuer=_plain(issuer, _LONGEST_ISSUER),
            account=_plain(account, _LONGEST_ACCOUNT),
            key=key,
            algorithm=Algorithm(algorithm),
            digits=digits,
            period=period,
        )
        prefix = quote(url.issuer or "", safe="")
        text = (
            f"otpauth://totp/{prefix}:{quote(url.account, safe='@')}?secret={base32(key).reveal()}"
            f"&issuer={prefix}&algorithm={url.algorithm}&digits={digits}&period={period}"
        )
        cls.parse(Secret(text))
        return Secret(text)

    @classmethod
    def parse(cls, url: Secret) -> OtpAuthUrl:
        """Read a URL by the server's rules, and a little more strictly where apps disagree.

        Raises ValueError, without the URL's text, for anything the server could not verify codes with.
        """
        text = url.reveal()
        _require(text.isascii() and text.isprintable() and " " not in text, "not an otpauth URL")
        try:
            parts = urlsplit(text)
        except ValueError:
            raise ValueError("not an otpauth URL") from None
        _require(parts.scheme == "otpauth" and parts.netloc == "totp", "not an otpauth://totp URL")
        _require(not parts.fragment and "#" not in text, "an otpauth URL has no fragment")
        label = parts.path.removeprefix("/")
        _require(bool(label) and "/" not in label, "the label is missing or has a bare slash")
        prefix, account = _names(label)
        fields = _fields(parts.query)
        issuer = fields.get("issuer", prefix)
        _require(prefix is None or issuer == prefix, "the issuer differs from the label's")
        return cls(
            issuer=issuer,
            account=account,
            key=_key(fields.get("secret", "")),
            algorithm=_algorithm(fields.get("algorithm", "SHA1")),
            digits=_number(fields.get("digits", "6")),
            period=_number(fields.get("period", "30")),
        )

    def code(self, at: datetime) -> Secret:
        """Compute the code at a moment."""
        return code(self.key, at, algorithm=self.algorithm, digits=self.digits, period=self.period)

    def find_step(self, typed: Secret, at: datetime, window: int = 1) -> int | None:
        """Find the step whose code was typed, as the function of the same name does."""
        return find_step(self.key, typed, at, window, algorithm=self.algorithm, digits=self.digits, period=self.period)


def _step(at: datetime, period: int) -> int:
    _require(at.tzinfo is not None, "a moment needs a time zone")
    return int(at.timestamp() // period)


def _code(key: bytes, step: int, algorithm: Algorithm, digits: int) -> str:
    digest = hmac.digest(key, step.to_bytes(8), algorithm.value.lower())
    start = digest[-1] & 0xF
    number = int.from_bytes(digest[start : start + 4]) & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)


def _require(holds: bool, rule: str) -> None:  # noqa: FBT001 - reads as a sentence: require that …
    if not holds:
        raise ValueError(rule)


def _plain(name: str, longest: int) -> str:
    kept = name.replace(":", "-").replace("%", _FULL_WIDTH_PERCENT)
    kept = "".join(" " if unicodedata.category(character) == "Cc" else character for character in kept)
    kept = " ".join(kept.split())
    _require(bool(kept), "a name is empty")
    _require(len(kept) <= longest, f"a name is longer than {longest} characters")
    return kept


def _decoded(text: str) -> str:
    _require(_BROKEN_PERCENT.search(text) is None, "a percent sign stands alone")
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        raise ValueError("a name is not UTF-8") from None


def _names(label: str) -> tuple[str | None, str]:
    _require(label.lower() not in {".", "..", "%2e", "%2e%2e", ".%2e", "%2e."}, "a label of dots is no name")
    prefix, colon, account = _decoded(label).partition(":")
    if not colon:
        return None, _decoded(prefix)
    return _decoded(prefix), _decoded(account)


def _fields(query: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        name, value = (_decoded(part.replace("+", " ")) for part in (name, value))
        if name in _KNOWN:
            _require(name not in fields, "a parameter is given twice")
            fields[name] = value
    return fields


def _key(text: str) -> bytes:
    _require(_BASE32.fullmatch(text) is not None, "the key is not upper-case base32 without padding")
    try:
        key = b32decode(text + "=" * (-len(text) % 8))
    except binascii.Error:
        raise ValueError("the key is not base32") from None
    _require(base32(key).reveal() == text, "the key has loose bits at its end")
    return key


def _algorithm(text: str) -> Algorithm:
    try:
        return Algorithm(text.upper())
    except ValueError:
        raise ValueError("the algorithm is unknown") from None


def _number(text: str) -> int:
    _require(_NUMBER.fullmatch(text) is not None, "a number is not one")
    return int(text)
