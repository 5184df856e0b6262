"""Remember the last answer of changes apart from the last whole list: each is compared with its kind."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "jambi_harvest_003"
down_revision = "jambi_harvest_002"


def upgrade() -> None:
    """Add the hash of the last changes."""
    op.add_column("jambi_harvest_record", sa.Column("delta_hash", sa.Text))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("jambi_harvest_record", "delta_hash")
