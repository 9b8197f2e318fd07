"""x:AppPassword and x:ApiKey, two views of one credential list.

A quota counts each kind on its own, ended ones included. A rule broken when the list is written (name missing, address
unspecified) fails every change of the call. Nobody may grant more than he holds himself.
"""

from __future__ import annotations

import base64
import copy
import secrets
import struct
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from stalwart_sandbox import dates, errors, ids, patch, shapes
from stalwart_sandbox.accounts import Credential, CredentialKind, Hashed
from stalwart_sandbox.errors import MethodError, SetError
from stalwart_sandbox.jmap import Method
from stalwart_sandbox.patch import Date, Object, SetOf, Text, Variant, address_key, permission_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from stalwart_sandbox.accounts import Account
    from stalwart_sandbox.jmap import Call

Json = dict[str, Any]

_NAMED: Final = Object({"permissions": SetOf(permission_key)}, defaults={"permissions": {}})
SCOPE: Final = Variant({"Inherit": Object({}), "Disable": _NAMED, "Replace": _NAMED})
SCHEMA: Final = Object(
    {"description": Text(), "expiresAt": Date(), "permissions": SCOPE, "allowedIps": SetOf(address_key)},
    server_set=frozenset({"secret", "createdAt", "credentialId"}),
    defaults={"description": None, "expiresAt": None, "permissions": {"@type": "Inherit"}, "allowedIps": {}},
)
_SORTS: Final = frozenset({"id", "expiresAt"})
_NAMED_IN_REFUSAL: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    kind: CredentialKind
    quota: str
    words: str


_APP_PASSWORD: Final = _Kind(kind=CredentialKind.APP_PASSWORD, quota="maxAppPasswords", words="app passwords")
_API_KEY: Final = _Kind(kind=CredentialKind.API_KEY, quota="maxApiKeys", words="API keys")


def _get(kind: _Kind, call: Call) -> Json:
    """Credentials in the order they are stored; without ids, those of the other kinds are `notFound`."""
    credentials = call.account.credentials if call.account is not None else []
    wanted = call.arguments.get("ids")
    names = [ids.encode(item.number) for item in credentials] if wanted is None else wanted
    own = {ids.encode(item.number): item for item in credentials if item.kind is kind.kind}
    found = [shapes.select(call, {**item.own_wire(), "id": name}) for name, item in own.items() if name in names]
    return {"accountId": call.account_id, "list": found, "notFound": [name for name in names if name not in own]}


def _query(kind: _Kind, call: Call) -> Json:
    if call.account is None or call.account.kind != "User":
        raise MethodError("forbidden", "Account not found.")
    credentials = [item for item in call.account.credentials if item.kind is kind.kind]
    credentials = _filtered(call, credentials)
    comparator = shapes.first_comparator(call, _SORTS)
    name, ascending = comparator or ("id", False)
    if name == "expiresAt":
        credentials.sort(key=lambda item: (item.expires_at is None, item.expires_at or ""), reverse=not ascending)
    else:
        credentials.sort(key=lambda item: item.number, reverse=not ascending)
    return shapes.query(call, [item.number for item in credentials])


def _filtered(call: Call, credentials: list[Credential]) -> list[Credential]:
    """Several conditions: the last one wins; credentials without an end never match."""
    wanted = call.arguments.get("filter")
    if not wanted:
        return credentials
    if not isinstance(wanted, dict) or "operator" in wanted:
        if not isinstance(wanted, dict) or wanted["operator"] != "AND":
            raise MethodError("unsupportedFilter", "Only AND is supported in filters")
        wanted = {name: value for part in wanted.get("conditions", ()) for name, value in part.items()}
    for name, value in wanted.items():
        date = dates.normalise(value) if isinstance(value, str) else None
        if name not in _COMPARISONS or date is None:
            raise MethodError("unsupportedFilter", f"Filter on property {name} is not supported or invalid")
    if not wanted:
        return credentials
    name, value = list(wanted.items())[-1]
    accept = _COMPARISONS[name]
    bound = dates.normalise(value) or ""
    return [item for item in credentials if item.expires_at is not None and accept(item.expires_at, bound)]


_COMPARISONS: Final[dict[str, Callable[[str, str], bool]]] = {
    "expiresAt": lambda end, bound: end == bound,
    "expiresAtIsGreaterThan": lambda end, bound: end > bound,
    "expiresAtIsGreaterThanOrEqual": lambda end, bound: end >= bound,
    "expiresAtIsLessThan": lambda end, bound: end < bound,
    "expiresAtIsLessThanOrEqual": lambda end, bound: end <= bound,
}


def _set(kind: _Kind, call: Call) -> Json:
    """Creates, updates, destroys, on a copy that is stored only when every credential in it is valid."""
    outcome = shapes.Outcome()
    account = call.account
    work = _Work(call=call, kind=kind, credentials=[]) if account is None else _Work.of(call, kind, account)
    shapes.each_create(call, outcome, work.create)
    shapes.each_update(call, outcome, work.update)
    shapes.each_destroy(call, outcome, work.destroy)
    if account is not None and outcome.changed_something:
        broken = _broken_rule(work.credentials)
        if broken is not None:
            _fail_all(call, outcome, broken)
        else:
            account.credentials = work.credentials
            call.state.changed()
    return outcome.wire({"accountId": call.account_id})


def _broken_rule(credentials: list[Credential]) -> SetError | None:
    for item in credentials:
        if item.kind is not CredentialKind.PASSWORD and item.description is None:
            return errors.validation_failed({"type": "Required", "property": "description"})
        for entry in item.allowed_ips:
            if entry.partition("/")[0] in {"0.0.0.0", "::"}:
                return errors.validation_failed({"type": "Invalid", "property": "allowedIps", "value": entry})
    return None


def _fail_all(call: Call, outcome: shapes.Outcome, error: SetError) -> None:
    for name in outcome.created:
        outcome.not_created[name] = error.body
        call.refs.pop(name, None)
    outcome.not_updated |= dict.fromkeys(outcome.updated, error.body)
    outcome.not_destroyed |= dict.fromkeys(outcome.destroyed, error.body)
    outcome.created, outcome.updated, outcome.destroyed = {}, {}, []


@dataclass(slots=True, kw_only=True)
class _Work:
    """The credential list while one call changes it."""

    call: Call
    kind: _Kind
    credentials: list[Credential]
    account: Account | None = None

    @classmethod
    def of(cls, call: Call, kind: _Kind, account: Account) -> _Work:
        return cls(call=call, kind=kind, credentials=copy.deepcopy(account.credentials), account=account)

    def create(self, value: Any) -> Json:
        if self.account is None or self.account.kind != "User":
            raise SetError("notFound")
        record = patch.create(SCHEMA, value, self.call.refs)
        check_grant(self.call, granted(record["permissions"], self.call.state.held(self.account)))
        self._check_quota(self.account)
        number = max((item.number for item in self.credentials), default=0) + 1
        secret = new_secret(self.kind.kind, self.account, number)
        self.credentials.append(
            Credential(
                kind=self.kind.kind,
                number=number,
                secret=Hashed.of(secret),
                created_at=dates.text(self.call.state.now()),
                description=record["description"],
                expires_at=record["expiresAt"],
                permissions=record["permissions"],
                allowed_ips=record["allowedIps"],
            )
        )
        return {"id": ids.encode(number), "secret": secret}

    def _check_quota(self, account: Account) -> None:
        default = self.call.state.settings["Authentication"][self.kind.quota]
        quota = self.call.state.quota(account, self.kind.quota, default)
        if quota is not None and sum(item.kind is self.kind.kind for item in self.credentials) >= quota:
            raise SetError("overQuota", f"You have exceeded your quota of {quota} {self.kind.words}.")

    def update(self, number: int, value: Json) -> None:
        credential = self._find(number)
        record = patch.update(SCHEMA, credential.own_wire(), value, self.call.refs)
        if record["permissions"] != credential.permissions and self.account is not None:
            check_grant(self.call, granted(record["permissions"], self.call.state.held(self.account)))
        credential.description = record["description"]
        credential.expires_at = record["expiresAt"]
        credential.permissions = record["permissions"]
        credential.allowed_ips = record["allowedIps"]

    def destroy(self, number: int) -> None:
        if any(item.number == number and item.kind is CredentialKind.PASSWORD for item in self.credentials):
            raise SetError("forbidden", "Users are not allowed to destroy their own credentials.")
        self.credentials.remove(self._find(number))

    def _find(self, number: int) -> Credential:
        for item in self.credentials:
            if item.number == number and item.kind is self.kind.kind:
                return item
        raise SetError("notFound")


def new_secret(kind: CredentialKind, account: Account, number: int) -> str:
    """A new app password or API key of an account, for the credential of that number."""
    if kind is CredentialKind.APP_PASSWORD:
        return app_password(number)
    raw = struct.pack(">II", account.number, number) + secrets.token_bytes(20)
    return f"API_{base64.urlsafe_b64encode(raw).rstrip(b'=').decode()}"


def app_password(number: int) -> str:
    """A new app password: `app_` and 36 letters, the credential's number and 18 random bytes in the id alphabet."""
    bits = int.from_bytes(struct.pack(">I", number) + secrets.token_bytes(18), "big") << 4
    return "app_" + "".join(ids.ALPHABET[bits >> shift & 31] for shift in range(175, -1, -5))


def granted(variant: Json, held: frozenset[str]) -> frozenset[str]:
    """The permissions that a credential's `permissions` variant asks for, held or not."""
    named = frozenset(variant.get("permissions", ()))
    match variant["@type"]:
        case "Replace":
            return named
        case "Disable":
            return held - named
        case _:
            return held


def check_grant(call: Call, granted: frozenset[str]) -> None:
    """Refuse permissions that the caller does not hold, naming the first five."""
    refused = sorted(granted - call.caller.permissions)
    if not refused:
        return
    more = len(refused) - _NAMED_IN_REFUSAL
    names = ", ".join(refused[:_NAMED_IN_REFUSAL]) + (f" and {more} more" if more > 0 else "")
    raise SetError("forbidden", f"You are not authorized to grant permissions: {names}")


def _methods(name: str, kind: _Kind) -> dict[str, Method]:
    return {
        f"x:{name}/get": Method(answer=partial(_get, kind), read=f"sys{name}Get"),
        f"x:{name}/query": Method(answer=partial(_query, kind), read=f"sys{name}Query"),
        f"x:{name}/set": Method(
            answer=partial(_set, kind),
            create=f"sys{name}Create",
            update=f"sys{name}Update",
            destroy=f"sys{name}Destroy",
        ),
    }


METHODS: Final = _methods("AppPassword", _APP_PASSWORD) | _methods("ApiKey", _API_KEY)
