"""The panel's cookies: which names, which attributes, on which kind of connection.

Over https the `__Host-` prefix binds a cookie to this very host, the path `/` and `Secure`; over http on this machine
(development, `make demo`) the prefix is not allowed and is left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

SESSION = "bulwark"
OTHERS = "bulwark-others"  # the ids of further accounts' sessions in this browser
PENDING = "bulwark-pending"  # between password and code
REDIRECT = "bulwark-redirect"  # while the person is at the provider
BROWSER = "bulwark-browser"  # this browser signed in before: strangers' mistakes do not lock it out
THEME = "bulwark-theme"
LANGUAGE = "bulwark-language"

_PLAIN = re.compile(r"[A-Za-z0-9_.=-]{1,512}")
YEAR = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Cookies:
    """Reads and writes the cookies of one request."""

    request: Request

    @property
    def _secure(self) -> bool:
        return bool(self.request.scope["state"]["peer"].is_https)

    def name(self, name: str) -> str:
        """The cookie's name on this connection."""
        return f"__Host-{name}" if self._secure else name

    def get(self, name: str) -> str:
        """A cookie's value; empty when absent or made of letters that no cookie of ours has."""
        value = self.request.cookies.get(self.name(name), "")
        return value if _PLAIN.fullmatch(value) else ""

    def put(self, response: Response, name: str, value: str, *, max_age: int | None = None) -> None:
        """Set a cookie, for this browser's session unless `max_age` (seconds) is given."""
        response.set_cookie(
            self.name(name), value, max_age=max_age, path="/", secure=self._secure, httponly=True, samesite="lax"
        )

    def drop(self, response: Response, name: str) -> None:
        """Delete a cookie."""
        response.delete_cookie(self.name(name), path="/", secure=self._secure, httponly=True, samesite="lax")
