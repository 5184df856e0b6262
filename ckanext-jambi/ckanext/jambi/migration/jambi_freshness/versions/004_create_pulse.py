"""Remember when the parts of the portal were last alive, so that it notes its own outages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "jambi_freshness_004"
down_revision = "jambi_freshness_003"

TABLE = "jambi_freshness_pulse"
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        TABLE,
        sa.Column("part", sa.Text, sa.CheckConstraint("part IN ('web', 'worker')"), primary_key=True),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.Column("failed_at", INSTANT),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table(TABLE)
