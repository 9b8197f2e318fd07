"""From the fields of the password form to a change, or to sentences at the fields. Nothing is sent before that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulwark.features.password import pages as texts
from bulwark.features.password.service import Change
from stalwart_jmap.core.wire import MASK

if TYPE_CHECKING:
    from bulwark.web.forms import Form
    from stalwart_jmap import Secret

MAX_PASSWORD = 4096  # bytes; the server's own limit is far below, and it says so itself
CODE_LENGTHS = range(6, 9)


def is_code(code: Secret) -> bool:
    """Whether it could be a one-time code: 6 to 8 digits."""
    text = code.reveal()
    return len(text) in CODE_LENGTHS and text.isascii() and text.isdigit()


def wrong_fields(*, current: Secret, new: Secret, again: Secret, code: Secret | None) -> dict[str, str]:
    """The sentence for each field that cannot be sent; `code` is None where none is asked for."""
    wrong: dict[str, str] = {}
    if not current.reveal() or len(current.reveal().encode()) > MAX_PASSWORD:
        wrong["password"] = texts.wrong_password() if current.reveal() else texts.current_password_missing()
    if code is not None and not is_code(code):
        wrong["code"] = texts.code_unreadable() if code.reveal() else texts.code_required()
    if not new.reveal():
        wrong["new_password"] = texts.new_password_missing()
    elif len(new.reveal().encode()) > MAX_PASSWORD:
        wrong["new_password"] = texts.strength(0, too_long=True).message
    elif new == current:
        wrong["new_password"] = texts.same_password()
    elif new.reveal() == MASK:
        wrong["new_password"] = texts.masked_password()
    elif new != again:
        wrong["new_password_again"] = texts.passwords_differ()
    return wrong


def read(form: Form, *, needs_code: bool) -> tuple[Change | None, dict[str, str]]:
    """The change a form asks for, or what is wrong with its fields."""
    current, new = form.secret("password"), form.secret("new_password")
    code = form.code("code") if needs_code or form.text("code") else None
    wrong = wrong_fields(current=current, new=new, again=form.secret("new_password_again"), code=code)
    if wrong:
        return None, wrong
    revoke = form.text("app_passwords") == "revoke"
    return Change(current=current, new=new, code=code, revoke_app_passwords=revoke), {}
