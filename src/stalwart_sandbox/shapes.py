"""What the methods have in common: answers of /get, /query and /set (RFC 8620 section 5) as the registry gives them.

Registry answers carry no states; ids that cannot be read vanish from `update` and `destroy` without a word.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stalwart_sandbox import errors, ids
from stalwart_sandbox.errors import MethodError, SetError

if TYPE_CHECKING:
    from collections.abc import Callable

    from stalwart_sandbox.jmap import Call

Json = dict[str, Any]


@dataclass(slots=True)
class Outcome:
    """The result of a /set, by the six lists of RFC 8620 section 5.3; empty ones are left out of the answer."""

    created: Json = field(default_factory=dict)
    updated: Json = field(default_factory=dict)
    destroyed: list[str] = field(default_factory=list)
    not_created: Json = field(default_factory=dict)
    not_updated: Json = field(default_factory=dict)
    not_destroyed: Json = field(default_factory=dict)

    def wire(self, head: Json) -> Json:
        """The answer, beginning with `head` (accountId and perhaps states)."""
        lists = {
            "created": self.created,
            "updated": self.updated,
            "destroyed": self.destroyed,
            "notCreated": self.not_created,
            "notUpdated": self.not_updated,
            "notDestroyed": self.not_destroyed,
        }
        return head | {name: value for name, value in lists.items() if value}

    @property
    def changed_something(self) -> bool:
        """Whether anything was created, updated or destroyed."""
        return bool(self.created or self.updated or self.destroyed)


def each_create(call: Call, outcome: Outcome, make: Callable[[Any], Json]) -> None:
    """Run `make` for each entry of `create`; it returns the created properties, `id` among them."""
    for name, value in (call.arguments.get("create") or {}).items():
        try:
            outcome.created[name] = made = make(value)
            call.refs[name] = made["id"]
        except SetError as error:
            outcome.not_created[name] = error.body


def each_update(call: Call, outcome: Outcome, change: Callable[[int, Json], Json | None]) -> None:
    """Run `change` for each readable id of `update`; unreadable ids vanish, those to be destroyed are refused."""
    doomed = {ids.decode(item) for item in call.arguments.get("destroy") or () if isinstance(item, str)}
    for name, value in (call.arguments.get("update") or {}).items():
        number = _own_id(call, name)
        if number is None:
            continue
        name_out = ids.encode(number)
        if number in doomed:
            outcome.not_updated[name_out] = SetError("willDestroy", "ID will be destroyed.").body
            continue
        try:
            outcome.updated[name_out] = change(number, _object(value))
        except SetError as error:
            outcome.not_updated[name_out] = error.body


def _object(value: Any) -> Json:
    if not isinstance(value, dict):
        raise errors.invalid_patch("Invalid value type for object", "")
    return value


def each_destroy(call: Call, outcome: Outcome, remove: Callable[[int], None]) -> None:
    """Run `remove` for each readable id of `destroy`; unreadable ids vanish."""
    for name in call.arguments.get("destroy") or ():
        number = _own_id(call, name)
        if number is None:
            continue
        try:
            remove(number)
            outcome.destroyed.append(ids.encode(number))
        except SetError as error:
            outcome.not_destroyed[ids.encode(number)] = error.body


def answer_set(
    call: Call,
    *,
    create: Callable[[Any], Json] | None = None,
    update: Callable[[int, Json], Json | None] | None = None,
    destroy: Callable[[int], None] | None = None,
) -> Json:
    """A whole /set that names no states: each entry of the three lists in turn, as far as there are such."""
    outcome = Outcome()
    if create is not None:
        each_create(call, outcome, create)
    if update is not None:
        each_update(call, outcome, update)
    if destroy is not None:
        each_destroy(call, outcome, destroy)
    return outcome.wire({"accountId": call.account_id})


def _own_id(call: Call, name: object) -> int | None:
    if not isinstance(name, str):
        return None
    return ids.decode(call.refs.get(name[1:], "!") if name.startswith("#") else name)


def select(call: Call, record: Json) -> Json:
    """The wanted properties of a record that ends with its `id`; nothing known wanted means everything."""
    wanted = call.arguments.get("properties")
    if not wanted or not set(record) & set(wanted):
        return record
    return {name: value for name, value in record.items() if name in wanted or name == "id"}


def get(call: Call, records: Callable[[int], Json | None], everything: Callable[[], list[int]]) -> Json:
    """The answer of a registry /get; `records` gives an object without its id, or None for an unknown number."""
    found, missing = [], []
    wanted = call.arguments.get("ids")
    for name in [ids.encode(number) for number in everything()] if wanted is None else wanted:
        number = ids.decode(name) if isinstance(name, str) else None
        record = None if number is None else records(number)
        if number is None or record is None:
            missing.append(name)
        else:
            found.append(select(call, {**record, "id": ids.encode(number)}))
    return {"accountId": call.account_id, "list": found, "notFound": missing}


def query(call: Call, numbers: list[int], *, state: str = "n", can_calculate_changes: bool = True) -> Json:
    """The answer of a /query over ids in their final order: window, anchor, total."""
    arguments = call.arguments
    total = len(numbers)
    position, limit = arguments.get("position") or 0, arguments.get("limit")
    start = max(0, position + total if position < 0 else position)
    anchor = arguments.get("anchor")
    if anchor is not None:
        number = ids.decode(anchor)
        if number not in numbers:
            raise MethodError(
                "anchorNotFound",
                "An anchor argument was supplied, but it cannot be found in the results of the query.",
            )
        start = max(0, numbers.index(number) + (arguments.get("anchorOffset") or 0))
    end = total if limit is None else min(total, start + max(0, limit))
    document: Json = {
        "accountId": call.account_id,
        "queryState": state,
        "canCalculateChanges": can_calculate_changes,
        "position": start,
        "ids": [ids.encode(number) for number in numbers[start:end]],
    }
    if arguments.get("calculateTotal"):
        document["total"] = total
    if limit is not None and end - start < total:
        document["limit"] = limit
    return document


def first_comparator(call: Call, allowed: frozenset[str]) -> tuple[str, bool] | None:
    """Property and ascending of the first sort comparator, or None; MethodError `unsupportedSort`."""
    sort = call.arguments.get("sort")
    if not sort or not isinstance(sort, list) or not isinstance(sort[0], dict):
        return None
    name = sort[0].get("property")
    if not isinstance(name, str) or name not in allowed:
        raise MethodError("unsupportedSort", f"Property {name} is not supported for sorting")
    return name, bool(sort[0].get("isAscending", True))


def refuse_singleton(number: int) -> None:
    """Destroying the one object of its kind is refused; another id is unknown."""
    if ids.encode(number) == ids.SINGLETON:
        raise SetError("singleton", "Singletons cannot be created or destroyed.")
    raise SetError("notFound")


def conditions(call: Call, allowed: frozenset[str]) -> Json:
    """The conditions of a registry filter, an AND of conditions flattened; MethodError `unsupportedFilter`."""
    wanted = call.arguments.get("filter")
    if not wanted:
        return {}
    if isinstance(wanted, dict) and wanted.get("operator") == "AND":
        wanted = {name: value for part in wanted.get("conditions", ()) for name, value in part.items()}
    if not isinstance(wanted, dict) or "operator" in wanted:
        raise MethodError("unsupportedFilter", "Only AND is supported in filters")
    for name in wanted:
        if name not in allowed:
            raise MethodError("unsupportedFilter", f"Filter on property {name} is not supported or invalid")
    return wanted
