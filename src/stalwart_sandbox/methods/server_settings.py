"""The server-wide settings objects an administrator reads and writes; a write waits for ReloadSettings."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from stalwart_sandbox import ids, patch, shapes
from stalwart_sandbox.errors import SetError
from stalwart_sandbox.jmap import Method
from stalwart_sandbox.settings import SCHEMAS

if TYPE_CHECKING:
    from stalwart_sandbox.jmap import Call

Json = dict[str, Any]

_SINGLETON: Final = ids.decode(ids.SINGLETON) or 0


def _get(name: str, call: Call) -> Json:
    stored = call.state.settings.stored[name]
    return shapes.get(call, lambda number: stored if number == _SINGLETON else None, lambda: [_SINGLETON])


def _set(name: str, call: Call) -> Json:
    def update(number: int, value: Json) -> None:
        if number != _SINGLETON:
            raise SetError("notFound")
        stored = call.state.settings.stored
        stored[name] = patch.update(SCHEMAS[name], stored[name], value, call.refs)

    return shapes.answer_set(call, update=update, destroy=shapes.refuse_singleton)


def _methods(name: str) -> dict[str, Method]:
    writing = f"sys{name}Update"
    return {
        f"x:{name}/get": Method(answer=partial(_get, name), read=f"sys{name}Get"),
        f"x:{name}/set": Method(answer=partial(_set, name), create=writing, update=writing, destroy=writing),
    }


METHODS: Final = {name: method for kind in SCHEMAS for name, method in _methods(kind).items()}
