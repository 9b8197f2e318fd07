"""Who gave a session its tokens, where that was not the panel's own form: sealed within the session."""

from __future__ import annotations

import msgspec


class TokenSource(msgspec.Struct, frozen=True, kw_only=True):
    """The provider that signed a person in, or, without an issuer, the mail server's own sign-in page.

    `subject` is the person's name there; `id_token` is kept for signing out there, where that is offered.
    """

    issuer: str = ""
    subject: str = ""
    token_endpoint: str = ""
    takes_basic: bool = True
    end_session_endpoint: str = ""
    id_token: str = ""

    @property
    def is_external(self) -> bool:
        """Whether another provider than the mail server signs this person in."""
        return bool(self.issuer)

    def __repr__(self) -> str:
        """Never the token."""
        return f"TokenSource({self.issuer})"
