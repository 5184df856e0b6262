"""Remember since when the ladder stands: what was overdue before begins at its first step."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "jambi_freshness_013"
down_revision = "jambi_freshness_012"

TABLE = "jambi_freshness_ladder"


def upgrade() -> None:
    """Create the table of one row."""
    op.create_table(
        TABLE,
        sa.Column("one", sa.Boolean, sa.CheckConstraint("one"), primary_key=True),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table(TABLE)
