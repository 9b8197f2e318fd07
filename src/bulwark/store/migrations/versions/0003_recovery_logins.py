"""Under which logins a recovery set is found before anybody is signed in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "recovery_logins",
        sa.Column("set_id", sa.LargeBinary, nullable=False),
        sa.Column("login_key", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("set_id", "login_key", name="pk_recovery_logins"),
        sa.ForeignKeyConstraint(["set_id"], ["recovery_sets.id"], name="fk_recovery_logins_set_id", ondelete="CASCADE"),
    )
    op.create_index("ix_recovery_logins_login_key", "recovery_logins", ["login_key"])
