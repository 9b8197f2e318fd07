"""App passwords and API keys: one object shape, one set of rules (protocol reference, section 4).

Ids are small and given again after a revocation. So what a person saw travels as a mark over id, name and creation
time; before a change the list of this kind is read again, and only an id that stands in it under the same mark is sent.
One request reads, one writes and reads back.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import msgspec

import stalwart_jmap as jmap
from bulwark import errors
from bulwark.account import refusals
from stalwart_jmap.core.response import parse_set
from stalwart_jmap.objects import credential as wire
from stalwart_jmap.objects.api_key import ApiKey
from stalwart_jmap.objects.app_password import AppPassword
from stalwart_jmap.objects.credential import Credential, CredentialChange

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from bulwark.account.account import Account
    from stalwart_jmap import Call, CredentialId, Response, Secret
    from stalwart_jmap.core.response import SetResult
    from stalwart_jmap.objects.credential import NewCredential

_MARK = 24  # hexadecimal digits
_NEW = "new"
_QUOTA = re.compile(r"quota of ([0-9]{1,6}) ")
_GRANT = re.compile(r"authorized to grant permissions: (.+)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One of the two kinds: its object, its permissions, and where its pages are."""

    slug: str
    object: str
    path: str
    parse: Callable[[dict[str, Any]], tuple[Credential, ...]]

    @property
    def reading(self) -> tuple[str, str]:
        """The permissions that the list needs."""
        return (self.permission("Query"), self.permission("Get"))

    def permission(self, action: str) -> str:
        """The permission for `Query`, `Get`, `Create`, `Update` or `Destroy`."""
        return f"sys{self.object}{action}"


APP_PASSWORD = Kind(
    slug="app-passwords",
    object="AppPassword",
    path="/app-passwords",
    parse=lambda result: wire.parse(result, AppPassword),
)
API_KEY = Kind(
    slug="api-keys",
    object="ApiKey",
    path="/api-keys",
    parse=lambda result: wire.parse(result, ApiKey),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The credentials of one kind as of `read_at`, newest first; `unavailable` says why they could not be listed."""

    read_at: datetime
    credentials: tuple[Credential, ...] = ()
    unavailable: errors.BulwarkError | None = None

    def marked(self, kind: Kind, mark: str) -> Credential:
        """The credential that a person saw under this mark.

        Raises:
            Gone: it is not there any more, has another name, or its id belongs to another one now.
        """
        for one in self.credentials:
            if mark_of(kind, one) == mark:
                return one
        raise errors.Gone

    def named(self, words: str) -> tuple[Credential, ...]:
        """Those whose name holds every typed word; all of them without words."""
        wanted = words.casefold().split()
        return tuple(one for one in self.credentials if all(word in one.description.casefold() for word in wanted))


@dataclass(frozen=True, slots=True, kw_only=True)
class Created:
    """A new credential: its secret this once, when it was confirmed, and how many there are now, when that was read."""

    id: CredentialId
    secret: Secret
    at: datetime
    total: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """What a change did: before, and after as far as it was read back; `changed` is false when nothing was sent."""

    at: datetime
    before: Credential
    after: Credential | None
    changed: bool


class Fate(StrEnum):
    """What became of one credential in a revocation."""

    REVOKED = "revoked"
    REFUSED = "refused"
    UNKNOWN = "unknown"  # the answer does not name it, and it could not be read back


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoked:
    """One item of a revocation; `why` is the server's reason for a refusal."""

    name: str
    fate: Fate
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    """Per item what happened, and how many are left, when that was read."""

    at: datetime
    items: tuple[Revoked, ...]
    left: int | None


def mark_of(kind: Kind, one: Credential) -> str:
    """An opaque name for what a person saw: id, name and creation time of one kind."""
    made = one.created_at.isoformat() if one.created_at is not None else ""
    return _digest(kind.slug, one.id, one.description, made)


def state_of(one: Credential) -> str:
    """An opaque name for everything that can be changed, so that an edit notices somebody else's."""
    scope = msgspec.json.encode(wire.scope_to_wire(one.scope), order="sorted").decode()
    ends = one.expires_at.isoformat() if one.expires_at is not None else ""
    return _digest(one.description, ends, scope, *sorted(one.allowed_ips))


def _digest(*parts: str) -> str:
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()[:_MARK]


async def look(account: Account, kind: Kind) -> Listing:
    """Read every credential of a kind, in one request; rights too, while the list was closed before.

    Raises:
        BulwarkError: the request as a whole failed.
    """
    query, get = _list_calls(kind)
    response = await account.read(query, get, renew_rights=bool(account.rights.missing(*kind.reading)))
    found = _listed(kind, response)
    if isinstance(found, jmap.MethodError):
        missing = account.rights.why_not(*kind.reading)
        return Listing(read_at=account.now, unavailable=missing or refusals.from_method_error(found, *kind.reading))
    return Listing(read_at=account.now, credentials=found)


async def create(account: Account, kind: Kind, new: NewCredential) -> Created:
    """Make one; the answer holds its secret, which cannot be read again.

    Raises:
        PermissionMissing: to create at all, or, named by the server, to hand on.
        QuotaReached, Refused: the server said no. OutcomeUnknown: the answer was lost; it may exist.
    """
    result, response = await _write(account, kind, "Create", {"create": {_NEW: new.to_wire()}})
    try:
        made = result.created_as(_NEW)
    except jmap.OutcomeUnknown as error:
        raise refusals.lost(error) from error
    if isinstance(made, jmap.SetError):
        raise refusal_of(made)
    if not isinstance(made.get("id"), str) or not isinstance(made.get("secret"), str):
        raise errors.OutcomeUnknown(result.sent_at)
    after = _listed(kind, response)
    return Created(
        id=jmap.CredentialId(made["id"]),
        secret=jmap.Secret(made["secret"]),
        at=account.now,
        total=None if isinstance(after, jmap.MethodError) else len(after),
    )


async def edit(account: Account, kind: Kind, before: Credential, wanted: NewCredential) -> Edited:
    """Make a credential, read just now, what is wanted; only what differs is sent.

    Raises:
        Gone: somebody revoked it meanwhile. PermissionMissing, Refused: the server said no.
        OutcomeUnknown: the answer was lost.
    """
    change = difference(before, wanted)
    if change is None:
        return Edited(at=account.now, before=before, after=before, changed=False)
    result, response = await _write(account, kind, "Update", {"update": {before.id: change.to_wire()}})
    try:
        refused = result.update_of(before.id)
    except jmap.OutcomeUnknown as error:
        raise refusals.lost(error) from error
    if refused is not None:
        raise refusal_of(refused)
    listed = _listed(kind, response)
    after = None if isinstance(listed, jmap.MethodError) else next((one for one in listed if one.id == before.id), None)
    return Edited(at=account.now, before=before, after=after, changed=True)


def difference(before: Credential, wanted: NewCredential) -> CredentialChange | None:
    """What has to be sent to make `before` what is wanted; None when it is so already."""
    change = CredentialChange(
        description=jmap.KEEP if before.description == wanted.description else wanted.description,
        expires_at=jmap.KEEP if before.expires_at == wanted.expires_at else wanted.expires_at,
        scope=jmap.KEEP if before.scope == wanted.scope else wanted.scope,
        allowed_ips=jmap.KEEP if before.allowed_ips == wanted.allowed_ips else wanted.allowed_ips,
    )
    return None if change == CredentialChange() else change


async def revoke(account: Account, kind: Kind, chosen: Sequence[Credential]) -> Revocation:
    """Revoke credentials that were read just now, effective at once; what became of each is in the answer.

    Raises:
        PermissionMissing, Refused: nothing was revoked. OutcomeUnknown: the answer was lost.
    """
    result, response = await _write(account, kind, "Destroy", {"destroy": [one.id for one in chosen]})
    listed = _listed(kind, response)
    after = None if isinstance(listed, jmap.MethodError) else listed
    items = tuple(_fate(kind, one, result, after) for one in chosen)
    return Revocation(at=account.now, items=items, left=None if after is None else len(after))


def refusal_of(error: jmap.SetError) -> errors.BulwarkError:
    """Say why the server refused one credential (recorded in the scenarios `app-passwords` and `api-keys`)."""
    text = error.description or ""
    if error.type == "overQuota":
        named = _QUOTA.search(text)
        return errors.QuotaReached(int(named[1]) if named else None)
    if error.type == "notFound":
        return errors.Gone()
    granting = _GRANT.search(text)
    if error.type == "forbidden" and granting:
        names = re.findall(r"[A-Za-z0-9]+", granting[1].partition(" and ")[0])
        return errors.PermissionMissing(*names)
    if error.type == "validationFailed" and error.validation_errors:
        first = error.validation_errors[0]
        return errors.Refused(" ".join(part for part in (first.type, first.property, first.value) if part))
    return errors.Refused(text or error.type)


async def _write(account: Account, kind: Kind, action: str, arguments: dict[str, Any]) -> tuple[SetResult, Response]:
    """Send one write and read the list back in the same request."""
    needed = kind.permission(action)
    account.rights.require(needed)
    call = jmap.Call(f"x:{kind.object}/set", arguments, "write")
    try:
        response = await account.client.call(call, *_list_calls(kind))
        return parse_set(response[call], sent_at=response.sent_at), response
    except jmap.OutcomeUnknown as error:
        raise refusals.lost(error) from error
    except jmap.MethodError as error:
        raise refusals.from_method_error(error, needed) from error
    except jmap.StalwartError as error:
        raise refusals.from_wire(error) from error


def _fate(kind: Kind, one: Credential, result: SetResult, after: Iterable[Credential] | None) -> Revoked:
    try:
        refused = result.destruction_of(one.id)
    except jmap.OutcomeUnknown:
        still_there = after is None or mark_of(kind, one) in {mark_of(kind, left) for left in after}
        return Revoked(name=one.description, fate=Fate.UNKNOWN if still_there else Fate.REVOKED)
    if refused is None:
        return Revoked(name=one.description, fate=Fate.REVOKED)
    return Revoked(name=one.description, fate=Fate.REFUSED, why=refused.description or refused.type)


def _list_calls(kind: Kind) -> tuple[Call, Call]:
    query = wire.query_call(f"x:{kind.object}", "ids")
    return query, wire.get_call(f"x:{kind.object}", query.ref("/ids"), "list")


def _listed(kind: Kind, response: Response) -> tuple[Credential, ...] | jmap.MethodError:
    query, listed = response.get("ids"), response.get("list")
    if isinstance(query, jmap.MethodError):  # it says more than the broken reference to it
        return query
    if isinstance(listed, jmap.MethodError):
        return listed
    try:
        return tuple(sorted(kind.parse(listed), key=_newest, reverse=True))
    except jmap.BadAnswer:
        return jmap.MethodError("serverFail")


def _newest(one: Credential) -> tuple[float, int, str]:
    made = one.created_at.timestamp() if one.created_at is not None else 0.0
    return (made, len(one.id), one.id)
