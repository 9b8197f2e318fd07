"""A provider on a loopback port that lies as it is told to; what is not told otherwise is right."""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64encode
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jwt
from joserfc.jwk import RSAKey

from loopback_server import serve
from redirect_steps import asked, callback, leave

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hand_clock import HandClock
    from html_page import Page
    from panel_browser import Browser
    from panel_kit import RunningPanel

PERSON = "ida@idp.example.org"
ACCESS = "outside-access-token-of-ida"
SUBJECT = "subject-of-ida"
CLIENT = "bulwark-panel"
START = f"/sign-in/redirect?login={PERSON}"
SETTINGS = {"OIDC_CLIENT_ID": CLIENT, "OIDC_PRIVATE_ADDRESSES": "allowed"}


@dataclass(slots=True, kw_only=True)
class HostileProvider:
    """What it says; each field can be set to a lie. `claims` are added to the ID token, None takes one away."""

    issuer: str
    clock: HandClock
    document: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    algorithm: str = "RS256"
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "first"}, auto_kid=False))
    published: list[dict[str, Any]] | None = None  # instead of its own public key
    padding: int = 0  # bytes added to the set of keys
    redirects: set[str] = field(default_factory=set)  # paths that answer with a redirect
    token_answer: tuple[int, dict[str, Any]] | None = None
    nonce: str = ""
    refresh_token: str | None = None
    codes: set[str] = field(default_factory=lambda: {"a-good-code"})
    asked: list[str] = field(default_factory=list)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer as an ASGI application."""
        if scope["type"] != "http":
            return
        path, body = scope["path"], (await receive()).get("body", b"")
        self.asked.append(path)
        status, answer = 200, self._answer(path, body)
        if isinstance(answer, tuple):
            status, answer = answer
        headers = [(b"content-type", b"application/json")]
        if path in self.redirects:
            status, headers = 302, [(b"location", b"http://127.0.0.1:9/elsewhere")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(answer).encode()})

    def _answer(self, path: str, body: bytes) -> Any:
        if path == "/.well-known/openid-configuration":
            return {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "authorization_response_iss_parameter_supported": True,
            } | self.document
        if path == "/keys":
            keys = [self.key.as_dict(private=False)] if self.published is None else self.published
            return {"keys": keys, "padding": "x" * self.padding}
        if path == "/token":
            return self.token_answer or self._tokens(parse_qs(body.decode()))
        return 404, {}

    def _tokens(self, form: dict[str, list[str]]) -> Any:
        answer = {"access_token": ACCESS, "token_type": "Bearer", "expires_in": 3600}
        code, refresh_token = form.get("code", [""])[0], form.get("refresh_token", [""])[0]
        if refresh_token and refresh_token == self.refresh_token:
            return answer  # without another one: the old one goes on
        if code not in self.codes:
            return 400, {"error": "invalid_grant"}
        self.codes.remove(code)
        answer["id_token"] = self._id_token()
        return answer | ({"refresh_token": self.refresh_token} if self.refresh_token else {})

    def _id_token(self) -> str:
        now = int(self.clock.time())
        claims = {
            "iss": self.issuer,
            "sub": SUBJECT,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "auth_time": now,
            "nonce": self.nonce,
        } | self.claims
        claims = {name: value for name, value in claims.items() if value is not None}
        if self.algorithm == "RS256":
            return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)
        return self._forged(claims)

    def _forged(self, claims: dict[str, Any]) -> str:
        """A token by somebody who knows the public key only: unsigned, or with that key as a password."""
        parts = [_base64(json.dumps(part).encode()) for part in ({"alg": self.algorithm, "kid": self.key.kid}, claims)]
        signed = ".".join(parts)
        password = self.key.as_pem(private=False)
        proof = b"" if self.algorithm == "none" else hmac.digest(password, signed.encode(), "sha256")
        return f"{signed}.{_base64(proof)}"


def weak_key() -> dict[str, Any]:
    """A public key of 1024 bits."""
    numbers = rsa.generate_private_key(65537, 1024).public_key().public_numbers()  # noqa: S505 - weak on purpose
    return {"kty": "RSA", "kid": "first", "e": "AQAB", "n": _base64(numbers.n.to_bytes(128, "big"))}


def _base64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


@contextmanager
def lying(clock: HandClock) -> Iterator[HostileProvider]:
    """Run one until the block ends."""
    made: list[HostileProvider] = []

    def make(url: str) -> HostileProvider:
        made.append(HostileProvider(issuer=url, clock=clock))
        return made[0]

    with serve(make):
        yield made[0]


def believed(panel: RunningPanel, provider: HostileProvider) -> None:
    """Let the mail server name this provider, and take its token."""
    panel.sandbox.add_account(PERSON, None, directory="oidc")
    panel.sandbox.state.provider["issuer"] = provider.issuer
    panel.sandbox.accept_outside_token(ACCESS, PERSON)
    panel.watch.add(ACCESS)


async def try_it(browser: Browser, provider: HostileProvider, start: str = START, **answer: str) -> Page:
    """Leave, and come back with an answer that is right but for `answer`."""
    fields = asked(await leave(browser, start))
    provider.nonce = provider.nonce or fields["nonce"]
    return await browser.open(
        callback(**{"code": "a-good-code", "state": fields["state"], "iss": provider.issuer} | answer)
    )


def is_out(page: Page) -> bool:
    """Whether it is the page of what went wrong, and its address carries nothing."""
    return page.path == "/sign-in/failed" and "code=" not in page.url and "state=" not in page.url
