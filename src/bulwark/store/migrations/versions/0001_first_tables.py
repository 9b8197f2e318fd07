"""The first tables: sessions, pending values, attempts, events, recovery sets and their codes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_MOMENT = sa.BigInteger  # microseconds since 1970 in UTC


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "sessions",
        sa.Column("id_hash", sa.LargeBinary, nullable=False),
        sa.Column("account_key", sa.LargeBinary, nullable=False),
        sa.Column("state_sealed", sa.LargeBinary, nullable=False),
        sa.Column("shown_sealed", sa.LargeBinary, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("last_used_at", _MOMENT, nullable=False),
        sa.Column("ends_at", _MOMENT, nullable=False),
        sa.Column("recent_auth_at", _MOMENT),
        sa.Column("replaced_at", _MOMENT),
        sa.Column("replaced_by", sa.LargeBinary),
        sa.Column("refresh_lease_until", _MOMENT),
        sa.PrimaryKeyConstraint("id_hash", name="pk_sessions"),
    )
    op.create_index("ix_sessions_account_key", "sessions", ["account_key"])
    op.create_index("ix_sessions_last_used_at", "sessions", ["last_used_at"])
    op.create_index("ix_sessions_replaced_by", "sessions", ["replaced_by"])
    op.create_table(
        "pending",
        sa.Column("id_hash", sa.LargeBinary, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("account_key", sa.LargeBinary),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("tries_left", sa.Integer, nullable=False),
        sa.Column("ends_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id_hash", name="pk_pending"),
    )
    op.create_index("ix_pending_account_key", "pending", ["account_key"])
    op.create_index("ix_pending_ends_at", "pending", ["ends_at"])
    op.create_table(
        "attempts",
        sa.Column("key", sa.LargeBinary, nullable=False),
        sa.Column("recent", sa.LargeBinary, nullable=False),
        sa.Column("waits", sa.Integer, nullable=False),
        sa.Column("blocked_at", _MOMENT),
        sa.Column("blocked_until", _MOMENT),
        sa.Column("forget_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_attempts"),
    )
    op.create_index("ix_attempts_forget_at", "attempts", ["forget_at"])
    op.create_table(
        "events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), autoincrement=True, nullable=False),
        sa.Column("account_key", sa.LargeBinary, nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("details_sealed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_events_account_key_id", "events", ["account_key", "id"])
    op.create_index("ix_events_at", "events", ["at"])
    op.create_table(
        "recovery_sets",
        sa.Column("id", sa.LargeBinary, nullable=False),
        sa.Column("account_key", sa.LargeBinary, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("salt", sa.LargeBinary, nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary, nullable=False),
        sa.Column("device_name_sealed", sa.LargeBinary),
        sa.Column("saved_confirmed_at", _MOMENT),
        sa.Column("sent_at", _MOMENT),
        sa.Column("enrolled_at", _MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_recovery_sets"),
    )
    op.create_index("ix_recovery_sets_account_key", "recovery_sets", ["account_key"])
    op.create_table(
        "recovery_codes",
        sa.Column("set_id", sa.LargeBinary, nullable=False),
        sa.Column("lookup_id", sa.LargeBinary, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary, nullable=False),
        sa.Column("lease_until", _MOMENT),
        sa.PrimaryKeyConstraint("set_id", "lookup_id", name="pk_recovery_codes"),
        sa.UniqueConstraint("set_id", "number", name="uq_recovery_codes_set_id_number"),
        sa.ForeignKeyConstraint(
            ["set_id"],
            ["recovery_sets.id"],
            name="fk_recovery_codes_set_id",
            ondelete="CASCADE",
        ),
    )
