"""Create the memory of signed requests, so that none is taken twice (HV31)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "jambi_live_001"
down_revision = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "jambi_live_signature",
        sa.Column("source_id", sa.Text, nullable=False),
        sa.Column("signature", sa.LargeBinary, nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("source_id", "signature"),
    )
    op.create_index("jambi_live_signature_expires", "jambi_live_signature", ["expires_at"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("jambi_live_signature")
