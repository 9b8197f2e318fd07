"""Objects of the Enterprise edition, which this edition only refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from stalwart_sandbox.errors import MethodError
from stalwart_sandbox.jmap import Method

if TYPE_CHECKING:
    from stalwart_sandbox.jmap import Call

_OBJECTS: Final = ("MaskedEmail", "ArchivedItem", "Tenant", "Trace", "Metric")


def refuse(call: Call) -> dict[str, Any]:
    """The advertisement that takes the place of an answer."""
    del call
    raise MethodError(
        "forbidden",
        "This feature is only available in the Enterprise edition. "
        "Obtain your trial license at https://license.stalw.art/trial.",
    )


METHODS: Final = {f"x:{name}/{verb}": Method(answer=refuse) for name in _OBJECTS for verb in ("get", "query", "set")}
