"""Keep the score of each dataset at the end of each week, as it was known then (F50)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "jambi_freshness_009"
down_revision = "jambi_freshness_006"

TABLE = "jambi_freshness_dataset_week"


def upgrade() -> None:
    """Create the table; weeks that have passed come with `ckan jambi freshness rebuild`."""
    op.create_table(
        TABLE,
        sa.Column("package_id", sa.Text, primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("score", sa.Numeric(12, 9), nullable=False),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table(TABLE)
