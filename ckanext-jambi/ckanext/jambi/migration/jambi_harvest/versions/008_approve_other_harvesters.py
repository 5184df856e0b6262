"""Approve sources of harvesters that are not ours: by the hash of their settings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "jambi_harvest_008"
down_revision = "jambi_harvest_007"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "jambi_harvest_stock_approval",
        sa.Column("source_id", sa.Text, primary_key=True),
        sa.Column("approved_hash", sa.Text, nullable=False),
        sa.Column("approved_by", sa.Text, nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("jambi_harvest_stock_approval")
