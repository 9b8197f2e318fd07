"""What the mail server reports of sign-ins: last uses, counts per day, which reports were heard already."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "uses",
        sa.Column("account_key", sa.LargeBinary, nullable=False),
        sa.Column("credential", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("protocol", sa.String(32), nullable=False),
        sa.Column("address_sealed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("account_key", "credential", name="pk_uses"),
    )
    op.create_index("ix_uses_at", "uses", ["at"])
    op.create_table(
        "sign_ins",
        sa.Column("account_key", sa.LargeBinary, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("credential", sa.BigInteger, nullable=False),
        sa.Column("protocol", sa.String(32), nullable=False),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.Column("first_at", sa.BigInteger, nullable=False),
        sa.Column("last_at", sa.BigInteger, nullable=False),
        sa.Column("address_sealed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("account_key", "day", "outcome", "credential", "protocol", name="pk_sign_ins"),
    )
    op.create_index("ix_sign_ins_last_at", "sign_ins", ["last_at"])
    op.create_table(
        "heard",
        sa.Column("mark", sa.LargeBinary, nullable=False),
        sa.Column("forget_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("mark", name="pk_heard"),
    )
    op.create_index("ix_heard_forget_at", "heard", ["forget_at"])
    op.create_table(
        "feed",
        sa.Column("name", sa.String(16), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_feed"),
    )
