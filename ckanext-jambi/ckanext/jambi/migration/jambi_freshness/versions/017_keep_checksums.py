"""Keep the checksum of each stored file, and whether the file is still the one that was uploaded."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "jambi_freshness_017"
down_revision = "jambi_freshness_016"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "jambi_freshness_file",
        sa.Column("resource_id", sa.Text, primary_key=True),
        sa.Column("package_id", sa.Text, nullable=False, index=True),
        sa.Column("sha256", sa.Text),
        sa.Column("sound", sa.Boolean, nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False, index=True),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("jambi_freshness_file")
