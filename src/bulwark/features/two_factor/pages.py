"""The pages of two-factor authentication and recovery codes: what each shows.

The sentences of refusals and receipts are in `texts`. Nothing secret is ever refilled; the pending key and the codes
are shown on purpose, by the pages that exist to show them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bulwark.web.page_types import BlastRadius, Link, Notice, Page, Point

if TYPE_CHECKING:
    from bulwark.web.qr import QrCode

OFF = "two_factor/off.html"
ADD = "two_factor/add.html"
SAVE = "two_factor/save.html"
CONFIRM = "two_factor/confirm.html"
ON = "two_factor/on.html"
DONE = "two_factor/done.html"
TURN_OFF = "two_factor/turn_off.html"
NEW_CODES = "two_factor/new_codes.html"
CODES = "two_factor/codes.html"
SHEET = "two_factor/sheet.html"
TEST = "two_factor/test.html"
UNKNOWN = "two_factor/unknown.html"
SETTLED = "two_factor/settled.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One way of using the main password that will stop: "Reading mail over IMAP", when and where it was last seen.

    `replaceable` offers an app password for it.
    """

    icon: str
    heading: str
    text: str = ""
    replaceable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UseChoice:
    """One answer to "Which of these do you use?", a check box named `pick`."""

    value: str
    label: str
    more: str = ""
    checked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OffPage(Page):
    """Two-factor is off, and what turning it on means.

    With an event feed `stops` lists what will stop; without one `choices` asks instead (one of the two is empty).
    `keeps` is what goes on. `resume_href` leads into a set-up that was begun. The form goes to `/two-factor/set-up`.
    """

    stops: tuple[Use, ...] = ()
    choices: tuple[UseChoice, ...] = ()
    keeps: tuple[Use, ...] = ()
    app_password_href: str = ""
    how_known: str = ""
    resume_href: str = ""
    notice: Notice | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddPage(Page):
    """Step 1: the key goes into the app. Field: `device`. `replacing` names the device that works until the last step.

    `otpauth` is the link an authenticator app opens, `key` the secret as people type it (base32, no spaces).
    """

    qr: QrCode
    otpauth: str
    key: str
    issuer: str
    label: str
    device: str = ""
    replacing: str | None = None
    notice: Notice | None = None
    action: str = "/two-factor/set-up/1"
    cancel_action: str = "/two-factor/set-up/cancel"

    @property
    def groups(self) -> tuple[str, ...]:
        """The key in groups of four."""
        return tuple(self.key[start : start + 4] for start in range(0, len(self.key), 4))


@dataclass(frozen=True, slots=True, kw_only=True)
class SavePage(Page):
    """Step 2: ten codes before anything is on, and one typed back. Field: `proof`; button `skip` goes on without.

    `asked` is the number of the code to type. Codes are written `XXXX-XXXX-XXXX`.
    """

    codes: tuple[str, ...]
    asked: int
    replacing: str | None = None
    action: str = "/two-factor/set-up/2"
    download_action: str = "/two-factor/set-up/codes.txt"
    sheet_href: str = "/two-factor/set-up/sheet"
    back_href: str = "/two-factor/set-up/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmPage(Page):
    """Step 3: password and a code of the new app; `old_code` too when `replacing` and the old app must agree.

    `stops` repeats in one heading and one sentence what will stop, both empty when nothing will.
    """

    device: str
    replacing: str | None = None
    needs_old_code: bool = False
    stops_heading: str = ""
    stops_text: str = ""
    app_password_href: str = ""
    action: str = "/two-factor/set-up/3"
    back_href: str = "/two-factor/set-up/2"


@dataclass(frozen=True, slots=True, kw_only=True)
class OnPage(Page):
    """Two-factor is on.

    `since` is a sentence ("Since 12 March 2026. …"). `codes_left` None means that there can be none for this set-up;
    `codes_note` says when they were made and used. `app_passwords` None means they could not be read.
    `unsettled_href` leads to finding out whether a replacement without an answer was saved.
    """

    since: str
    device: str
    device_note: str = ""
    codes_left: int | None = None
    codes_total: int = 10
    codes_note: str = ""
    app_passwords: int | None = None
    app_passwords_href: str = ""
    can_change: bool = True
    notice: Notice | None = None
    unsettled_href: str = ""
    replace_action: str = "/two-factor/replace"
    new_codes_href: str = "/two-factor/codes/new"
    test_href: str = "/two-factor/codes/test"
    turn_off_href: str = "/two-factor/off"


@dataclass(frozen=True, slots=True, kw_only=True)
class DonePage(Page):
    """The receipt of turning on, replacing, turning off, or of new codes."""

    heading: str
    confirmed: str
    points: tuple[Point, ...]
    next_step: Link


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnOffPage(Page):
    """What turning off does. Fields: `password`, then `code` or `recovery_code`, as `proof` says."""

    radius: BlastRadius
    device: str = ""
    proof: Literal["code", "recovery-code"] = "code"
    switch_href: str = ""
    action: str = "/two-factor/off"
    keep_href: str = "/two-factor"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCodesPage(Page):
    """New codes in exchange for typing one of the present ones, which does not use it up. Field: `recovery_code`."""

    radius: BlastRadius
    replace_action: str = "/two-factor/replace"
    action: str = "/two-factor/codes/new"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodesPage(Page):
    """New codes, shown once, and one typed back. Field: `proof`. `old_codes` says what holds for the old ones."""

    codes: tuple[str, ...]
    asked: int
    old_codes: str
    action: str = "/two-factor/codes/saved"
    download_action: str = "/two-factor/codes/codes.txt"
    sheet_href: str = "/two-factor/codes/sheet"


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetPage(Page):
    """The sheet to print. `address` is where the panel is reached, empty where nobody set it."""

    codes: tuple[str, ...]
    made: str
    address: str = ""
    back_href: str = "/two-factor"


@dataclass(frozen=True, slots=True, kw_only=True)
class TestPage(Page):
    """Do the recovery codes and the app belong together? Fields: `recovery_code`, `code`; neither is used up."""

    __test__ = False  # a page, whatever test runners think of its name

    result: Notice | None = None
    action: str = "/two-factor/codes/test"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownPage(Page):
    """The answer to turning on, turning off or replacing was lost.

    Turning on and off are read back: one button. Replacing reads back nothing: fields `password`, and `code` of the new
    app and `old_code` of the old one where we cannot compute them (`asks_code`, `asks_old_code`).
    """

    what: Literal["on", "off", "replaced"]
    sent_at: str
    reference: str
    device: str = ""
    asks_code: bool = True
    asks_old_code: bool = True
    action: str = "/two-factor/check"


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledPage(Page):
    """What holds after a lost answer: `known` false when even the check could not tell."""

    icon: str
    tone: Literal["ok", "warn", "unknown"]
    heading: str
    text: str
    next_step: Link

    @property
    def known(self) -> bool:
        """Whether the edge is solid."""
        return self.tone != "unknown"
