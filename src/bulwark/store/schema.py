"""What all tables share: one `MetaData`, and how moments are written.

A moment is a whole number of microseconds since 1970 in UTC on both databases, so that comparing, sorting and
arithmetic are exact and no session time zone has a say.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Column, ColumnElement, MetaData, bindparam
from sqlalchemy.types import TypeDecorator

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.engine import Dialect

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    },
)


def to_microseconds(moment: datetime) -> int:
    """Microseconds since 1970; raises `TypeError` for a moment without zone."""
    return (moment - EPOCH) // _MICROSECOND


def from_microseconds(number: int) -> datetime:
    """The aware moment in UTC."""
    return EPOCH + number * _MICROSECOND


def one_of(column: Column[Any], name: str, count: int) -> ColumnElement[bool]:
    """`column IN (…)` with that many values to come, by `numbered`.

    SQLAlchemy's own list that takes any number is written out anew each time, which takes longer than the lookup.
    """
    return column.in_([bindparam(f"{name}_{number}", type_=column.type) for number in range(count)])


def numbered(name: str, values: Iterable[Any]) -> dict[str, Any]:
    """The values for `one_of`."""
    return {f"{name}_{number}": value for number, value in enumerate(values)}


class Moment(TypeDecorator[datetime]):
    """An aware `datetime` as a 64-bit number."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """To the database."""
        return None if value is None else to_microseconds(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """From the database."""
        return None if value is None else from_microseconds(int(value))
