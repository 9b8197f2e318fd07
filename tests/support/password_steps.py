"""What people do on the password page, for the journeys that begin there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from canaries import NEW_PASSWORD

if TYPE_CHECKING:
    from html_page import Page, Value
    from mail_server import MailAccount
    from panel_browser import Browser

SET = "x:AccountPassword/set"


def typed(account: MailAccount, *, new: str = NEW_PASSWORD, again: str | None = None, **other: str) -> dict[str, Value]:
    """What to fill in; `current` and `code` replace what is right."""
    return {
        "current-password": other.get("current", account.password),
        "new-password": new,
        "new-password[2]": new if again is None else again,
        **({"one-time-code": other["code"]} if "code" in other else {}),
    }


async def change(
    browser: Browser, account: MailAccount, *, new: str = NEW_PASSWORD, again: str | None = None, **other: str
) -> Page:
    """Open the page, fill the form in as it asks for, and send it."""
    page = await browser.open("/password")
    if page.form("/password").find("one-time-code") and "code" not in other:
        other["code"] = account.code()
    return await browser.fill_in(typed(account, new=new, again=again, **other))


def account_mark(page: Page) -> str:
    """The hidden field by which a form says whose it is."""
    return next(field.value for form in page.forms for field in form.fields if field.name == "account")
