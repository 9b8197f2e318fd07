"""What `/api/v1/…` takes and answers about two-factor authentication, and what the command line prints of it.

Times are ISO 8601 in UTC. `set_up` and `new_codes` are keys to what waits in the panel for a quarter of an hour; they
are as secret as what they open.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from bulwark.console.documents import Moment  # noqa: TC001 - msgspec reads the annotations


class _Document(msgspec.Struct, frozen=True, kw_only=True):
    def __repr__(self) -> str:
        """Never what is in it: most of it is secret."""
        return f"{type(self).__name__}(****)"


class Status(_Document, frozen=True, kw_only=True):
    """How it stands. `codes_left` is None where there are no codes, `since` None where nobody here knows."""

    is_on: bool
    set_up_here: bool = False
    device: str = ""
    since: str | None = None
    codes_left: int | None = None
    codes_saved: bool | None = None
    replacement_unsettled: bool = False


class Begin(_Document, frozen=True, kw_only=True):
    """Begin a set-up; with `replace` for an account whose second factor is on."""

    device: str = ""
    replace: bool = False


class Begun(_Document, frozen=True, kw_only=True):
    """The new key, as a URL, and its recovery codes. Nothing has changed yet."""

    set_up: str
    otpauth: str
    codes: tuple[str, ...]


class Saved(_Document, frozen=True, kw_only=True):
    """One of the codes, typed back: `key` is that of the set-up or of the new codes, `number` counts from 1."""

    key: str
    number: int
    code: str


class IsSaved(_Document, frozen=True, kw_only=True):
    """Whether the code was the right one."""

    is_right: bool


class Confirm(_Document, frozen=True, kw_only=True):
    """The last step: one call to the mail server turns it on or replaces it."""

    set_up: str
    password: str
    code: str
    old_code: str | None = None


class Drop(_Document, frozen=True, kw_only=True):
    """Forget a set-up or new codes."""

    key: str


class Done(_Document, frozen=True, kw_only=True):
    """The mail server has it. `answer_was_lost`: its answer was, and looking again showed it."""

    what: Literal["on", "replaced", "off", "codes", "dropped"]
    at: str
    answer_was_lost: bool = False


class TurnOff(_Document, frozen=True, kw_only=True):
    """Turn it off, with a code of the app or with a recovery code, which is used up by that."""

    password: str
    code: str | None = None
    recovery_code: str | None = None


class Settle(_Document, frozen=True, kw_only=True):
    """After a replacement whose answer was lost: what opens the account, a code of the new app or one of the old."""

    password: str
    code: str
    old_code: str


class Settled(_Document, frozen=True, kw_only=True):
    """Which app holds; `neither` opens the account when a code or the password was mistyped."""

    holds: Literal["new", "old", "neither"]


class MakeCodes(_Document, frozen=True, kw_only=True):
    """New codes for one of the present ones, which is not used up."""

    recovery_code: str


class CodesMade(_Document, frozen=True, kw_only=True):
    """The new codes; the old ones work until one of these is typed back."""

    new_codes: str
    codes: tuple[str, ...]


class TestCodes(_Document, frozen=True, kw_only=True):
    """Do a recovery code and the app belong together? Neither is used up."""

    __test__ = False  # a document, whatever test runners think of its name

    recovery_code: str
    code: str


class Tested(_Document, frozen=True, kw_only=True):
    """They do, or not; `minutes` is by how much the device's clock is ahead where they do and the code is refused."""

    belong_together: bool
    minutes: int = 0


class Standing(_Document, frozen=True, kw_only=True):
    """What `two-factor status` prints; what only the panel knows is None without it."""

    on: bool
    set_up_here: bool | None
    device: str
    since: Moment | None
    recovery_codes_left: int | None
    recovery_codes_saved: bool | None
    replacement_unsettled: bool


class KeyShown(_Document, frozen=True, kw_only=True):
    """The new key and its recovery codes, each shown this once. Nothing has changed yet."""

    otpauth: str
    key: str
    recovery_codes: tuple[str, ...]


class CodesShown(_Document, frozen=True, kw_only=True):
    """New recovery codes, shown this once; the old ones work until one of these is typed back."""

    recovery_codes: tuple[str, ...]


class Result(_Document, frozen=True, kw_only=True):
    """What was done. `answer_was_lost`: the server's answer was, and looking again showed it."""

    done: Literal["on", "replaced", "off", "codes", "dropped"]
    at: Moment
    answer_was_lost: bool


class TestResult(_Document, frozen=True, kw_only=True):
    """Whether a recovery code and the app belong together; `minutes_ahead` is by how much the device's clock is off."""

    __test__ = False  # a document, whatever test runners think of its name

    belong_together: bool
    minutes_ahead: int
