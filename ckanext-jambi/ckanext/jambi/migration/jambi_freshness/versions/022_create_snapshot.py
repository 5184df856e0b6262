"""Create what was judged at each midnight, by organization: answers as of an instant begin there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "jambi_freshness_022"
down_revision = "jambi_freshness_021"

TABLE = "jambi_freshness_snapshot"


def upgrade() -> None:
    """Create the table; days that come fill it, `rebuild` fills it from the log."""
    op.create_table(
        TABLE,
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("organization_id", sa.Text, primary_key=True),
        sa.Column("log_seq", sa.BigInteger, nullable=False),
        sa.Column("algorithm", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    """Drop the table; the log still tells what it told."""
    op.drop_table(TABLE)
