"""Keep what the items of the Daftar Data demand of each dataset, so that all views judge by it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "jambi_freshness_008"
down_revision = "jambi_freshness_011"

TABLE = "jambi_freshness_dataset"
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the table; the next tick judges all items, as the first one does, and fills it."""
    op.create_table(
        TABLE,
        sa.Column("package_id", sa.Text, primary_key=True),
        sa.Column("item_id", sa.Text),
        sa.Column("owed_from", sa.Date),
        sa.Column("owed_to", sa.Date),
        *(sa.Column(name, INSTANT) for name in ("soon_at", "due_at", "overdue_at", "delinquent_at")),
        sa.Column("begun", sa.Boolean, nullable=False),
        sa.Column("score", sa.Numeric(12, 9), nullable=False),
        sa.Column("touched_at", INSTANT, nullable=False),
        sa.CheckConstraint("(item_id IS NULL) = (overdue_at IS NULL)", name=f"{TABLE}_item_has_deadline"),
    )
    op.execute("DELETE FROM jambi_freshness_progress")


def downgrade() -> None:
    """Drop the table; badges go back to the age of the data with the next evidence."""
    op.drop_table(TABLE)
