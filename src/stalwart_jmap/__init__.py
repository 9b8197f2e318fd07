"""A typed, async JMAP client for account security on a Stalwart mail server (0.16 or newer).

Everything public is here. The modules of `stalwart_jmap.objects` are one per JMAP type and are used by name:
`account_password.get_call()`, `app_password.parse(result)`.
"""

from __future__ import annotations

from stalwart_jmap import totp
from stalwart_jmap.client import StalwartClient
from stalwart_jmap.core.errors import (
    AccessForbidden,
    AnswerLost,
    AuthenticationFailed,
    BadAnswer,
    ConnectFailed,
    MethodError,
    MfaRequired,
    NotJson,
    OAuthRefused,
    ObjectReference,
    OutcomeUnknown,
    RateLimited,
    RedirectRefused,
    RequestError,
    ResponseTooLarge,
    ServerFailed,
    SetError,
    StalwartError,
    TimedOut,
    TransportError,
    UnsupportedServer,
    ValidationError,
)
from stalwart_jmap.core.event_source import Ping, StateChange
from stalwart_jmap.core.ids import AccountId, CredentialId, IdentityId, PublicKeyId
from stalwart_jmap.core.request import Call, ResultReference, creation_reference
from stalwart_jmap.core.response import Response, SetResult
from stalwart_jmap.core.session import AccountInfo, Session
from stalwart_jmap.core.wire import KEEP, Keep, Unknown
from stalwart_jmap.credentials import BasicCredentials, BearerToken, Credentials, RefreshingToken
from stalwart_jmap.flows import (
    approve_device,
    discover,
    exchange_code,
    poll_device,
    provider_metadata,
    refresh,
    server_metadata,
    sign_in,
    start_device,
)
from stalwart_jmap.oauth.code_flow import Pkce, authorization_query, read_callback
from stalwart_jmap.oauth.device_flow import DeviceExpired, DeviceGrant, DevicePending
from stalwart_jmap.oauth.interactive import Approved, MfaNeeded, SignInFailed
from stalwart_jmap.oauth.metadata import Metadata
from stalwart_jmap.oauth.tokens import RefreshRefused, Tokens
from stalwart_jmap.objects import account_password, account_settings, api_key, app_password, identity, mail, public_key
from stalwart_jmap.objects.account_password import AccountPassword
from stalwart_jmap.objects.account_settings import AccountSettings, Cipher, Encrypted, Encryption, NotEncrypted
from stalwart_jmap.objects.api_key import ApiKey
from stalwart_jmap.objects.app_password import AppPassword
from stalwart_jmap.objects.credential import (
    CreatedCredential,
    Credential,
    CredentialChange,
    Except,
    Inherit,
    NewCredential,
    Only,
    Scope,
    UnknownVariant,
)
from stalwart_jmap.objects.identity import Identity, IdentityChanges, IdentityDraft, Mailbox
from stalwart_jmap.objects.public_key import NewPublicKey, PublicKey
from stalwart_jmap.secret import Secret
from stalwart_jmap.transport import Timeouts, Transport

__all__ = [
    "KEEP",
    "AccessForbidden",
    "AccountId",
    "AccountInfo",
    "AccountPassword",
    "AccountSettings",
    "AnswerLost",
    "ApiKey",
    "AppPassword",
    "Approved",
    "AuthenticationFailed",
    "BadAnswer",
    "BasicCredentials",
    "BearerToken",
    "Call",
    "Cipher",
    "ConnectFailed",
    "CreatedCredential",
    "Credential",
    "CredentialChange",
    "CredentialId",
    "Credentials",
    "DeviceExpired",
    "DeviceGrant",
    "DevicePending",
    "Encrypted",
    "Encryption",
    "Except",
    "Identity",
    "IdentityChanges",
    "IdentityDraft",
    "IdentityId",
    "Inherit",
    "Keep",
    "Mailbox",
    "Metadata",
    "MethodError",
    "MfaNeeded",
    "MfaRequired",
    "NewCredential",
    "NewPublicKey",
    "NotEncrypted",
    "NotJson",
    "OAuthRefused",
    "ObjectReference",
    "Only",
    "OutcomeUnknown",
    "Ping",
    "Pkce",
    "PublicKey",
    "PublicKeyId",
    "RateLimited",
    "RedirectRefused",
    "RefreshRefused",
    "RefreshingToken",
    "RequestError",
    "Response",
    "ResponseTooLarge",
    "ResultReference",
    "Scope",
    "Secret",
    "ServerFailed",
    "Session",
    "SetError",
    "SetResult",
    "SignInFailed",
    "StalwartClient",
    "StalwartError",
    "StateChange",
    "TimedOut",
    "Timeouts",
    "Tokens",
    "Transport",
    "TransportError",
    "Unknown",
    "UnknownVariant",
    "UnsupportedServer",
    "ValidationError",
    "account_password",
    "account_settings",
    "api_key",
    "app_password",
    "approve_device",
    "authorization_query",
    "creation_reference",
    "discover",
    "exchange_code",
    "identity",
    "mail",
    "poll_device",
    "provider_metadata",
    "public_key",
    "read_callback",
    "refresh",
    "server_metadata",
    "sign_in",
    "start_device",
    "totp",
]
