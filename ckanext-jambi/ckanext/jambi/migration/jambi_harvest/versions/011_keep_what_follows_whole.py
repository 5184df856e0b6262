"""A follow-up run that was asked for as a complete one is made as such."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "jambi_harvest_011"
down_revision = "jambi_harvest_010"

TABLE, COLUMN = "jambi_harvest_source", "follow_up_mode"


def upgrade() -> None:
    """Remember the mode of the run that follows; so far it was a normal one."""
    op.add_column(TABLE, sa.Column(COLUMN, sa.Text, nullable=False, server_default="normal"))


def downgrade() -> None:
    """Let every follow-up be a normal one."""
    op.drop_column(TABLE, COLUMN)
