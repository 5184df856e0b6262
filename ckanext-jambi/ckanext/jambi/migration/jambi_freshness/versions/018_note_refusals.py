"""Note evidence that was refused because it is dated in the future, so that walidata hears of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "jambi_freshness_018"
down_revision = "jambi_freshness_017"


def upgrade() -> None:
    """Create the table: a row a dataset and civil day."""
    op.create_table(
        "jambi_freshness_refusal",
        sa.Column("package_id", sa.Text, primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("valid_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("jambi_freshness_refusal")
