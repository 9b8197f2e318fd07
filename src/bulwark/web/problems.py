"""What can be wrong with a request itself, before any account is involved.

These never reach a service: they are the web's own refusals, shown by the same table as the domain errors.
"""

from __future__ import annotations


class RequestProblem(Exception):
    """The root of everything wrong with a request."""


class PageMissing(RequestProblem):
    """No page has this address."""


class MethodNotAllowed(RequestProblem):
    """The page exists, but not for this method; `allowed` lists the methods."""

    def __init__(self, allowed: str) -> None:
        super().__init__("Method not allowed.")
        self.allowed = allowed


class FormUnreadable(RequestProblem):
    """The body is no form: wrong type, not UTF-8, a field twice, too many fields."""


class BodyTooLarge(RequestProblem):
    """The body is larger than this page takes."""


class ForeignOrigin(RequestProblem):
    """The browser says that another site sent this form."""


class WrongHost(RequestProblem):
    """The request asked for a host that is not this panel."""


class PlainHttp(RequestProblem):
    """The request came over http from elsewhere than this machine."""
