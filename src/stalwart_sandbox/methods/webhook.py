"""x:WebHook: where the server reports sign-ins to; the signature key is never shown again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from stalwart_sandbox import errors, ids, patch, shapes
from stalwart_sandbox.errors import SetError
from stalwart_sandbox.jmap import Method
from stalwart_sandbox.patch import MASK, Choice, Flag, Number, Object, SetOf, Text, Variant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stalwart_sandbox.jmap import Call

Json = dict[str, Any]


def _event_key(name: str, refs: Mapping[str, str]) -> str | None:
    del refs
    return name or None


_SCHEMA: Final = Object(
    {
        "url": Text(),
        "signatureKey": Variant({"None": Object({}), "Value": Object({"secret": Text()}, defaults={"secret": None})}),
        "enable": Flag(),
        "lossy": Flag(),
        "level": Choice("TracingLevel", frozenset({"error", "warn", "info", "debug", "trace"})),
        "throttle": Number(),
        "discardAfter": Number(),
        "timeout": Number(),
        "events": SetOf(_event_key),
        "eventsPolicy": Choice("EventPolicy", frozenset({"include", "exclude"})),
        "allowInvalidCerts": Flag(),
    },
    defaults={
        "url": None,
        "signatureKey": {"@type": "None"},
        "enable": True,
        "lossy": False,
        "level": "info",
        "throttle": 1000,
        "discardAfter": 300_000,
        "timeout": 30_000,
        "events": {},
        "eventsPolicy": "include",
        "allowInvalidCerts": False,
    },
)


SIGN_INS: Final = (
    "auth.success",
    "auth.failed",
    "auth.mfa-required",
    "auth.too-many-attempts",
    "security.authentication-ban",
    "security.ip-blocked",
)


def record(**properties: Any) -> Json:
    """A webhook as it is stored, made without a request."""
    return patch.create(_SCHEMA, properties, {})


def get(call: Call) -> Json:
    """Webhooks, their keys masked."""

    def record(number: int) -> Json | None:
        stored = call.state.webhooks.get(number)
        if stored is None:
            return None
        key = stored["signatureKey"]
        return {**stored, "signatureKey": {**key, "secret": MASK} if "secret" in key else key}

    return shapes.get(call, record, lambda: list(call.state.webhooks))


def query(call: Call) -> Json:
    """Webhook ids, newest first."""
    return shapes.query(call, sorted(call.state.webhooks, reverse=True))


def set_(call: Call) -> Json:
    """Create, change and remove webhooks."""

    def create(value: Any) -> Json:
        record = patch.create(_SCHEMA, value, call.refs)
        if record["url"] is None:
            raise errors.validation_failed({"type": "Required", "property": "url"})
        number = call.state.next_number("object")
        call.state.webhooks[number] = record
        return {"id": ids.encode(number)}

    def update(number: int, value: Json) -> None:
        stored = call.state.webhooks.get(number)
        if stored is None:
            raise SetError("notFound")
        record = patch.update(_SCHEMA, stored, value, call.refs)
        if record["signatureKey"].get("secret") == MASK:
            record["signatureKey"] = stored["signatureKey"]
        call.state.webhooks[number] = record

    def destroy(number: int) -> None:
        if call.state.webhooks.pop(number, None) is None:
            raise SetError("notFound")

    return shapes.answer_set(call, create=create, update=update, destroy=destroy)


METHODS: Final = {
    "x:WebHook/get": Method(answer=get, read="sysWebHookGet"),
    "x:WebHook/query": Method(answer=query, read="sysWebHookQuery"),
    "x:WebHook/set": Method(
        answer=set_, create="sysWebHookCreate", update="sysWebHookUpdate", destroy="sysWebHookDestroy"
    ),
}
