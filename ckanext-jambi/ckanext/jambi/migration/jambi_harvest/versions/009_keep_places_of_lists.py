"""A run that is killed while it reads its list goes on behind the pages that it had committed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "jambi_harvest_009"
down_revision = "jambi_harvest_008"


def upgrade() -> None:
    """Make the table of places."""
    op.create_table(
        "jambi_harvest_place",
        sa.Column("run_id", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("guids", ARRAY(sa.Text), nullable=False),
        sa.Column("state", JSONB, nullable=False),
        sa.Column(
            "kept_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.clock_timestamp()
        ),
    )


def downgrade() -> None:
    """Let runs that are at work begin their lists again."""
    op.drop_table("jambi_harvest_place")
