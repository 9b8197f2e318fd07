"""Core/echo (RFC 8620 section 4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from stalwart_sandbox.jmap import Method

if TYPE_CHECKING:
    from stalwart_sandbox.jmap import Call


def echo(call: Call) -> dict[str, Any]:
    """The arguments, unchanged."""
    return call.arguments


METHODS: Final = {"Core/echo": Method(answer=echo, needs_account=False)}
