"""Notices that wait to be placed into somebody's Inbox, and which kinds people turned off."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "notices",
        sa.Column("mark", sa.LargeBinary, nullable=False),
        sa.Column("account_key", sa.LargeBinary, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("details_sealed", sa.LargeBinary, nullable=False),
        sa.Column("tried_at", sa.BigInteger),
        sa.Column("lease_until", sa.BigInteger),
        sa.PrimaryKeyConstraint("mark", name="pk_notices"),
    )
    op.create_index("ix_notices_account_key_at", "notices", ["account_key", "at"])
    op.create_index("ix_notices_at", "notices", ["at"])
    op.create_table(
        "notice_choices",
        sa.Column("account_key", sa.LargeBinary, nullable=False),
        sa.Column("turned_off", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("account_key", name="pk_notice_choices"),
    )
