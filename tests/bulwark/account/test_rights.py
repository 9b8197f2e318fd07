"""Rights: what is held, what is lacking, and what an empty set means."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bulwark.account.rights import FRESH_FOR, NARROW, PASSWORD_PERMISSIONS, Rights, why_no_password
from bulwark.errors import ManagedElsewhere, PermissionMissing

READ = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
FULL = NARROW | {"sysAppPasswordGet", "sysAccountSettingsGet"}


def rights(*names: str) -> Rights:
    """Rights with these permissions."""
    return Rights(permissions=frozenset(names), edition="oss", locale="en_US", read_at=READ)


def test_what_is_lacking_is_told_in_the_order_asked_for() -> None:
    found = rights("b", "d")

    assert found.missing("a", "b", "c", "d") == ("a", "c")
    assert found.has("b", "d")
    assert not found.has("a", "b")
    reason = found.why_not("c", "b", "a")
    assert isinstance(reason, PermissionMissing)
    assert reason.names == ("c", "a")
    assert found.why_not("b") is None
    assert found.why_not() is None


def test_five_minutes_are_fresh() -> None:
    assert not rights().is_stale(READ)
    assert not rights().is_stale(READ + FRESH_FOR)
    assert rights().is_stale(READ + FRESH_FOR + timedelta(microseconds=1))


@pytest.mark.parametrize(
    ("names", "is_narrow"),
    [
        (NARROW, True),
        ({"authenticate", "sysAccountPasswordUpdate"}, True),
        (FULL, False),
        (NARROW - {"sysAccountPasswordUpdate"}, False),
        (frozenset[str](), False),
        ({"authenticate"}, False),
    ],
)
def test_narrow_is_what_an_expired_password_leaves(names: frozenset[str], is_narrow: bool) -> None:  # noqa: FBT001 - a column of the table
    assert rights(*names).is_narrow is is_narrow


def test_a_directory_and_a_missing_permission_are_told_apart() -> None:
    nothing = rights("authenticate")
    half = rights("sysAccountPasswordGet")
    both = rights(*PASSWORD_PERMISSIONS)

    assert isinstance(why_no_password(nothing, get_was_answered=True), ManagedElsewhere)
    assert isinstance(why_no_password(nothing, get_was_answered=False), PermissionMissing)
    reason = why_no_password(half, get_was_answered=True)
    assert isinstance(reason, PermissionMissing)
    assert reason.names == ("sysAccountPasswordUpdate",)
    assert why_no_password(both, get_was_answered=True) is None
    assert why_no_password(both, get_was_answered=False) is None
