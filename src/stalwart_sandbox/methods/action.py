"""x:Action: the reload commands; settings and address lists take effect only with them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from stalwart_sandbox import errors, ids, shapes
from stalwart_sandbox.jmap import Method

if TYPE_CHECKING:
    from stalwart_sandbox.jmap import Call

Json = dict[str, Any]

_KNOWN: Final = frozenset(
    {
        "ReloadSettings",
        "ReloadTlsCertificates",
        "ReloadLookupStores",
        "ReloadBlockedIps",
        "InvalidateCaches",
        "InvalidateNegativeCaches",
        "PauseMtaQueue",
        "ResumeMtaQueue",
        "UpdateApps",
    }
)


def set_(call: Call) -> Json:
    """Run actions; each create is one."""
    return shapes.answer_set(call, create=partial(_run, call))


def _run(call: Call, value: Any) -> Json:
    name = value.get("@type") if isinstance(value, dict) else None
    if name not in _KNOWN:
        raise errors.invalid_patch("Missing or invalid '@type' property in object", "")
    if name == "ReloadSettings":
        call.state.reload_settings()
    elif name == "ReloadBlockedIps":
        call.state.bans.reload()
    return {"id": ids.encode(call.state.next_number("object"))}


METHODS: Final = {
    "x:Action/set": Method(answer=set_, create="sysActionCreate", update="sysActionUpdate", destroy="sysActionDestroy"),
}
