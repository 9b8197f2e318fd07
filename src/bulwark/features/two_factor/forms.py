"""From the fields of the two-factor forms to what a service takes, or to sentences at the fields."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bulwark.account import recovery_codes
from bulwark.account.authenticator import is_code
from bulwark.features.two_factor import refusal_texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bulwark.web.forms import Form
    from stalwart_jmap import Secret

MAX_PASSWORD = 4096  # bytes; the server's own limit is far below
LONGEST_DEVICE = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What was typed into a form that proves who it is; what the form did not ask for is None."""

    password: Secret
    code: Secret | None = None
    old_code: Secret | None = None
    recovery_code: Secret | None = None


def read(
    form: Form, *, password: bool = True, code: bool = False, old_code: bool = False, recovery_code: bool = False
) -> tuple[Typed | None, dict[str, str]]:
    """The fields a form asks for, or what is wrong with them, in the order of the page."""
    wrong: dict[str, str] = {}
    opened = recovery_codes.read(form.secret("recovery_code")) if recovery_code else None
    if recovery_code and opened is None:
        wrong["recovery_code"] = refusal_texts.recovery_code_unreadable()
    for name in [name for name, wanted in (("code", code), ("old_code", old_code)) if wanted]:
        if not is_code(form.code(name)):
            wrong[name] = refusal_texts.code_missing()
    typed = form.secret("password")
    if password and not typed:
        wrong["password"] = refusal_texts.password_missing()
    elif password and len(typed.reveal().encode()) > MAX_PASSWORD:
        wrong["password"] = refusal_texts.wrong_password()
    if wrong:
        return None, wrong
    return Typed(
        password=typed,
        code=form.code("code") if code else None,
        old_code=form.code("old_code") if old_code else None,
        recovery_code=opened,
    ), {}


def device_name(form: Form) -> str:
    """The name of the device on one line, as short as the field allows; empty when nothing was typed."""
    return tidy_device_name(form.text("device"))


def tidy_device_name(typed: str) -> str:
    """A name on one line, without signs that nobody sees, as short as the field allows."""
    text = "".join(" " if unicodedata.category(one) in {"Cc", "Cf"} else one for one in typed)
    return " ".join(text.split())[:LONGEST_DEVICE].strip()


def is_proof(form: Form, codes: Sequence[str], asked: int) -> bool:
    """Whether the field `proof` repeats the code with the asked number."""
    typed = recovery_codes.read(form.secret("proof"))
    return typed is not None and typed == codes_as_typed(codes)[asked - 1]


def codes_as_typed(codes: Sequence[str]) -> list[Secret]:
    """Kept codes as secrets."""
    from stalwart_jmap import Secret

    return [Secret(code) for code in codes]
