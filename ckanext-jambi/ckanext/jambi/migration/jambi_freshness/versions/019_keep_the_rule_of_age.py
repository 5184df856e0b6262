"""Keep by which frequency an item without periods judges the age of its dataset, and what does not count."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "jambi_freshness_019"
down_revision = "jambi_freshness_018"
TABLE = "jambi_freshness_dataset"


def upgrade() -> None:
    """Add the columns; the duty fills them when it judges the items again."""
    op.add_column(TABLE, sa.Column("frequency", sa.Text))
    op.add_column(TABLE, sa.Column("excluded", JSONB))
    op.add_column(TABLE, sa.Column("confirmed_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    """Drop them."""
    for name in ("confirmed_at", "excluded", "frequency"):
        op.drop_column(TABLE, name)
