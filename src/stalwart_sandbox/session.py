"""The session resource and GET /api/account.

`urn:stalwart:jmap` is missing from the top level and present in every account; the anonymous session is 200 and empty.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from stalwart_sandbox import catalogue, ids
from stalwart_sandbox.accounts import Directory
from stalwart_sandbox.quirks import Quirk

if TYPE_CHECKING:
    from stalwart_sandbox.auth import Caller
    from stalwart_sandbox.state import State

Json = dict[str, Any]

MAX_SIZE_REQUEST: Final = 10_000_000
MAX_SIZE_UPLOAD: Final = 50_000_000
MAX_CALLS: Final = 16
MAX_OBJECTS: Final = 500
MAX_CONCURRENT: Final = 4
STALWART: Final = "urn:stalwart:jmap"

_URN: Final = "urn:ietf:params:jmap:"
_CORE: Final[Json] = {
    "maxSizeUpload": MAX_SIZE_UPLOAD,
    "maxConcurrentUpload": 4,
    "maxSizeRequest": MAX_SIZE_REQUEST,
    "maxConcurrentRequests": MAX_CONCURRENT,
    "maxCallsInRequest": MAX_CALLS,
    "maxObjectsInGet": MAX_OBJECTS,
    "maxObjectsInSet": MAX_OBJECTS,
    "collationAlgorithms": ["i;ascii-numeric", "i;ascii-casemap", "i;unicode-casemap"],
}
_VAPID: Final = "BNu0GZg0wGxwvxY6cYkQF3Yp4w2yq5dXeBqGzWcV7mRk8xJtD1sQ9oHfLr5aNnT0uI2vKjEiS6hPbCyMlOgXwZ4"
_PLAIN: Final = (
    "mail",
    "submission",
    "vacationresponse",
    "blob",
    "quota",
    "calendars",
    "calendars:parse",
    "contacts",
    "contacts:parse",
    "filenode",
    "principals",
    "principals:availability",
    "emailpush",
)
_MAIL: Final[Json] = {
    "maxMailboxesPerEmail": None,
    "maxMailboxDepth": 10,
    "maxSizeMailboxName": 255,
    "maxSizeAttachmentsPerEmail": 50_000_000,
    "emailQuerySortOptions": ["receivedAt", "size", "from", "to", "subject", "sentAt"],
    "mayCreateTopLevelMailbox": True,
}
_SUBMISSION: Final[Json] = {"maxDelayedSend": 2_592_000, "submissionExtensions": {"FUTURERELEASE": [], "SIZE": []}}

# Account capabilities with the one permission each depends on; None for those that are always there.
_ACCOUNT: Final[tuple[tuple[str, str | None, Json], ...]] = (
    (f"{_URN}mail", "jmapEmailGet", _MAIL),
    (f"{_URN}submission", "jmapEmailSubmissionCreate", _SUBMISSION),
    (f"{_URN}vacationresponse", "jmapVacationResponseGet", {}),
    (f"{_URN}contacts", "jmapContactCardGet", {}),
    (f"{_URN}contacts:parse", "jmapContactCardParse", {}),
    (f"{_URN}calendars", "jmapCalendarEventGet", {}),
    (f"{_URN}calendars:parse", "jmapCalendarEventParse", {}),
    (f"{_URN}sieve", "jmapSieveScriptGet", {}),
    (f"{_URN}blob", "jmapBlobGet", {}),
    (f"{_URN}quota", "jmapQuotaGet", {}),
    (f"{_URN}filenode", "jmapFileNodeGet", {}),
    (f"{_URN}principals", None, {}),
    (f"{_URN}principals:availability", None, {}),
    (f"{_URN}mail:share", "jmapEmailGet", {}),
    (f"{_URN}emailpush", "jmapEmailGet", {}),
    (STALWART, None, {}),
    (f"{_URN}websocket", None, {}),
)

KNOWN_CAPABILITIES: Final = frozenset(
    [name for name, _, _ in _ACCOUNT] + [f"{_URN}{name}" for name in ("core", "principals:owner", "webpush-vapid")]
)

_HIDDEN_WITHOUT_PASSWORD: Final = frozenset({"sysAccountPasswordGet", "sysAccountPasswordUpdate"})
_HIDDEN_OF_ADMIN: Final = ("sysAccountSettings", "sysApiKey", "sysAppPassword", "sysAccountPassword")


def resource(state: State, caller: Caller | None) -> Json:
    """The session of a caller; None is somebody without credentials."""
    address = None if caller is None or caller.account is None else caller.account.address
    base = state.base_url
    misleading = state.quirks.option(Quirk.MISLEADING_URLS, "origin", address)
    if misleading is not None:
        base = misleading
    elif state.quirks.is_on(Quirk.RELATIVE_URLS, address):
        base = ""
    old = state.quirks.is_on(Quirk.BEFORE_0_16, address)
    accounts, primary, username, session_state = {}, {}, "", "0"
    if caller is not None:
        account_id, username = ids.encode(caller.number), _name(state, caller)
        capabilities = _account_capabilities(caller, old=old)
        accounts[account_id] = {
            "name": username,
            "isPersonal": True,
            "isReadOnly": False,
            "accountCapabilities": capabilities,
        }
        primary = dict.fromkeys(capabilities, account_id)
        session_state = state.session_state(caller.number)
    return {
        "capabilities": _server_capabilities(base),
        "accounts": accounts,
        "primaryAccounts": primary,
        "username": username,
        "apiUrl": f"{base}/jmap/",
        "downloadUrl": f"{base}/jmap/download/{{accountId}}/{{blobId}}/{{name}}?accept={{type}}",
        "uploadUrl": f"{base}/jmap/upload/{{accountId}}/",
        "eventSourceUrl": f"{base}/jmap/eventsource/?types={{types}}&closeafter={{closeafter}}&ping={{ping}}",
        "state": session_state,
    }


def _name(state: State, caller: Caller) -> str:
    if caller.account is not None:
        return caller.account.address
    return state.admin.login if state.admin else ""


def _server_capabilities(base: str) -> Json:
    return {
        f"{_URN}core": _CORE,
        f"{_URN}sieve": {"implementation": "Stalwart v1.0.0"},
        f"{_URN}websocket": {"url": f"ws{base.removeprefix('http')}/jmap/ws", "supportsPush": True},
        **{f"{_URN}{name}": {} for name in _PLAIN},
        f"{_URN}webpush-vapid": {"applicationServerKey": _VAPID},
    }


def _account_capabilities(caller: Caller, *, old: bool) -> Json:
    capabilities = {
        name: value
        for name, permission, value in _ACCOUNT
        if (permission is None or permission in caller.permissions) and not (old and name == STALWART)
    }
    return capabilities | {f"{_URN}principals": {"currentUserPrincipalId": ids.encode(caller.number)}}


def account_info(state: State, caller: Caller) -> Json:
    """GET /api/account: the permissions of the credential used, minus those the server never tells."""
    account = caller.account
    shown = caller.permissions - catalogue.NOT_REPORTED
    if account is None:
        shown = frozenset(name for name in shown if not name.startswith(_HIDDEN_OF_ADMIN))
    elif state.directory(account) is not Directory.INTERNAL:
        shown -= _HIDDEN_WITHOUT_PASSWORD
    locale = "en_US" if account is None else account.locale
    return {"permissions": catalogue.in_server_order(shown), "edition": "oss", "locale": locale}
