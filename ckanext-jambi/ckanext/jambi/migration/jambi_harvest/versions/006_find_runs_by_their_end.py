"""Find runs by their end: the state of the portal reads a day of them, retention what is a year old."""

from __future__ import annotations

from alembic import op

revision = "jambi_harvest_006"
down_revision = "jambi_harvest_005"


def upgrade() -> None:
    """Create the index."""
    op.create_index("jambi_harvest_run_finished", "jambi_harvest_run", ["finished_at"])


def downgrade() -> None:
    """Drop it."""
    op.drop_index("jambi_harvest_run_finished")
