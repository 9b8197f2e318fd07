"""What a deed is: something the panel writes, made ready on its page, sent, and judged by server and page."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from html_page import Page, Value
    from mail_server import MailAccount, MailServer
    from panel_browser import Browser
    from stalwart_sandbox import Sandbox


@dataclass(slots=True)
class Scene:
    """Who does it, in which browser, and what has to be remembered meanwhile."""

    mail_server: MailServer
    sandbox: Sandbox
    account: MailAccount
    other: MailAccount | None = None  # whom an administrator acts upon
    browser: Browser = field(init=False)
    values: dict[str, Value] = field(default_factory=dict)
    button: str | None = None
    remembered: dict[str, Any] = field(default_factory=dict)

    @property
    def mine(self) -> Any:
        """The account as the mail server holds it."""
        return self.sandbox.account(self.account.login)

    @property
    def theirs(self) -> Any:
        """The other account as the mail server holds it."""
        assert self.other is not None
        return self.sandbox.account(self.other.login)

    def names(self, whose: Any = None) -> list[str]:
        """What the account's app passwords and API keys are called."""
        return [one.description for one in (whose or self.mine).credentials if one.description]

    async def open(self, path: str, values: dict[str, Value] | None = None, button: str | None = None) -> None:
        """Open a page and note what will be filled in and pressed there."""
        await self.browser.open(path)
        self.values, self.button = values or {}, button

    async def send(self) -> Page:
        """Fill it in and press the button."""
        if self.values:
            return await self.browser.fill_in(self.values, button=self.button)
        assert self.button is not None
        return await self.browser.press(self.button)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One thing that is written; `tells` is what the page says when it is done.

    `method` is the call that writes it, or `path` the address that is asked for it; neither, where only the panel's own
    records hold it.
    """

    name: str
    method: str = ""
    path: str = ""
    tells: str
    ready: Callable[[Scene], Awaitable[None]]
    holds: Callable[[Scene], Awaitable[bool]]
    is_admin: bool = False

    @property
    def where(self) -> dict[str, Any]:
        """Where the mail server breaks, for `quirk`."""
        return {"method": self.method} if self.method else {"path": self.path}
