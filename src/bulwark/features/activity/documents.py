"""Activity for programs: what `/api/v1/activity/…` takes and answers, and `bulwark activity … --json` prints.

Times are in UTC. What has a default came later: a panel and a command line of different releases may meet.
"""

from __future__ import annotations

import msgspec

from bulwark.console.documents import Document, Moment


class EventDocument(Document, frozen=True, kw_only=True):
    """Something that happened; `kind` never changes, `what` is in the language of the request."""

    at: Moment
    kind: str
    what: str
    address: str
    device: str
    id: int = 0
    details: dict[str, str] = msgspec.field(default_factory=dict)


class Events(Document, frozen=True, kw_only=True):
    """The latest events, the newest first."""

    events: tuple[EventDocument, ...]


class SessionDocument(Document, frozen=True, kw_only=True):
    """One browser that is signed in to the panel; `mark` names it in `end-sessions`."""

    device: str
    address: str
    since: Moment
    last_used: Moment
    mark: str = ""


class Sessions(Document, frozen=True, kw_only=True):
    """All of them, the most recently used first."""

    sessions: tuple[SessionDocument, ...]


class EndSessions(Document, frozen=True, kw_only=True):
    """Which browsers to sign out; with `everyone` all of them."""

    marks: tuple[str, ...] = ()
    everyone: bool = False


class SessionsEnded(Document, frozen=True, kw_only=True):
    """How many browsers were signed out; `gone` are marks that named none any more."""

    ended: int
    gone: tuple[str, ...] = ()


class Notices(Document, frozen=True, kw_only=True):
    """What is told in the Inbox whatever one chooses, what is told besides, and what was turned off."""

    always: tuple[str, ...]
    told: tuple[str, ...]
    turned_off: tuple[str, ...]


class ChooseNotices(Document, frozen=True, kw_only=True):
    """Kinds of notices to turn on and to turn off; the others stay as they are."""

    on: tuple[str, ...] = ()
    off: tuple[str, ...] = ()


class SignedOutEverywhere(Document, frozen=True, kw_only=True):
    """Every sign-in by token has ended. `browsers` of the panel were signed out (None: no panel was named).

    `app_passwords` go on (None: they could not be counted). `signed_in_again`: the kept sign-in goes on.
    """

    at: Moment
    answer_was_lost: bool
    signed_in_again: bool
    app_passwords: int | None
    browsers: int | None


class TakenBackItem(Document, frozen=True, kw_only=True):
    """An app password or API key, and what became of it: `revoked`, `refused` or `unknown`."""

    name: str
    outcome: str
    why: str


class TakenBack(Document, frozen=True, kw_only=True):
    """The report. `found` are hidden changes in sentences, `elsewhere` what to look for in the mail program.

    `left` app passwords and API keys still work. `events` are the latest ones, where a panel was named.
    """

    account: str
    password_changed: bool
    two_factor: bool | None
    browsers: int | None
    items: tuple[TakenBackItem, ...]
    left: int
    found: tuple[str, ...]
    elsewhere: tuple[str, ...]
    events: tuple[EventDocument, ...]
