"""Create the vault: encrypted secrets, whose key lies elsewhere (RL08)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "jambi_003"
down_revision = "jambi_002"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "jambi_secret",
        sa.Column("organization_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("box", sa.LargeBinary, nullable=False),
        sa.Column("set_by", sa.Text, nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("organization_id", "name"),
    )


def downgrade() -> None:
    """Drop it, and with it every secret."""
    op.drop_table("jambi_secret")
