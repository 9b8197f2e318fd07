"""Interactive sign-in and tokens: POST /api/auth, /auth/token, /auth/device, userinfo and the metadata documents.

`/api/auth` is the only place that takes a code; a ban looks like any other failure there.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from stalwart_sandbox import auth, errors, grants
from stalwart_sandbox.auth import Verdict
from stalwart_sandbox.grants import AuthCode, DeviceCode
from stalwart_sandbox.http import CORS, NO_STORE, Response, json_response
from stalwart_sandbox.quirks import Quirk

if TYPE_CHECKING:
    from stalwart_sandbox.accounts import Account
    from stalwart_sandbox.auth import Caller
    from stalwart_sandbox.http import Request
    from stalwart_sandbox.state import State

Json = dict[str, Any]

DEVICE_GRANT: Final = "urn:ietf:params:oauth:grant-type:device_code"
_LONGEST_FORM: Final = 2048
_LONGEST_DOCUMENT: Final = 1024 * 1024
_LONGEST_CLIENT: Final = 2048
_CODE_LIFETIME: Final = "authCodeExpiry"
_SCOPES: Final = [
    "openid",
    "offline_access",
    "urn:ietf:params:oauth:scope:mail",
    "urn:ietf:params:oauth:scope:contacts",
    "urn:ietf:params:oauth:scope:calendars",
]
_GRANTS: Final = ["authorization_code", "refresh_token", DEVICE_GRANT]
_CLIENT_AUTH: Final = ["none", "client_secret_post", "client_secret_basic"]
_SIGNING: Final = [
    "RS256",
    "RS384",
    "RS512",
    "ES256",
    "ES384",
    "PS256",
    "PS384",
    "PS512",
    "HS256",
    "HS384",
    "HS512",
]


# Sign-in


def interactive(state: State, request: Request) -> Response:
    """POST /api/auth: authCode and authDevice."""
    if len(request.body) > _LONGEST_DOCUMENT:
        raise errors.limit("maxSizeRequest", "The request is larger than the server is willing to process.")
    document = _document(request.body)
    match document["type"]:
        case "authCode":
            return json_response(_auth_code(state, request, document), headers=(NO_STORE,))
        case "authDevice":
            return json_response(_auth_device(state, request, document), headers=(NO_STORE,))
        case _:
            raise errors.invalid_parameters("JSON deserialization failed")


def _document(body: bytes) -> Json:
    """The sign-in document, with its required texts present."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    texts = ("type", "accountName", "accountSecret")
    optional = ("mfaToken", "redirectUri", "clientId", "codeChallenge", "codeChallengeMethod", "scope", "code")
    if (
        not isinstance(document, dict)
        or not all(isinstance(document.get(name), str) for name in texts)
        or not all(isinstance(document.get(name, ""), str | None) for name in optional)
    ):
        raise errors.invalid_parameters("JSON deserialization failed")
    return document


def _auth_code(state: State, request: Request, document: Json) -> Json:
    client_id = document.get("clientId")
    if client_id is None:
        raise errors.invalid_parameters("JSON deserialization failed")
    redirect_uri, challenge = document.get("redirectUri"), document.get("codeChallenge")
    method = document.get("codeChallengeMethod") or "plain"
    usable = len(client_id) <= _LONGEST_CLIENT and method in {"S256", "plain"}
    if not redirect_uri or not usable or (redirect_uri.startswith("http://") and not challenge):
        raise errors.unauthorized()
    account, answer = _prove(state, request, document)
    if answer is not None:
        return answer
    code = AuthCode(
        account=account,
        client_id=client_id,
        redirect_uri=redirect_uri,
        challenge=challenge,
        method=method,
        scope=document.get("scope"),
        expires_at=state.now() + state.settings["OidcProvider"][_CODE_LIFETIME] / 1000,
    )
    return {"type": "authenticated", "client_code": state.grants.add_code(code), "iss": state.base_url}


def _auth_device(state: State, request: Request, document: Json) -> Json:
    device = state.grants.device_by_user_code(document.get("code") or "")
    if device is None or device.expires_at <= state.now():
        return {"type": "failure"}
    account, answer = _prove(state, request, document)
    if answer is not None:
        return answer
    device.account, device.is_approved = account, True
    return {"type": "verified"}


def _prove(state: State, request: Request, document: Json) -> tuple[Account | None, Json | None]:
    """The account that signed in (None for the recovery administrator), or the answer that says why not."""
    login, secret = document["accountName"].lower(), document["accountSecret"]
    if state.admin is not None and login == state.admin.login:
        if state.admin.password.matches(secret):
            return None, None
        auth.failed(state, request.client, login)
        return None, {"type": "failure"}
    account, verdict = auth.check_password(state, login, secret, document.get("mfaToken"))
    if account is None or verdict in {Verdict.WRONG, Verdict.UNUSABLE}:
        auth.failed(state, request.client, login, account)
        return None, {"type": "failure"}
    if verdict is Verdict.CODE_MISSING:
        auth.report(state, "auth.mfa-required", request.client, account, reason="MFA token required")
        return None, {"type": "mfaRequired"}
    try:
        caller = auth.with_password(state, account, request.client)
    except errors.Problem:
        return None, {"type": "failure"}
    if "authenticate" not in caller.permissions:
        return None, {"type": "failure"}
    auth.report_success(state, account, request.client)
    return account, None


# Tokens


def token(state: State, request: Request) -> Response:
    """POST /auth/token."""
    if len(request.body) > _LONGEST_FORM:
        raise errors.invalid_parameters("Invalid post request")
    form = request.form()
    match form.get("grant_type"):
        case "authorization_code":
            return _exchange(state, form)
        case "refresh_token":
            return _refresh(state, form)
        case grant if grant == DEVICE_GRANT:
            return _device_token(state, form)
        case _:
            return _oauth_error("invalid_grant")


def _oauth_error(name: str) -> Response:
    return json_response({"error": name}, status=400)


def _exchange(state: State, form: dict[str, str]) -> Response:
    fields = [form.get(name) for name in ("code", "client_id", "redirect_uri")]
    if None in fields:
        return _oauth_error("invalid_client")
    code = state.grants.codes.get(form["code"])
    if code is None or code.expires_at <= state.now():
        return _oauth_error("access_denied")
    if code.client_id != form["client_id"] or code.redirect_uri != form["redirect_uri"]:
        return _oauth_error("invalid_client")
    if not _verifier_fits(code, form.get("code_verifier")):
        return _oauth_error("invalid_grant")
    del state.grants.codes[form["code"]]
    return _tokens(state, code.account, code.client_id, code.scope)


def _verifier_fits(code: AuthCode, verifier: str | None) -> bool:
    """PKCE (RFC 7636)."""
    if code.challenge is None:
        return True
    if verifier is None:
        return False
    if code.method == "S256":
        digest = hashlib.sha256(verifier.encode()).digest()
        verifier = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return hmac.compare_digest(verifier.encode(), code.challenge.encode())


def _tokens(state: State, account: Account | None, client_id: str, scope: str | None) -> Response:
    lifetimes = state.settings["OidcProvider"]
    answer: Json = {
        "access_token": grants.issue(state, account, grants.ACCESS, lifetimes["accessTokenExpiry"]),
        "token_type": "bearer",
        "expires_in": lifetimes["accessTokenExpiry"] // 1000,
        "refresh_token": grants.issue(state, account, grants.REFRESH, lifetimes["refreshTokenExpiry"]),
    }
    if scope is not None:
        answer["scope"] = scope
    return json_response(answer | {"id_token": grants.id_token(state, account, client_id)})


def _refresh(state: State, form: dict[str, str]) -> Response:
    presented = form.get("refresh_token")
    if presented is None:
        return _oauth_error("invalid_request")
    meaning = grants.read(state, presented)
    if meaning is None or meaning.kind != grants.REFRESH:
        return _oauth_error("invalid_grant")
    lifetimes = state.settings["OidcProvider"]
    answer: Json = {
        "access_token": grants.issue(state, meaning.account, grants.ACCESS, lifetimes["accessTokenExpiry"]),
        "token_type": "bearer",
        "expires_in": lifetimes["accessTokenExpiry"] // 1000,
    }
    if (meaning.expires_at - state.now()) * 1000 <= lifetimes["refreshTokenRenewal"]:
        answer["refresh_token"] = grants.issue(state, meaning.account, grants.REFRESH, lifetimes["refreshTokenExpiry"])
    return json_response(answer)


def device(state: State, request: Request) -> Response:
    """POST /auth/device (RFC 8628)."""
    if state.quirks.is_on(Quirk.NO_DEVICE_FLOW):
        raise errors.not_found()
    form = request.form()
    if "client_id" not in form:
        raise errors.invalid_parameters("Client ID is missing.")
    lifetime = state.settings["OidcProvider"]["userCodeExpiry"] // 1000
    waiting = DeviceCode(
        client_id=form["client_id"],
        user_code=grants.user_code(),
        expires_at=state.now() + lifetime,
        scope=form.get("scope"),
    )
    answer = {
        "device_code": state.grants.add_device(waiting),
        "user_code": waiting.user_code,
        "verification_uri": f"{state.base_url}/device",
        "verification_uri_complete": f"{state.base_url}/device/?code={waiting.user_code}",
        "expires_in": lifetime,
        "interval": state.device_interval,
    }
    return json_response(answer, headers=(NO_STORE,))


def _device_token(state: State, form: dict[str, str]) -> Response:
    waiting = state.grants.devices.get(form.get("device_code", ""))
    if waiting is None or waiting.expires_at <= state.now():
        return _oauth_error("expired_token")
    if waiting.client_id != form.get("client_id"):
        return _oauth_error("invalid_client")
    if not waiting.is_approved:
        return _oauth_error("authorization_pending")
    del state.grants.devices[form["device_code"]]
    return _tokens(state, waiting.account, waiting.client_id, waiting.scope)


def userinfo(state: State, caller: Caller) -> Response:
    """GET /auth/userinfo; `sub` is the decimal account number."""
    account = caller.account
    address = state.admin.login if account is None and state.admin else account.address if account else ""
    name = account.description if account is not None else address
    answer = {
        "sub": str(caller.number),
        "name": name or address,
        "preferred_username": address,
        "email": address,
        "email_verified": True,
    }
    return json_response(answer, headers=(NO_STORE,))


# Metadata


def authorization_server(state: State) -> Response:
    """GET /.well-known/oauth-authorization-server (RFC 8414)."""
    base = state.base_url
    document = {
        "issuer": base,
        "token_endpoint": f"{base}/auth/token",
        "authorization_endpoint": f"{base}/login",
        "device_authorization_endpoint": f"{base}/auth/device",
        "registration_endpoint": f"{base}/auth/register",
        "introspection_endpoint": f"{base}/auth/introspect",
        "grant_types_supported": _GRANTS,
        "response_types_supported": ["code"],
        "scopes_supported": _SCOPES,
        "token_endpoint_auth_methods_supported": _CLIENT_AUTH,
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
    }
    return json_response(document, headers=CORS)


def openid_configuration(base: str) -> Response:
    """GET /.well-known/openid-configuration, and /api/discover/{email} with an empty base."""
    document = {
        "issuer": base,
        "authorization_endpoint": f"{base}/login",
        "token_endpoint": f"{base}/auth/token",
        "userinfo_endpoint": f"{base}/auth/userinfo",
        "jwks_uri": f"{base}/auth/jwks.json",
        "registration_endpoint": f"{base}/auth/register",
        "device_authorization_endpoint": f"{base}/auth/device",
        "scopes_supported": _SCOPES,
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "grant_types_supported": _GRANTS,
        "token_endpoint_auth_methods_supported": _CLIENT_AUTH,
        "id_token_signing_alg_values_supported": _SIGNING,
        "claims_supported": ["sub", "name", "preferred_username", "email", "email_verified"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
    }
    return json_response(document, headers=CORS if base else ())


def protected_resource(state: State) -> Response:
    """GET /.well-known/oauth-protected-resource (RFC 9728)."""
    document = {
        "resource": state.base_url,
        "authorization_servers": [state.base_url],
        "scopes_supported": _SCOPES,
        "bearer_methods_supported": ["header"],
    }
    return json_response(document, headers=CORS)


def discover(state: State, address: str) -> Response:
    """GET /api/discover/{email}: the local document with relative URLs, or six keys of an outside provider."""
    found = state.find(unquote(address).lower())
    if state.uses_oidc(found[0] if found else None):
        return json_response(state.provider, headers=(NO_STORE,))
    return openid_configuration("" if state.base_url.startswith("http://") else state.base_url)
