"""The exit statuses of the command line, for the program, its manual and the documentation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

MEANINGS: Final[Mapping[int, str]] = {
    0: "done",
    1: "the server refused, a permission is missing, or something needs attention",
    2: "the command was not understood, or lacks something",
    3: "not signed in (any more)",
    4: "the mail server, or the panel, does not answer",
    5: "the mail server is too old, or an answer cannot be read",
    6: "sent, and the answer was lost: it may have been done or not",
    130: "ended by Ctrl+C",
}
