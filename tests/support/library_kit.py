"""People who use the library: their account, their tokens, their client."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stalwart_jmap import BearerToken, Secret, StalwartClient, Tokens, sign_in

if TYPE_CHECKING:
    from mail_server import MailAccount
    from stalwart_jmap import MfaNeeded, SignInFailed, Transport

CLIENT_ID = "library-tests"
REDIRECT_URI = "https://tests.invalid/callback"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A mail account with a client that holds its tokens."""

    account: MailAccount
    tokens: Tokens
    client: StalwartClient


async def try_sign_in(
    transport: Transport, login: str, password: str, code: str | None = None
) -> Tokens | MfaNeeded | SignInFailed:
    """Sign in with plain texts."""
    return await sign_in(
        transport,
        login=login,
        password=Secret(password),
        code=None if code is None else Secret(code),
        client_id=CLIENT_ID,
        redirect_uri=REDIRECT_URI,
    )


async def signed_in(transport: Transport, account: MailAccount) -> Person:
    """Sign somebody in, with a code where their second factor is on."""
    code = None if account.totp_secret is None else account.code()
    tokens = await try_sign_in(transport, account.login, account.password, code)
    assert isinstance(tokens, Tokens), tokens
    return Person(account=account, tokens=tokens, client=StalwartClient(transport, BearerToken(tokens.access)))
