"""Files to which datasets link are looked at; what is known of each from before, and when it is next."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "jambi_harvest_010"
down_revision = "jambi_harvest_009"

TABLE = "jambi_harvest_link"


def upgrade() -> None:
    """Make the table of links."""
    now = sa.func.clock_timestamp()
    op.create_table(
        TABLE,
        sa.Column("resource_id", sa.Text, primary_key=True),
        sa.Column("package_id", sa.Text, nullable=False, index=True),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("host", sa.Text),
        sa.Column("validators", JSONB),
        sa.Column("distrusted", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("hash", sa.Text),
        sa.Column("once", sa.Text),
        sa.Column("rest", sa.Interval, nullable=False, server_default=sa.text("interval '12 hours'")),
        sa.Column("ok", sa.Boolean),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False, server_default=now, index=True),
        sa.Column("content_at", sa.DateTime(timezone=True), nullable=False, server_default=now),
    )


def downgrade() -> None:
    """Forget the links: they are all looked at anew."""
    op.drop_table(TABLE)
