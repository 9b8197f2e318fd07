"""The pages of encryption at rest: what each shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bulwark.web.page_types import Page

if TYPE_CHECKING:
    from bulwark.web.frame import Tone
    from bulwark.web.page_types import BlastRadius, Moment, Notice
    from bulwark.web.unavailable import Unavailable

SHOW = "encryption/show.html"
ADD = "encryption/add.html"
READ = "encryption/read.html"
TURN_ON = "encryption/turn_on.html"
TURN_OFF = "encryption/turn_off.html"
REMOVE = "encryption/remove.html"
TEST = "encryption/test.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyCard:
    """One key as a page tells it.

    `fingerprint` is in groups of four. `mark` is what the person saw, for noticing that it is another key now.
    `problems` are finished sentences. `text` is set where the key waits for being saved.
    """

    id: str
    name: str
    kind: str
    in_use: bool
    ended: str
    owners: tuple[str, ...]
    more_owners: str
    fingerprint: tuple[str, ...]
    ends: str
    issued_by: str
    details: str
    problems: tuple[str, ...]
    problems_heading: str
    mark: str
    in_short: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """What is known of the proof: never, when and how it went."""

    heading: str
    text: str
    tone: Tone
    icon: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowPage(Page):
    """State, test and keys. `heading` and `text` say how encryption is now; `is_on` decides what can be done."""

    is_on: bool
    heading: str
    text: str
    tone: Tone
    tested: Tested | None
    keys: tuple[KeyCard, ...]
    count: str
    can_set: bool
    can_add: bool
    can_remove: bool
    usable_keys: bool
    why_not: tuple[Unavailable, ...] = ()
    notice: Notice | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddPage(Page):
    """Pasting or uploading. Fields: `name`, `key_file`, `key`; nothing private is ever given back."""

    name: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPage(Page):
    """What the pasted keys say of themselves, before anything is sent; each is saved for itself."""

    keys: tuple[KeyCard, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnOnPage(Page):
    """Choosing the key. Fields: `key`, `append`, `spam`, `cipher`, `have_key`; one `mark-<id>` a key is hidden."""

    keys: tuple[KeyCard, ...]
    chosen: str
    radius: BlastRadius
    append: bool
    spam: bool
    ciphers: tuple[tuple[str, str], ...]
    cipher: str
    changing: bool
    have_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnOffPage(Page):
    """Turning off: what that does."""

    name: str
    radius: BlastRadius


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovePage(Page):
    """Removing a key: what that does; `in_use` is why it cannot be done."""

    key: KeyCard
    radius: BlastRadius
    in_use: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the test: how it went."""

    heading: str
    text: str
    tone: Tone
    icon: str
    at: Moment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TestPage(Page):
    """Before the test (no steps), or what it showed. `asks_word`: the message waits to be opened."""

    __test__ = False  # for test runners: this is no test

    address: str
    steps: tuple[Step, ...] = ()
    asks_word: bool = False
    subject: str = ""
    left: tuple[str, ...] = ()
    plain: str = ""
    why_not: Unavailable | None = None
