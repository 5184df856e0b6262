"""Keep which steps of the ladder were told of which obligation: each once, for ever."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "jambi_freshness_011"
down_revision = "jambi_freshness_010"

TABLE = "jambi_freshness_notice"
INSTANT = sa.DateTime(timezone=True)
STEPS = "due_in_14_days due_in_7_days due_in_1_day ladder_1 ladder_2 ladder_3 ladder_4"


def upgrade() -> None:
    """Create the table."""
    names = ", ".join(f"'{word}'" for word in STEPS.split())
    op.create_table(
        TABLE,
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("subject_key", sa.Text, nullable=False),
        sa.Column("step", sa.Text, sa.CheckConstraint(f"step IN ({names})"), nullable=False),
        sa.Column("item_id", sa.Text, nullable=False),
        sa.Column("package_id", sa.Text),
        sa.Column("period_end", sa.Date),
        sa.Column("organization_id", sa.Text, nullable=False),
        sa.Column("recipient_posts", ARRAY(sa.Text), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("written_at", INSTANT, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("receipts", ARRAY(sa.Text), nullable=False),
        sa.UniqueConstraint("subject_key", "step", name=f"{TABLE}_once"),
    )
    op.create_index(f"{TABLE}_organization", TABLE, ["organization_id", "written_at"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table(TABLE)
