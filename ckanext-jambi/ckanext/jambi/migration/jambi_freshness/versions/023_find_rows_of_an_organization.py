"""Find the newest rows about one organization without reading the log from its end."""

from __future__ import annotations

from alembic import op

revision = "jambi_freshness_023"
down_revision = "jambi_freshness_022"

LOG = "jambi_freshness_observation"
INDEX = f"{LOG}_organization"


def upgrade() -> None:
    """Create the index over organization and number."""
    op.create_index(INDEX, LOG, ["organization_id", "seq"])


def downgrade() -> None:
    """Drop it."""
    op.drop_index(INDEX, LOG)
