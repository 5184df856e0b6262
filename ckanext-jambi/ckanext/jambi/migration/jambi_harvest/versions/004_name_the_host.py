"""Name the host of each source, so that one slow host keeps one lane and no more (HV16)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "jambi_harvest_004"
down_revision = "jambi_harvest_003"

FILL = """
    UPDATE jambi_harvest_source SET host = lower(substring(
        definition -> 'client' ->> 'base_url' from '^[a-zA-Z][a-zA-Z0-9+.-]*://([^/:?#]+)'))
"""


def upgrade() -> None:
    """Add the column and fill it from the definitions."""
    op.add_column("jambi_harvest_source", sa.Column("host", sa.Text))
    op.execute(FILL)


def downgrade() -> None:
    """Drop it."""
    op.drop_column("jambi_harvest_source", "host")
